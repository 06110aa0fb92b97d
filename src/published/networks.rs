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

/// The convolutional networks are those of two lists that others made, every one of them: what
/// Zhang et al. 2017 train or compare with (arXiv 1611.03530, Tables 1 and 2), and the table of
/// pre-trained networks of Keras Applications, all of them trained on the 1,281,167 images of
/// the ImageNet challenge of 2012. Inception V3 is on both. Networks of other kinds are examples
/// chosen by hand.
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
    }

    /// A network that is on neither list would be chosen by hand.
    #[test]
    fn every_convolutional_network_is_on_a_list() {
        let networks = networks();
        let of = |list: &str| {
            let convolutional = networks.iter().filter(|n| n.is_convolutional());
            convolutional.filter(|n| n.source.contains(list)).count()
        };
        assert_eq!((of("Keras Applications"), of("1611.03530, Table")), (33, 3));
        let all = networks.iter().filter(|n| n.is_convolutional()).count();
        assert_eq!(all, 36);
    }
}
