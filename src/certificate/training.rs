//! Training of a posterior.

use std::f64::consts::PI;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::CertificateError;
use super::gaussian::Gaussian;
use super::objective::{Objective, Terms};
use super::prior::{Prior, check};
use super::stochastic::Stochastic;
use crate::dataset::Split;
use crate::random::stream;

/// How a posterior is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// What is made small.
    pub objective: Objective,
    /// β, on the divergence.
    pub beta: f64,
    /// Probabilities below it count as it.
    pub least: f64,
    /// First learning rates of Adam, for means and for ln σ. They fall to 0 along a cosine: the
    /// noise of steps that stay long leaves divergence in weights that do nothing.
    pub rates: [f64; 2],
    /// Examples a step.
    pub batch: usize,
    /// Passes over the examples; what does not fill a batch waits for the next.
    pub epochs: usize,
    /// Deviations at the start over those of the prior. Below 1 a network learns whose prior has so
    /// much noise that its posterior would fall back to it before it has learned anything.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub start: f64,
    /// δ, which the objectives that are bounds have.
    pub delta: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            objective: Objective::CrossEntropy,
            beta: 2.5,
            start: 1.0,
            least: 1e-5,
            rates: [0.01, 0.03],
            batch: 250,
            epochs: 20,
            delta: 0.025,
        }
    }
}

fn one() -> f64 {
    1.0
}

fn is_one(factor: &f64) -> bool {
    *factor == 1.0
}

/// Trains a posterior from its prior.
///
/// The same arguments give the same bits on any number of threads.
///
/// # Errors
/// Examples that the network does not fit, fewer than a batch, or an empty batch; a start that is
/// not above 0; no memory.
pub fn train(
    prior: &Prior,
    examples: &Split,
    how: &Training,
    seed: u64,
) -> Result<Gaussian, CertificateError> {
    prior.law().check(examples)?;
    if how.batch == 0 || examples.len() < how.batch {
        return Err(CertificateError::Batch {
            examples: examples.len(),
            batch: how.batch,
        });
    }
    check(how.start * prior.sigma())?;
    let mut order = stream(seed, "certificate: batch order");
    let mut draws = stream(seed, "certificate: draws of the training");
    let mut posterior = prior.law().scaled(how.start);
    let mut adam: Vec<[Adam; 2]> = (posterior.layers().iter())
        .map(|_| Default::default())
        .collect();
    let mut places: Vec<usize> = (0..examples.len()).collect();
    let steps = (how.epochs * (examples.len() / how.batch)) as f64;
    let precision = prior.sigma().powi(-2) as f32;
    let mut step = 0;
    for _ in 0..how.epochs {
        places.shuffle(&mut order);
        for chosen in places.chunks_exact(how.batch) {
            let batch = examples.gather(chosen);
            let network = Stochastic::of(&posterior, &mut draws)?;
            let (cross_entropy, gradients) =
                network.cross_entropy(&batch, how.least, &mut draws)?;
            let slopes = how.objective.slopes(Terms {
                cross_entropy,
                kl: match how.objective.needs_kl() {
                    true => prior.divergence(&posterior),
                    false => 0.0,
                },
                beta: how.beta,
                least: how.least,
                examples: examples.len() as f64,
                delta: how.delta,
            });
            let [a, b] = slopes.map(|slope| slope as f32);
            let cosine = 0.5 * (1.0 + (PI * f64::from(step) / steps).cos());
            step += 1;
            let layers = posterior.layers_mut().iter_mut().zip(prior.law().layers());
            for (((layer, prior), gradient), adam) in layers.zip(gradients).zip(&mut adam) {
                let [of_mean, of_sigma] = adam;
                let apart = layer.mean.iter().zip(&prior.mean).map(|(m, m0)| m - m0);
                let by_mean = gradient.mean.iter().zip(apart);
                let by_mean: Vec<f32> = by_mean.map(|(g, d)| a * g + b * d * precision).collect();
                let by_sigma = gradient.ln_sigma.iter().zip(&layer.ln_sigma);
                let by_sigma: Vec<f32> = by_sigma
                    .map(|(g, l)| a * g + b * ((2.0 * l).exp() * precision - 1.0))
                    .collect();
                of_mean.step(&mut layer.mean, &by_mean, how.rates[0] * cosine, step);
                of_sigma.step(&mut layer.ln_sigma, &by_sigma, how.rates[1] * cosine, step);
            }
        }
    }
    Ok(posterior)
}

/// Kingma and Ba 2015, arXiv 1412.6980, Algorithm 1: the moments of the gradient.
#[derive(Default)]
struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Adam {
    fn step(&mut self, weights: &mut [f32], gradient: &[f32], rate: f64, step: i32) {
        const DECAY: [f32; 2] = [0.9, 0.999];
        self.first.resize(weights.len(), 0.0);
        self.second.resize(weights.len(), 0.0);
        let bias = DECAY.map(|decay| 1.0 - f64::from(decay).powi(step));
        let (rate, root) = ((rate / bias[0]) as f32, bias[1].sqrt().recip() as f32);
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
            *m = DECAY[0] * *m + (1.0 - DECAY[0]) * g;
            *v = DECAY[1] * *v + (1.0 - DECAY[1]) * g * g;
            *w -= rate * *m / (v.sqrt() * root + 1e-8);
        }
    }
}
