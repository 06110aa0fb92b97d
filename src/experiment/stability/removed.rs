//! What the removal of one example changes in kernel ridge regression, over seeds, and what
//! theory allows.

use super::super::Study;
use super::super::random_labels::LABELINGS;
use super::ridge::Measured;
use crate::stability::bounds::ridge_regression;
use crate::treatment::Treatment;

/// By ridge and labeling.
pub type RemovedStudy = Study<(f64, Treatment), Measured>;

impl RemovedStudy {
    /// The removals of several ridges at once, by labeling, one ridge at a time.
    pub fn by_ridge(ridges: &[f64], removed: &Study<Treatment, Vec<Measured>>) -> Self {
        removed.split(|&labels, of_ridges| {
            let cells = ridges.iter().map(move |&ridge| (ridge, labels));
            cells.zip(of_ridges.clone()).collect::<Vec<_>>()
        })
    }

    /// The bound on a change of the loss at one ridge, whatever the labels: that of
    /// Bousquet and Elisseeff 2002, who take 2 for the slope of the loss at the removed
    /// example, times half the slope where outputs outside [0, 1] make it larger.
    pub fn uniform_bound(&self, ridge: f64) -> f64 {
        let cells = LABELINGS.map(|(labels, _)| (ridge, labels));
        let slopes = cells.iter().flat_map(|cell| self.outputs(cell));
        let slope = slopes.map(|m| m.admissibility).fold(2.0, f64::max);
        ridge_regression(1.0, ridge) * slope / 2.0
    }

    /// The largest change of the loss over seeds.
    pub fn largest(&self, cell: (f64, Treatment)) -> f64 {
        let changes = self.outputs(&cell).map(|m| m.largest);
        changes.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_grows_with_the_slope_beyond_two() {
        let measured = |admissibility| Measured {
            largest: admissibility / 100.0,
            mean: 0.0,
            admissibility,
            gap: 0.0,
            left_out_gap: 0.0,
        };
        let of = |slopes: [f64; 2]| slopes.map(measured).to_vec();
        let labels = Treatment::RandomLabels;
        let removed = Study::new([(labels, 1, of([1.0, 3.0])), (labels, 2, of([2.0, 4.0]))]);
        let removed = RemovedStudy::by_ridge(&[4.0, 20.0], &removed);
        assert_eq!(removed.uniform_bound(4.0), ridge_regression(1.0, 4.0));
        assert_eq!(
            removed.uniform_bound(20.0),
            2.0 * ridge_regression(1.0, 20.0)
        );
        assert_eq!(removed.largest((20.0, labels)), 0.04);
    }
}
