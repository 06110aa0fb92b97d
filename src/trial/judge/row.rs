//! One line of what the trial found.

use serde::{Deserialize, Serialize};

use super::contrast::limits;
use super::note::Note;
use super::power::{self, Need};
use crate::statistics::Estimate;
use crate::text::number::significant;
use crate::trial::plan::Rules;

/// What a row says of its hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The rule holds, as the claim needs.
    Holds,
    /// The rule decides against what the claim needs.
    Fails,
    /// Neither: the notes say why.
    Undecided,
}

impl Decision {
    /// Of parts that must all hold: one that fails decides, then one undecided.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts
            .into_iter()
            .fold(Self::Holds, |all, part| match (all, part) {
                (Self::Fails, _) | (_, Self::Fails) => Self::Fails,
                (Self::Undecided, _) | (_, Self::Undecided) => Self::Undecided,
                _ => Self::Holds,
            })
    }

    /// Of a number that has to be negative: its interval decides.
    pub(super) fn below_zero(estimate: &Estimate) -> Self {
        match limits(estimate) {
            (_, high) if high < 0.0 => Self::Holds,
            (low, _) if low > 0.0 => Self::Fails,
            _ => Self::Undecided,
        }
    }

    /// The decision in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
        }
    }
}

/// The parts of the claim, and what is asked beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hypothesis {
    /// H1: at the same cost SGD has the smallest norm of all ways from its start.
    Selection,
    /// The same from other starts.
    Start,
    /// H2: small batches have a smaller norm than the full gradient.
    StochasticNorm,
    /// H2: small batches have a smaller test error than the full gradient.
    StochasticTest,
    /// H3: among solutions of the same data the smaller norm has the smaller test error.
    Prediction,
    /// H4: the test error follows a norm that is set.
    Slope,
    /// H4: at the same norm the test errors are the same.
    Match,
    /// H4: most of a procedure's effect on the test error goes through the norm.
    Mediation,
    /// H5: a larger norm takes longer to reach.
    Reachability,
    /// H6: random labels need a larger norm, by a rate that tells them from true ones.
    Memorization,
    /// Search without gradients generalizes as SGD does.
    Volume,
    /// Another cost gives the same order and the same decisions.
    Cost,
}

impl Hypothesis {
    /// Its short name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Selection => "H1",
            Self::Start => "H1 start",
            Self::StochasticNorm => "H2 norm",
            Self::StochasticTest => "H2 test",
            Self::Prediction => "H3",
            Self::Slope => "H4 slope",
            Self::Match => "H4 match",
            Self::Mediation => "H4 mediation",
            Self::Reachability => "H5",
            Self::Memorization => "H6",
            Self::Volume => "search",
            Self::Cost => "cost",
        }
    }
}

impl Hypothesis {
    /// What holds if it holds; short, for sentences.
    pub fn says(self) -> &'static str {
        match self {
            Self::Selection => {
                "every way other than SGD to the same training loss (Adam, searches without gradients) ends at a clearly larger norm"
            }
            Self::Start => "a larger or a pretrained start leads SGD to a larger norm",
            Self::StochasticNorm => "smaller batches end at smaller norms",
            Self::StochasticTest => "smaller batches err less",
            Self::Prediction => "the norm predicts the test error",
            Self::Slope => "setting the norm moves the test error",
            Self::Match => "at the norm of SGD an adversarial start errs no more than SGD",
            Self::Mediation => "most of the effect of an adversarial start goes through the norm",
            Self::Reachability => "larger norms take longer to reach",
            Self::Memorization => "random labels need larger norms",
            Self::Volume => "search without gradients generalizes as SGD does",
            Self::Cost => "another cost says the same",
        }
    }
}

/// What a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// One of the seven tests of the primary family: its p-value is Holm's.
    Primary,
    /// Part of the rules, not of the family.
    Deciding,
    /// Shown beside, with a rule of its own; decides nothing of the verdict.
    Shown,
    /// A number without a rule.
    Descriptive,
}

/// One line of what the trial found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What it is about.
    pub hypothesis: Hypothesis,
    /// What it is for.
    pub standing: Standing,
    /// What was compared.
    pub label: String,
    /// How large, with its interval.
    pub effect: Option<Estimate>,
    /// The unit of the effect; empty for pure numbers.
    pub unit: String,
    /// The p-value of the direction that the claim needs.
    pub p: Option<f64>,
    /// The same after Holm, in the primary family.
    pub holm: Option<f64>,
    /// What follows.
    pub decision: Decision,
    /// The rule it follows from.
    pub rule: String,
    /// What a reader must know: runs left out, why nothing was decided.
    pub notes: Vec<Note>,
    /// Blocks that it rests on.
    pub blocks: usize,
    /// Blocks that would decide an undecided row with the power of the rules, if the
    /// spread stays as observed.
    pub blocks_needed: Option<usize>,
    /// What it takes to compute them, until the row is settled.
    #[serde(skip)]
    pub(super) need: Option<Need>,
}

impl Row {
    /// An empty, undecided row.
    pub(super) fn new(
        hypothesis: Hypothesis,
        standing: Standing,
        label: impl Into<String>,
        rule: impl Into<String>,
    ) -> Self {
        Self {
            hypothesis,
            standing,
            label: label.into(),
            effect: None,
            unit: String::new(),
            p: None,
            holm: None,
            decision: Decision::Undecided,
            rule: rule.into(),
            notes: Vec::new(),
            blocks: 0,
            blocks_needed: None,
            need: None,
        }
    }

    /// The same row with one more note.
    pub(super) fn noted(mut self, note: impl Into<Note>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The notes in one line; empty if there are none.
    pub fn note(&self) -> String {
        let notes: Vec<String> = self.notes.iter().map(Note::to_string).collect();
        notes.join("; ")
    }

    /// Whether it is part of the rules.
    pub fn decides(&self) -> bool {
        matches!(self.standing, Standing::Primary | Standing::Deciding)
    }

    /// Takes back what the family's p-value does not allow.
    pub(super) fn settle_family(&mut self, holm: f64, rules: &Rules) {
        self.holm = Some(holm);
        if self.decision == Decision::Holds && holm > rules.level {
            self.notes.push(Note::NotSignificant {
                holm,
                level: rules.level,
            });
            self.decision = Decision::Undecided;
        }
    }

    /// Takes back what so few blocks do not allow, and says how many it would take.
    pub(super) fn settle_blocks(&mut self, rules: &Rules) {
        let fewest = power::fewest_blocks(rules);
        let need = self.need.take();
        if !self.decides() {
            return;
        }
        if self.decision != Decision::Undecided && self.blocks < fewest {
            self.notes.push(Note::FewBlocks {
                blocks: self.blocks,
                decision: self.decision,
                fewest,
            });
            self.decision = Decision::Undecided;
            self.blocks_needed = Some(fewest);
        } else if self.decision == Decision::Undecided {
            let needed = need.and_then(|need| need.blocks(rules));
            self.blocks_needed = needed.map(|blocks| blocks.max(fewest));
        }
    }
}

/// `p = 0.0123`.
pub(super) fn p_value(p: f64) -> String {
    if p < 1e-4 {
        "p < 0.0001".to_owned()
    } else {
        format!("p = {}", significant(p, 2))
    }
}
