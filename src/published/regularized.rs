//! What Zhang et al. 2017 report of networks with and without explicit regularization.

use std::sync::LazyLock;

use serde::Deserialize;

use super::rows;

/// One line of Table 1 or Table 4 of Zhang et al. 2017, arXiv 1611.03530: CIFAR-10, 50,000
/// training images, one training each.
///
/// The small AlexNet with weight decay on random labels, which "failed to converge", has none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Regularized {
    /// Paper and table.
    pub source: String,
    /// Network, as this program names it.
    pub network: String,
    /// `true-labels` or `random-labels`.
    pub labels: String,
    /// With random crops.
    pub crop: bool,
    /// With weight decay, whose coefficient the paper does not state.
    pub weight_decay: bool,
    /// With flips of left and right and rotations by up to 25 degrees.
    pub flips_and_rotation: bool,
    /// Share of the training labels that are predicted; with crops, flips and rotations of random
    /// labels the average over changed images while training.
    pub training_accuracy: f64,
    /// Share of the test labels that are predicted.
    pub test_accuracy: Option<f64>,
}

/// Every line.
///
/// ```
/// use rethink::published::regularized;
/// let test_accuracy = |crop| {
///     let mut inception = regularized().filter(|one| one.network == "small-inception-bn");
///     inception.find(|one| one.crop == crop && !one.weight_decay)?.test_accuracy
/// };
/// assert_eq!([test_accuracy(true), test_accuracy(false)], [Some(0.8931), Some(0.8575)]);
/// ```
pub fn regularized() -> impl Iterator<Item = &'static Regularized> {
    static ROWS: LazyLock<Vec<Regularized>> =
        LazyLock::new(|| rows(include_str!("../../data/regularized.csv")));
    ROWS.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::published::{Quantity, values};
    use crate::treatment::Treatment;

    #[test]
    fn lines_are_of_networks_and_labels_of_this_program_and_agree_with_the_other_table() {
        assert_eq!(regularized().count(), 24);
        for one in regularized() {
            assert!(one.network.parse::<Architecture>().is_ok(), "{one:?}");
            assert!(one.labels.parse::<Treatment>().is_ok(), "{one:?}");
            let plain = !(one.crop || one.weight_decay || one.flips_and_rotation);
            let mut same = values(Quantity::TestAccuracy, &one.network, &one.labels);
            if let Some(same) = same.next().filter(|_| plain) {
                assert_eq!(Some(same.value), one.test_accuracy, "{one:?}");
            }
        }
    }
}
