//! Whether the limits of gradient methods are as proved, shown.

use rethink::report::{Cell, Column, Table};
use rethink::statistics::{Estimate, mean};
use rethink::text::number::significant;

use crate::show::{cell_or_missing, fraction, percent};
use rethink::experiment::linear::theorem::{Checked, Limit, SpanTheorem, Theory};

/// Whether the theorem holds in every seed, and the numbers that say so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identity {
    /// Whether every method under the theorem passes the check and has reached the
    /// residual, and every control fails it.
    pub holds: bool,
    /// Largest `‖P w‖ / ‖w‖` of a method under the theorem.
    pub largest_share: f64,
    /// Largest `‖w − w*‖ / ‖w*‖` of one.
    pub largest_distance: f64,
    /// Largest distance over what the residual allows.
    pub tightest: f64,
    /// Largest distance of two of their solutions over the smallest norm.
    pub spread: f64,
    /// Whether all of them give every test image the same label.
    pub same_labels: bool,
    /// Smallest s_min of a seed.
    pub smallest_singular: f64,
    /// Smallest `‖P w‖ / ‖w‖` of the other methods.
    pub smallest_free_share: f64,
    /// Smallest norm they end at, over the smallest norm there is.
    pub smallest_free_norm: f64,
}

impl Identity {
    pub fn of(all: &[Checked], residual: f64) -> Self {
        let of = |theory: Theory| {
            let limits = all.iter().flat_map(|found| &found.limits);
            limits.filter(move |limit| limit.theory == theory)
        };
        let largest =
            |number: fn(&Limit) -> f64| of(Theory::Proved).map(number).fold(0.0, f64::max);
        let smallest =
            |number: fn(&Limit) -> f64| of(Theory::Free).map(number).fold(f64::INFINITY, f64::min);
        Self {
            holds: of(Theory::Proved).all(|l| l.passes && l.residual <= residual)
                && of(Theory::Control).all(|l| !l.passes),
            largest_share: largest(|l| l.largest_share),
            largest_distance: largest(|l| l.distance),
            tightest: largest(|l| l.distance / l.allowed),
            spread: all.iter().map(|found| found.spread).fold(0.0, f64::max),
            same_labels: of(Theory::Proved).all(|l| l.other_labels == 0.0),
            smallest_singular: (all.iter())
                .map(|found| found.smallest_singular)
                .fold(f64::INFINITY, f64::min),
            smallest_free_share: smallest(|l| l.largest_share),
            smallest_free_norm: smallest(|l| l.norm),
        }
    }
}

/// Warnings on methods that did not reach the residual.
pub fn warnings(all: &[Checked], spec: &SpanTheorem) -> Vec<String> {
    let limits = all.iter().flat_map(|found| &found.limits);
    let short = limits.filter(|limit| limit.residual > spec.residual_of(limit.theory));
    short
        .map(|limit| {
            format!(
                "{} (batch {}) stopped at a residual of {} after {} epochs, short of {}.",
                limit.method,
                limit.batch,
                significant(limit.residual, 1),
                limit.epochs,
                significant(spec.residual_of(limit.theory), 1)
            )
        })
        .collect()
}

/// The methods, largest values over seeds.
pub fn table(all: &[Checked]) -> Table {
    let mut table = Table::new(
        "linear-limits",
        "Where gradient methods end on a linear model",
        vec![
            Column::text("method"),
            Column::number("batch"),
            Column::number("outside the span"),
            Column::number("distance"),
            Column::number("residual allows"),
            Column::text("as proved"),
            Column::number("epochs"),
            Column::number("test error").unit("%"),
            Column::number("other labels").unit("%"),
        ],
    );
    let count = all.first().map_or(0, |found| found.limits.len());
    for place in 0..count {
        let limits: Vec<&Limit> = all.iter().map(|found| &found.limits[place]).collect();
        let largest =
            |number: fn(&Limit) -> f64| limits.iter().map(|l| number(l)).fold(0.0, f64::max);
        let averaged = |number: fn(&Limit) -> f64| -> Option<Estimate> {
            let values: Vec<f64> = limits.iter().map(|l| number(l)).collect();
            mean(&values).ok().map(|m| percent(fraction(m)))
        };
        let passed = limits.iter().filter(|l| l.passes).count();
        table.rows.push(vec![
            Cell::text(limits[0].method.clone()),
            Cell::count(limits[0].batch),
            Cell::significant(largest(|l| l.largest_share), 1),
            Cell::significant(largest(|l| l.distance), 1),
            Cell::significant(largest(|l| l.allowed), 1),
            Cell::text(match passed {
                0 => "no".to_owned(),
                all if all == limits.len() => "yes".to_owned(),
                some => format!("in {some} of {} seeds", limits.len()),
            }),
            Cell::count(largest(|l| l.epochs as f64) as usize),
            cell_or_missing(averaged(|l| l.test_error).as_ref()),
            cell_or_missing(averaged(|l| l.other_labels).as_ref()),
        ]);
    }
    let least: Vec<f64> = all.iter().map(|found| found.test_error).collect();
    let least = mean(&least).map_or_else(
        |_| "unknown".to_owned(),
        |m| percent(fraction(m)).to_string(),
    );
    table.note = format!(
        "Outside the span: largest ‖P w‖ / ‖w‖ of the weights on the way; distance: ‖w − w*‖ / ‖w*‖ from \
         the interpolant w* of smallest norm at the end; residual allows: ‖Φw − y‖ / (s_min ‖w*‖), which \
         bounds the distance of a method that stays in the span. All exact up to rounding, the largest \
         value over {} seeds; smallest s_min {:.3}. As proved: outside the span below 10⁻¹² and distance \
         within the bound, in every seed; the start outside the span is there to fail. Test error (two \
         groups of classes) and test images labelled otherwise than by w*: mean over seeds with 95 % \
         interval; w* itself errs on {least} %.",
        all.len(),
        (all.iter().map(|f| f.smallest_singular)).fold(f64::INFINITY, f64::min),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(theory: Theory, passes: bool, residual: f64) -> Limit {
        Limit {
            method: "SGD".to_owned(),
            batch: 1,
            theory,
            passes,
            largest_share: 1e-15,
            distance: 1e-9,
            allowed: 2e-9,
            residual,
            epochs: 10,
            norm: 1.0,
            test_error: 0.1,
            other_labels: 0.0,
        }
    }

    fn holds(limits: Vec<Limit>) -> bool {
        let found = Checked {
            smallest_singular: 0.5,
            test_error: 0.1,
            spread: 1e-9,
            limits,
        };
        Identity::of(&[found], 1e-8).holds
    }

    #[test]
    fn the_theorem_holds_when_its_methods_pass_and_the_control_fails() {
        let proved = || limit(Theory::Proved, true, 1e-9);
        let control = || limit(Theory::Control, false, 1e-9);
        let free = || limit(Theory::Free, false, 1e-4);
        assert!(holds(vec![proved(), control(), free()]));
        assert!(!holds(vec![limit(Theory::Proved, false, 1e-9), control()]));
        assert!(!holds(vec![limit(Theory::Proved, true, 1e-7), control()]));
        assert!(!holds(vec![proved(), limit(Theory::Control, true, 1e-9)]));
    }
}
