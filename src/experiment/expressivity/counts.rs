//! What counting parameters says of the networks of the zoo.

use super::super::ExperimentError;
use crate::measure::{Layer, Subject, find, layers, vc_dimension};
use crate::network::{Architecture, Zoo};
use crate::solution::Outputs;
use crate::training::TrainingError;

/// What counting says of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// The network.
    pub architecture: Zoo,
    /// Its parameters.
    pub parameters: usize,
    /// Different points that it fits whatever their labels, by Theorem 1 of Zhang et al.
    /// 2017 and its deeper form: a lower bound on the VC dimension. None of a linear one.
    pub memorizes: Option<usize>,
    /// An upper bound on the VC dimension.
    pub vc_dimension: f64,
    /// The bound on the test error of a network that fits n images.
    pub error_bound: f64,
}

/// The networks that are counted: chosen by hand, of none, one and three hidden layers. A network
/// that comes to the zoo does not change this experiment.
const NETWORKS: [Zoo; 13] = [
    Zoo::Linear,
    Zoo::Mlp1x2,
    Zoo::Mlp1x4,
    Zoo::Mlp1x8,
    Zoo::Mlp1x16,
    Zoo::Mlp1x32,
    Zoo::Mlp1x64,
    Zoo::Mlp1x128,
    Zoo::Mlp1x256,
    Zoo::Mlp1x512,
    Zoo::Mlp1x1024,
    Zoo::Mlp1x2048,
    Zoo::Mlp3x512,
];

impl Counted {
    /// Each of these networks of the zoo on `n` images of so many `features`.
    ///
    /// # Errors
    /// An input size that no network of the zoo has.
    pub fn zoo(n: usize, features: usize, classes: usize) -> Result<Vec<Self>, ExperimentError> {
        let fitting = fitting_outputs(n, classes);
        let counted = |&architecture: &Zoo| {
            let model = Architecture::from(architecture)
                .build(features, classes)
                .map_err(TrainingError::from)?;
            let weights = model.weights().map_err(TrainingError::from)?;
            let layers: Vec<Layer> = layers(&weights)?;
            let vc_dimension = vc_dimension(&layers);
            let subject = Subject::new(layers, None)?.with_outputs(fitting.clone());
            let bound = find("vc-bound").expect("a measure of the registry");
            let bound = bound.network(&subject)?;
            Ok(Self {
                architecture,
                parameters: model.parameter_count(),
                memorizes: memorizes(architecture, classes),
                vc_dimension,
                error_bound: bound.map_or(f64::NAN, |bound| bound.number),
            })
        };
        NETWORKS.iter().map(counted).collect()
    }
}

/// Hinges that the hidden layers have room for.
fn memorizes(architecture: Zoo, classes: usize) -> Option<usize> {
    let hidden = architecture.hidden()?;
    let depth = hidden.len();
    match hidden[..] {
        [] => None,
        [width] => Some(width),
        [width, ..] => (width.checked_sub(2 + 2 * classes)).map(|hinges| depth * hinges),
    }
}

/// Outputs of any network that fits its `n` images.
fn fitting_outputs(n: usize, classes: usize) -> Outputs {
    let labels: Vec<u32> = (0..n).map(|i| (i % classes) as u32).collect();
    let mut logits = vec![0.0; n * classes];
    for (row, &label) in logits.chunks_mut(classes).zip(&labels) {
        row[label as usize] = 1.0;
    }
    Outputs {
        classes,
        logits,
        labels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Theorem 1 from below and the bound from above enclose the dimension, and with
    /// fewer images than parameters the error bound says nothing.
    #[test]
    fn the_bounds_on_the_vc_dimension_do_not_cross() {
        for counted in Counted::zoo(1000, 784, 10).unwrap() {
            if let Some(points) = counted.memorizes {
                assert!((points as f64) < counted.vc_dimension);
            }
            assert!(counted.error_bound > 1.0);
        }
    }
}
