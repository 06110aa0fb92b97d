//! The correction over all strata, parts and both directions, and what is then decided.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::condition::Condition;
use super::note::Note;
use super::part::{Decision, Part};
use super::row::Row;
use crate::statistics::holm;

/// One direction of a part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// p-value of all that the rule asks; 1 where something could not be tested.
    pub p: f64,
    /// The same after Holm over strata, parts and both directions.
    pub corrected: f64,
    /// Whether every interval that the rule asks excludes its threshold.
    pub shown: bool,
}

/// What is concluded of one part in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartJudgement {
    /// Which part.
    pub part: Part,
    /// The rule, in one to three sentences.
    pub rule: String,
    /// What follows.
    pub decision: Decision,
    /// Evidence that it holds.
    pub holds: Tested,
    /// Evidence that it fails.
    pub fails: Tested,
    /// Its lines.
    pub rows: Vec<Row>,
    /// The line whose number stands for the part.
    pub headline: Option<usize>,
    /// What was left out, and why nothing was decided.
    pub notes: Vec<Note>,
}

impl PartJudgement {
    /// The line whose number stands for the part.
    pub fn headline(&self) -> Option<&Row> {
        self.rows.get(self.headline?)
    }

    /// The notes in one line; empty if there are none.
    pub fn note(&self) -> String {
        let notes: Vec<String> = self.notes.iter().map(Note::to_string).collect();
        notes.join("; ")
    }
}

/// Holm over both directions of every part of every stratum: a direction is decided where its
/// corrected p-value is at most the level and the intervals show it.
pub(super) fn settle(strata: Vec<Vec<Asked>>, level: f64) -> Vec<Vec<PartJudgement>> {
    let p_values: Vec<f64> = strata
        .iter()
        .flatten()
        .flat_map(|asked| [asked.holds.p, asked.fails.p])
        .collect();
    let corrected = holm(&p_values).unwrap_or_else(|_| vec![1.0; p_values.len()]);
    let mut corrected = corrected.chunks(2);
    let mut settled = |asked: Asked| {
        let pair = corrected.next().expect("two p-values a part");
        settle_one(asked, [pair[0], pair[1]], level)
    };
    strata
        .into_iter()
        .map(|parts| parts.into_iter().map(&mut settled).collect())
        .collect()
}

fn settle_one(asked: Asked, corrected: [f64; 2], level: f64) -> PartJudgement {
    let tested = |condition: Condition, corrected| Tested {
        p: condition.p,
        corrected,
        shown: condition.shown,
    };
    let (holds, fails) = (
        tested(asked.holds, corrected[0]),
        tested(asked.fails, corrected[1]),
    );
    let significant = |tested: Tested| tested.corrected <= level;
    let decided = |tested: Tested| significant(tested) && tested.shown;
    let decision = match (decided(holds), decided(fails)) {
        (true, false) => Decision::Holds,
        (false, true) => Decision::Fails,
        _ => Decision::Undecided,
    };
    let mut notes = asked.notes;
    if decision == Decision::Undecided && (significant(holds) || significant(fails)) {
        notes.push(Note::IntervalReaches);
    }
    PartJudgement {
        part: asked.part,
        rule: asked.rule,
        decision,
        holds,
        fails,
        rows: asked.rows,
        headline: asked.headline,
        notes,
    }
}
