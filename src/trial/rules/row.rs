//! One line of what a part shows.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::note::Note;
use super::sample::{Sample, Share};
use crate::statistics::{Estimate, Interval};

/// What a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The rule of the part asks it.
    Asked,
    /// Shown beside; decides nothing.
    Shown,
}

/// In what an effect is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A ratio.
    Times,
    /// Points of test error.
    Points,
    /// A share of the excess error.
    Share,
}

impl Unit {
    /// What follows a number: empty for pure ones.
    pub fn word(self) -> &'static str {
        match self {
            Self::Times | Self::Share => "",
            Self::Points => "points",
        }
    }
}

/// How the limits of an interval were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limits {
    /// Student's t.
    T,
    /// The wider of Student's t and the BCa bootstrap, at either end.
    TOrBootstrap,
    /// Fieller's, of a ratio of means.
    Fieller,
    /// The wider of Fieller's and the BCa bootstrap, at either end.
    FiellerOrBootstrap,
}

impl Limits {
    /// The same, with the bootstrap.
    pub(super) fn wider(self) -> Self {
        match self {
            Self::T | Self::TOrBootstrap => Self::TOrBootstrap,
            Self::Fieller | Self::FiellerOrBootstrap => Self::FiellerOrBootstrap,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::T => "t",
            Self::TOrBootstrap => "t or BCa, the wider",
            Self::Fieller => "Fieller",
            Self::FiellerOrBootstrap => "Fieller or BCa, the wider",
        }
    }
}

/// One line of what a part shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What it is for.
    pub standing: Standing,
    /// What was compared: `volume sample / SGD`.
    pub label: String,
    /// How large, with its 95 % interval.
    pub effect: Option<Estimate>,
    /// The unit of the effect.
    pub unit: Unit,
    /// How the interval was found.
    pub limits: Option<Limits>,
    /// p-value of what the part needs of this row, not corrected.
    pub p_holds: Option<f64>,
    /// p-value of what the part fails by in this row, not corrected.
    pub p_fails: Option<f64>,
    /// Blocks that it rests on.
    pub blocks: usize,
    /// What a reader must know.
    pub notes: Vec<Note>,
}

impl Row {
    /// A ratio, from a sample of logarithms.
    pub(super) fn times(label: impl Into<String>, logarithms: &Sample) -> Self {
        let exponential = |log: Estimate| Estimate {
            value: log.value.exp(),
            interval: log
                .interval
                .map(|i| Interval::new(i.low.exp(), i.high.exp())),
            ..log
        };
        Self {
            effect: logarithms.estimate.map(exponential),
            ..Self::of(label.into(), Unit::Times, logarithms)
        }
    }

    /// A difference in points.
    pub(super) fn points(label: impl Into<String>, points: &Sample) -> Self {
        Self::of(label.into(), Unit::Points, points)
    }

    /// A share of the excess error.
    pub(super) fn share(label: impl Into<String>, share: &Share) -> Self {
        Self {
            standing: Standing::Asked,
            label: label.into(),
            effect: share.estimate,
            unit: Unit::Share,
            limits: share.limits,
            p_holds: None,
            p_fails: None,
            blocks: share.estimate.map_or(0, |estimate| estimate.samples),
            notes: share.notes.clone(),
        }
    }

    fn of(label: String, unit: Unit, sample: &Sample) -> Self {
        Self {
            standing: Standing::Asked,
            label,
            effect: sample.estimate,
            unit,
            limits: sample.limits,
            p_holds: None,
            p_fails: None,
            blocks: sample.values.len(),
            notes: sample.notes.clone(),
        }
    }

    /// What it is asked for the part to hold.
    pub(super) fn holds_by(mut self, condition: Condition) -> Self {
        self.p_holds = Some(condition.p);
        self
    }

    /// What it is asked for the part to fail.
    pub(super) fn fails_by(mut self, condition: Condition) -> Self {
        self.p_fails = Some(condition.p);
        self
    }

    /// It decides nothing.
    pub(super) fn shown(mut self) -> Self {
        self.standing = Standing::Shown;
        self
    }

    /// With one more note.
    pub(super) fn noted(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// The effect with its interval and unit; a dash without one.
    pub fn number(&self) -> String {
        let number = self.effect.map(|e| format!("{e} {}", self.unit.word()));
        number.map_or("–".to_owned(), |n| n.trim_end().to_owned())
    }

    /// The notes in one line; empty if there are none.
    pub fn note(&self) -> String {
        let notes: Vec<String> = self.notes.iter().map(Note::to_string).collect();
        notes.join("; ")
    }
}
