//! The costs that are not primary: exploratory.

use serde::{Deserialize, Serialize};

use super::family::PartJudgement;
use super::note::Note;
use super::part::{Decision, Part};
use super::runs::Runs;
use super::words;
use crate::trial::design::{Cell, Cost};

/// What another cost says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It decides as the primary cost does.
    Agrees,
    /// It decides the opposite.
    Disagrees,
    /// One of the two decides nothing.
    Undecided,
}

/// The parts that exist at a cost which is not primary, judged by the same rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtCost {
    /// The cost.
    pub cost: Cost,
    /// S1, S2 and S6, and whether each agrees with the primary cost. Corrected among
    /// themselves, over all strata.
    pub parts: Vec<(PartJudgement, Agreement)>,
    /// What was not run.
    pub notes: Vec<Note>,
}

impl Agreement {
    pub(super) fn of(primary: Option<Decision>, other: Decision) -> Self {
        match (primary, other) {
            (Some(Decision::Undecided) | None, _) | (_, Decision::Undecided) => Self::Undecided,
            (Some(primary), other) if primary == other => Self::Agrees,
            _ => Self::Disagrees,
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::Undecided => "undecided",
        }
    }
}

impl AtCost {
    /// What another cost says, beside what the primary one does.
    pub(super) fn of(runs: &Runs, primary: &[PartJudgement], there: Vec<PartJudgement>) -> Self {
        let decision = |part: Part| {
            let mut parts = primary.iter();
            parts.find(|judged| judged.part == part).map(|j| j.decision)
        };
        let parts = there.into_iter().map(|judged| {
            let agreement = Agreement::of(decision(judged.part), judged.decision);
            (judged, agreement)
        });
        let not_run: Vec<String> = runs
            .stratum
            .cells
            .iter()
            .filter(|cell| matches!(cell, Cell::Found { .. }) && !runs.was_run(**cell))
            .map(|cell| words::cell(*cell))
            .collect();
        let note = (!not_run.is_empty()).then_some(Note::NotRunAtThisCost(not_run));
        Self {
            cost: runs.cost,
            parts: parts.collect(),
            notes: note.into_iter().collect(),
        }
    }
}
