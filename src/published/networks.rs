//! Parameters and training examples of networks.

use serde::Deserialize;

use super::rows;

/// A published network: a line of data/networks.csv.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Network {
    /// What the paper calls it.
    pub name: String,
    /// DCNN, MLP or transformer.
    pub kind: String,
    /// Number of parameters, rounded as in the paper.
    pub parameters: f64,
    /// Number of training examples.
    pub examples: f64,
    /// What an example is: images, words, tokens.
    pub unit: String,
    /// What it was trained on.
    pub dataset: String,
    /// Where the numbers are stated.
    pub source: String,
}

impl Network {
    /// Parameters per training example.
    pub fn ratio(&self) -> f64 {
        self.parameters / self.examples
    }

    /// Whether it is a deep convolutional network.
    pub fn is_convolutional(&self) -> bool {
        self.kind == "DCNN"
    }
}

/// A selection of well-known networks, small ones included; not a random sample.
pub fn networks() -> Vec<Network> {
    rows(include_str!("../../data/networks.csv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_network_has_a_ratio_and_a_source() {
        let networks = networks();
        assert!(networks.len() > 20);
        for network in &networks {
            assert!(network.ratio() > 0.0 && network.source.contains(char::is_numeric));
        }
        let named = |name: &str| networks.iter().find(|n| n.name == name);
        // 1,649,402 / 50,000
        let small = named("Inception, small").unwrap();
        assert!((small.ratio() - 32.988).abs() < 1e-3);
        assert!(named("DenseNet-BC (L=100, k=12)").is_some());
    }
}
