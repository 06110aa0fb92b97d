//! What can be wrong with a sample.

use thiserror::Error;

/// A sample that does not determine the requested statistic.
///
/// Indices count from 0 in the order the values were given.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// Fewer samples than the statistic needs.
    #[error("{statistic} needs at least {needed} samples, but got {samples}; add seeds")]
    TooFewSamples {
        /// What was asked for.
        statistic: &'static str,
        /// Samples given.
        samples: usize,
        /// Samples needed.
        needed: usize,
    },
    /// Fewer blocks than the statistic needs.
    #[error(
        "{statistic} needs at least {needed} blocks, but got {blocks}; add seeds (a block is one seed under every treatment)"
    )]
    TooFewBlocks {
        /// What was asked for.
        statistic: &'static str,
        /// Blocks given.
        blocks: usize,
        /// Blocks needed.
        needed: usize,
    },
    /// Something wrong within one block.
    #[error("block {block}: {error}")]
    InBlock {
        /// Which block.
        block: usize,
        /// What is wrong in it.
        #[source]
        error: Box<StatisticsError>,
    },
    /// All blocks give the same value, so they say nothing about its spread.
    #[error(
        "{statistic}: every block gives {value}, so the blocks show no spread; check that their seeds differ"
    )]
    NoSpread {
        /// What was asked for.
        statistic: &'static str,
        /// The common value.
        value: f64,
    },
    /// The bootstrap distribution is too lopsided for an interval.
    #[error(
        "no bias-corrected bootstrap interval: bias correction z0 = {bias_correction}, acceleration a = {acceleration}; add blocks, or choose a statistic that resampling does not shift"
    )]
    NoBootstrapInterval {
        /// z₀.
        bias_correction: f64,
        /// a.
        acceleration: f64,
    },
    /// Two runs with the same block and the same level of every factor.
    #[error(
        "runs {first} and {second} have the same block and levels; give each seed a block of its own"
    )]
    SameRun {
        /// The first.
        first: usize,
        /// The second.
        second: usize,
    },
    /// No two runs differ in a factor alone.
    #[error("no two runs of one block differ in factor {factor} alone; leave the factor out")]
    FactorNotVaried {
        /// Which factor.
        factor: usize,
    },
    /// No pair of levels has enough pairs of runs.
    #[error(
        "none of {environments} environments is worth {fewest_pairs} pairs of runs; add blocks, or ask for fewer pairs"
    )]
    NoEnvironment {
        /// Pairs of levels found.
        environments: usize,
        /// Effective pairs asked for.
        fewest_pairs: f64,
    },
    /// No run reached the event.
    #[error("none of {runs} runs reached the event; a hazard ratio needs events, so watch longer")]
    NoEvents {
        /// Runs given.
        runs: usize,
    },
    /// A covariate orders the events without an exception.
    #[error(
        "covariate {column} orders the events perfectly, so its log hazard ratio is infinite; report the ordering, or drop the covariate"
    )]
    Separated {
        /// The covariate with the largest effect.
        column: usize,
    },
    /// An iteration did not settle.
    #[error(
        "{statistic} did not converge in {steps} steps; look for covariates that nearly determine each other"
    )]
    NotConverged {
        /// What was asked for.
        statistic: &'static str,
        /// Steps taken.
        steps: usize,
    },
    /// A margin of equivalence that is not a positive number.
    #[error("{value} is not a margin of equivalence; give a finite number > 0")]
    NotAMargin {
        /// The value.
        value: f64,
    },
    /// No number of blocks gives the power.
    #[error(
        "no number of blocks gives power {power} at a true difference of {difference}, margin {margin} and standard deviation {deviation}; ask for a power in (0.05, 1), a difference inside the margin, and a standard deviation in (0, 10^5 margins)"
    )]
    PowerOutOfReach {
        /// The power.
        power: f64,
        /// The assumed true difference.
        difference: f64,
        /// The margin.
        margin: f64,
        /// The assumed standard deviation of a paired difference.
        deviation: f64,
    },
    /// No affordable number of blocks finds the effect.
    #[error(
        "up to a million blocks do not find an effect of {effect} at a standard deviation of {deviation} with power {power}; ask for a power in [0, 1), and for an effect and a deviation above 0"
    )]
    EffectOutOfReach {
        /// The power.
        power: f64,
        /// The true mean difference.
        effect: f64,
        /// The assumed standard deviation of a paired difference.
        deviation: f64,
    },
    /// Two samples that should be paired differ in length.
    #[error(
        "paired samples must have the same length, but got {left} and {right}; keep only the seeds present in both"
    )]
    Unpaired {
        /// Length of the first sample.
        left: usize,
        /// Length of the second sample.
        right: usize,
    },
    /// A sample holds a value that is infinite or not a number.
    #[error("{sample}[{index}] is {value}; leave diverged runs out and count them separately")]
    NotFinite {
        /// Which sample.
        sample: &'static str,
        /// Where in it.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A logarithm was needed of a value that is zero or negative.
    #[error(
        "{sample}[{index}] is {value}, but a logarithm needs values > 0; compare differences instead"
    )]
    NotPositive {
        /// Which sample.
        sample: &'static str,
        /// Where in it.
        index: usize,
        /// The value.
        value: f64,
    },
    /// More successes than trials.
    #[error(
        "{successes} successes in {trials} trials; the count of successes must not exceed the trials"
    )]
    MoreSuccessesThanTrials {
        /// Successes given.
        successes: u64,
        /// Trials given.
        trials: u64,
    },
    /// A probability outside [0, 1].
    #[error("{value} is not a probability; give a value from 0 to 1")]
    NotAProbability {
        /// The value.
        value: f64,
    },
    /// All values of a sample are equal, so it has no ranks to correlate.
    #[error(
        "all values of {sample} equal {value}; a rank correlation needs at least two different values"
    )]
    Constant {
        /// Which sample.
        sample: &'static str,
        /// The common value.
        value: f64,
    },
    /// A column of a design matrix is a linear combination of those before it.
    #[error("design column {column} is a linear combination of the columns before it; drop it")]
    RankDeficient {
        /// The column.
        column: usize,
    },
    /// A seed lacks what a slope needs.
    #[error(
        "seed {seed} has {sizes} different sample sizes with {labels} labels; a growth exponent needs at least 2"
    )]
    TooFewSizes {
        /// The seed.
        seed: u64,
        /// The arm: "true" or "random".
        labels: &'static str,
        /// Different sample sizes found.
        sizes: usize,
    },
}

/// Refuses infinite and undefined values, naming the first.
pub(super) fn check_finite(sample: &'static str, values: &[f64]) -> Result<(), StatisticsError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(StatisticsError::NotFinite {
            sample,
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}

/// Refuses samples of different length.
pub(super) fn check_paired(left: &[f64], right: &[f64]) -> Result<(), StatisticsError> {
    if left.len() == right.len() {
        Ok(())
    } else {
        Err(StatisticsError::Unpaired {
            left: left.len(),
            right: right.len(),
        })
    }
}

/// Refuses samples smaller than `needed`.
pub(super) fn check_count(
    statistic: &'static str,
    samples: usize,
    needed: usize,
) -> Result<(), StatisticsError> {
    if samples >= needed {
        Ok(())
    } else {
        Err(StatisticsError::TooFewSamples {
            statistic,
            samples,
            needed,
        })
    }
}

/// Refuses fewer blocks than `needed`.
pub(super) fn check_blocks(
    statistic: &'static str,
    blocks: usize,
    needed: usize,
) -> Result<(), StatisticsError> {
    if blocks >= needed {
        Ok(())
    } else {
        Err(StatisticsError::TooFewBlocks {
            statistic,
            blocks,
            needed,
        })
    }
}
