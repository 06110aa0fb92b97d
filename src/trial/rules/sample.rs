//! Numbers of blocks: differences, ratios and shares, with their intervals and tests.

use super::condition::Condition;
use super::note::{Lack, Lacking, Note};
use super::row::Limits;
use super::runs::Runs;
use crate::statistics::{
    Alternative, Estimate, Interval, StatisticsError, bca_of, mean, ratio_of_means, t_test,
};
use crate::trial::design::Cell;

/// Fewer blocks decide nothing.
pub(super) const FEWEST: usize = 3;
/// From so many blocks on the t interval stands alone: the bootstrap below it covers less
/// than it says, and the wider of the two guards against skewed differences.
const ENOUGH: usize = 20;

/// What blocks say, those left out that lack a network.
pub(in crate::trial) struct Collected<T> {
    pub values: Vec<T>,
    pub notes: Vec<Note>,
    /// Too few blocks for any decision.
    pub barred: bool,
}

impl<T> Collected<T> {
    pub fn of(runs: &Runs, value: impl Fn(u64) -> Result<T, Lack>) -> Self {
        let (mut values, mut lacking) = (Vec::new(), Vec::<Lacking>::new());
        for &block in runs.blocks {
            match value(block) {
                Ok(value) => values.push(value),
                Err(Lack { cell, why }) => {
                    let same = lacking
                        .iter_mut()
                        .find(|lack| lack.cell == cell && lack.why == why);
                    match same {
                        Some(lack) => lack.blocks += 1,
                        None => lacking.push(Lacking {
                            cell,
                            why,
                            blocks: 1,
                        }),
                    }
                }
            }
        }
        let (blocks, most) = (runs.blocks.len(), runs.thresholds.missing);
        let mut notes = Vec::new();
        if !lacking.is_empty() {
            notes.push(Note::LeftOut { lacking, blocks });
        }
        let missing = (blocks - values.len()) as f64 / blocks as f64;
        let barred = if missing > most {
            notes.push(Note::TooManyMissing { most });
            true
        } else if values.len() < FEWEST {
            let pairs = values.len();
            notes.push(Note::FewPairs { pairs });
            true
        } else {
            false
        };
        Self {
            values,
            notes,
            barred,
        }
    }
}

/// One number a block, and its mean.
pub(in crate::trial) struct Sample {
    pub values: Vec<f64>,
    pub notes: Vec<Note>,
    pub estimate: Option<Estimate>,
    pub limits: Option<Limits>,
    barred: bool,
}

impl Sample {
    /// `purpose` names the stream of the bootstrap.
    pub fn of(runs: &Runs, purpose: &str, value: impl Fn(u64) -> Result<f64, Lack>) -> Self {
        let Collected {
            values,
            mut notes,
            barred,
        } = Collected::of(runs, value);
        let estimate = mean(&values).ok();
        if !barred && values.iter().all(|v| *v == values[0]) {
            notes.push(Note::NoSpread);
        }
        let average = |blocks: &[&f64]| blocks.iter().copied().sum::<f64>() / blocks.len() as f64;
        let (estimate, limits) = wider(runs, purpose, estimate, Limits::T, &values, average);
        Self {
            values,
            notes,
            estimate,
            limits,
            barred,
        }
    }

    /// ln of the primary norm of the left over that of the right.
    pub fn ratio(runs: &Runs, left: Cell, right: Cell) -> Self {
        Self::of(runs, &format!("ratio {left} / {right}"), |block| {
            Ok(runs.log_norm(left, block)? - runs.log_norm(right, block)?)
        })
    }

    /// Test error of the left minus that of the right, in points.
    pub fn difference(runs: &Runs, left: Cell, right: Cell) -> Self {
        Self::of(runs, &format!("difference {left} - {right}"), |block| {
            Ok(runs.points(left, block)? - runs.points(right, block)?)
        })
    }

    /// Whether the mean lies above a threshold: one-sided t test.
    pub fn above(&self, threshold: f64) -> Condition {
        self.tested(threshold, Alternative::Greater)
    }

    /// Whether the mean lies below a threshold.
    pub fn below(&self, threshold: f64) -> Condition {
        self.tested(threshold, Alternative::Less)
    }

    /// Whether the mean lies within a margin of zero: both one-sided tests (Schuirmann 1987).
    pub fn within(&self, margin: f64) -> Condition {
        Condition::all([self.above(-margin), self.below(margin)])
    }

    fn tested(&self, threshold: f64, alternative: Alternative) -> Condition {
        let shifted: Vec<f64> = self.values.iter().map(|value| value - threshold).collect();
        match self.barred {
            true => Condition::NEVER,
            false => condition(&shifted, self.estimate, threshold, alternative),
        }
    }

    /// The mean, if there is one.
    pub fn mean(&self) -> Option<f64> {
        self.estimate.map(|estimate| estimate.value)
    }

    /// Whether nothing may be decided by it.
    pub fn barred(&self) -> bool {
        self.barred
    }
}

/// A share of the excess error, as a ratio of means over blocks.
pub(super) struct Share {
    /// What a block's change removes, and its excess, both in points.
    pairs: Vec<(f64, f64)>,
    pub notes: Vec<Note>,
    pub estimate: Option<Estimate>,
    pub limits: Option<Limits>,
    barred: bool,
}

impl Share {
    /// `value` gives what is removed and the excess.
    pub fn of(runs: &Runs, purpose: &str, value: impl Fn(u64) -> Result<(f64, f64), Lack>) -> Self {
        let Collected {
            values: pairs,
            notes,
            barred,
        } = Collected::of(runs, value);
        let (removed, excess): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let estimate = ratio_of_means(&removed, &excess).ok();
        let ratio = |blocks: &[&(f64, f64)]| {
            let sums = blocks
                .iter()
                .fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
            sums.0 / sums.1
        };
        let (estimate, limits) = wider(runs, purpose, estimate, Limits::Fieller, &pairs, ratio);
        Self {
            pairs,
            notes,
            estimate,
            limits,
            barred,
        }
    }

    /// Whether the share lies above a threshold θ, given a positive excess: the t test that
    /// the mean of removed − θ excess is positive.
    pub fn above(&self, threshold: f64) -> Condition {
        self.tested(threshold, Alternative::Greater)
    }

    /// Whether it lies below a threshold.
    pub fn below(&self, threshold: f64) -> Condition {
        self.tested(threshold, Alternative::Less)
    }

    /// Whether it lies within a margin of zero.
    pub fn within(&self, margin: f64) -> Condition {
        Condition::all([self.above(-margin), self.below(margin)])
    }

    fn tested(&self, threshold: f64, alternative: Alternative) -> Condition {
        let form = self.pairs.iter().map(|(r, e)| r - threshold * e);
        let form: Vec<f64> = form.collect();
        match self.barred {
            true => Condition::NEVER,
            false => condition(&form, self.estimate, threshold, alternative),
        }
    }
}

/// Whether the mean of what blocks say, its threshold taken off, lies on one side of zero, and
/// whether the interval of the estimate lies on that side of the threshold.
///
/// Blocks that all say the same have no t test. Each sign is as likely as the other where the
/// mean is zero, and all n are on one side with probability 2⁻ⁿ: the p-value of the exact
/// sign-flip test.
fn condition(
    differences: &[f64],
    estimate: Option<Estimate>,
    threshold: f64,
    alternative: Alternative,
) -> Condition {
    let less = alternative == Alternative::Less;
    let p = match (t_test(differences, alternative), differences) {
        (Ok(test), _) => test.p_value,
        (Err(StatisticsError::NoSpread { value, .. }), all)
            if value != 0.0 && (value < 0.0) == less =>
        {
            0.5_f64.powi(all.len() as i32)
        }
        _ => return Condition::NEVER,
    };
    let (low, high) = range(estimate);
    let shown = if less {
        high < threshold
    } else {
        low > threshold
    };
    Condition { p, shown }
}

fn range(estimate: Option<Estimate>) -> (f64, f64) {
    let interval = estimate.and_then(|estimate| estimate.interval);
    interval.map_or((f64::NEG_INFINITY, f64::INFINITY), |i| (i.low, i.high))
}

/// The estimate with the interval that reaches from the lower of both lower limits to the
/// higher of both upper ones, that of the bootstrap of few blocks and the one it has.
fn wider<B>(
    runs: &Runs,
    purpose: &str,
    estimate: Option<Estimate>,
    limits: Limits,
    blocks: &[B],
    statistic: impl Fn(&[&B]) -> f64,
) -> (Option<Estimate>, Option<Limits>) {
    let Some((estimate, own)) = estimate.and_then(|e| Some((e, e.interval?))) else {
        return (estimate, None);
    };
    if blocks.len() >= ENOUGH {
        return (Some(estimate), Some(limits));
    }
    let draws = runs.effort.draws;
    let drawn = bca_of("a mean", blocks, statistic, &mut runs.rng(purpose), draws);
    let Some(drawn) = drawn.ok().and_then(|found| found.estimate.interval) else {
        return (Some(estimate), Some(limits));
    };
    let interval = Interval::new(own.low.min(drawn.low), own.high.max(drawn.high));
    let estimate = Estimate {
        interval: Some(interval),
        ..estimate
    };
    (Some(estimate), Some(limits.wider()))
}
