//! What a reader must know of a row or a part beside its numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words;
use crate::statistics::Estimate;
use crate::text::number::{fixed, rounded};
use crate::trial::design::Cell;

/// Why a block lacks a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// There is no outcome.
    NotRun,
    /// It was given up at the limit of work or steps.
    Limit,
    /// The cost was no longer a finite number.
    Diverged,
    /// The network it starts from is missing.
    NoStart,
    /// The norm could not be moved so far with the outcome held.
    Floor,
    /// The 10th percentile of the training margins is not positive.
    NoMargin,
    /// The outcome on the training examples was not held, or the norm missed.
    NotHeld,
    /// It ended where it should, without a usable number.
    NotMeasured,
}

impl Missed {
    /// In words that follow a count.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotRun => "not run",
            Self::Limit => "given up",
            Self::Diverged => "diverged",
            Self::NoStart => "without a network to start from",
            Self::Floor => "at the floor of the norm",
            Self::NoMargin => "without a positive margin",
            Self::NotHeld => "refused: the outcome was not held",
            Self::NotMeasured => "without a number",
        }
    }
}

/// A network that a block lacks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trial) struct Lack {
    pub cell: Cell,
    pub why: Missed,
}

/// Blocks that lack a network, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lacking {
    /// The network.
    pub cell: Cell,
    /// Why.
    pub why: Missed,
    /// How many blocks.
    pub blocks: usize,
}

/// Something that a reader must know: what was left out, and why nothing was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Blocks that lack a network were left out.
    LeftOut {
        /// What they lack.
        lacking: Vec<Lacking>,
        /// Blocks of the plan.
        blocks: usize,
    },
    /// So many lack one that nothing is decided.
    TooManyMissing {
        /// Share of the blocks that may lack one.
        most: f64,
    },
    /// Too few blocks are left for a test.
    FewPairs {
        /// How many.
        pairs: usize,
    },
    /// Every block gives the same number: its sign is tested, with p = 2⁻ⁿ.
    NoSpread,
    /// The plan lacks a network that the rule needs.
    NotPlanned(String),
    /// Compared at one learning rate only.
    OneRate,
    /// A method without a comparison is left out of the rule.
    WithoutIt(String),
    /// Two chains on the surface of equal margins disagree, so that the volume is not sampled.
    NotMixed {
        /// ln P of the chain from SGD minus that of the fresh one; none without both.
        difference: Option<Estimate>,
        /// Largest mean difference at which they count as mixed.
        most: f64,
    },
    /// The two chains agree.
    Mixed {
        /// ln P of the chain from SGD minus that of the fresh one.
        difference: Estimate,
    },
    /// A dose that most blocks cannot reach is no part of the curve.
    AtTheFloor(Cell),
    /// The mean at a dose lies below that at a smaller one by more than the margin.
    NotMonotone {
        /// The smaller dose.
        from: f64,
        /// The larger one.
        to: f64,
        /// By so many points.
        by: f64,
    },
    /// A bad network whose error does not exceed the reference's significantly.
    NoExcess {
        /// The one-sided p-value.
        p: f64,
    },
    /// Shells that were given up, so that the work is known only to be more.
    Censored {
        /// Blocks with the smaller norm given up.
        small: usize,
        /// Blocks with the larger norm given up.
        large: usize,
    },
    /// The corrected p-value would decide, but the interval reaches the threshold.
    IntervalReaches,
    /// Outcomes of networks that the plan does not have were not used.
    OutOfPlan {
        /// How many.
        outcomes: usize,
        /// Of so many.
        all: usize,
    },
    /// Outcomes that are there more than once, word for word.
    Repeated(usize),
    /// Networks of the plan that were not run at a cost which is not primary.
    NotRunAtThisCost(Vec<String>),
    /// Outcomes under rules other than those of the plan.
    OtherRules {
        /// Hash of the rules in the plan.
        planned: String,
    },
}

fn count(n: usize, thing: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {thing}{plural}")
}

/// The words of a note; those of several are joined by semicolons.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { lacking, blocks } => {
                let left_out: usize = lacking.iter().map(|lack| lack.blocks).sum();
                let reasons = lacking.iter().map(|lack| {
                    let (cell, why) = (words::cell(lack.cell), lack.why.words());
                    format!("{cell}: {} {why}", lack.blocks)
                });
                let reasons = reasons.collect::<Vec<_>>().join(", ");
                write!(f, "{left_out} of {blocks} blocks left out ({reasons})")
            }
            Self::TooManyMissing { most } => write!(
                f,
                "more than {} % of the blocks lack a network, so nothing is decided",
                rounded(100.0 * most, 3)
            ),
            Self::FewPairs { pairs } => write!(
                f,
                "{} left, fewer than 3, so nothing is decided",
                count(*pairs, "block")
            ),
            Self::NoSpread => f.write_str("every block gives the same number: tested by its sign"),
            Self::NotPlanned(what) => write!(f, "the plan has no {what}"),
            Self::OneRate => f.write_str("at one learning rate only"),
            Self::WithoutIt(what) => write!(f, "judged without {what}, which the plan lacks"),
            Self::NotMixed { difference, most } => {
                f.write_str("volume not sampled, left out: ")?;
                match difference {
                    Some(difference) => write!(
                        f,
                        "the two chains differ by {difference} in ln path norm, more than {most}"
                    ),
                    None => f.write_str("there are not two chains to compare"),
                }
            }
            Self::Mixed { difference } => {
                write!(f, "the two chains differ by {difference} in ln path norm")
            }
            Self::AtTheFloor(cell) => write!(
                f,
                "{}: too many blocks cannot reach it, left out of the curve",
                words::cell(*cell)
            ),
            Self::NotMonotone { from, to, by } => write!(
                f,
                "not monotone: the error at norm x {to} is {} points below that at x {from}",
                fixed(*by, 2)
            ),
            Self::NoExcess { p } => write!(
                f,
                "it does not err significantly more than SGD (p = {}), so it decides nothing",
                rounded(*p, 2)
            ),
            Self::Censored { small, large } => write!(
                f,
                "given up before the cost: {} at the smaller norm, {} at the larger",
                count(*small, "block"),
                large
            ),
            Self::IntervalReaches => {
                f.write_str("the p-value would decide, but the interval reaches the threshold")
            }
            Self::OutOfPlan { outcomes, all } => write!(
                f,
                "{outcomes} of {all} outcomes are of networks that the plan does not have, and \
                 were not used"
            ),
            Self::Repeated(outcomes) => {
                write!(f, "{} there more than once", count(*outcomes, "outcome"))
            }
            Self::NotRunAtThisCost(names) => {
                write!(f, "not run at this cost, left out: {}", names.join(", "))
            }
            Self::OtherRules { planned } => write!(
                f,
                "planned under the rules {planned}, judged by others: see the two hashes"
            ),
        }
    }
}
