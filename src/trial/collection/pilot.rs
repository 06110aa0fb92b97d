//! Learning rates, fixed by speed alone on pilot blocks.

use super::block::Block;
use super::job::Job;
use crate::dataset::Dataset;
use crate::treatment::Treatment;
use crate::trial::TrialError;
use crate::trial::design::{Cell, End, Method, Piloted, Rate, Tried};

/// The learning rate with which a method reaches the primary cost in all pilot blocks with the
/// fewest evaluations.
///
/// Networks are neither measured nor tested: speed is all that is known when the rate is chosen.
/// A rate is given up as soon as it has spent more than the best one so far. If no rate reaches
/// the cost everywhere, the largest of those that did not diverge is taken, and else the smallest.
///
/// `jobs` are templates without cells, one a pilot block.
///
/// # Errors
/// As [`Job::run`].
pub fn fastest(
    method: Method,
    jobs: &[Job],
    rates: &[f64],
    dataset: &Dataset,
) -> Result<Piloted, TrialError> {
    let mut best: Option<(f64, u64)> = None;
    let mut stable: Option<f64> = None;
    let mut tried = Vec::new();
    for &rate in rates {
        let limit = best.map(|(_, spent)| spent);
        let run = |job: &Job, left: Option<u64>| {
            let job = Job {
                rates: vec![(method, rate)],
                limit: left.map_or(job.limit, |left| {
                    job.limit.min(left.div_ceil(job.train_size as u64))
                }),
                ..job.clone()
            };
            let mut block = Block::new(&job, dataset)?;
            let stages = block.stages(method, Rate::Fast, Treatment::TrueLabels)?;
            let primary = stages
                .iter()
                .find(|stage| Some(&stage.cost) == job.costs.first());
            Ok(primary.map_or((End::Limit, 0), |stage| (stage.end, stage.evaluations)))
        };
        let (spent, diverged) = spend(jobs, limit, run)?;
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
        method,
        tried,
        rate: best.map(|(rate, _)| rate).or(stable).unwrap_or(smallest),
    })
}

/// The learning rate with which trainings on the shells of these factors reach the primary cost
/// in all pilot blocks with the fewest evaluations; the smallest if none does.
///
/// `jobs` are templates with the reference's rate, one a pilot block.
///
/// # Errors
/// As [`Job::run`].
pub fn shell_rate(
    jobs: &[Job],
    factors: &[f64],
    rates: &[f64],
    dataset: &Dataset,
) -> Result<f64, TrialError> {
    let mut best: Option<(f64, u64)> = None;
    for &rate in rates {
        let run = |job: &Job, _: Option<u64>| {
            let job = Job {
                shell_rate: rate,
                cells: factors
                    .iter()
                    .map(|&factor| Cell::Shell { factor })
                    .collect(),
                ..job.clone()
            };
            let outcomes = job.run(dataset)?;
            let all = outcomes.iter().all(|outcome| outcome.end == End::Reached);
            let spent = outcomes.iter().map(|outcome| outcome.evaluations).sum();
            Ok((if all { End::Reached } else { End::Limit }, spent))
        };
        if let (Some(spent), _) = spend(jobs, best.map(|(_, spent)| spent), run)? {
            best = Some((rate, spent));
        }
    }
    let smallest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(best.map_or(smallest, |(rate, _)| rate))
}

/// The evaluations of all blocks, if all reach the cost with fewer than `limit`; and whether one
/// diverged.
fn spend(
    jobs: &[Job],
    limit: Option<u64>,
    mut run: impl FnMut(&Job, Option<u64>) -> Result<(End, u64), TrialError>,
) -> Result<(Option<u64>, bool), TrialError> {
    let mut spent = 0;
    for job in jobs {
        let left = limit.map(|limit| limit.saturating_sub(spent));
        let (end, evaluations) = run(job, left)?;
        spent += evaluations;
        if end != End::Reached || limit.is_some_and(|limit| spent >= limit) {
            return Ok((None, end == End::Diverged));
        }
    }
    Ok((Some(spent), false))
}
