//! Gaussian noise on every parameter.

use rand_distr::{Distribution, StandardNormal};

use crate::dataset::Split;
use crate::measure::Network;
use crate::measure::differentiable::{batches, correct};
use crate::random::stream;

/// ε of the magnitude-aware noise.
pub const EPSILON: f64 = 1e-3;

/// How the standard deviation of the noise depends on the parameter. All weights
/// and biases get noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// σ for every parameter.
    Isotropic,
    /// √(σ² w² + ε²), ε = 10⁻³.
    MagnitudeAware,
}

impl Noise {
    /// The standard deviation (not the variance) of the noise on parameter w.
    pub fn deviation(self, sigma: f64, w: f64) -> f64 {
        match self {
            Self::Isotropic => sigma,
            Self::MagnitudeAware => (sigma * w).hypot(EPSILON),
        }
    }
}

/// The network with draw number `draw`, which is the same for every σ, added to its
/// parameters: single precision is enough for counting errors.
pub fn noisy(network: &Network<f32>, noise: Noise, sigma: f64, draw: usize) -> Network<f32> {
    let mut rng = stream(draw as u64, "weight noise");
    let with_noise = |&w: &f32| {
        let normal: f32 = StandardNormal.sample(&mut rng);
        w + noise.deviation(sigma, f64::from(w)) as f32 * normal
    };
    network.with(network.parameters().iter().map(with_noise).collect())
}

/// Fraction of the examples that a network classifies correctly.
pub fn fraction_correct(network: &Network<f32>, examples: &Split) -> f64 {
    let count = |(inputs, labels): (Vec<f32>, &[u32])| {
        let logits = network.logits(&network.forward(&inputs));
        correct(logits.as_ref(), labels)
    };
    batches(network, examples).map(count).sum::<usize>() as f64 / examples.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::gaussian_layers;

    /// Public code passes variances where standard deviations are expected, and
    /// adds noise to parameters that its divergence does not count.
    #[test]
    fn the_noise_of_every_parameter_has_the_deviation_asked_for() {
        let layers = gaussian_layers(&[3, 2], 1);
        let network = Network::<f32>::chain(&layers);
        let w = network.parameters().to_vec();
        assert_eq!(w.len(), 8, "weights and biases");
        for noise in [Noise::Isotropic, Noise::MagnitudeAware] {
            let mut squares = vec![0.0; w.len()];
            let draws = 4000;
            for draw in 0..draws {
                let found = noisy(&network, noise, 0.1, draw);
                let pairs = squares.iter_mut().zip(found.parameters());
                for ((square, found), w) in pairs.zip(&w) {
                    *square += f64::from(found - w).powi(2) / draws as f64;
                }
            }
            for (square, &w) in squares.into_iter().zip(&w) {
                let w = f64::from(w);
                let expected = match noise {
                    Noise::Isotropic => 0.1,
                    Noise::MagnitudeAware => (0.01 * w * w + 1e-6).sqrt(),
                };
                // The standard error is 1.1 %.
                assert!(
                    (square.sqrt() / expected - 1.0).abs() < 0.05,
                    "{square} {expected}"
                );
            }
        }
    }
}
