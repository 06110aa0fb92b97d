//! From the library's numbers to what tables, figures and verdicts show.

use rethink::report::figure::Point;
use rethink::report::{Cell, Evidence, Figure, ReportError};
use rethink::statistics::{Estimate, Interval, Kind, mean};

/// A table cell: an estimate with its interval, rounded to what is known.
pub fn cell(estimate: &Estimate) -> Cell {
    match estimate.interval {
        Some(Interval { low, high, .. }) => Cell::estimate(estimate.value, low, high),
        None => Cell::significant(estimate.value, 3),
    }
}

/// The cell of an estimate that may not exist.
pub fn cell_or_missing(estimate: Option<&Estimate>) -> Cell {
    estimate.map_or_else(Cell::missing, cell)
}

/// A point of a figure.
pub fn point(x: f64, estimate: &Estimate) -> Point {
    match estimate.interval {
        Some(Interval { low, high, .. }) => Point::interval(x, estimate.value, low, high),
        None => Point::new(x, estimate.value),
    }
}

/// The figures among these that have something to show: where no run reached
/// its target, a figure of the steps to it does not exist.
pub fn drawn(figures: Vec<Result<Figure, ReportError>>) -> Result<Vec<Figure>, ReportError> {
    figures
        .into_iter()
        .filter(|figure| !matches!(figure, Err(ReportError::NothingToDraw { .. })))
        .collect()
}

/// A line of evidence.
pub fn evidence(label: impl Into<String>, estimate: &Estimate, unit: &str) -> Evidence {
    let kind = match estimate.kind {
        Kind::Exact => "exact",
        Kind::Estimate => "estimate with 95 % interval",
        Kind::LowerBound => "lower bound",
        Kind::UpperBound => "upper bound",
    };
    let space = if unit.is_empty() { "" } else { " " };
    Evidence {
        label: label.into(),
        value: format!("{estimate}{space}{unit}"),
        kind: kind.to_owned(),
    }
}

/// The same estimate in per cent instead of a fraction.
pub fn percent(estimate: Estimate) -> Estimate {
    map(estimate, |x| 100.0 * x)
}

/// A fraction's estimate with its interval cut at 0 and 1. A t interval knows
/// no bounds; what it claims beyond them cannot be.
pub fn fraction(estimate: Estimate) -> Estimate {
    map(estimate, |x| x.clamp(0.0, 1.0))
}

/// A correlation's estimate with its interval cut at −1 and 1.
pub fn correlation(estimate: Estimate) -> Estimate {
    map(estimate, |x| x.clamp(-1.0, 1.0))
}

/// An estimate under an increasing function.
fn map(estimate: Estimate, f: impl Fn(f64) -> f64) -> Estimate {
    Estimate {
        value: f(estimate.value),
        interval: estimate.interval.map(|i| Interval {
            low: f(i.low),
            high: f(i.high),
            ..i
        }),
        ..estimate
    }
}

/// The geometric mean of positive numbers, with 95 % interval.
pub fn geometric_mean(values: &[f64]) -> Option<Estimate> {
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    Some(map(mean(&logs).ok()?, f64::exp))
}

/// What a reader must know of intervals over very few seeds.
pub fn few_seeds(seeds: &[u64]) -> Option<String> {
    (seeds.len() < 3).then(|| {
        format!(
            "With {} seeds the intervals are so wide that they say little; use --seeds.",
            seeds.len()
        )
    })
}
