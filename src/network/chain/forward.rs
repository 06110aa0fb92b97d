//! The forward pass, and its derivative along a direction of the parameters.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::{Chain, Span};
use crate::linalg::Real;

/// What a batch of n examples looks like in every layer.
#[derive(Debug, Clone)]
pub struct Pass<T> {
    /// a_{l−1} for every layer, shape (in, n): the examples first.
    pub inputs: Vec<Mat<T>>,
    /// f(x), shape (classes, n).
    pub logits: Mat<T>,
}

/// C += A B on the calling thread.
pub(crate) fn add_product<T: Real>(c: &mut Mat<T>, a: MatRef<'_, T>, b: MatRef<'_, T>) {
    matmul(c.as_mut(), Accum::Add, a, b, T::from_f64(1.0), Par::Seq);
}

/// Every column is the bias, or 0.
fn biases<T: Real>(span: &Span, parameters: &[T], n: usize) -> Mat<T> {
    let bias = &parameters[span.bias.clone()];
    Mat::from_fn(span.outputs, n, |i, _| {
        bias.get(i).copied().unwrap_or_else(|| T::from_f64(0.0))
    })
}

/// Applies `change` to every entry and the entry of `other` at its place.
pub(crate) fn zip_mut<T: Real>(a: &mut Mat<T>, other: &Mat<T>, change: impl Fn(&mut T, T)) {
    for j in 0..a.ncols() {
        for (x, &y) in a.col_as_slice_mut(j).iter_mut().zip(other.col_as_slice(j)) {
            change(x, y);
        }
    }
}

/// Sets the entries whose unit is not active to 0.
pub(crate) fn mask<T: Real>(values: &mut Mat<T>, activations: &Mat<T>) {
    let zero = T::from_f64(0.0);
    zip_mut(values, activations, |value, a| {
        if a <= zero {
            *value = zero;
        }
    });
}

impl<T: Real> Chain<T> {
    /// The forward pass on examples, one per column.
    pub fn forward(&self, batch: Mat<T>) -> Pass<T> {
        let n = batch.ncols();
        let zero = T::from_f64(0.0);
        let mut inputs = Vec::with_capacity(self.spans().len());
        let mut next = batch;
        for (l, span) in self.spans().iter().enumerate() {
            if l > 0 {
                for j in 0..n {
                    for z in next.col_as_slice_mut(j) {
                        *z = if *z < zero { zero } else { *z }; // NaN stays NaN
                    }
                }
            }
            let mut z = biases(span, self.parameters(), n);
            add_product(&mut z, span.matrix(self.parameters()), next.as_ref());
            inputs.push(next);
            next = z;
        }
        Pass {
            inputs,
            logits: next,
        }
    }

    /// How activations and logits change when the parameters move along
    /// `direction`: the R-operator.
    ///
    /// ```text
    /// R a_0 = 0,   R z_l = W_l R a_{l−1} + V_l a_{l−1} + v_l,   R a_l = 1[a_l > 0] R z_l
    /// ```
    ///
    /// # Reference
    /// Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    pub fn directional(&self, pass: &Pass<T>, direction: &[T]) -> Pass<T> {
        let n = pass.logits.ncols();
        let mut inputs = Vec::with_capacity(self.spans().len());
        let mut next = Mat::zeros(pass.inputs.first().map_or(0, Mat::nrows), n);
        for (l, (span, input)) in self.spans().iter().zip(&pass.inputs).enumerate() {
            let mut z = biases(span, direction, n);
            add_product(&mut z, span.matrix(direction), input.as_ref());
            if l > 0 {
                mask(&mut next, input);
                add_product(&mut z, span.matrix(self.parameters()), next.as_ref());
            }
            inputs.push(next);
            next = z;
        }
        Pass {
            inputs,
            logits: next,
        }
    }
}
