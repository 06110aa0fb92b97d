//! The backward pass: gradients by parameters, activations and inputs.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, Par};

use super::Chain;
use super::forward::{Pass, add_product, mask};
use crate::linalg::Real;

/// The gradient by a layer's inputs where the layer's outputs have gradient
/// `delta`: W_lᵀ δ_l, shape (in, n).
pub fn gradient_at<T: Real>(network: &Chain<T>, layer: usize, delta: &Mat<T>) -> Mat<T> {
    let span = &network.spans()[layer];
    let mut gradient = Mat::zeros(span.inputs, delta.ncols());
    let weight = span.matrix(network.parameters());
    add_product(&mut gradient, weight.transpose(), delta.as_ref());
    gradient
}

impl<T: Real> Chain<T> {
    /// δ_l for every layer, shape (out, n): the gradient of each example's own
    /// scalar by z_l, given that by the logits.
    ///
    /// ```text
    /// δ_l = 1[a_l > 0] W_{l+1}ᵀ δ_{l+1}
    /// ```
    pub fn backward(&self, pass: &Pass<T>, output: Mat<T>) -> Vec<Mat<T>> {
        let mut deltas = vec![output];
        for l in (1..self.spans().len()).rev() {
            let mut delta = gradient_at(self, l, &deltas[deltas.len() - 1]);
            mask(&mut delta, &pass.inputs[l]);
            deltas.push(delta);
        }
        deltas.reverse();
        deltas
    }

    /// Adds the gradients of all examples by the parameters, scaled:
    /// W_l gets δ_l a_{l−1}ᵀ, b_l the sum of δ_l.
    pub fn add_gradient(&self, sum: &mut [T], scale: f64, inputs: &[Mat<T>], deltas: &[Mat<T>]) {
        self.add_weight_gradient(sum, scale, inputs, deltas);
        for (span, delta) in self.spans().iter().zip(deltas) {
            if span.has_bias() {
                let bias = &mut sum[span.bias.clone()];
                for column in delta.as_ref().col_iter() {
                    for (b, &d) in bias.iter_mut().zip(column.iter()) {
                        *b += T::from_f64(scale) * d;
                    }
                }
            }
        }
    }

    /// The part of [`add_gradient`](Self::add_gradient) for the weights.
    pub fn add_weight_gradient(
        &self,
        sum: &mut [T],
        scale: f64,
        inputs: &[Mat<T>],
        deltas: &[Mat<T>],
    ) {
        for ((span, delta), input) in self.spans().iter().zip(deltas).zip(inputs) {
            let weight = &mut sum[span.weight.clone()];
            matmul(
                MatMut::from_column_major_slice_mut(weight, span.outputs, span.inputs),
                Accum::Add,
                delta.as_ref(),
                input.transpose(),
                T::from_f64(scale),
                Par::Seq,
            );
        }
    }

    /// The squared norm of every example's gradient by the parameters of every
    /// layer, without forming it: one row per layer.
    ///
    /// ```text
    /// ‖δ aᵀ‖_F² + ‖δ‖² = ‖δ‖² (‖a‖² + 1)      (without bias ‖δ‖² ‖a‖²)
    /// ```
    ///
    /// # Reference
    /// Goodfellow 2015, arXiv 1510.01799.
    pub fn squared_gradients(&self, pass: &Pass<T>, deltas: &[Mat<T>]) -> Vec<Vec<f64>> {
        let layer = |((span, delta), input): ((&super::Span, &Mat<T>), &Mat<T>)| {
            let bias = if span.has_bias() { 1.0 } else { 0.0 };
            let of = |(d, a)| squared_norm(d) * (squared_norm(a) + bias);
            let columns = delta.as_ref().col_iter().zip(input.as_ref().col_iter());
            columns.map(of).collect()
        };
        let layers = self.spans().iter().zip(deltas).zip(&pass.inputs);
        layers.map(layer).collect()
    }
}

/// ‖x_i‖² of every column.
pub fn squared_norms(x: &Mat<f64>) -> impl Iterator<Item = f64> {
    x.as_ref().col_iter().map(squared_norm)
}

/// ‖x‖².
fn squared_norm<T: Real>(x: faer::ColRef<'_, T>) -> f64 {
    x.iter().map(|x| x.to_f64() * x.to_f64()).sum()
}
