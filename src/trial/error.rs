//! What can be wrong with a trial.

use thiserror::Error;

/// A plan, or outcomes, that cannot be judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TrialError {
    /// Too few blocks for any interval.
    #[error(
        "the plan has {blocks} blocks, but a standard deviation needs {needed}; give --seeds {needed} or more"
    )]
    TooFewBlocks {
        /// Blocks of the plan.
        blocks: usize,
        /// The fewest.
        needed: usize,
    },
    /// One seed for two blocks.
    #[error(
        "seed {seed} is a block of the plan twice; blocks are independent only if seeds differ"
    )]
    RepeatedBlock {
        /// The seed.
        seed: u64,
    },
    /// Nothing to judge.
    #[error("the plan has no {missing}; give at least one")]
    Empty {
        /// What it lacks: costs, or strata.
        missing: &'static str,
    },
    /// Two outcomes of one run that differ.
    #[error(
        "two different outcomes of {arm} in block {block} at cost {cost} of {stratum}; remove both lines and run it again"
    )]
    TwoOutcomes {
        /// The stratum.
        stratum: String,
        /// The arm.
        arm: String,
        /// The seed of the block.
        block: u64,
        /// The cost.
        cost: f64,
    },
}
