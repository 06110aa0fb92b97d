//! The parts of the claim, and what can be said of one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// S1: gradient training from a small start ends at a small norm.
    Small,
    /// S2: it is the noise of small batches.
    Noise,
    /// S3: a small norm is reached with less work.
    Reach,
    /// S4: a smaller norm gives a smaller test error.
    Cause,
    /// S5: the norm accounts for what separates SGD's networks from bad ones.
    Enough,
    /// S6: random labels need a larger norm. Shown; the verdict does not ask it.
    Labels,
}

impl Part {
    /// Every part, in order.
    pub const ALL: [Self; 6] = [
        Self::Small,
        Self::Noise,
        Self::Reach,
        Self::Cause,
        Self::Enough,
        Self::Labels,
    ];

    /// `"S1"` to `"S6"`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Small => "S1",
            Self::Noise => "S2",
            Self::Reach => "S3",
            Self::Cause => "S4",
            Self::Enough => "S5",
            Self::Labels => "S6",
        }
    }

    /// What it says, as a sentence that can be true or false.
    pub fn statement(self) -> &'static str {
        match self {
            Self::Small => "Gradient training from a small start ends at a small norm.",
            Self::Noise => "The noise of small batches makes the norm small.",
            Self::Reach => "A small norm is reached with less work.",
            Self::Cause => "A smaller norm gives a smaller test error.",
            Self::Enough => {
                "The norm accounts for what separates SGD's networks from those that err more."
            }
            Self::Labels => "Random labels need a larger norm.",
        }
    }

    /// Whether the verdict asks it.
    pub fn decides(self) -> bool {
        self != Self::Labels
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What the rule says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// As the claim needs.
    Holds,
    /// Against what the claim needs.
    Fails,
    /// Neither.
    Undecided,
    /// It holds in some strata and fails in others.
    Differs,
}

impl Decision {
    /// The decision in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::Differs => "differs",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
