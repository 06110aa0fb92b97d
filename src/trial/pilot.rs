//! Learning rates, fixed by speed alone.

use serde::{Deserialize, Serialize};

use super::TrialError;
use super::arm::{Arm, Way};
use super::run::Job;
use crate::dataset::Dataset;
use crate::solution::StopReason;

/// What the pilot found for arms that share a learning rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piloted {
    /// The first of the arms.
    pub arm: String,
    /// Every rate tried, in that order.
    pub tried: Vec<Tried>,
    /// The rate chosen.
    pub rate: f64,
}

/// One learning rate in the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// The rate.
    pub rate: f64,
    /// Examples whose gradient was computed until every run was at the cost; none if
    /// one of them was given up, at the latest when it was slower than the best.
    pub evaluations: Option<u64>,
}

/// The learning rate with which the arms reach the cost in all blocks with the fewest
/// evaluations.
///
/// Runs are neither measured nor tested: speed is all that is known when the rate is
/// chosen. A rate is given up as soon as it has spent more than the best one so far. If
/// no rate reaches the cost everywhere, the largest of those that did not diverge is
/// taken, and else the smallest.
///
/// `jobs` are templates, one per block, of one arm each or of several that share the
/// rate.
///
/// # Errors
/// As [`Job::run`].
pub fn fastest(
    arm: &str,
    jobs: &[Job],
    rates: &[f64],
    dataset: &Dataset,
) -> Result<Piloted, TrialError> {
    let mut best: Option<(f64, u64)> = None;
    let mut stable: Option<f64> = None;
    let mut tried = Vec::new();
    for &rate in rates {
        let (spent, diverged) = spend(jobs, rate, best.map(|(_, spent)| spent), dataset)?;
        if let Some(spent) = spent {
            best = Some((rate, spent));
        }
        if !diverged {
            stable = Some(stable.map_or(rate, |stable| stable.max(rate)));
        }
        tried.push(Tried {
            rate,
            evaluations: spent,
        });
    }
    let smallest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Piloted {
        arm: arm.to_owned(),
        tried,
        rate: best.map(|(rate, _)| rate).or(stable).unwrap_or(smallest),
    })
}

/// The evaluations of all runs at this rate, if all reach the cost with fewer than
/// `limit`; and whether one diverged.
fn spend(
    jobs: &[Job],
    rate: f64,
    limit: Option<u64>,
    dataset: &Dataset,
) -> Result<(Option<u64>, bool), TrialError> {
    let mut spent = 0;
    for job in jobs {
        for arm in &job.arms {
            let own = job.limit * arm.train_size as u64;
            let left = limit.map_or(own, |limit| own.min(limit.saturating_sub(spent)));
            let (stop, evaluations) = job.speed(&with_rate(arm, rate), left, dataset)?;
            spent += evaluations;
            if !stop.reached_target() || limit.is_some_and(|limit| spent >= limit) {
                return Ok((None, stop == StopReason::Diverged));
            }
        }
    }
    Ok((Some(spent), false))
}

fn with_rate(arm: &Arm, rate: f64) -> Arm {
    let mut arm = arm.clone();
    if let Way::Descent { learning_rate, .. } = &mut arm.way {
        *learning_rate = rate;
    }
    arm
}
