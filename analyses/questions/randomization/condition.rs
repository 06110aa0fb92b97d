//! The runs of one treatment, one per seed.

use rethink::experiment::run::StoredRun;
use rethink::statistics::Estimate;
use rethink::statistics::geometric_mean_ratio;
use rethink::statistics::mean;
use rethink::treatment::Treatment;

use crate::show::{fraction, percent};

/// The runs of one treatment, in the order of the seeds.
#[derive(Debug, Clone)]
pub struct Condition {
    pub treatment: Treatment,
    pub runs: Vec<StoredRun>,
}

/// Splits runs into conditions of so many seeds each.
pub fn group(runs: &[StoredRun], seeds: usize) -> Vec<Condition> {
    runs.chunks(seeds)
        .map(|runs| Condition {
            treatment: runs[0].spec.treatment,
            runs: runs.to_vec(),
        })
        .collect()
}

impl Condition {
    /// Mean of a number that every run has; `None` when one has it not.
    fn mean_of(&self, number: impl Fn(&StoredRun) -> Option<f64>) -> Option<Estimate> {
        let values: Option<Vec<f64>> = self.runs.iter().map(number).collect();
        mean(&values?).ok()
    }

    /// Mean of a fraction that every run has.
    fn fraction_of(&self, number: impl Fn(&StoredRun) -> Option<f64>) -> Option<Estimate> {
        self.mean_of(number).map(fraction)
    }

    /// Final training accuracy, in per cent.
    pub fn train_accuracy(&self) -> Option<Estimate> {
        let accuracy = |run: &StoredRun| Some(1.0 - run.train_error()?);
        self.fraction_of(accuracy).map(percent)
    }

    /// Final test accuracy, in per cent.
    pub fn test_accuracy(&self) -> Option<Estimate> {
        let accuracy = |run: &StoredRun| Some(1.0 - run.test_error()?);
        self.fraction_of(accuracy).map(percent)
    }

    /// Final test error, a fraction.
    pub fn test_error(&self) -> Option<Estimate> {
        self.fraction_of(StoredRun::test_error)
    }

    /// Final training error of each run, a fraction; a run without any finite
    /// loss counts as all wrong.
    pub fn train_errors(&self) -> Vec<f64> {
        let error = |run: &StoredRun| run.train_error().unwrap_or(1.0);
        self.runs.iter().map(error).collect()
    }

    /// Fraction of the labels that were drawn anew, in per cent.
    pub fn replaced(&self) -> Option<Estimate> {
        let replaced = |run: &StoredRun| Some(run.summary.corruption.replaced);
        self.fraction_of(replaced).map(percent)
    }

    /// Fraction of the labels that differ from the truth, in per cent.
    pub fn differing(&self) -> Option<Estimate> {
        let differing = |run: &StoredRun| Some(run.summary.corruption.differing);
        self.fraction_of(differing).map(percent)
    }

    /// Steps to the target; `None` when a run did not reach it.
    pub fn steps(&self) -> Option<Estimate> {
        self.mean_of(|run| run.steps_to_target().map(|s| s as f64))
    }

    /// How many runs reached the target.
    pub fn reached(&self) -> usize {
        let reached = |run: &&StoredRun| run.summary.stop.reached_target();
        self.runs.iter().filter(reached).count()
    }

    /// Steps to the target relative to another condition's, within seeds;
    /// `None` when a run of either did not reach it.
    pub fn relative_steps(&self, base: &Condition) -> Option<Estimate> {
        let steps = |condition: &Condition| -> Option<Vec<f64>> {
            let steps = |run: &StoredRun| run.steps_to_target().map(|s| s as f64);
            condition.runs.iter().map(steps).collect()
        };
        geometric_mean_ratio(&steps(self)?, &steps(base)?).ok()
    }

    /// The name in tables and figures.
    pub fn name(&self) -> String {
        match self.treatment {
            Treatment::TrueLabels => "true labels".into(),
            Treatment::CorruptedLabels { probability } => {
                format!("labels corrupted, p = {probability}")
            }
            Treatment::RandomLabels => "random labels".into(),
            Treatment::ShuffledPixels => "shuffled pixels".into(),
            Treatment::RandomPixels => "random pixels".into(),
            Treatment::GaussianPixels => "Gaussian pixels".into(),
        }
    }
}
