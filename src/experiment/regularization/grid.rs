//! What the trainings with and without regularizers come to.

use super::Regularizer;
use crate::experiment::Study;
use crate::experiment::run::StoredRun;
use crate::network::Zoo;
use crate::statistics::Estimate;
use crate::treatment::Treatment;

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

impl<O> Study<Cell, O> {
    /// Of the gain over guessing in test accuracy of a regularized network, the share that the
    /// same network has without regularization, on true labels: (a₀ − c) / (a − c), a the test
    /// accuracy with, a₀ without, c that of guessing; geometric mean over seeds of the ratio
    /// within a seed. None where a network is no better than guessing.
    pub fn share_without(
        &self,
        cell: &Cell,
        guessing: f64,
        test_error: impl Fn(&O) -> Option<f64>,
    ) -> Option<Estimate> {
        self.ratio(&cell.plain(), cell, |output| {
            Some(1.0 - test_error(output)? - guessing)
        })
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
            let best = run.curve.iter().filter_map(|point| point.test_error);
            Some(run.test_error()? - best.min_by(f64::total_cmp)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ten classes; the network with weight decay is 50 and 60 points above guessing, the one
    /// without 40 and 54: 0.8 and 0.9 of that, of which the geometric mean is √0.72.
    #[test]
    fn the_share_without_is_that_of_the_gain_over_guessing() {
        let cell = |regularizer| Cell {
            network: Zoo::Mlp1x16,
            labels: Treatment::TrueLabels,
            regularizer,
        };
        let (plain, decayed) = (cell(Regularizer::None), cell(Regularizer::WeightDecay));
        let guessing = cell(Regularizer::Dropout);
        let study = Study::new([
            (plain, 1, 0.5),
            (plain, 2, 0.36),
            (decayed, 1, 0.4),
            (decayed, 2, 0.3),
            (guessing, 1, 0.9),
            (guessing, 2, 0.9),
        ]);
        let share = |cell: &Cell| study.share_without(cell, 0.1, |&error: &f64| Some(error));
        let found = share(&decayed).expect("better than guessing").value;
        assert!((found - 0.72_f64.sqrt()).abs() < 1e-12, "{found}");
        assert_eq!(share(&guessing), None);
    }
}
