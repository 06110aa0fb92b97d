//! H6: do random labels need a larger norm, by a rate in n that tells them from true
//! ones?

use super::contrast::{Quantity, limits};
use super::note::Note;
use super::power::FEWEST;
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{Block, GrowthPoint, auc, fixed_effects_slope, growth_exponents};
use crate::trial::arm::{Arm, Role};
use crate::trial::outcome::Measured;

/// True and random labels at one number of examples.
struct Pair<'a> {
    size: usize,
    truth: &'a Arm,
    random: &'a Arm,
}

/// AUC at every n, growth exponents, and the trend of the bound. Necessary for the
/// claim, not sufficient: it compares different data. So none is in the family.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    let pairs = pairs(runs);
    let mut rows: Vec<Row> = pairs.iter().map(|pair| order(runs, pair)).collect();
    rows.push(exponents(runs, &pairs));
    rows.push(bound(runs, &pairs));
    rows
}

fn pairs<'a>(runs: &Runs<'a>) -> Vec<Pair<'a>> {
    let random = runs.arms(|role| match role {
        Role::Growth { random } => random,
        Role::Memorizing { corrupted } => corrupted == 1.0,
        _ => false,
    });
    let smaller = runs.arms(|role| role == Role::Growth { random: false });
    let mut pairs: Vec<Pair> = (runs.truthful().into_iter())
        .chain(smaller)
        .filter_map(|arm| {
            let size = arm.train_size;
            let random = random.iter().find(|other| other.train_size == size)?;
            Some(Pair {
                size,
                truth: arm,
                random,
            })
        })
        .collect();
    pairs.sort_by_key(|pair| pair.size);
    pairs
}

fn norm(runs: &Runs, arm: &Arm, block: u64) -> Option<f64> {
    Quantity::Norm.of(runs.solution(arm, block).ok()?)
}

fn order(runs: &Runs, pair: &Pair) -> Row {
    let mut row = Row::new(
        Hypothesis::Memorization,
        Standing::Shown,
        format!(
            "probability that random labels have the larger norm, n = {}",
            pair.size
        ),
        "holds: interval above 0.5; fails: below 0.5 (Hoeffding's interval, which holds at any number of blocks)",
    );
    let norms = |arm| -> Vec<f64> {
        runs.blocks
            .iter()
            .filter_map(|&block| norm(runs, arm, block))
            .collect()
    };
    let (random, truth) = (norms(pair.random), norms(pair.truth));
    row.blocks = random.len().min(truth.len());
    for arm in [pair.random, pair.truth] {
        if let Some(why) = runs.censored(arm) {
            row.notes.push(why);
        }
    }
    let barred = !row.notes.is_empty();
    match auc(&random, &truth) {
        Ok(found) => {
            let (low, high) = limits(&found);
            row.effect = Some(found);
            row.decision = match (low > 0.5, high < 0.5) {
                _ if barred => Decision::Undecided,
                (true, _) => Decision::Holds,
                (_, true) => Decision::Fails,
                _ => Decision::Undecided,
            };
            row
        }
        Err(error) => row.noted(error),
    }
}

/// Blocks in which every arm of the pairs is at the cost.
fn complete(runs: &Runs, pairs: &[Pair]) -> Vec<u64> {
    let there = |block: u64| {
        pairs.iter().all(|pair| {
            norm(runs, pair.truth, block).is_some() && norm(runs, pair.random, block).is_some()
        })
    };
    runs.blocks
        .iter()
        .copied()
        .filter(|block| there(*block))
        .collect()
}

fn exponents(runs: &Runs, pairs: &[Pair]) -> Row {
    let mut row = Row::new(
        Hypothesis::Memorization,
        Standing::Shown,
        "exponent of the norm in n, random − true labels",
        "holds: 95 % interval above 0; fails: below 0",
    );
    let blocks = complete(runs, pairs);
    row.blocks = blocks.len();
    if pairs.len() < 2 || blocks.len() < FEWEST {
        return row.noted(Note::ExponentBlocks {
            sizes: pairs.len(),
            blocks: blocks.len(),
        });
    }
    let points = |arm: for<'p> fn(&'p Pair) -> &'p Arm| -> Vec<GrowthPoint> {
        let all = blocks
            .iter()
            .flat_map(|&seed| pairs.iter().map(move |pair| (seed, pair)));
        all.filter_map(|(seed, pair)| {
            Some(GrowthPoint {
                seed,
                samples: pair.size,
                norm: norm(runs, arm(pair), seed)?.exp(),
            })
        })
        .collect()
    };
    let (truth, random) = (points(|pair| pair.truth), points(|pair| pair.random));
    match growth_exponents(&truth, &random) {
        Ok(found) => {
            let (low, high) = limits(&found.difference);
            row.effect = Some(found.difference);
            row.decision = if low > 0.0 {
                Decision::Holds
            } else if high < 0.0 {
                Decision::Fails
            } else {
                Decision::Undecided
            };
            row.noted(Note::Exponents {
                truth: found.true_labels,
                random: found.random_labels,
            })
        }
        Err(error) => row.noted(error),
    }
}

/// The norm bound 2 φ radius / √n has to fall with n, or it explains nothing.
fn bound(runs: &Runs, pairs: &[Pair]) -> Row {
    let mut row = Row::new(
        Hypothesis::Memorization,
        Standing::Shown,
        "exponent of the bound 2 φ radius / √n in n, true labels",
        "holds: 95 % interval below 0; fails: above 0",
    );
    let value = |solution: &Measured, n: usize| {
        let bound = 2.0 * solution.norm * solution.radius / (n as f64).sqrt();
        let log = bound.ln();
        log.is_finite().then_some(log)
    };
    let blocks: Vec<Block> = runs
        .blocks
        .iter()
        .filter_map(|&block| {
            let points: Option<Vec<(f64, f64)>> = pairs
                .iter()
                .map(|pair| {
                    let solution = runs.solution(pair.truth, block).ok()?;
                    Some(((pair.size as f64).ln(), value(solution, pair.size)?))
                })
                .collect();
            let (x, y) = points?.into_iter().unzip();
            Some(Block { x, y })
        })
        .collect();
    row.blocks = blocks.len();
    match fixed_effects_slope(&blocks) {
        Ok(found) => {
            row.effect = Some(found);
            row.decision = Decision::below_zero(&found);
            row
        }
        Err(error) => row.noted(error),
    }
}
