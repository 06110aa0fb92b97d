//! Errors, accuracies and times.

use std::sync::LazyLock;

use serde::Deserialize;

use super::rows;

/// What a published number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Share of the training labels that are predicted, at the end of training.
    TrainingAccuracy,
    /// Share of the test labels that are predicted.
    TestAccuracy,
    /// Fraction of the test labels that are not predicted; with noisy labels, of test labels
    /// with the same noise.
    TestError,
    /// Updates to fit the training labels over those that true labels take.
    RelativeSteps,
}

/// One published number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Value {
    /// Paper and table or figure.
    pub source: String,
    /// Dataset, as this program names it.
    pub dataset: String,
    /// Training images.
    pub examples: usize,
    /// Network or kernel, as this program names it.
    pub learner: String,
    /// Labels: `true-labels`, `random-labels`, `corrupted-labels:P` of training only, or
    /// `noisy-labels:P` of training and test; or pixels: `shuffled-pixels`.
    pub labels: String,
    /// What the number is of.
    pub quantity: Quantity,
    /// The number, a fraction or a ratio.
    pub value: f64,
}

/// The published numbers of a quantity for this network or kernel and these labels.
///
/// ```
/// use rethink::published::{Quantity, values};
/// // Zhang et al. 2017, Table 1
/// let accuracy: Vec<f64> = values(Quantity::TestAccuracy, "mlp-1x512", "random-labels")
///     .map(|published| published.value)
///     .collect();
/// assert_eq!(accuracy, [0.1061]);
/// ```
pub fn values(
    quantity: Quantity,
    learner: &str,
    labels: &str,
) -> impl Iterator<Item = &'static Value> {
    static VALUES: LazyLock<Vec<Value>> =
        LazyLock::new(|| rows(include_str!("../../data/published.csv")));
    VALUES.iter().filter(move |one| {
        one.quantity == quantity && one.learner == learner && one.labels == labels
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::AnyKernel;
    use crate::network::Architecture;
    use crate::treatment::Treatment;

    /// A name that this program does not have would stand beside nothing.
    #[test]
    fn learners_and_labels_are_those_of_this_program() {
        let all: Vec<Value> = rows(include_str!("../../data/published.csv"));
        assert!(all.len() > 50);
        for one in all {
            let network = one.learner.parse::<Architecture>().is_ok();
            assert!(
                network || one.learner.parse::<AnyKernel>().is_ok(),
                "{one:?}"
            );
            let labels = one.labels.replace("noisy", "corrupted");
            assert!(labels.parse::<Treatment>().is_ok(), "{one:?}");
            let ratio = one.quantity == Quantity::RelativeSteps;
            assert!(one.value > 0.0 && (ratio || one.value <= 1.0), "{one:?}");
            assert!(one.source.contains("arXiv"), "{one:?}");
        }
    }

    #[test]
    fn a_setting_that_two_papers_have_has_both_values() {
        let of_all = values(Quantity::TestError, "gaussian:5", "true-labels");
        let of_all = of_all.filter(|one| one.examples == 60_000);
        assert_eq!(
            of_all.map(|one| one.value).collect::<Vec<_>>(),
            [0.012, 0.0124]
        );
    }
}
