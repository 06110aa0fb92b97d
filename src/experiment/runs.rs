//! What is asked of trained networks, by cell and over seeds.

use super::Study;
use crate::experiment::run::StoredRun;
use crate::statistics::Estimate;

impl<C: PartialEq> Study<C, StoredRun> {
    /// Final training accuracy, a fraction.
    pub fn train_accuracy(&self, cell: &C) -> Option<Estimate> {
        self.fraction(cell, |run| Some(1.0 - run.train_error()?))
    }

    /// Final test accuracy, a fraction.
    pub fn test_accuracy(&self, cell: &C) -> Option<Estimate> {
        self.fraction(cell, |run| Some(1.0 - run.test_error()?))
    }

    /// Final test error, a fraction.
    pub fn test_error(&self, cell: &C) -> Option<Estimate> {
        self.fraction(cell, StoredRun::test_error)
    }

    /// Final training error of each seed, a fraction; a run without any finite loss counts
    /// as all wrong.
    pub fn train_errors(&self, cell: &C) -> Vec<f64> {
        let error = |run: &StoredRun| run.train_error().unwrap_or(1.0);
        self.outputs(cell).map(error).collect()
    }

    /// Fraction of the labels that were drawn anew.
    pub fn replaced(&self, cell: &C) -> Option<Estimate> {
        self.fraction(cell, |run| Some(run.summary.corruption.replaced))
    }

    /// Fraction of the labels that differ from the truth.
    pub fn differing(&self, cell: &C) -> Option<Estimate> {
        self.fraction(cell, |run| Some(run.summary.corruption.differing))
    }

    /// Steps to the target; none where a run did not reach it.
    pub fn steps(&self, cell: &C) -> Option<Estimate> {
        self.mean(cell, steps)
    }

    /// Steps to the target relative to those of another cell, within seeds: geometric mean.
    /// None where a run of either did not reach it.
    pub fn relative_steps(&self, cell: &C, over: &C) -> Option<Estimate> {
        self.ratio(cell, over, steps)
    }

    /// How many runs reached the target, and of how many.
    pub fn reached(&self, cell: &C) -> (usize, usize) {
        let reached = |run: &&StoredRun| run.summary.stop.reached_target();
        let runs = || self.outputs(cell);
        (runs().filter(reached).count(), runs().count())
    }
}

fn steps(run: &StoredRun) -> Option<f64> {
    run.steps_to_target().map(|steps| steps as f64)
}
