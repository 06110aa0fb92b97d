//! Initial weights.

use std::fmt;
use std::str::FromStr;

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::random;
use crate::solution::Weight;

/// The distribution of the initial weights. Biases start at zero.
///
/// The paper does not state its initialization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialization {
    /// Normal with variance 2 / fan-in.
    ///
    /// # Reference
    /// He, Zhang, Ren, Sun 2015, arXiv 1502.01852, section 2.2.
    He,
    /// Normal with variance 1 / fan-in.
    ///
    /// # Reference
    /// LeCun, Bottou, Orr, Müller 1998, "Efficient BackProp", section 4.6.
    Lecun,
}

impl Initialization {
    /// Fills the weight arrays of a network, each from its own random stream.
    ///
    /// An array named `….bias` or `….running_mean` becomes zero, one named `….running_var` one; any
    /// other has shape `[out, in, …]` and fan-in equal to the product of all axes but the first.
    pub fn fill(self, weights: &mut [Weight], seed: u64) {
        for weight in weights {
            if weight.name.ends_with("bias") || weight.name.ends_with("running_mean") {
                weight.values.fill(0.0);
                continue;
            }
            if weight.name.ends_with("running_var") {
                weight.values.fill(1.0);
                continue;
            }
            let fan_in: usize = weight.shape.iter().skip(1).product();
            let deviation = (self.gain() / fan_in as f64).sqrt();
            let mut rng = random::stream(seed, &format!("initial weights: {}", weight.name));
            for value in &mut weight.values {
                let z: f64 = StandardNormal.sample(&mut rng);
                *value = (deviation * z) as f32;
            }
        }
    }

    /// Variance times fan-in.
    fn gain(self) -> f64 {
        match self {
            Initialization::He => 2.0,
            Initialization::Lecun => 1.0,
        }
    }
}

impl fmt::Display for Initialization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Initialization::He => "he",
            Initialization::Lecun => "lecun",
        })
    }
}

impl FromStr for Initialization {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "he" => Ok(Initialization::He),
            "lecun" => Ok(Initialization::Lecun),
            _ => Err(format!("'{name}' is no initialization; choose he or lecun")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(initialization: Initialization, seed: u64) -> Vec<Weight> {
        let mut weights = vec![
            Weight {
                name: "0.weight".into(),
                shape: vec![200, 400],
                values: vec![0.0; 80_000],
            },
            Weight {
                name: "0.bias".into(),
                shape: vec![200],
                values: vec![1.0; 200],
            },
        ];
        initialization.fill(&mut weights, seed);
        weights
    }

    #[test]
    fn variance_is_the_published_one() {
        for (initialization, variance) in [
            (Initialization::He, 2.0 / 400.0),
            (Initialization::Lecun, 1.0 / 400.0),
        ] {
            let weights = filled(initialization, 1);
            let n = weights[0].values.len() as f64;
            let measured = weights[0].values.iter().map(|&w| f64::from(w).powi(2));
            let ratio = measured.sum::<f64>() / n / variance;
            // The standard error of a variance ratio is sqrt(2/n) = 0.005.
            assert!((ratio - 1.0).abs() < 0.025, "{ratio}");
            assert!(weights[1].values.iter().all(|&b| b == 0.0));
        }
    }

    #[test]
    fn a_seed_gives_its_weights_again_and_another_seed_others() {
        assert_eq!(filled(Initialization::He, 1), filled(Initialization::He, 1));
        assert_ne!(filled(Initialization::He, 1), filled(Initialization::He, 2));
    }
}
