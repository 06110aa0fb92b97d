//! A way to a solution, and what it is in the trial for.

use std::fmt;

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::TrialError;
use crate::dataset::Split;
use crate::network::Optimizer;
use crate::random::stream;
use crate::text::number::significant;
use crate::training::Batch;
use crate::training::search::{Move, Steps};
use crate::treatment::Treatment;

/// One arm of the trial: a way to the training cost, from the same subset in every
/// arm of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// What it is called, such as `sgd-32`.
    pub id: String,
    /// What it is in the trial for.
    pub role: Role,
    /// What is done to the training labels.
    pub labels: Treatment,
    /// Training images; smaller than the stratum's only in arms of growth.
    pub train_size: usize,
    /// How the cost is reached.
    pub way: Way,
}

/// What an arm is in the trial for. Rules speak of roles, not of names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Role {
    /// SGD on small batches from the usual start: what the claim speaks of.
    Reference,
    /// The same with another batch size; none: all examples (gradient descent).
    Batch {
        /// Examples per step.
        size: Option<usize>,
    },
    /// The same with another rule for the learning rate than the pilot's: exploratory.
    Convention {
        /// Examples per step.
        size: Option<usize>,
    },
    /// Another method from the same start: momentum, Adam.
    Method {
        /// Whether the claim counts it as SGD (momentum) or as another way (Adam).
        descends_the_gradient: bool,
    },
    /// Search without gradients from the same start.
    Search,
    /// The reference from initial weights times a factor.
    Scale {
        /// The factor.
        factor: f64,
    },
    /// The reference from weights that were trained on random labels.
    Adversarial {
        /// Copies of the training set in the pretraining.
        copies: usize,
    },
    /// The norm moved, at the same cost, to a factor times the reference's of the block.
    Dose {
        /// The factor.
        factor: f64,
    },
    /// An adversarial arm whose norm is set to the reference's of the block.
    Held,
    /// The reference on labels of which a share is random.
    Memorizing {
        /// Probability that a label is replaced.
        corrupted: f64,
    },
    /// The reference on fewer examples, labels true or all random.
    Growth {
        /// Whether all labels are random.
        random: bool,
    },
    /// An interpolant that is written down or solved for, not trained.
    Pole,
}

/// How an arm reaches the cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Way {
    /// Gradient steps at a constant learning rate.
    Descent {
        /// How a gradient becomes a step.
        optimizer: Optimizer,
        /// Examples per step.
        batch: Batch,
        /// Learning rate, fixed by the pilot.
        learning_rate: f64,
        /// Where it starts.
        start: Start,
    },
    /// Changes are tried and kept if the training cost falls.
    Search {
        /// What is changed in a trial.
        moves: Move,
        /// How far.
        steps: Steps,
        /// Trials after which it is given up, each an evaluation of every example.
        trials: u64,
        /// Where it starts.
        start: Start,
    },
    /// From the solution of another arm of the block along the surface of equal cost
    /// to a path norm.
    NormFlow {
        /// The arm it starts from.
        from: String,
        /// The arm whose norm it is measured by.
        of: String,
        /// The norm aimed at, as a factor of that arm's.
        factor: f64,
    },
    /// The network of Theorem 1 of Zhang et al.
    FiniteSample,
    /// Random ReLU features, output weights of smallest norm through the one-hot labels.
    RandomFeatures {
        /// Hidden units.
        width: usize,
    },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descent {
                optimizer,
                batch,
                learning_rate,
                start,
            } => {
                match batch {
                    Batch::Full => write!(f, "{optimizer}, all examples")?,
                    Batch::Mini { size } => write!(f, "{optimizer}, batches of {size}")?,
                }
                write!(f, ", rate {}", significant(*learning_rate, 2))?;
                if start.scale != 1.0 {
                    write!(f, ", initial weights times {}", start.scale)?;
                }
                start.pretraining.map_or(Ok(()), |first| {
                    let (copies, until, epochs) = (first.copies, first.until, first.epochs);
                    write!(
                        f,
                        ", first {copies} copies with random labels until {until} nats or \
                         {epochs} epochs"
                    )
                })
            }
            Self::Search {
                moves,
                steps,
                trials,
                ..
            } => {
                let largest = steps.largest.map_or_else(
                    || "of any length".to_owned(),
                    |largest| format!("of at most {largest}"),
                );
                let moves = format!("{moves:?}").to_lowercase();
                write!(
                    f,
                    "search, one {moves} at a time, steps {largest}, at most {trials} trials"
                )
            }
            Self::NormFlow { from, of, factor } => {
                write!(
                    f,
                    "from {from} at equal cost to {factor} times the norm of {of}"
                )
            }
            Self::FiniteSample => f.write_str("network of Theorem 1 of Zhang et al."),
            Self::RandomFeatures { width } => {
                write!(f, "{width} random ReLU features, shortest output weights")
            }
        }
    }
}

/// Initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Factor on all weights drawn by He's initialization.
    pub scale: f64,
    /// What they are trained on first.
    pub pretraining: Option<Pretraining>,
}

/// Training on random labels before the data are shown.
///
/// # Reference
/// Liu, Papailiopoulos, Achlioptas 2020, "Bad global minima exist and SGD can reach
/// them", arXiv 1906.02613: R copies of the training set, a share of the pixels of
/// each set to zero, labels drawn at random, then SGD on the true data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pretraining {
    /// R.
    pub copies: usize,
    /// Share of the pixels set to zero in every copy.
    pub dropped: f64,
    /// Mean cross-entropy on the copies at which it ends, in nats.
    pub until: f64,
    /// Epochs over the copies after which it ends at the latest.
    pub epochs: usize,
}

impl Pretraining {
    /// The copies: every image `copies` times, each time with other pixels at zero (the
    /// mean of a standardized image) and another random label.
    ///
    /// # Errors
    /// More classes than labels can name.
    pub(super) fn copies(
        &self,
        train: &Split,
        classes: usize,
        seed: u64,
    ) -> Result<Split, TrialError> {
        let mut random = stream(seed, "pretraining: pixels and labels");
        let mut pixels = Vec::with_capacity(self.copies * train.pixels().len());
        for _ in 0..self.copies {
            pixels.extend(train.pixels().iter().map(|&pixel| {
                match random.random_bool(self.dropped.clamp(0.0, 1.0)) {
                    true => 0.0,
                    false => pixel,
                }
            }));
        }
        let labels = (0..self.copies * train.len())
            .map(|_| random.random_range(0..classes) as u32)
            .collect();
        Ok(Split::new(pixels, labels, train.features())?)
    }
}

impl Start {
    /// He's initialization as it is.
    pub const USUAL: Self = Self {
        scale: 1.0,
        pretraining: None,
    };
}
