//! Whether the limits of gradient methods are as proved, shown.

use rethink::experiment::linear::theorem::{Checked, Limit, SpanTheorem};
use rethink::report::{Cell, Table};
use rethink::statistics::mean;
use rethink::text::number::significant;

use crate::show::or_unknown;

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
    let of_method = |place: usize| all.iter().map(move |found| &found.limits[place]);
    let largest =
        |place: usize, number: fn(&Limit) -> f64| of_method(place).map(number).fold(0.0, f64::max);
    let shown = |place, number| Cell::significant(largest(place, number), 1);
    let averaged = |place: usize, number: fn(&Limit) -> f64| {
        let values: Vec<f64> = of_method(place).map(number).collect();
        mean(&values).ok()
    };
    let passed = |place: usize| match of_method(place).filter(|l| l.passes).count() {
        0 => "no".to_owned(),
        passed if passed == all.len() => "yes".to_owned(),
        passed => format!("in {passed} of {} seeds", all.len()),
    };
    let least: Vec<f64> = all.iter().map(|found| found.test_error).collect();
    let least = mean(&least).ok().map(|m| m.fraction().percent());
    let least = or_unknown(least);
    let methods = all.first().map_or(&[][..], |found| &found.limits);
    Table::of(
        "linear-limits",
        "Where gradient methods end on a linear model",
        0..methods.len(),
    )
    .text("method", |&place| &*methods[place].method)
    .number("batch", |&place| methods[place].batch)
    .number("outside the span", |&place| {
        shown(place, |l| l.largest_share)
    })
    .number("distance", |&place| shown(place, |l| l.distance))
    .number("residual allows", |&place| shown(place, |l| l.allowed))
    .text("as proved", |&place| passed(place))
    .number("epochs", |&place| {
        largest(place, |l| l.epochs as f64) as usize
    })
    .percent("test error", |&place| averaged(place, |l| l.test_error))
    .percent("other labels", |&place| averaged(place, |l| l.other_labels))
    .note(format!(
        "Outside the span: largest ‖P w‖ / ‖w‖ of the weights on the way. Distance: ‖w − w*‖ / \
         ‖w*‖ from the interpolant w* of smallest norm at the end. Residual allows: ‖Φw − y‖ / \
         (s_min ‖w*‖), which bounds the distance of a method that stays in the span. All exact up \
         to rounding, the largest value over {} seeds; smallest s_min {:.3}. As proved: outside \
         the span below 10⁻¹² and distance within the bound, in every seed; the start outside the \
         span is there to fail. Test error (two groups of classes) and share of test images \
         labelled otherwise than by w*: mean over seeds with 95 % interval; w* itself errs on \
         {least} %.",
        all.len(),
        (all.iter().map(|f| f.smallest_singular)).fold(f64::INFINITY, f64::min),
    ))
}
