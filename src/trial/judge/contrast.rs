//! Two arms, block by block.

use super::power::FEWEST;
use super::runs::{Missed, Runs, counted};
use crate::statistics::{Alternative, Estimate, Interval, mean, t_test};
use crate::trial::arm::Arm;
use crate::trial::outcome::Measured;

/// A number of a solution that arms are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity<'a> {
    /// The logarithm of the primary norm.
    Norm,
    /// The logarithm of the second primary norm.
    Spectral,
    /// The logarithm of another norm.
    Other(&'a str),
    /// In percentage points.
    TestError,
}

impl Quantity<'_> {
    /// Its value; none where it has no logarithm or is not finite.
    pub fn of(self, solution: &Measured) -> Option<f64> {
        let value = match self {
            Self::Norm => solution.norm.ln(),
            Self::Spectral => solution.spectral.ln(),
            Self::Other(name) => solution.others.get(name)?.ln(),
            Self::TestError => 100.0 * solution.test_error,
        };
        value.is_finite().then_some(value)
    }
}

/// The differences left − right of the blocks in which both ended at the cost.
pub(super) struct Contrast {
    pub differences: Vec<f64>,
    /// Blocks that are not among them, and why; empty if none.
    pub left_out: String,
    /// Why it decides nothing, if it does.
    pub barred: Option<String>,
}

impl Contrast {
    pub fn between(runs: &Runs, left: &Arm, right: &Arm, quantity: Quantity) -> Self {
        let value = |arm: &Arm, block: u64| {
            let solution = runs.solution(arm, block)?;
            quantity.of(solution).ok_or(Missed::NotMeasured)
        };
        let (mut differences, mut missed) = (Vec::new(), Vec::new());
        for &block in runs.blocks {
            match (value(left, block), value(right, block)) {
                (Ok(l), Ok(r)) => differences.push(l - r),
                (Err(why), _) | (_, Err(why)) => missed.push(why),
            }
        }
        let left_out = if missed.is_empty() {
            String::new()
        } else {
            format!(
                "{} − {}: {} of {} blocks left out ({})",
                left.id,
                right.id,
                missed.len(),
                runs.blocks.len(),
                counted(&missed)
            )
        };
        let barred = runs
            .censored(left)
            .or_else(|| runs.censored(right))
            .or_else(|| barred(&left.id, &right.id, &differences, &missed, runs));
        Self {
            differences,
            left_out,
            barred,
        }
    }

    /// The mean difference with its t interval.
    pub fn difference(&self) -> Option<Estimate> {
        mean(&self.differences).ok()
    }

    /// The geometric mean of the ratios, of differences of logarithms.
    pub fn ratio(&self) -> Option<Estimate> {
        self.difference().map(exponential)
    }

    /// The p-value of the t test; 1 if nothing can be decided.
    pub fn p_value(&self, alternative: Alternative) -> f64 {
        match t_test(&self.differences, alternative) {
            Ok(test) if self.barred.is_none() => test.p_value,
            _ => 1.0,
        }
    }

    pub fn deviation(&self) -> f64 {
        deviation(&self.differences)
    }
}

fn barred(
    left: &str,
    right: &str,
    differences: &[f64],
    missed: &[Missed],
    runs: &Runs,
) -> Option<String> {
    let unusable = missed.iter().filter(|m| **m == Missed::NotMeasured).count();
    if differences.len() < FEWEST {
        Some(format!(
            "{left} and {right} are both at the cost in {} blocks: fewer than {FEWEST}",
            differences.len()
        ))
    } else if unusable as f64 / runs.blocks.len() as f64 > runs.rules.censored {
        Some(format!(
            "{left} or {right} has no usable value in {unusable} of {} blocks",
            runs.blocks.len()
        ))
    } else if differences.iter().all(|d| *d == differences[0]) {
        Some(format!(
            "{left} and {right} differ by {} in every block: no spread to test against",
            differences[0]
        ))
    } else {
        None
    }
}

/// An estimate of a logarithm as one of the number.
pub(super) fn exponential(log: Estimate) -> Estimate {
    Estimate {
        value: log.value.exp(),
        interval: log
            .interval
            .map(|i| Interval::new(i.low.exp(), i.high.exp())),
        ..log
    }
}

/// The standard deviation of the values of blocks.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let centre = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - centre).powi(2)).sum();
    (squares / (n - 1.0)).sqrt()
}

/// The limits of an interval; without one nothing is excluded.
pub(super) fn limits(estimate: &Estimate) -> (f64, f64) {
    estimate
        .interval
        .map_or((f64::NEG_INFINITY, f64::INFINITY), |i| (i.low, i.high))
}
