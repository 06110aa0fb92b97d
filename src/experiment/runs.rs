//! What is asked of trained networks, by cell and over seeds.

use super::{Pair, Study};
use crate::experiment::run::StoredRun;
use crate::solution::CurvePoint;
use crate::statistics::{Estimate, StatisticsError};

/// At most so many points of an averaged curve: more would not be told apart.
const POINTS: usize = 60;

impl<C: PartialEq + Clone> Study<C, StoredRun> {
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

    /// The steps to the target in every pair of cells, whose steps an order says are ascending.
    pub fn steps_in_order(&self, order: &[C]) -> Vec<Pair<C>> {
        self.in_order(order, steps)
    }

    /// The median over seeds of the epochs to the target, the upper one of an even number. A
    /// run that did not reach it took longer than any that did, so there is none where too few
    /// reached it.
    pub fn median_epochs(&self, cell: &C) -> Option<usize> {
        let epochs = |run: &StoredRun| run.epochs_to_target();
        median(self.outputs(cell).map(epochs))
    }

    /// Training accuracy after so many epochs, a fraction; none where a run ended before.
    pub fn train_accuracy_after(&self, cell: &C, epochs: usize) -> Option<Estimate> {
        self.fraction(cell, |run| Some(1.0 - run.train_error_after(epochs)?))
    }

    /// Training accuracy after so many epochs, of a cell minus that of another, within seeds;
    /// none where a run of either ended before.
    pub fn train_accuracy_difference(
        &self,
        cell: &C,
        minus: &C,
        epochs: usize,
    ) -> Option<Estimate> {
        self.difference(minus, cell, |run| run.train_error_after(epochs))
    }

    /// A number along the learning curve, averaged over seeds by `average`: updates and estimate,
    /// from the initial network to the last epoch that any seed needed, evenly thinned to about 60
    /// points. A run that stopped keeps its last value. None of an epoch at which a run was not
    /// tested, where that is asked for.
    pub fn along(
        &self,
        cell: &C,
        number: impl Fn(&CurvePoint) -> Option<f64>,
        average: fn(&[f64]) -> Result<Estimate, StatisticsError>,
    ) -> Vec<(usize, Estimate)> {
        let longest = self.outputs(cell).map(|run| run.curve.len()).max();
        let last = longest.unwrap_or(0).saturating_sub(1);
        let at = |epoch: usize| {
            let point = |run: &StoredRun| run.curve.get(epoch).or(run.curve.last()).copied();
            let points: Vec<CurvePoint> = self.outputs(cell).filter_map(point).collect();
            let step = points.iter().map(|point| point.step).max()?;
            let numbers: Option<Vec<f64>> = points.iter().map(&number).collect();
            Some((step, average(&numbers?).ok()?))
        };
        thinned(last).into_iter().filter_map(at).collect()
    }

    /// How many runs reached the target, and of how many.
    pub fn reached(&self, cell: &C) -> (usize, usize) {
        let reached = |run: &&StoredRun| run.summary.stop.reached_target();
        let runs = || self.outputs(cell);
        (runs().filter(reached).count(), runs().count())
    }
}

/// The epochs from 0 to the last that a curve shows: about 60, evenly thinned.
pub fn thinned(last: usize) -> Vec<usize> {
    let stride = last.div_ceil(POINTS).max(1);
    let mut epochs: Vec<usize> = (0..=last).step_by(stride).collect();
    if epochs.last() != Some(&last) {
        epochs.push(last);
    }
    epochs
}

fn steps(run: &StoredRun) -> Option<f64> {
    run.steps_to_target().map(|steps| steps as f64)
}

/// The upper median of numbers, of which those that are not there are the largest.
fn median(numbers: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    let mut sorted: Vec<Option<usize>> = numbers.collect();
    sorted.sort_by_key(|number| number.unwrap_or(usize::MAX));
    *sorted.get(sorted.len() / 2)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_epochs_end_with_the_last() {
        assert_eq!(thinned(0), [0]);
        assert_eq!(thinned(59).len(), 60);
        assert_eq!(thinned(121)[..2], [0, 3]);
        assert_eq!(thinned(121).last(), Some(&121));
    }

    #[test]
    fn a_run_that_did_not_arrive_took_longer_than_any_that_did() {
        let of = |numbers: &[Option<usize>]| median(numbers.iter().copied());
        assert_eq!(of(&[Some(9), Some(2), Some(4)]), Some(4));
        assert_eq!(of(&[None, Some(2), Some(4)]), Some(4));
        assert_eq!(of(&[None, Some(2), None]), None);
        assert_eq!(of(&[Some(2), None]), None);
        assert_eq!(of(&[]), None);
    }
}
