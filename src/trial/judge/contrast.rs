//! Two arms, block by block.

use super::note::{Missed, Note};
use super::power::FEWEST;
use super::runs::Runs;
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
    /// Blocks that are not among them, and why.
    pub left_out: Option<Note>,
    /// Why it decides nothing, if it does.
    pub barred: Option<Note>,
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
        let left_out = (!missed.is_empty()).then(|| Note::BlocksLeftOut {
            left: left.id.clone(),
            right: right.id.clone(),
            missed: Missed::counted(&missed),
            blocks: runs.blocks.len(),
        });
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

    /// What was left out, and why nothing is decided.
    pub fn notes(&self) -> impl Iterator<Item = Note> {
        let notes = [&self.left_out, &self.barred];
        notes.into_iter().flatten().cloned()
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
) -> Option<Note> {
    let (left, right) = (left.to_owned(), right.to_owned());
    let blocks = runs.blocks.len();
    let unusable = missed.iter().filter(|m| **m == Missed::NotMeasured).count();
    if differences.len() < FEWEST {
        Some(Note::FewPairs {
            left,
            right,
            pairs: differences.len(),
            fewest: FEWEST,
        })
    } else if unusable as f64 / blocks as f64 > runs.rules.censored {
        Some(Note::Unusable {
            left,
            right,
            unusable,
            blocks,
        })
    } else if differences.iter().all(|d| *d == differences[0]) {
        Some(Note::NoSpread {
            left,
            right,
            difference: differences[0],
        })
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
