//! All measures ranked: which tell random labels from true ones, how they grow, and which
//! bounds say something.

use std::cmp::Ordering;

use super::super::Study;
use super::super::measures::Measured;
use super::{Cell, LABELINGS, pair};
use crate::measure::{Card, Homogeneity, Kind};
use crate::statistics::{Estimate, GrowthExponents};

/// One run: what was measured of it, and its test error.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredRun {
    /// Test error; none of a run without any finite loss.
    pub test_error: Option<f64>,
    /// Its measures.
    pub measured: Measured,
}

impl MeasuredRun {
    /// The network's value of a measure.
    pub fn value(&self, measure: &str) -> Option<f64> {
        *self.measured.network.get(measure)?
    }
}

/// The measures of every run, by size, labels and seed.
pub type PairedMeasures = Study<Cell, MeasuredRun>;

/// One measure, compared between true and random labels.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The measure.
    pub card: &'static Card,
    /// What the values at the largest training set are.
    pub kind: Kind,
    /// Probability that a random-label network has the larger value.
    pub auc: Option<Estimate>,
    /// Random / true within pairs; only of positive values.
    pub ratio: Option<Estimate>,
    /// Of positive values.
    pub growth: Option<GrowthExponents>,
    /// How many values of a bound are vacuous, and of how many.
    pub vacuous: Option<(usize, usize)>,
}

/// Compares every measure that has values at `largest` training images and over all sizes,
/// those that separate best first.
pub fn compare(
    study: &PairedMeasures,
    largest: usize,
    cards: impl IntoIterator<Item = &'static Card>,
) -> Vec<Compared> {
    let has_values = |card: &&Card| {
        let clean = study.cells().filter(|cell| cell.1 == LABELINGS[0].0);
        let mut runs = clean.flat_map(|cell| study.outputs(cell));
        runs.any(|run| run.value(card.id).is_some())
    };
    let cards = cards.into_iter().filter(has_values);
    let mut compared: Vec<Compared> = cards.map(|card| of(study, largest, card)).collect();
    // What is undefined comes last; ties are decided by the ratio.
    let separation = |c: &Compared| c.auc.map_or(-1.0, |auc| (auc.value - 0.5).abs());
    let size = |c: &Compared| c.ratio.map_or(0.0, |ratio| ratio.value.ln().abs());
    compared.sort_by(|a, b| {
        let by_separation = separation(b).total_cmp(&separation(a));
        by_separation.then(size(b).total_cmp(&size(a)))
    });
    compared
}

fn of(study: &PairedMeasures, largest: usize, card: &'static Card) -> Compared {
    let value = |run: &MeasuredRun| run.value(card.id);
    let runs = study.cells().flat_map(|cell| study.outputs(cell));
    let flags: Vec<bool> = runs
        .filter_map(|run| run.measured.vacuous.get(card.id).copied())
        .collect();
    let first = study.outputs(&pair(largest)[0]).next();
    // Of a logarithm, neither ratios nor exponents mean anything.
    let logarithm = card.homogeneity == Homogeneity::Logarithm;
    let ratio = study.random_over_true(largest, value);
    Compared {
        card,
        kind: (first.and_then(|run| run.measured.kinds.get(card.id).copied())).unwrap_or(card.kind),
        auc: study.separation(largest, value),
        ratio: ratio.filter(|_| !logarithm),
        growth: study.growth(value).filter(|_| !logarithm),
        vacuous: (!flags.is_empty())
            .then(|| (flags.iter().filter(|&&flag| flag).count(), flags.len())),
    }
}

/// How the growth of a measure with n compares with that of the test error: the test of
/// Nagarajan and Kolter 2019 (arXiv 1902.04742).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// It gets worse while the error falls: it cannot explain the fall.
    SignMismatch,
    /// It gets better as the error falls.
    AsTheError,
    /// An interval does not exclude that there is no change.
    NotDecided,
}

/// The trend of a measure with true labels beside that of the test error. Of a measure that
/// is smaller for random labels, as a margin is, more is better.
pub fn trend(ratio: Option<Estimate>, growth: &GrowthExponents, error: &GrowthExponents) -> Trend {
    let direction = |estimate: &Estimate, middle: f64| match estimate.side_of(middle) {
        Some(Ordering::Greater) => 1,
        Some(Ordering::Less) => -1,
        _ => 0,
    };
    let worse = ratio.map_or(0, |ratio| direction(&ratio, 1.0));
    match (
        worse * direction(&growth.true_labels, 0.0),
        direction(&error.true_labels, 0.0),
    ) {
        (1, -1) => Trend::SignMismatch,
        (-1, -1) => Trend::AsTheError,
        _ => Trend::NotDecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::mean;

    /// A margin that grows while the error falls moves with it, a norm against it.
    #[test]
    fn trends_are_those_of_getting_worse() {
        let near = |x: f64| mean(&[x - 0.01, x, x + 0.01]).unwrap();
        let growth = |slope: f64| GrowthExponents {
            true_labels: near(slope),
            random_labels: near(slope),
            difference: near(0.0),
        };
        for (ratio, slope, expected) in [
            (2.0, 0.2, Trend::SignMismatch),
            (2.0, -0.2, Trend::AsTheError),
            (0.2, 0.2, Trend::AsTheError),
            (0.2, -0.2, Trend::SignMismatch),
            (1.0, 0.2, Trend::NotDecided),
            (2.0, 0.0, Trend::NotDecided),
        ] {
            let found = trend(Some(near(ratio)), &growth(slope), &growth(-0.2));
            assert_eq!(found, expected, "{ratio} {slope}");
        }
    }
}
