//! What follows from the outcomes of a trial: a function of the plan and of the
//! outcomes alone.
//!
//! ```text
//! runs of a stratum at a cost ── one file per hypothesis ──> rows (undecided, holds, fails)
//! rows ── Holm over the seven primary tests, fewest blocks ──> rows settled
//! settled rows ── pattern (H1 to H5) ── overall ──> verdict of the stratum, of the claim
//! ```
//!
//! Everything is paired by block and per stratum. A block in which one of two runs did
//! not end at the cost is left out of their contrast and counted; an arm with too many
//! such runs decides nothing. Arms are found by their role, never by name.

mod causation;
mod contrast;
mod costs;
#[cfg(test)]
mod edges;
mod equivalence;
mod exploratory;
mod finding;
mod label_only;
mod memorization;
mod note;
mod overall;
mod power;
mod prediction;
mod reachability;
mod row;
mod runs;
mod selection;
#[cfg(test)]
mod simulated;
mod stochasticity;
#[cfg(test)]
mod verdicts;
mod volume;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use costs::AtCost;
pub use exploratory::Exploratory;
pub use note::{Environments, Lacking, Missed, Note, Separation, Tie, Unfit};
pub use overall::{Overall, Pattern};
pub use row::{Decision, Hypothesis, Row, Standing};

use super::error::TrialError;
use super::outcome::Outcome;
use super::plan::{Plan, Stratum};
use crate::report;
use crate::statistics::holm;
use power::{FAMILY, FEWEST};
use runs::Runs;

/// What is concluded of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The hash of the plan.
    pub plan: String,
    /// The verdict over all strata.
    pub overall: Overall,
    /// What it means for the claim.
    pub outcome: report::Outcome,
    /// The verdict in words, with the numbers that decide it.
    pub finding: String,
    /// Every stratum, in the order of the plan.
    pub strata: Vec<StratumJudgement>,
    /// What was wrong with the outcomes as a whole.
    pub notes: Vec<Note>,
}

/// What is concluded of one stratum, at the primary cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StratumJudgement {
    /// Its name in files.
    pub id: String,
    /// What it is called where people read it.
    pub name: String,
    /// The verdict.
    pub verdict: Overall,
    /// The decisions that it follows from.
    pub pattern: Pattern,
    /// From some other start SGD ends at a larger norm.
    pub conditional_on_initialization: bool,
    /// Search without gradients generalizes as SGD does, at a comparable norm.
    pub volume_suffices: bool,
    /// Another cost orders arms, or decides, the other way.
    pub depends_on_cost: bool,
    /// The verdict in words, with the numbers that decide it.
    pub finding: String,
    /// Every row, H1 to H6 and search.
    pub rows: Vec<Row>,
    /// Every arm against the reference.
    pub exploratory: Vec<Exploratory>,
    /// The costs that are not primary.
    pub other_costs: Vec<AtCost>,
    /// Blocks that would decide every part of the verdict that is undecided; none if
    /// nothing is, or if more blocks do not help.
    pub blocks_needed: Option<usize>,
    /// What was wrong with the outcomes.
    pub notes: Vec<Note>,
}

/// How much is drawn; simulations of many studies need less.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Resamples and permutations.
    draws: usize,
    /// Up to so many differences all sign patterns are tried.
    exact_up_to: usize,
}

impl Effort {
    const FULL: Self = Self {
        draws: 10_000,
        exact_up_to: 20,
    };
}

/// Judges a trial by the rules of its plan.
///
/// Runs that are missing or censored never stop it: rows say what could not be decided
/// and why. The same plan and outcomes give the same judgement, whatever the order of
/// the outcomes.
///
/// # Errors
/// A plan with fewer than three blocks, with the same block twice, or without costs or
/// strata; or two outcomes of one run that differ.
pub fn judge(plan: &Plan, outcomes: &[Outcome]) -> Result<Judgement, TrialError> {
    judge_with(plan, outcomes, Effort::FULL)
}

fn judge_with(plan: &Plan, outcomes: &[Outcome], effort: Effort) -> Result<Judgement, TrialError> {
    check(plan)?;
    let strata = plan
        .strata
        .iter()
        .map(|stratum| judge_stratum(plan, stratum, outcomes, effort))
        .collect::<Result<Vec<_>, _>>()?;
    let verdicts: Vec<Overall> = strata.iter().map(|stratum| stratum.verdict).collect();
    let overall = Overall::across(&verdicts);
    let findings: Vec<String> = strata
        .iter()
        .map(|stratum| format!("{}: {}", stratum.name, stratum.finding))
        .collect();
    let finding = match findings.len() {
        1 => findings.concat(),
        _ => format!("{}. {}", overall.words(), findings.join(" ")),
    };
    Ok(Judgement {
        plan: plan.hash(),
        overall,
        outcome: overall.outcome(),
        finding,
        strata,
        notes: not_planned(plan, outcomes).into_iter().collect(),
    })
}

fn check(plan: &Plan) -> Result<(), TrialError> {
    let mut seen = BTreeSet::new();
    if let Some(&seed) = plan.blocks.iter().find(|seed| !seen.insert(**seed)) {
        return Err(TrialError::RepeatedBlock { seed });
    }
    if plan.blocks.len() < FEWEST {
        return Err(TrialError::TooFewBlocks {
            blocks: plan.blocks.len(),
            needed: FEWEST,
        });
    }
    let missing = match (plan.costs.is_empty(), plan.strata.is_empty()) {
        (true, _) => "costs",
        (_, true) => "strata",
        _ => return Ok(()),
    };
    Err(TrialError::Empty { missing })
}

/// Outcomes of runs that the plan does not have.
fn not_planned(plan: &Plan, outcomes: &[Outcome]) -> Option<Note> {
    let planned = |outcome: &&Outcome| {
        let stratum = plan.strata.iter().find(|s| s.name == outcome.stratum);
        stratum.is_some_and(|stratum| stratum.arm(&outcome.arm).is_some())
            && plan.blocks.contains(&outcome.block)
            && plan.costs.contains(&outcome.cost)
    };
    let count = outcomes.iter().filter(|o| !planned(o)).count();
    (count > 0).then_some(Note::NotPlanned {
        outcomes: count,
        all: outcomes.len(),
    })
}

fn judge_stratum(
    plan: &Plan,
    stratum: &Stratum,
    outcomes: &[Outcome],
    effort: Effort,
) -> Result<StratumJudgement, TrialError> {
    let at = |cost| Runs::new(plan, stratum, cost, outcomes, effort);
    let (&primary, others) = plan
        .costs
        .split_last()
        .ok_or(TrialError::Empty { missing: "costs" })?;
    let runs = at(primary)?;
    let rows = rows(&runs);
    let pattern = Pattern::of(&rows);
    let verdict = pattern.verdict();
    let mut repeated = runs.repeated;
    let mut other_costs = Vec::new();
    for &cost in others {
        let other = at(cost)?;
        repeated += other.repeated;
        let there = Pattern::of(&self::rows(&other));
        other_costs.push(costs::compare(&runs, pattern, &other, there));
    }
    let flagged = |hypothesis| {
        let mut rows = rows.iter();
        rows.any(|row| row.hypothesis == hypothesis && row.decision == Decision::Holds)
    };
    let notes = (repeated > 0).then_some(Note::Repeated(repeated));
    let mut judged = StratumJudgement {
        id: stratum.name.clone(),
        name: stratum.title(),
        verdict,
        pattern,
        conditional_on_initialization: flagged(Hypothesis::Start),
        volume_suffices: flagged(Hypothesis::Volume),
        depends_on_cost: other_costs
            .iter()
            .any(|other| other.order.decision == Decision::Fails),
        finding: String::new(),
        blocks_needed: undecided(&rows).filter_map(|row| row.blocks_needed).max(),
        exploratory: exploratory::rows(&runs),
        rows,
        other_costs,
        notes: notes.into_iter().collect(),
    };
    judged.finding = judged.told(runs.rules.norm_factor);
    Ok(judged)
}

/// All rows of a stratum at a cost, settled.
fn rows(runs: &Runs) -> Vec<Row> {
    let mut rows = tested(runs);
    rows.iter_mut()
        .for_each(|row| row.settle_blocks(runs.rules));
    rows
}

/// All rows of a stratum at a cost, after Holm, however few the blocks.
fn tested(runs: &Runs) -> Vec<Row> {
    let mut rows = [
        selection::rows(runs),
        stochasticity::rows(runs),
        prediction::rows(runs),
        causation::rows(runs),
        reachability::rows(runs),
        memorization::rows(runs),
        vec![volume::row(runs)],
    ]
    .concat();
    let family: Vec<&mut Row> = rows
        .iter_mut()
        .filter(|row| row.standing == Standing::Primary)
        .collect();
    debug_assert_eq!(family.len(), FAMILY);
    // What could not be tested counts as not significant, so that the family is the
    // one of the plan whatever was run.
    let p_values: Vec<f64> = family.iter().map(|row| row.p.unwrap_or(1.0)).collect();
    let adjusted = holm(&p_values).unwrap_or_else(|_| vec![1.0; p_values.len()]);
    for (row, holm) in family.into_iter().zip(adjusted) {
        row.settle_family(holm, runs.rules);
    }
    rows
}

/// The undecided rows that the verdict rests on.
fn undecided(rows: &[Row]) -> impl Iterator<Item = &Row> {
    use Hypothesis::*;
    rows.iter().filter(|row| {
        row.decides()
            && row.decision == Decision::Undecided
            && matches!(
                row.hypothesis,
                Selection | StochasticNorm | Prediction | Slope | Match | Mediation | Reachability
            )
    })
}
