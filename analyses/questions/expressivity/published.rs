//! Parameters and training examples of published networks.

use anyhow::Context;
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
        let named = |name: &str| networks.iter().find(|n| n.name == name);
        // 1,649,402 / 50,000
        let small = named("Inception, small").unwrap();
        assert!((small.ratio() - 32.988).abs() < 1e-3);
        assert!(named("DenseNet-BC (L=100, k=12)").is_some());
    }
}
