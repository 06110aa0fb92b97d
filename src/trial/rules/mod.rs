//! What follows from the outcomes of a trial: a function of the plan and of the outcomes
//! alone, frozen with the plan.
//!
//! ```text
//! outcomes of a stratum ── one file a part ──> two p-values a part: it holds, it fails
//! p-values of all strata, parts and directions ── Holm ──> decisions
//! decisions ── over strata ── verdict ──> verdict, finding
//! ```
//!
//! Everything is paired by block and per stratum. A block that lacks a network is left out of
//! what needs it, and counted; where more than a share of the blocks lack one, nothing is
//! decided. A rule that needs all of several tests takes the largest p-value, one that needs
//! any of several the smallest times their number. A decision needs its p-value after Holm and
//! the intervals that are shown to exclude the thresholds: 95 % intervals of Student's t or
//! Fieller, below twenty blocks the wider of it and the BCa bootstrap.
//!
//! [`SOURCES`] is a hash over these files and over what they compute with; the plan has it, so
//! that a frozen plan freezes the rules.

mod asked;
mod condition;
mod costs;
mod endings;
mod family;
mod finding;
pub(super) mod note;
mod part;
mod row;
pub(super) mod runs;
mod s1_small;
mod s2_noise;
mod s3_reach;
mod s4_cause;
mod s5_enough;
mod s6_labels;
pub(super) mod sample;
mod tau;
#[cfg(test)]
mod tests;
mod verdict;
pub(super) mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use costs::{Agreement, AtCost};
pub use endings::Ending;
pub use family::{PartJudgement, Tested};
pub use note::{Lacking, Missed, Note};
pub use part::{Decision, Part};
pub use row::{Limits, Row, Standing, Unit};
pub use tau::AcrossArms;
pub use verdict::OverStrata;

use super::design::{Outcome, Plan};
use super::error::TrialError;
use crate::report;
use asked::Asked;
use runs::Runs;
use sample::FEWEST;

/// The first 16 hexadecimal digits of the SHA-256 over the sources of the rules: the files of
/// `src/trial/rules`, without those of tests, and the files that `sources.txt` there lists.
pub const SOURCES: &str = env!("RETHINK_RULES");

/// What is concluded of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The hash of the plan.
    pub plan: String,
    /// The hash of the rules that judged: [`SOURCES`].
    pub rules: String,
    /// What it means for the claim.
    pub verdict: report::Outcome,
    /// The verdict in two to five short sentences, with its numbers.
    pub finding: Vec<String>,
    /// S1 to S6 over all strata.
    pub parts: Vec<OverStrata>,
    /// Every stratum, in the order of the plan.
    pub strata: Vec<StratumJudgement>,
    /// What was wrong with the outcomes as a whole.
    pub notes: Vec<Note>,
}

/// What is concluded of one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StratumJudgement {
    /// Its name in files.
    pub name: String,
    /// What it is called where people read it.
    pub title: String,
    /// The parts that its plan asks, with their lines, at the primary cost.
    pub parts: Vec<PartJudgement>,
    /// The other costs: exploratory.
    pub other_costs: Vec<AtCost>,
    /// Norm and test error across arms: exploratory.
    pub across_arms: Option<AcrossArms>,
    /// How the networks of every cell ended, at the primary cost.
    pub endings: Vec<Ending>,
}

impl StratumJudgement {
    /// What is concluded of a part; none where the plan lacks its networks.
    pub fn part(&self, part: Part) -> Option<&PartJudgement> {
        self.parts.iter().find(|judged| judged.part == part)
    }

    /// The lines of all parts.
    pub fn rows(&self) -> impl Iterator<Item = (Part, &Row)> {
        let parts = self.parts.iter();
        parts.flat_map(|judged| judged.rows.iter().map(|row| (judged.part, row)))
    }
}

impl Judgement {
    /// What is concluded of a part over all strata.
    pub fn part(&self, part: Part) -> Decision {
        let mut parts = self.parts.iter();
        let found = parts.find(|over| over.part == part);
        found.map_or(Decision::Undecided, |over| over.decision)
    }
}

/// How much is drawn; simulations of many studies need less.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Resamples of a bootstrap.
    draws: usize,
}

impl Effort {
    pub(super) const FULL: Self = Self { draws: 10_000 };
}

/// Judges a trial by these rules and the thresholds of its plan.
///
/// Networks that are missing never stop it: notes say what could not be decided and why. The
/// same plan and outcomes give the same judgement, whatever the order of the outcomes.
///
/// # Errors
/// A plan with fewer than three blocks, with the same block twice, or without costs or
/// strata; or two outcomes of one network that differ.
pub fn judge(plan: &Plan, outcomes: &[Outcome]) -> Result<Judgement, TrialError> {
    judge_with(plan, outcomes, Effort::FULL)
}

fn judge_with(plan: &Plan, outcomes: &[Outcome], effort: Effort) -> Result<Judgement, TrialError> {
    check(plan)?;
    let mut repeated = 0;
    let mut at_costs = Vec::new();
    for &cost in &plan.costs {
        let strata = plan.strata.iter();
        let strata = strata
            .map(|stratum| Runs::new(plan, stratum, cost, outcomes, effort))
            .collect::<Result<Vec<Runs>, _>>()?;
        repeated += strata.iter().map(|runs| runs.repeated).sum::<usize>();
        let asked = strata.iter().map(self::asked).collect();
        let parts = family::settle(asked, plan.thresholds.level);
        at_costs.push((strata, parts));
    }
    let mut at_costs = at_costs.into_iter();
    let (runs, parts) = at_costs.next().expect("a plan that is checked has a cost");
    let mut strata: Vec<StratumJudgement> = (runs.iter().zip(parts))
        .map(|(runs, parts)| StratumJudgement {
            name: runs.stratum.name.clone(),
            title: runs.stratum.title(),
            parts,
            other_costs: Vec::new(),
            across_arms: tau::across_arms(runs),
            endings: endings::endings(runs),
        })
        .collect();
    for (runs, parts) in at_costs {
        for ((stratum, runs), parts) in strata.iter_mut().zip(&runs).zip(parts) {
            let other = AtCost::of(runs, &stratum.parts, parts);
            stratum.other_costs.push(other);
        }
    }
    let parts = Part::ALL.map(|part| OverStrata::of(part, &strata)).to_vec();
    let decision = |part: Part| {
        let mut parts = parts.iter();
        let over = parts.find(|over| over.part == part);
        over.map_or(Decision::Undecided, |over| over.decision)
    };
    let verdict = verdict::verdict(decision);
    let finding = finding::sentences(plan, verdict, &parts, &strata);
    Ok(Judgement {
        plan: plan.hash(),
        rules: SOURCES.to_owned(),
        verdict,
        finding,
        parts,
        strata,
        notes: notes(plan, outcomes, repeated),
    })
}

/// The parts that the plan asks of a stratum at a cost; S3 to S5 are asked of the primary one
/// alone.
fn asked(runs: &Runs) -> Vec<Asked> {
    let mut asked = vec![s1_small::judge(runs), s2_noise::judge(runs)];
    if runs.primary {
        asked.push(s3_reach::judge(runs));
        asked.push(s4_cause::judge(runs));
        asked.push(s5_enough::judge(runs));
    }
    asked.push(s6_labels::judge(runs));
    asked.into_iter().flatten().collect()
}

fn check(plan: &Plan) -> Result<(), TrialError> {
    let mut seen = BTreeSet::new();
    if let Some(&seed) = plan.blocks.iter().find(|seed| !seen.insert(**seed)) {
        return Err(TrialError::RepeatedBlock { seed });
    }
    let (blocks, needed) = (plan.blocks.len(), FEWEST);
    if blocks < needed {
        return Err(TrialError::TooFewBlocks { blocks, needed });
    }
    let missing = match (plan.costs.is_empty(), plan.strata.is_empty()) {
        (true, _) => "costs",
        (_, true) => "strata",
        _ => return Ok(()),
    };
    Err(TrialError::Empty { missing })
}

/// What was wrong with the outcomes as a whole.
fn notes(plan: &Plan, outcomes: &[Outcome], repeated: usize) -> Vec<Note> {
    let planned = |outcome: &&Outcome| {
        let stratum = plan.strata.iter().find(|s| s.name == outcome.stratum);
        stratum.is_some_and(|stratum| stratum.cells.contains(&outcome.cell))
            && plan.blocks.contains(&outcome.block)
            && plan.costs.contains(&outcome.cost)
    };
    let others = outcomes.iter().filter(|outcome| !planned(outcome)).count();
    let mut notes = Vec::new();
    if others > 0 {
        notes.push(Note::OutOfPlan {
            outcomes: others,
            all: outcomes.len(),
        });
    }
    if repeated > 0 {
        notes.push(Note::Repeated(repeated));
    }
    if plan.rules != SOURCES {
        let planned = plan.rules.clone();
        notes.push(Note::OtherRules { planned });
    }
    notes
}
