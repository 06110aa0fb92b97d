//! Contrasts between interpolants of equal norm and equal training cost.

use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, EqualNorm};
use rethink::report::{Cell, Table};
use rethink::statistics::Estimate;
use rethink::text::number::fixed;

use crate::show::or_unknown;

/// Contrasts at each dose.
pub fn table(equal_norm: &EqualNorm, seeds: usize) -> Table {
    let difference = |left, right| equal_norm.difference(left, right).map(Estimate::percent);
    let slopes: Vec<String> = (DIRECTIONS.into_iter())
        .filter_map(|d| {
            let slope = equal_norm.slope(d)?.percent();
            Some(format!("{} {slope}", d.name()))
        })
        .collect();
    let tau = |dose| or_unknown(equal_norm.tau(dose));
    Table::of(
        "equal-norm-contrasts",
        "Differences in test error at equal norm and equal training cost",
        DOSES.into_iter().enumerate().skip(1),
    )
    .number("norm / smallest", |(_, dose)| {
        let norm = dose.hypot(1.0);
        Cell::number(norm, fixed(norm, 3))
    })
    .number("adversarial − helpful", |&(place, _)| {
        difference((Direction::Adversarial, place), (Direction::Helpful, place))
    })
    .unit("points")
    .number("random − smallest", |&(place, _)| {
        difference((Direction::Random, place), (Direction::Random, 0))
    })
    .unit("points")
    .number("helpful − smallest", |&(place, _)| {
        difference((Direction::Helpful, place), (Direction::Helpful, 0))
    })
    .unit("points")
    .note(format!(
        "Within seeds; mean over {} seeds with 95 % interval. Points of test error per doubling \
         of the norm, slope over all doses: {}. Kendall's tau of norm and test error over all \
         directions: {} up to √2 times the smallest norm, {} over all doses, where the large ones \
         order themselves.",
        seeds,
        slopes.join(", "),
        tau(1.0),
        tau(f64::INFINITY),
    ))
}
