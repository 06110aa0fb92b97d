//! True and random labels after the same numbers of updates, without a stop at a target.

use rethink::experiment::Study;
use rethink::experiment::run::StoredRun;
use rethink::statistics::Estimate;
use rethink::training::{Recipe, Stopping, Target};
use rethink::treatment::Treatment::{self, RandomLabels, TrueLabels};

use super::settings::Settings;
use crate::session::Session;

/// Test images of these runs, which are not what they are about.
const TEST: usize = 100;

const LABELINGS: [Treatment; 2] = [TrueLabels, RandomLabels];

/// Trainings to zero training error on other seeds, which fix the numbers of updates, and the
/// trainings that are compared.
pub struct SameUpdates {
    pilot: Study<Treatment, StoredRun>,
    /// None where too few of the pilot's runs have zero training error.
    pub compared: Option<Compared>,
}

/// Runs of the question's seeds that go on to the larger number of updates.
pub struct Compared {
    runs: Study<Treatment, StoredRun>,
    /// Those after which the rule compares: what true labels need, and what random labels need.
    epochs: [usize; 2],
    updates_per_epoch: usize,
}

/// When the training accuracies are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub epochs: usize,
    pub updates: usize,
}

/// The epochs at which accuracies are compared, from those that the median pilot run needed
/// with true and with random labels: the first number, and 1.5 times the second, rounded up.
fn epochs(with_true: usize, with_random: usize) -> [usize; 2] {
    [with_true, (3 * with_random).div_ceil(2)]
}

impl SameUpdates {
    pub fn train(session: &Session, settings: &Settings) -> anyhow::Result<Self> {
        let trained = |title: &str, seeds: &[u64], target, max_epochs| {
            session.trained(title, LABELINGS, seeds, |&labels, seed| {
                let stopping = Stopping { target, max_epochs };
                let recipe = Recipe {
                    stopping,
                    ..settings.recipe
                };
                let sizes = (settings.train_size, settings.test_size.min(TEST));
                session.spec(settings.architecture, labels, sizes, recipe, seed)
            })
        };
        let limit = settings.recipe.stopping.max_epochs;
        let pilot_seeds = settings.pilot_seeds();
        let title = "randomization: pilot to zero training error";
        let pilot = trained(title, &pilot_seeds, Target::ZeroError, limit)?;
        let [with_true, with_random] = LABELINGS.map(|labels| pilot.median_epochs(&labels));
        let Some((with_true, with_random)) = with_true.zip(with_random) else {
            return Ok(Self {
                pilot,
                compared: None,
            });
        };
        let epochs = epochs(with_true, with_random);
        let [first, second] = epochs;
        let title = "randomization: the same updates";
        let last = first.max(second);
        let runs = trained(title, &settings.seeds, Target::Epochs, last)?;
        let compared = Some(Compared {
            runs,
            epochs,
            updates_per_epoch: settings.updates_per_epoch(),
        });
        Ok(Self { pilot, compared })
    }

    /// How many of the pilot's runs with these labels have zero training error, and of how many.
    pub fn reached(&self, labels: Treatment) -> (usize, usize) {
        self.pilot.reached(&labels)
    }
}

impl Compared {
    /// The training accuracy, a fraction.
    pub fn accuracy(&self, labels: Treatment, at: Moment) -> Option<Estimate> {
        self.runs.train_accuracy_after(&labels, at.epochs)
    }

    /// The training accuracy with true minus that with random labels, within seeds, in points.
    pub fn difference(&self, at: Moment) -> Option<Estimate> {
        let (cell, minus) = (&TrueLabels, &RandomLabels);
        let difference = (self.runs).train_accuracy_difference(cell, minus, at.epochs);
        difference.map(Estimate::percent)
    }

    /// When the rule compares.
    pub fn decisive(&self) -> [Moment; 2] {
        self.epochs.map(|epochs| self.moment(epochs))
    }

    /// The epochs that are trained.
    pub fn trained(&self) -> usize {
        let [first, second] = self.epochs;
        first.max(second)
    }

    pub fn moment(&self, epochs: usize) -> Moment {
        let updates = epochs * self.updates_per_epoch;
        Moment { epochs, updates }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_whole_and_rounded_up() {
        assert_eq!(epochs(12, 30), [12, 45]);
        assert_eq!(epochs(7, 31), [7, 47]);
    }
}
