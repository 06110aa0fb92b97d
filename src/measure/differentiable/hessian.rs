//! Products with the Hessian of the mean cross-entropy.

use faer::Mat;

use super::examples::Model;
use super::loss::{loss_delta, probabilities};
use crate::measure::Network;
use crate::network::graph::Pass;

/// Numbers of forward passes that are kept from one product to the next: 1 GiB.
const KEPT: usize = 1 << 27;

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
    /// What no product needs to compute again; nothing where that is too large.
    kept: Vec<Batch>,
}

/// A batch at the weights.
struct Batch {
    pass: Pass<f64>,
    probabilities: Mat<f64>,
    delta: Mat<f64>,
}

impl Batch {
    fn new(network: &Network<f64>, inputs: &[f64], labels: &[u32]) -> Self {
        let pass = network.forward(inputs);
        let probabilities = probabilities(&network.logits(&pass));
        Self {
            delta: loss_delta(&probabilities, labels),
            probabilities,
            pass,
        }
    }

    /// The product with the Hessian of the sum over the batch.
    fn times(&self, network: &Network<f64>, v: &[f64]) -> Vec<f64> {
        let change = |along: &Mat<f64>| softmax_derivative(&self.probabilities, along);
        network.gradient_directional(&self.pass, v, &self.delta, change)
    }
}

impl<'a> Hessian<'a> {
    /// Prepares the products: one forward pass.
    pub fn new(model: &'a Model<'a>) -> Self {
        let network = &model.network;
        let kept = match model.len() * network.numbers() <= KEPT {
            true => model
                .batches()
                .map(|(inputs, labels)| Batch::new(network, &inputs, labels))
                .collect(),
            false => Vec::new(),
        };
        Self { model, kept }
    }

    /// H v.
    ///
    /// ```text
    /// H v = Σ_i R (J_iᵀ (p_i − e_y)) / n,   R (p − e_y) = p ∘ (R f − pᵀ R f)
    /// ```
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let network = &self.model.network;
        let mut product = vec![0.0; v.len()];
        let mut add = |batch: &Batch| {
            let part = batch.times(network, v);
            product.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        };
        self.kept.iter().for_each(&mut add);
        if self.kept.is_empty() {
            for (inputs, labels) in self.model.batches() {
                add(&Batch::new(network, &inputs, labels));
            }
        }
        let scale = 1.0 / self.model.len() as f64;
        product.iter_mut().for_each(|x| *x *= scale);
        product
    }
}

/// The derivative of softmax along a change of the logits: p ∘ (r − pᵀr).
fn softmax_derivative(p: &Mat<f64>, r: &Mat<f64>) -> Mat<f64> {
    let mut out = r.clone();
    for (j, p) in p.as_ref().col_iter().enumerate() {
        let column = out.col_as_slice_mut(j);
        let mean: f64 = column.iter().zip(p.iter()).map(|(r, p)| r * p).sum();
        let pairs = column.iter_mut().zip(p.iter());
        pairs.for_each(|(r, p)| *r = (*r - mean) * p);
    }
    out
}
