//! Parameters against training examples, of the zoo and of published networks.

use anyhow::Context;
use rethink::measure::{Layer, Subject, find, layers, vc_dimension};
use rethink::network::{Architecture, Zoo};
use rethink::solution::Outputs;
use serde::Deserialize;

/// One line of data/networks.csv.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Published {
    pub name: String,
    /// DCNN, MLP or transformer.
    pub kind: String,
    pub parameters: f64,
    pub examples: f64,
    /// What an example is: images, words, tokens.
    pub unit: String,
    pub dataset: String,
    pub source: String,
}

impl Published {
    /// Parameters per training example.
    pub fn ratio(&self) -> f64 {
        self.parameters / self.examples
    }

    pub fn is_convolutional(&self) -> bool {
        self.kind == "DCNN"
    }
}

/// The published networks.
pub fn published() -> anyhow::Result<Vec<Published>> {
    let table = include_str!("../../../data/networks.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let networks: Result<_, _> = rows.deserialize().collect();
    networks.context("data/networks.csv")
}

/// What counting says of a network of the zoo.
pub struct Counted {
    pub architecture: Zoo,
    pub parameters: usize,
    /// Different points that it fits whatever their labels, by Theorem 1 and its
    /// deeper form: a lower bound on the VC dimension.
    pub memorizes: Option<usize>,
    /// An upper bound on the VC dimension.
    pub vc_dimension: f64,
    /// The bound on the test error of a network that fits n images.
    pub error_bound: f64,
}

/// The zoo on `n` images of so many numbers.
pub fn zoo(n: usize, features: usize, classes: usize) -> anyhow::Result<Vec<Counted>> {
    let fitting = fitting_outputs(n, classes);
    Zoo::ALL
        .iter()
        .map(|&architecture| {
            let model = Architecture::from(architecture).build(features, classes)?;
            let layers: Vec<Layer> = layers(&model.weights()?)?;
            let vc_dimension = vc_dimension(&layers);
            let subject = Subject::new(layers, None)?.with_outputs(fitting.clone());
            let bound = find("vc-bound").context("no measure vc-bound")?;
            let bound = bound.network(&subject)?.context("vc-bound has no value")?;
            Ok(Counted {
                architecture,
                parameters: model.parameter_count(),
                memorizes: memorizes(architecture, classes),
                vc_dimension,
                error_bound: bound.number,
            })
        })
        .collect()
}

/// Hinges that the hidden layers have room for.
fn memorizes(architecture: Zoo, classes: usize) -> Option<usize> {
    match architecture.hidden_layers() {
        0 => None,
        1 => Some(architecture.width()),
        deep => (architecture.width().checked_sub(2 + 2 * classes)).map(|hinges| deep * hinges),
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

    #[test]
    fn every_published_network_has_a_ratio_and_a_source() {
        let networks = published().unwrap();
        assert!(networks.len() > 20);
        for network in &networks {
            assert!(network.ratio() > 0.0 && network.source.contains(char::is_numeric));
        }
        let small = networks
            .iter()
            .find(|n| n.name == "Inception, small")
            .unwrap();
        // 1,649,402 / 50,000
        assert!((small.ratio() - 32.988).abs() < 1e-3);
        assert!(
            networks
                .iter()
                .any(|n| n.name == "DenseNet-BC (L=100, k=12)")
        );
    }

    /// Theorem 1 from below and the bound from above enclose the dimension, and with
    /// fewer images than parameters the error bound says nothing.
    #[test]
    fn the_bounds_on_the_vc_dimension_do_not_cross() {
        for counted in zoo(1000, 784, 10).unwrap() {
            if let Some(points) = counted.memorizes {
                assert!((points as f64) < counted.vc_dimension);
            }
            assert!(counted.error_bound > 1.0);
        }
    }
}
