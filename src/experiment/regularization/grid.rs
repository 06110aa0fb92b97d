//! What the trainings with and without regularizers come to.

use super::Regularizer;
use crate::experiment::Study;
use crate::experiment::run::StoredRun;
use crate::network::Zoo;
use crate::statistics::{Estimate, geometric_mean_ratio};
use crate::treatment::Treatment::{self, TrueLabels};

/// A network that misclassifies at most this fraction of its training images has fitted them.
pub const FITTED: f64 = 0.01;

/// What differs between trainings beside the seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The network.
    pub network: Zoo,
    /// What it is trained on.
    pub labels: Treatment,
    /// What it is regularized with.
    pub regularizer: Regularizer,
}

impl Cell {
    /// The same network and labels without regularization.
    pub fn plain(self) -> Self {
        Self {
            regularizer: Regularizer::None,
            ..self
        }
    }
}

impl Study<Cell, StoredRun> {
    /// Test accuracy minus that of the same network without regularization, within seeds, a
    /// fraction.
    pub fn gain(&self, cell: &Cell) -> Option<Estimate> {
        self.accuracy_difference(cell, &cell.plain())
    }

    /// Test accuracy of a cell minus that of another, within seeds, a fraction.
    pub fn accuracy_difference(&self, cell: &Cell, minus: &Cell) -> Option<Estimate> {
        self.difference(minus, cell, StoredRun::test_error)
    }

    /// Of the gain over guessing in test accuracy of a regularized network, the share that the
    /// same network has without regularization, on true labels: (a₀ − c) / (a − c), a the test
    /// accuracy with, a₀ without, c that of guessing; geometric mean over seeds of the ratio
    /// within a seed. None where a network is no better than guessing.
    pub fn share_without(&self, cell: &Cell, guessing: f64) -> Option<Estimate> {
        let over_guessing = |cell: &Cell| {
            let accuracy = |run: &StoredRun| Some(1.0 - run.test_error()?);
            let accuracies = self.values(cell, accuracy)?;
            Some(accuracies.iter().map(|a| a - guessing).collect::<Vec<_>>())
        };
        debug_assert!(cell.labels == TrueLabels, "the gain of true labels");
        let [without, with] = [cell.plain(), *cell].map(|cell| over_guessing(&cell));
        geometric_mean_ratio(&without?, &with?).ok()
    }

    /// Whether the network fitted its training labels for every seed: at most 1 % of them
    /// misclassified ([`FITTED`]), on images as they are and without dropout. None of a cell that
    /// was not trained.
    pub fn fitted(&self, cell: &Cell) -> Option<bool> {
        let errors = self.train_errors(cell);
        (!errors.is_empty()).then(|| errors.iter().all(|&error| error <= FITTED))
    }

    /// The highest test accuracy after any epoch minus that after the last, within seeds, a
    /// fraction. The epoch is chosen on the test set, so it is no accuracy that one could have:
    /// it bounds what stopping at another epoch could gain.
    pub fn best_over_last(&self, cell: &Cell) -> Option<Estimate> {
        self.mean(cell, |run| {
            let best = run.curve.iter().map(|point| point.test_error);
            Some(run.test_error()? - best.min_by(f64::total_cmp)?)
        })
    }
}
