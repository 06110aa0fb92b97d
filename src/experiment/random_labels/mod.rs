//! Networks on random labels beside networks on true ones, pair by pair: the comparison
//! of Neyshabur et al. 2017 (arXiv 1706.08947).

mod both;
mod form;
mod ranking;

pub use both::{Both, both, product_of_operator_norms};
pub use form::Form;
pub use ranking::{Compared, MeasuredRun, PairedMeasures, Trend, compare, trend};

use super::Study;
use crate::statistics::{Estimate, GrowthExponents, auc, growth_exponents};
use crate::treatment::Treatment;

/// The labelings compared, with their names: true labels, then random ones.
pub const LABELINGS: [(Treatment, &str); 2] = [
    (Treatment::TrueLabels, "true"),
    (Treatment::RandomLabels, "random"),
];

/// What differs between the networks: the size of the training set and the labels. Two of
/// one size and seed are a pair.
pub type Cell = (usize, Treatment);

/// The cells of one size: true labels, then random ones.
pub fn pair(size: usize) -> [Cell; 2] {
    LABELINGS.map(|(labels, _)| (size, labels))
}

/// Random against true labels, by size and seed.
impl<O> Study<Cell, O> {
    /// Random / true within the pairs of one size: geometric mean over seeds.
    pub fn random_over_true(
        &self,
        size: usize,
        number: impl Fn(&O) -> Option<f64>,
    ) -> Option<Estimate> {
        let [clean, random] = pair(size);
        self.ratio(&random, &clean, number)
    }

    /// Probability that a random-label network of one size has the larger value: see [`auc`].
    pub fn separation(&self, size: usize, number: impl Fn(&O) -> Option<f64>) -> Option<Estimate> {
        let [clean, random] = pair(size).map(|cell| self.values(&cell, &number));
        auc(&random?, &clean?).ok()
    }

    /// Growth exponents of a number over all sizes, with either labels: see
    /// [`growth_exponents`].
    pub fn growth(&self, number: impl Fn(&O) -> Option<f64>) -> Option<GrowthExponents> {
        let [clean, random] = LABELINGS.map(|(labels, _)| {
            let size = |cell: &Cell| (cell.1 == labels).then_some(cell.0);
            self.growth_points(size, &number)
        });
        growth_exponents(&clean?, &random?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_labels_are_compared_with_true_ones_of_the_same_size_and_seed() {
        let outputs = [(10, 1.0), (100, 10.0)]
            .into_iter()
            .flat_map(|(size, root)| {
                let [clean, random] = pair(size);
                (1..=3).flat_map(move |seed| {
                    let level = seed as f64;
                    [(clean, seed, level), (random, seed, 4.0 * level * root)]
                })
            });
        let study = Study::new(outputs);
        let number = |&x: &f64| Some(x);
        let ratio = study.random_over_true(10, number).unwrap().value;
        assert!((ratio - 4.0).abs() < 1e-12);
        assert_eq!(study.separation(100, number).unwrap().value, 1.0);
        let growth = study.growth(number).unwrap();
        assert!(growth.true_labels.value.abs() < 1e-12);
        assert!((growth.difference.value - 1.0).abs() < 1e-12);
    }
}
