//! What notes are about.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Arms that a plan does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacking {
    /// SGD, or ways other than SGD.
    OtherWays,
    /// SGD, or starts that are larger or pretrained.
    OtherStarts,
    /// SGD, or it is censored.
    Reference,
    /// The full gradient, or small batches.
    Batches,
    /// Search, or SGD.
    Search,
    /// Arms whose norm is set.
    Doses,
    /// An arm at the reference's norm.
    Held,
    /// That, or the arm it starts from.
    HeldOrItsStart,
    /// A factor that is varied.
    Factors,
}

/// Why a run has no solution to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// It met the limit of evaluations.
    Limit,
    /// It diverged.
    Diverged,
    /// The run it builds on did not end at the cost.
    NoStart,
    /// There is no outcome.
    NotRun,
    /// At the cost, but a number that is compared is not finite or has no logarithm.
    NotMeasured,
}

/// How two arms are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Separation {
    /// Different from 0, and within the margin.
    RealAndNegligible,
    /// Within the margin.
    Equivalent,
    /// The small batch has the larger number.
    Larger,
    /// The small batch has the smaller number, by the margin.
    Smaller,
    /// The small batch has the smaller number, by less than the margin or not shown to be.
    SmallerByLess,
    /// Neither different nor within the margin.
    Open,
}

/// What runs lack that are left out of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unfit {
    /// They are not at the cost and the norm.
    NotAtTheNorm,
    /// They are not at the cost, or have no usable value.
    NoValue,
}

/// Why a block has no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// All norms, or all test errors, are equal.
    NormsOrErrors,
    /// Fewer labelings than these at the cost, or all tied.
    Labelings {
        /// Labelings that are needed.
        fewest: usize,
    },
}

/// The environments of a sign error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environments {
    /// No factor is varied.
    NoFactor,
    /// None has enough pairs of runs that the test images tell apart.
    None {
        /// Effective pairs that are needed.
        fewest: f64,
        /// Test images.
        images: usize,
    },
    /// Some are kept.
    Kept {
        /// Arms of the worst one.
        worst: [String; 2],
        /// Its effective pairs.
        effective_pairs: f64,
        /// How many are kept.
        kept: usize,
        /// How many are not, because the test images tell too few pairs apart.
        left_out: usize,
        /// Test images.
        images: usize,
    },
}

impl Missed {
    /// How often each is there.
    pub(in crate::trial::judge) fn counted(missed: &[Self]) -> BTreeMap<Self, usize> {
        let mut counts = BTreeMap::new();
        for why in missed {
            *counts.entry(*why).or_default() += 1;
        }
        counts
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Limit => "at the limit",
            Self::Diverged => "diverged",
            Self::NoStart => "without a solution to start from",
            Self::NotRun => "not run",
            Self::NotMeasured => "without a usable value",
        }
    }
}

impl Lacking {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::OtherWays => "the plan lacks SGD, or ways other than SGD (Adam, search)",
            Self::OtherStarts => "the plan lacks SGD, or starts that are larger or pretrained",
            Self::Reference => "the plan lacks SGD, or it is censored too often",
            Self::Batches => {
                "the plan lacks an arm with the full gradient, or one with small batches"
            }
            Self::Search => "the plan lacks search, or SGD",
            Self::Doses => "no arm in which the norm is set",
            Self::Held => "no arm whose norm is set to the reference's",
            Self::HeldOrItsStart => {
                "no arm whose norm is set to the reference's, or not the arm it starts from"
            }
            Self::Factors => "no factor is varied",
        }
    }
}

impl Separation {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::RealAndNegligible => "different from 0, but equivalent: real and negligible",
            Self::Equivalent => "equivalent",
            Self::Larger => "different, small batch larger",
            Self::Smaller => "different, small batch smaller",
            Self::SmallerByLess => {
                "different, small batch smaller, but not shown to be by the margin"
            }
            Self::Open => "neither different nor equivalent",
        }
    }
}

impl Unfit {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NotAtTheNorm => "not at the cost and the norm",
            Self::NoValue => "not at the cost, or without a usable value",
        }
    }
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NormsOrErrors => f.write_str("all norms, or all test errors, are equal"),
            Self::Labelings { fewest } => {
                write!(f, "fewer than {fewest} labelings at the cost, or all tied")
            }
        }
    }
}

impl fmt::Display for Environments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFactor => write!(f, "cannot be judged: {}", Lacking::Factors.words()),
            Self::None { fewest, images } => write!(
                f,
                "cannot be judged: no environment has {fewest} pairs of runs whose test errors \
                 {images} test images tell apart"
            ),
            Self::Kept {
                worst: [from, to],
                effective_pairs,
                kept,
                left_out,
                images,
            } => write!(
                f,
                "is worst at {from} against {to}, {effective_pairs:.1} effective pairs; {kept} \
                 environments kept, {left_out} left out for differences that {images} test images \
                 do not tell apart"
            ),
        }
    }
}
