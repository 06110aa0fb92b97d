//! A Gaussian over the weights of a fully connected network.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::CertificateError;
use crate::random::stream;

/// The law of the weights of one layer, and of one bias an output behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Inputs and outputs.
    pub shape: [usize; 2],
    /// Means of the weights, row-major, shape (inputs, outputs), then of the biases.
    pub mean: Vec<f32>,
    /// ln of the standard deviations, in the same order.
    pub ln_sigma: Vec<f32>,
}

/// Independent Gaussians over the weights and biases of layers that follow each other, with ReLU
/// between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    layers: Vec<Layer>,
}

/// N(w₀, s² 1), which has seen no data.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    law: Gaussian,
    sigma: f64,
}

impl Gaussian {
    /// From the inputs on.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    pub(super) fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// Numbers an example.
    pub fn inputs(&self) -> usize {
        self.layers[0].shape[0]
    }

    /// Outputs.
    pub fn classes(&self) -> usize {
        self.layers[self.layers.len() - 1].shape[1]
    }
}

impl Prior {
    /// Around random weights: w₀ ~ N(0, 1/inputs), biases 0. `widths` are inputs, hidden layers
    /// and classes.
    ///
    /// # Errors
    /// A deviation that is not above 0; fewer than two widths, one that is 0, or one class.
    pub fn at_random(widths: &[usize], sigma: f64, seed: u64) -> Result<Self, CertificateError> {
        if !(sigma > 0.0 && sigma.is_finite()) {
            return Err(CertificateError::Sigma { sigma });
        }
        if widths.len() < 2 || widths.contains(&0) || widths.last() == Some(&1) {
            let widths = widths.to_vec();
            return Err(CertificateError::Widths { widths });
        }
        let mut random = stream(seed, "certificate: prior");
        let layers = widths.windows(2).map(|pair| {
            let shape = [pair[0], pair[1]];
            let scale = 1.0 / (pair[0] as f32).sqrt();
            let mut mean = normals(&mut random, pair[0] * pair[1]);
            mean.iter_mut().for_each(|w| *w *= scale);
            mean.resize(mean.len() + pair[1], 0.0);
            let ln_sigma = vec![sigma.ln() as f32; mean.len()];
            Layer {
                shape,
                mean,
                ln_sigma,
            }
        });
        let layers = layers.collect();
        Ok(Self {
            law: Gaussian { layers },
            sigma,
        })
    }

    /// The law of the weights.
    pub fn law(&self) -> &Gaussian {
        &self.law
    }

    /// s.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The divergence of a posterior of the same network from this prior, in nats, summed in f64.
    ///
    /// ```text
    /// KL(Q‖P) = Σ [ ½ ((σ² + (μ − μ₀)²) / s² − 1) − ln(σ/s) ]
    /// ```
    pub fn divergence(&self, posterior: &Gaussian) -> f64 {
        let (ln_s, precision) = (self.sigma.ln(), self.sigma.powi(-2));
        let of = |(own, prior): (&Layer, &Layer)| -> f64 {
            let each = own.mean.iter().zip(&prior.mean).zip(&own.ln_sigma);
            let terms = each.map(|((&m, &m0), &l)| {
                let (apart, l) = (f64::from(m) - f64::from(m0), f64::from(l));
                0.5 * (((2.0 * l).exp() + apart * apart) * precision - 1.0) - (l - ln_s)
            });
            terms.sum()
        };
        posterior.layers.iter().zip(&self.law.layers).map(of).sum()
    }
}

/// Independent standard normal numbers.
pub(super) fn normals(random: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(random)).collect()
}
