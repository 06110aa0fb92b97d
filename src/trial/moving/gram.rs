//! The Gram matrix of the derivatives of the soft margins by the parameters.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use crate::linalg::Real;
use crate::network::graph::{Graph, Layer, Pass, Value, to_vector};

/// X Xᵀ + 1 of rows: the Gram matrix of inputs with a constant beside them.
pub fn with_constant<T: Real>(rows: MatRef<'_, T>) -> Mat<T> {
    let mut gram = product(rows, rows.transpose());
    for column in gram.col_iter_mut() {
        column.iter_mut().for_each(|x| *x += T::from_f64(1.0));
    }
    gram
}

/// A B on one thread.
pub fn product<T: Real>(a: MatRef<'_, T>, b: MatRef<'_, T>) -> Mat<T> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(
        out.as_mut(),
        Accum::Replace,
        a,
        b,
        T::from_f64(1.0),
        Par::Seq,
    );
    out
}

/// J Σ Jᵀ of the soft margins.
///
/// ```text
/// J Σ Jᵀ = Σ_l σ_l² (H_l H_lᵀ + 1) ∘ (D_l D_lᵀ)
/// ```
///
/// over dense layers, H_l what the layer sees of every example and D_l the derivatives of the
/// margins by what it computes; a convolution, whose places share weights, adds the inner products
/// of its gradients, example by example.
///
/// Shapes: `inputs` is [`with_constant`] of the inputs; `slopes` the derivatives of the margins by
/// the logits, row-major; `variances` σ² of every layer with weights.
pub fn of_margins(
    graph: &Graph<f32>,
    pass: &Pass<f32>,
    inputs: &Mat<f32>,
    slopes: &[Vec<f32>],
    variances: Option<&[f64]>,
) -> Mat<f64> {
    let n = pass.examples();
    let mut outputs = pass.logits().clone();
    outputs.fill(slopes.iter().map(Vec::as_slice));
    let gradients = graph.gradients(pass, outputs);
    let mut sum = Mat::<f64>::zeros(n, n);
    let mut with_weights = 0;
    for (place, node) in graph.layout().nodes().iter().enumerate() {
        let seen = node.inputs[0];
        let delta = || graph.before_relu(place, pass, gradients[place + 1].clone());
        let part = match node.layer {
            Layer::Dense { outputs } => {
                let rows = delta().to_rows(n);
                let d = MatRef::from_row_major_slice(&rows, n, outputs);
                let mut part = product(d, d.transpose());
                let values;
                let own;
                let gram = if seen == 0 {
                    inputs
                } else {
                    values = pass.value(seen).to_rows(n);
                    let width = graph.layout().extent(seen).numbers();
                    own = with_constant(MatRef::from_row_major_slice(&values, n, width));
                    &own
                };
                for (to, by) in part.col_iter_mut().zip(gram.col_iter()) {
                    to.iter_mut().zip(by.iter()).for_each(|(to, by)| *to *= by);
                }
                part
            }
            Layer::Convolution { .. } => {
                let rows = gradients_of_examples(graph, pass, place, &delta());
                let width = rows.len() / n;
                let rows = MatRef::from_row_major_slice(&rows, n, width);
                product(rows, rows.transpose())
            }
            _ => continue,
        };
        let variance = variances.map_or(1.0, |variances| variances[with_weights]);
        with_weights += 1;
        for (to, by) in sum.col_iter_mut().zip(part.col_iter()) {
            for (to, by) in to.iter_mut().zip(by.iter()) {
                *to += variance * f64::from(*by);
            }
        }
    }
    sum
}

/// The gradient by the parameters of one layer, example by example, row-major.
fn gradients_of_examples(
    graph: &Graph<f32>,
    pass: &Pass<f32>,
    place: usize,
    delta: &Value<f32>,
) -> Vec<f32> {
    let n = pass.examples();
    let node = &graph.layout().nodes()[place];
    let seen = node.inputs[0];
    let extents = [graph.layout().extent(seen), node.output];
    let [x, g] = [pass.value(seen), delta].map(|value| value.to_rows(n));
    let mut rows = Vec::new();
    for i in 0..n {
        let of_example = |all: &[f32], extent: crate::network::graph::Extent| {
            let size = extent.numbers();
            let mut value = Value::zeros(1, extent);
            value.fill(std::iter::once(&all[i * size..(i + 1) * size]));
            value
        };
        let mut gradient = [graph.layers()[place].zeros_like()];
        gradient[0].add_gradient(&of_example(&x, extents[0]), &of_example(&g, extents[1]));
        rows.extend(to_vector(&gradient));
    }
    rows
}
