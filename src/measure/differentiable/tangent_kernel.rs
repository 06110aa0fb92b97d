//! The empirical neural tangent kernel, and alignment of kernels.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::examples::Model;
use crate::measure::Network;

/// The empirical neural tangent kernel between the examples, averaged over the
/// logits, shape (n, n).
///
/// ```text
/// Θ_ij = (1/C) Σ_k ⟨∇_w f_k(x_i), ∇_w f_k(x_j)⟩
/// ```
///
/// For a dense layer the product of gradients is one of products, in which the 1 belongs to the
/// bias:
///
/// ```text
/// ⟨δ_l^k(x_i), δ_l^k(x_j)⟩ (⟨a_{l−1}(x_i), a_{l−1}(x_j)⟩ + 1)
/// ```
///
/// # Reference
/// Jacot, Gabriel, Hongler 2018, arXiv 1806.07572.
pub fn tangent_kernel(model: &Model) -> Mat<f64> {
    let network = &model.network;
    let pass = network.forward(&model.all());
    let (classes, n) = (network.classes(), model.len());
    let mut of_layers: Vec<Mat<f64>> = vec![Mat::zeros(n, n); network.spans().len()];
    for class in 0..classes {
        let gradients = network.backward(&pass, &one_class(class, classes, n));
        for (l, sum) in of_layers.iter_mut().enumerate() {
            *sum += match network.is_dense(l) {
                true => gram(network.columns(&gradients.by_outputs[l], n).as_ref()),
                false => {
                    let of_example = |i| network.example_gradient(&pass, &gradients, l, i);
                    let rows: Vec<f64> = (0..n).flat_map(of_example).collect();
                    gram(MatRef::from_column_major_slice(&rows, rows.len() / n, n))
                }
            };
        }
    }
    let mut kernel = Mat::<f64>::zeros(n, n);
    for (l, products) in of_layers.iter().enumerate() {
        if !network.is_dense(l) {
            kernel += products * faer::Scale(1.0 / classes as f64);
            continue;
        }
        let inner = gram(network.inputs(&pass, l).as_ref());
        let bias = bias_of(network, l);
        for (j, i) in (0..n).flat_map(|j| (0..n).map(move |i| (j, i))) {
            kernel[(i, j)] += products[(i, j)] * (inner[(i, j)] + bias) / classes as f64;
        }
    }
    kernel
}

/// The derivative of one class's logits by all logits, shape (classes, n).
pub fn one_class(class: usize, classes: usize, n: usize) -> Mat<f64> {
    Mat::from_fn(classes, n, |k, _| if k == class { 1.0 } else { 0.0 })
}

fn bias_of(network: &Network<f64>, l: usize) -> f64 {
    if network.spans()[l].has_bias() {
        1.0
    } else {
        0.0
    }
}

/// xᵀ x.
fn gram(x: MatRef<'_, f64>) -> Mat<f64> {
    let mut gram = Mat::zeros(x.ncols(), x.ncols());
    let to = gram.as_mut();
    matmul(to, Accum::Replace, x.transpose(), x, 1.0, Par::Seq);
    gram
}

/// H K H with H = I − 11ᵀ/n: the kernel of the centred features.
///
/// Zero where all of it is below what rounding leaves of a constant kernel.
pub fn centred(kernel: &Mat<f64>) -> Mat<f64> {
    let n = kernel.nrows();
    let means: Vec<f64> = (0..n).map(|j| kernel.col(j).sum() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    let centred = Mat::from_fn(n, n, |i, j| kernel[(i, j)] - means[i] - means[j] + mean);
    let noise = n as f64 * f64::EPSILON * kernel.norm_max();
    match centred.norm_max() <= noise {
        true => Mat::zeros(n, n),
        false => centred,
    }
}

/// ⟨K, L⟩_F / (‖K‖_F ‖L‖_F); not a number where one of them is 0.
pub fn cosine(k: &Mat<f64>, l: &Mat<f64>) -> f64 {
    let columns = k.as_ref().col_iter().zip(l.as_ref().col_iter());
    let product = |(a, b): (faer::ColRef<'_, f64>, faer::ColRef<'_, f64>)| -> f64 {
        a.iter().zip(b.iter()).map(|(a, b)| a * b).sum()
    };
    columns.map(product).sum::<f64>() / (k.norm_l2() * l.norm_l2())
}
