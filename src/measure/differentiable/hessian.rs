//! Products with the Hessian of the mean cross-entropy.

use faer::Mat;

use super::examples::Model;
use crate::network::chain::gradient_at;
use crate::network::chain::{Pass, add_product, mask, zip_mut};
use crate::network::chain::{loss_delta, probabilities};

/// The Hessian of the mean loss over all examples, by all weights and biases.
///
/// Products are exact up to rounding, by differentiating the gradient along a
/// direction; nothing of size (parameters, parameters) is formed. At a point
/// where a unit is exactly at 0 it is the Hessian with that unit inactive.
///
/// # Reference
/// Pearlmutter 1994, "Fast exact multiplication by the Hessian", R{backprop}.
pub struct Hessian<'a> {
    model: &'a Model<'a>,
    batches: Vec<Batch>,
}

/// What no product needs to compute again.
struct Batch {
    pass: Pass<f64>,
    probabilities: Mat<f64>,
    deltas: Vec<Mat<f64>>,
}

impl<'a> Hessian<'a> {
    /// Prepares the products: one forward and one backward pass.
    pub fn new(model: &'a Model<'a>) -> Self {
        let batch = |(inputs, labels): (Mat<f64>, &[u32])| {
            let pass = model.network.forward(inputs);
            let probabilities = probabilities(&pass.logits);
            let delta = loss_delta(&probabilities, labels);
            let deltas = model.network.backward(&pass, delta);
            Batch {
                pass,
                probabilities,
                deltas,
            }
        };
        Self {
            model,
            batches: model.batches().map(batch).collect(),
        }
    }

    /// H v.
    ///
    /// ```text
    /// Rδ_d = p ∘ (Rf − pᵀRf),   Rδ_l = 1[a_l > 0] (W_{l+1}ᵀ Rδ_{l+1} + V_{l+1}ᵀ δ_{l+1})
    /// H v on layer l: (Rδ_l a_{l−1}ᵀ + δ_l R a_{l−1}ᵀ, Rδ_l)
    /// ```
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let network = &self.model.network;
        let scale = 1.0 / self.model.len() as f64;
        let mut product = vec![0.0; v.len()];
        for batch in &self.batches {
            let r = network.directional(&batch.pass, v);
            let mut r_deltas = vec![softmax_derivative(&batch.probabilities, &r.logits)];
            for l in (1..network.spans().len()).rev() {
                let mut next = gradient_at(network, l, &r_deltas[r_deltas.len() - 1]);
                let direction = network.spans()[l].matrix(v).transpose();
                add_product(&mut next, direction, batch.deltas[l].as_ref());
                mask(&mut next, &batch.pass.inputs[l]);
                r_deltas.push(next);
            }
            r_deltas.reverse();
            network.add_gradient(&mut product, scale, &batch.pass.inputs, &r_deltas);
            // R a_0 = 0: the first layer has no such part.
            network.add_weight_gradient(&mut product, scale, &r.inputs, &batch.deltas);
        }
        product
    }
}

/// The derivative of softmax along a change of the logits: p ∘ (r − pᵀr).
fn softmax_derivative(p: &Mat<f64>, r: &Mat<f64>) -> Mat<f64> {
    let mut out = r.clone();
    for (j, p) in p.as_ref().col_iter().enumerate() {
        let column = out.col_as_slice_mut(j);
        let mean: f64 = column.iter().zip(p.iter()).map(|(r, p)| r * p).sum();
        column.iter_mut().for_each(|r| *r -= mean);
    }
    zip_mut(&mut out, p, |r, p| *r *= p);
    out
}
