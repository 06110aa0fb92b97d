//! From the library's numbers to what tables, figures and verdicts show.

use rethink::report::figure::Point;
use rethink::report::{Cell, Evidence, Figure, ReportError};
use rethink::statistics::{self, Estimate, Interval, Kind};
use rethink::text::number::significant;

/// What follows for norms when a training misses its target.
pub const UNEQUAL_COST: &str = "norms at unequal cost are not comparable";

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

/// A lower bound to so many significant digits, rounded down: what is shown still holds.
pub fn at_least(value: f64, digits: usize) -> String {
    toward(value, digits, value < 0.0)
}

/// An upper bound to so many significant digits, rounded up.
pub fn at_most(value: f64, digits: usize) -> String {
    toward(value, digits, value > 0.0)
}

/// The cell of a lower bound.
pub fn at_least_cell(value: f64, digits: usize) -> Cell {
    Cell::number(value, at_least(value, digits))
}

/// The cell of an upper bound.
pub fn at_most_cell(value: f64, digits: usize) -> Cell {
    Cell::number(value, at_most(value, digits))
}

/// Cuts the decimal digits, or raises the last one kept if any that is cut is not 0.
fn toward(value: f64, digits: usize, away_from_zero: bool) -> String {
    // The shortest decimal number that is this one: 0.3 stays 0.3.
    let text = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return significant(value, digits); // not finite
    };
    let all = mantissa.replace('.', "");
    let (kept, cut) = all.split_at(digits.min(all.len()));
    let up = away_from_zero && cut.bytes().any(|digit| digit != b'0');
    let parts = (kept.parse::<u64>(), exponent.parse::<i64>());
    let (Ok(kept_digits), Ok(exponent)) = parts else {
        return significant(value, digits);
    };
    let last = exponent - kept.len() as i64 + 1;
    let rounded: f64 = format!("{}e{last}", kept_digits + u64::from(up))
        .parse()
        .unwrap_or(value);
    significant(rounded.copysign(value), digits)
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
    Estimate {
        value: 100.0 * estimate.value,
        interval: estimate.interval.map(|i| Interval {
            low: 100.0 * i.low,
            high: 100.0 * i.high,
            ..i
        }),
        ..estimate
    }
}

/// A mean of fractions over seeds, with its interval cut at 0 and 1. Seeds, not
/// images, are the sample, so it is a t interval, which knows no bounds; what it
/// claims beyond them cannot be. A count of images has a Wilson interval instead.
pub fn fraction(estimate: Estimate) -> Estimate {
    within(estimate, 0.0, 1.0)
}

/// A correlation's estimate with its interval cut at −1 and 1.
pub fn correlation(estimate: Estimate) -> Estimate {
    within(estimate, -1.0, 1.0)
}

/// An estimate, cut with its interval at bounds that are known, `low` ≤ `high`.
pub fn within(estimate: Estimate, low: f64, high: f64) -> Estimate {
    estimate.within(low, high)
}

/// The geometric mean of positive numbers, with 95 % interval.
pub fn geometric_mean(values: &[f64]) -> Option<Estimate> {
    statistics::geometric_mean(values).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_to_the_side_on_which_they_hold() {
        for (value, below, above) in [
            (0.9996, "0.999", "1.00"),
            (0.8328, "0.832", "0.833"),
            (0.3, "0.300", "0.300"),
            (-0.01236, "−0.0124", "−0.0123"),
            (99.96, "99.9", "100"),
            (1.0, "1.00", "1.00"),
            (0.0, "0", "0"),
            (54_321.0, "54,300", "54,400"),
            (1.2341e9, "1.23 × 10⁹", "1.24 × 10⁹"),
            (f64::INFINITY, "∞", "∞"),
        ] {
            assert_eq!(at_least(value, 3), below);
            assert_eq!(at_most(value, 3), above);
        }
    }
}
