//! What a reader must know of a row beside its numbers.

mod part;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use part::{Environments, Lacking, Missed, Separation, Tie, Unfit};

use super::row::Decision;
use crate::statistics::{Estimate, StatisticsError};

/// Something that a reader must know: what was left out, and why nothing was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The plan has no arms to compare.
    Lacks(Lacking),
    /// Blocks in which one of two arms has no value.
    BlocksLeftOut {
        /// The arm on the left of the difference.
        left: String,
        /// The arm on the right.
        right: String,
        /// Blocks, by what is missing there.
        missed: BTreeMap<Missed, usize>,
        /// Blocks of the plan.
        blocks: usize,
    },
    /// Too many runs of an arm did not end at the cost.
    Censored {
        /// The arm.
        arm: String,
        /// Blocks, by what is missing there.
        missed: BTreeMap<Missed, usize>,
        /// Blocks of the plan.
        blocks: usize,
        /// The largest share of censored runs that the rules allow.
        most: f64,
    },
    /// Two arms are at the cost in too few blocks.
    FewPairs {
        /// The one arm.
        left: String,
        /// The other.
        right: String,
        /// Blocks in which both are.
        pairs: usize,
        /// Blocks that are needed.
        fewest: usize,
    },
    /// Two arms have no usable value in too many blocks.
    Unusable {
        /// The one arm.
        left: String,
        /// The other.
        right: String,
        /// Blocks without a value.
        unusable: usize,
        /// Blocks of the plan.
        blocks: usize,
    },
    /// Two arms differ by the same in every block.
    NoSpread {
        /// The arm on the left of the difference.
        left: String,
        /// The arm on the right.
        right: String,
        /// The difference.
        difference: f64,
    },
    /// The ratio of the norms of two arms.
    Ratio {
        /// The arm above.
        above: String,
        /// The arm below.
        below: String,
        /// Their ratio.
        ratio: Estimate,
    },
    /// One of the ways decides nothing, and with it all of them.
    EveryWayCounts,
    /// The permutation test and the bootstrap of the smallest ratio.
    Resampled {
        /// The p-value of the sign flips.
        p: f64,
        /// The ratio with its BCa interval.
        ratio: Estimate,
    },
    /// The mean rank of SGD by the norm.
    MeanRank {
        /// From 1, the smallest norm.
        rank: f64,
        /// Ways that are ranked.
        ways: usize,
        /// Blocks in which all are at the cost.
        blocks: usize,
    },
    /// What a test of difference and equivalence comes to.
    Separation(Separation),
    /// Runs without a point to fit.
    RunsLeftOut {
        /// What they lack.
        why: Unfit,
        /// How many.
        left_out: usize,
        /// Of so many.
        runs: usize,
    },
    /// Blocks that cannot be ranked.
    TiedBlocks {
        /// Why.
        why: Tie,
        /// How many.
        left_out: usize,
        /// Blocks of the plan.
        blocks: usize,
    },
    /// Too few ways to rank.
    FewWays {
        /// How many.
        ways: usize,
        /// How many are needed.
        fewest: usize,
    },
    /// Too few blocks can be ranked.
    RankedBlocks(usize),
    /// Too few labelings can be ranked.
    FewLabelings {
        /// How many can be.
        ranked: usize,
        /// Of so many.
        all: usize,
        /// How many are needed.
        fewest: usize,
    },
    /// Too few blocks have every labeling at the cost.
    LabelingBlocks {
        /// Blocks.
        blocks: usize,
        /// Labelings.
        labelings: usize,
    },
    /// Too few blocks have all three arms of the mediation.
    MediationBlocks(usize),
    /// Too few blocks or sizes for exponents.
    ExponentBlocks {
        /// Numbers of examples with true and with random labels.
        sizes: usize,
        /// Complete blocks.
        blocks: usize,
    },
    /// The p-value is for the ways of the plan.
    TheseWaysOnly,
    /// The correlation of one factor.
    Factor {
        /// The factor.
        name: String,
        /// Its τ.
        tau: f64,
    },
    /// The sign error in its worst environment.
    WorstEnvironment(Environments),
    /// The same, beside the row that it keeps from holding.
    SignError(Environments),
    /// R² of the name of the way, and with the norm.
    Explained {
        /// Of the name alone.
        name: f64,
        /// With ln φ.
        both: f64,
        /// Complete blocks.
        blocks: usize,
    },
    /// Nothing can be predicted out of block.
    NothingVaries,
    /// The norm of the arms beside that of the reference.
    NormBeside(Estimate),
    /// Not at the norm of SGD.
    AtAnotherNorm,
    /// Total effect, direct effect and the part through the norm, in points.
    Effects {
        /// Total.
        total: Estimate,
        /// At the same norm.
        direct: Estimate,
        /// Through the norm.
        indirect: Estimate,
    },
    /// The interval of the total effect contains 0.
    NothingToMediate,
    /// Across labelings in step, within them the other way.
    Reversed,
    /// Runs, and those of them that did not end at the cost.
    CensoredRuns {
        /// All.
        runs: usize,
        /// Censored.
        censored: usize,
    },
    /// Exponents of the norm in n.
    Exponents {
        /// Of true labels.
        truth: Estimate,
        /// Of random labels.
        random: Estimate,
    },
    /// An arm has no usable norm at one of two costs.
    NoNormAtACost,
    /// Two arms come in the other order at another cost.
    Swapped {
        /// The one arm.
        left: String,
        /// The other.
        right: String,
    },
    /// More pairs come in the other order than are named.
    AllSwapped(usize),
    /// Parts that are decided the other way at another cost.
    DecidedOtherwise {
        /// The cost, in nats.
        cost: f64,
        /// The parts.
        parts: Vec<String>,
    },
    /// Holm's p-value does not allow what the size does.
    NotSignificant {
        /// Holm's p-value.
        holm: f64,
        /// The level of the rules.
        level: f64,
    },
    /// So few blocks decide nothing.
    FewBlocks {
        /// Blocks.
        blocks: usize,
        /// What more of the same would decide.
        decision: Decision,
        /// Blocks that are needed.
        fewest: usize,
    },
    /// A statistic that cannot be computed.
    NotComputed {
        /// Why.
        why: String,
    },
    /// Outcomes that are there more than once.
    Repeated(usize),
    /// Outcomes of runs that the plan does not have.
    NotPlanned {
        /// How many.
        outcomes: usize,
        /// Of so many.
        all: usize,
    },
}

impl From<StatisticsError> for Note {
    fn from(error: StatisticsError) -> Self {
        Self::NotComputed {
            why: error.to_string(),
        }
    }
}
