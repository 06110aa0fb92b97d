//! H3: among solutions of the same data, does the smaller norm have the smaller test
//! error?

use super::contrast::{Quantity, deviation, limits};
use super::label_only;
use super::note::{Environments, Lacking, Note, Tie, Unfit};
use super::power::{FEWEST, Need, Undecided};
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{
    Alternative, Block, Environment, Estimate, Interval, Kind, Run, SignErrors, granulated_tau,
    mean, sign_errors, within_block_tau_of,
};
use crate::trial::arm::{Arm, Role};

/// Fewer hardly have an order.
const FEWEST_ARMS: usize = 3;

/// τ over the natural ways, with the contrived ones, and what τ could hide.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    let natural = runs.natural();
    let everything = [runs.natural(), runs.extreme()].concat();
    let (environments, worst) = sign_error(runs, &natural);
    let mut primary = tau(runs, &natural, Standing::Primary, "natural ways");
    primary.decision = Decision::all([primary.decision, environments.decision]);
    if environments.decision != Decision::Holds {
        primary.notes.push(Note::SignError(worst));
    }
    vec![
        primary,
        tau(runs, &everything, Standing::Shown, "with contrived ways"),
        granulated(runs, &natural),
        environments,
        label_only::row(runs, &natural),
    ]
}

fn tau(runs: &Runs, arms: &[&Arm], standing: Standing, which: &str) -> Row {
    let rules = runs.rules;
    let mut row = Row::new(
        Hypothesis::Prediction,
        standing,
        format!("Kendall's τ of path norm and test error within blocks, {which}"),
        format!(
            "holds: τ at least {}, its interval above 0, permutation p after Holm at most {}, and the worst environment's sign error below {}; fails: the interval of τ below {}, or the sign error significantly above {}; interval: the wider of BCa and Student's t over the τ of blocks, since BCa covers less than 95 % at few blocks",
            rules.tau, rules.level, rules.sign_error, rules.tau, rules.sign_error
        ),
    );
    let (blocks, notes) = blocks(runs, arms);
    row.blocks = blocks.len();
    row.notes.extend(notes);
    let missing = runs.blocks.len() - blocks.len();
    if blocks.len() < FEWEST || missing as f64 / runs.blocks.len() as f64 > rules.censored {
        return row.noted(Note::RankedBlocks(blocks.len()));
    }
    let mut rng = runs.rng(&format!("tau, {which}"));
    let found = within_block_tau_of(&blocks, Alternative::Greater, &mut rng, runs.effort.draws);
    let (found, student) = match found.and_then(|f| Ok((mean(&f.taus)?, f))) {
        Ok((student, found)) => (found, student),
        Err(error) => return row.noted(error),
    };
    let effect = wider(found.tau, student);
    let (low, high) = limits(&effect);
    row.notes.push(Note::TheseWaysOnly);
    row.p = Some(found.test.p_value);
    row.effect = Some(effect);
    row.decision = if high < rules.tau {
        Decision::Fails
    } else if effect.value >= rules.tau && low > 0.0 {
        Decision::Holds
    } else {
        Decision::Undecided
    };
    row.need = Some(Need::Effect(
        rules.tau,
        Undecided {
            have: row.blocks,
            deviation: deviation(&found.taus),
            distances: vec![effect.value - rules.tau],
        },
    ));
    row
}

/// The value with the wider of two intervals, limit by limit.
fn wider(bootstrap: Estimate, student: Estimate) -> Estimate {
    let interval = match (bootstrap.interval, student.interval) {
        (Some(b), Some(s)) => Some(Interval::new(b.low.min(s.low), b.high.max(s.high))),
        (b, s) => b.or(s),
    };
    Estimate {
        interval,
        ..bootstrap
    }
}

/// Norm and test error of the arms, block by block, and what had to be left out.
fn blocks(runs: &Runs, arms: &[&Arm]) -> (Vec<Block>, Vec<Note>) {
    let mut notes = Vec::new();
    let mut kept = arms.to_vec();
    kept.retain(|arm| match runs.censored(arm) {
        Some(why) => {
            notes.push(why);
            false
        }
        None => true,
    });
    let (mut blocks, mut incomplete, mut tied) = (Vec::new(), 0, 0);
    for &block in runs.blocks {
        let pairs: Vec<(f64, f64)> = kept
            .iter()
            .filter_map(|arm| point(runs, arm, block))
            .collect();
        incomplete += kept.len() - pairs.len();
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let varies = |v: &[f64]| v.iter().any(|value| *value != v[0]);
        if x.len() >= FEWEST_ARMS && varies(&x) && varies(&y) {
            blocks.push(Block { x, y });
        } else if x.len() >= FEWEST_ARMS {
            tied += 1;
        }
    }
    if incomplete > 0 {
        notes.push(Note::RunsLeftOut {
            why: Unfit::NoValue,
            left_out: incomplete,
            runs: kept.len() * runs.blocks.len(),
        });
    }
    if tied > 0 {
        notes.push(Note::TiedBlocks {
            why: Tie::NormsOrErrors,
            left_out: tied,
            blocks: runs.blocks.len(),
        });
    }
    if kept.len() < FEWEST_ARMS {
        notes.push(Note::FewWays {
            ways: kept.len(),
            fewest: FEWEST_ARMS,
        });
    }
    (blocks, notes)
}

/// ln φ and the test error in points.
pub(super) fn point(runs: &Runs, arm: &Arm, block: u64) -> Option<(f64, f64)> {
    let solution = runs.solution(arm, block).ok()?;
    Some((
        Quantity::Norm.of(solution)?,
        Quantity::TestError.of(solution)?,
    ))
}

/// The plan is a star: every way differs from the reference in one factor, batch,
/// scale or method, so its level is 0 in the others.
struct Star<'a> {
    /// Of every factor that is varied: its name and arms, the reference first.
    factors: Vec<(&'static str, Vec<&'a Arm>)>,
}

impl<'a> Star<'a> {
    fn of(runs: &Runs, arms: &[&'a Arm]) -> Option<Self> {
        let kept: Vec<&Arm> = arms
            .iter()
            .copied()
            .filter(|arm| runs.censored(arm).is_none())
            .collect();
        let centre = *kept.iter().find(|arm| arm.role == Role::Reference)?;
        let factor = |name, of: fn(Role) -> bool| {
            let arms = kept.iter().copied().filter(|arm| of(arm.role));
            (
                name,
                std::iter::once(centre).chain(arms).collect::<Vec<_>>(),
            )
        };
        let mut factors = vec![
            factor("batch", |role| matches!(role, Role::Batch { .. })),
            factor("scale", |role| matches!(role, Role::Scale { .. })),
            factor("method", |role| {
                matches!(role, Role::Method { .. } | Role::Search)
            }),
        ];
        factors.retain(|(_, arms)| arms.len() > 1);
        (!factors.is_empty()).then_some(Self { factors })
    }

    fn runs(&self, runs: &Runs) -> Vec<Run> {
        let mut found = Vec::new();
        for (block, &seed) in runs.blocks.iter().enumerate() {
            for (factor, (_, arms)) in self.factors.iter().enumerate() {
                // The reference is in every factor: once is enough.
                let first = usize::from(factor > 0);
                for (level, arm) in arms.iter().enumerate().skip(first) {
                    let Some((measure, points)) = point(runs, arm, seed) else {
                        continue;
                    };
                    let mut levels = vec![0; self.factors.len()];
                    levels[factor] = level;
                    found.push(Run {
                        block,
                        levels,
                        measure,
                        outcome: points / 100.0,
                    });
                }
            }
        }
        found
    }

    /// The arms of an environment.
    fn arms(&self, e: &Environment) -> [String; 2] {
        let arms = &self.factors[e.factor].1;
        [e.from, e.to].map(|place| arms[place].id.clone())
    }
}

fn granulated(runs: &Runs, arms: &[&Arm]) -> Row {
    let mut row = Row::new(
        Hypothesis::Prediction,
        Standing::Descriptive,
        "granulated τ: one factor varied at a time",
        "shown: mean over batch, scale and method of τ with the others fixed (Jiang et al. 2020)",
    );
    let Some(star) = Star::of(runs, arms) else {
        return row.noted(Note::Lacks(Lacking::Factors));
    };
    match granulated_tau(&star.runs(runs)) {
        Ok(found) => {
            row.effect = Some(Estimate {
                value: found.psi,
                kind: Kind::Estimate,
                interval: None,
                samples: runs.blocks.len(),
            });
            row.blocks = runs.blocks.len();
            for ((name, _), psi) in star.factors.iter().zip(found.factors) {
                let name = (*name).to_owned();
                row.notes.push(Note::Factor { name, tau: psi });
            }
            row
        }
        Err(error) => row.noted(error),
    }
}

/// The sign error of the worst environment, and which one that is.
fn sign_error(runs: &Runs, arms: &[&Arm]) -> (Row, Environments) {
    let fewest = runs.rules.effective_pairs;
    let limit = runs.rules.sign_error;
    let mut row = Row::new(
        Hypothesis::Prediction,
        Standing::Shown,
        "worst environment's sign error",
        format!(
            "part of H3; below {limit}: holds; above it by more than √(ln(k/{})/2m), m effective pairs, k environments (Hoeffding's inequality for the worst of k): fails; pairs weighted by how clearly the test set tells them apart, environments from {fewest} effective pairs on (Dziugaite et al. 2020)",
            runs.rules.level
        ),
    );
    row.blocks = runs.blocks.len();
    let Some(star) = Star::of(runs, arms) else {
        let worst = Environments::NoFactor;
        return (row.noted(Note::WorstEnvironment(worst.clone())), worst);
    };
    let runs_of_star = star.runs(runs);
    let size = runs.stratum.test_size;
    let found = sign_errors(&runs_of_star, worth(size, &runs_of_star), fewest);
    let worst = match &found {
        Ok(found) => {
            row.effect = Some(Estimate {
                value: found.maximum,
                kind: Kind::Estimate,
                interval: None,
                samples: runs.blocks.len(),
            });
            row.decision = decide_sign(found, limit, runs.rules.level);
            let worst = &found.environments[0];
            Environments::Kept {
                worst: star.arms(worst),
                effective_pairs: worst.effective_pairs,
                kept: found.environments.len(),
                left_out: found.left_out,
                images: size,
            }
        }
        Err(_) => Environments::None {
            fewest,
            images: size,
        },
    };
    (row.noted(Note::WorstEnvironment(worst.clone())), worst)
}

/// The test images, for the weights of pairs. Hoeffding's inequality is for an error of
/// one half, whose variance is 1/4; at a mean error p it is p(1 − p), and N images tell
/// apart what N / 4p(1 − p) do at one half (a normal approximation, derived here).
fn worth(size: usize, runs: &[Run]) -> Option<usize> {
    let p = runs.iter().map(|run| run.outcome).sum::<f64>() / runs.len() as f64;
    let images = size as f64 / (4.0 * p * (1.0 - p)).min(1.0);
    // Without errors nothing is told apart.
    Some(if images.is_finite() {
        images as usize
    } else {
        size
    })
}

fn decide_sign(found: &SignErrors, limit: f64, level: f64) -> Decision {
    let kept = found.environments.len() as f64;
    let clearly = |e: &Environment| {
        e.sign_error - limit > ((kept / level).ln() / (2.0 * e.effective_pairs)).sqrt()
    };
    if found.maximum < limit {
        Decision::Holds
    } else if found.environments.iter().any(clearly) {
        Decision::Fails
    } else {
        Decision::Undecided
    }
}
