//! H5: does a larger norm take longer to reach?

use super::contrast::{Quantity, deviation, limits};
use super::note::{Note, Tie};
use super::power::{FEWEST, Need, Undecided};
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{
    Alternative, Estimate, Hitting, Interval, Kind, StatisticsError, bca_of, cox, mean,
    sign_flip_of, spearman_rho,
};
use crate::trial::arm::{Arm, Role};
use crate::trial::outcome::{End, Outcome};

/// Fewer labelings have no order.
const FEWEST_LABELINGS: usize = 3;

/// ρ across labelings, the check within them, and hazards with censored runs.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    let corrupted = |role| matches!(role, Role::Memorizing { corrupted } if corrupted > 0.0);
    let labelings: Vec<&Arm> = (runs.truthful().into_iter())
        .chain(runs.arms(corrupted))
        .collect();
    let within = within(runs, &labelings);
    let mut across = across(runs, &labelings);
    let reversed = within.decision == Decision::Fails;
    if reversed {
        across.notes.push(Note::Reversed);
        across.decision = Decision::Fails;
    }
    vec![across, within, hazards(runs, &labelings)]
}

/// A run that ended at the cost: ln updates, and ln φ there.
fn hit(runs: &Runs, arm: &Arm, block: u64) -> Option<(f64, f64)> {
    let solution = runs.solution(arm, block).ok()?;
    let updates = runs.outcome(arm, block)?.updates;
    Some(((updates.max(1) as f64).ln(), Quantity::Norm.of(solution)?))
}

fn across(runs: &Runs, labelings: &[&Arm]) -> Row {
    let rules = runs.rules;
    let mut row = Row::new(
        Hypothesis::Reachability,
        Standing::Primary,
        "Spearman's ρ of updates and path norm at the cost, across labelings within blocks",
        format!(
            "holds: mean ρ at least {}, its 95 % interval above 0, sign-flip p after Holm at most {}; fails: the interval below {}, or ρ within labelings below 0",
            rules.rho, rules.level, rules.rho
        ),
    );
    let mut kept = labelings.to_vec();
    let all = kept.len();
    kept.retain(|arm| match runs.censored(arm) {
        Some(why) => {
            row.notes.push(why);
            false
        }
        None => true,
    });
    if kept.len() < FEWEST_LABELINGS {
        return row.noted(Note::FewLabelings {
            ranked: kept.len(),
            all,
            fewest: FEWEST_LABELINGS,
        });
    }
    let (mut rhos, mut left_out) = (Vec::new(), 0);
    for &block in runs.blocks {
        let (updates, norms): (Vec<f64>, Vec<f64>) =
            kept.iter().filter_map(|arm| hit(runs, arm, block)).unzip();
        // Equal updates, or equal norms, have no order.
        match spearman_rho(&updates, &norms) {
            Ok(rho) if updates.len() >= FEWEST_LABELINGS => rhos.push(rho),
            _ => left_out += 1,
        }
    }
    row.blocks = rhos.len();
    if left_out > 0 {
        row.notes.push(Note::TiedBlocks {
            why: Tie::Labelings {
                fewest: FEWEST_LABELINGS,
            },
            left_out,
            blocks: runs.blocks.len(),
        });
    }
    if rhos.len() < FEWEST || left_out as f64 / runs.blocks.len() as f64 > rules.censored {
        return row;
    }
    let effort = runs.effort;
    let flipped = sign_flip_of(
        &rhos,
        Alternative::Greater,
        &mut runs.rng("hitting time across labelings"),
        effort.exact_up_to,
        effort.draws,
    );
    let (Ok(effect), Ok(flipped)) = (mean(&rhos), flipped) else {
        return row;
    };
    let (low, high) = limits(&effect);
    // No correlation lies beyond 1, whatever Student's interval says; where all blocks
    // have the same but for rounding there is none.
    let spread = effect.interval.filter(|i| i.high - i.low > 1e-9);
    row.effect = Some(Estimate {
        value: (1e9 * effect.value).round() / 1e9,
        interval: spread.map(|interval| Interval {
            low: interval.low.max(-1.0),
            high: interval.high.min(1.0),
            ..interval
        }),
        ..effect
    });
    row.p = Some(flipped.p_value);
    row.decision = if high < rules.rho {
        Decision::Fails
    } else if effect.value >= rules.rho && low > 0.0 {
        Decision::Holds
    } else {
        Decision::Undecided
    };
    row.need = Some(Need::Effect(
        rules.rho,
        Undecided {
            have: row.blocks,
            deviation: deviation(&rhos),
            distances: vec![effect.value - rules.rho],
        },
    ));
    row
}

/// Across labelings both may rise with the share of random labels alone; within one,
/// over blocks, only runs compare.
fn within(runs: &Runs, labelings: &[&Arm]) -> Row {
    let mut row = Row::new(
        Hypothesis::Reachability,
        Standing::Shown,
        "Spearman's ρ of updates and path norm over blocks, within labelings",
        "part of H5: fails if the BCa interval of the mean over labelings lies below 0",
    );
    let mut kept = labelings.to_vec();
    kept.retain(|arm| runs.censored(arm).is_none());
    let complete: Vec<Vec<(f64, f64)>> = runs
        .blocks
        .iter()
        .filter_map(|&block| kept.iter().map(|arm| hit(runs, arm, block)).collect())
        .collect();
    row.blocks = complete.len();
    if kept.is_empty() || complete.len() < FEWEST {
        return row.noted(Note::LabelingBlocks {
            blocks: complete.len(),
            labelings: kept.len(),
        });
    }
    let labelings = kept.len();
    // A resample in which a labeling is tied has no order there: 0.
    let statistic = |blocks: &[&Vec<(f64, f64)>]| {
        let rho = |arm: usize| {
            let (updates, norms): (Vec<f64>, Vec<f64>) =
                blocks.iter().map(|block| block[arm]).unzip();
            spearman_rho(&updates, &norms).unwrap_or(0.0)
        };
        let mean = (0..labelings).map(rho).sum::<f64>() / labelings as f64;
        // Perfect order is the same in every resample but for rounding.
        (mean * 1e12).round() / 1e12
    };
    let mut rng = runs.rng("hitting time within labelings");
    let found = bca_of(
        "a mean of Spearman's rho",
        &complete,
        statistic,
        &mut rng,
        runs.effort.draws,
    );
    let found = match found {
        Err(StatisticsError::NoSpread { value, .. }) => Ok(Estimate {
            value,
            kind: Kind::Estimate,
            interval: Some(Interval::new(value, value)),
            samples: complete.len(),
        }),
        found => found.map(|bootstrap| bootstrap.estimate),
    };
    match found {
        Ok(estimate) => {
            row.effect = Some(estimate);
            let (low, high) = limits(&estimate);
            row.decision = if high < 0.0 {
                Decision::Fails
            } else if low > 0.0 {
                Decision::Holds
            } else {
                Decision::Undecided
            };
            row
        }
        Err(error) => row.noted(error),
    }
}

/// All runs, censored ones too: those have no norm at the cost, so they take the
/// largest of their block, which favours the claim; hence shown, not deciding.
fn hazards(runs: &Runs, labelings: &[&Arm]) -> Row {
    let mut row = Row::new(
        Hypothesis::Reachability,
        Standing::Shown,
        "log hazard ratio of reaching the cost, per unit of ln φ (Cox, a baseline per block)",
        "shown: below 0 a larger norm is reached later; censored runs take the largest norm of their block",
    );
    let (mut hittings, mut censored) = (Vec::new(), 0);
    for (block, &seed) in runs.blocks.iter().enumerate() {
        let watched: Vec<(&Outcome, Option<f64>)> = labelings
            .iter()
            .filter_map(|arm| {
                let outcome = runs.outcome(arm, seed)?;
                let norm = hit(runs, arm, seed).map(|(_, norm)| norm);
                let stopped = matches!(outcome.end, End::Limit | End::Diverged);
                (norm.is_some() || stopped).then_some((outcome, norm))
            })
            .collect();
        let Some(largest) = watched
            .iter()
            .filter_map(|(_, norm)| *norm)
            .reduce(f64::max)
        else {
            continue;
        };
        for (outcome, norm) in watched {
            censored += usize::from(norm.is_none());
            hittings.push(Hitting {
                block,
                time: outcome.updates as f64,
                hit: norm.is_some(),
                covariates: vec![norm.unwrap_or(largest)],
            });
        }
    }
    row.blocks = runs.blocks.len();
    row.notes.push(Note::CensoredRuns {
        runs: hittings.len(),
        censored,
    });
    match cox(&hittings) {
        Ok(found) => {
            let effect: Estimate = found[0];
            row.effect = Some(effect);
            row.decision = Decision::below_zero(&effect);
            row
        }
        Err(error) => row.noted(error),
    }
}
