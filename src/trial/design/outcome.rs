//! What one network of the trial came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::cost::Cost;

/// One cell in one block at one cost: a line of `runs.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Name of the stratum in the plan.
    pub stratum: String,
    /// Seed of the block.
    pub block: u64,
    /// Which network.
    pub cell: Cell,
    /// The training cost.
    pub cost: Cost,
    /// How it ended.
    pub end: End,
    /// Examples whose gradient or loss was computed until then, a first training on random
    /// labels not counted; 0 where weights were changed.
    pub evaluations: u64,
    /// Changes of the weights until then.
    pub updates: u64,
    /// The network, if it ended where it should.
    pub network: Option<Measured>,
    /// How its weights were changed, whether or not it ended where it should.
    pub moved: Option<Moved>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Where it should.
    Reached,
    /// At the limit of work or steps.
    Limit,
    /// The cost was no longer a finite number.
    Diverged,
    /// The network it starts from did not end where it should.
    NoStart,
    /// The norm cannot be moved further while the outcome is held: what is left of its
    /// gradient is below a hundredth.
    Floor,
    /// The 10th percentile of the training margins is not positive.
    NoMargin,
}

/// What was measured of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Mean training loss.
    pub cost: f64,
    /// The l2 path norm P, biases left out.
    pub path_norm: f64,
    /// The primary norm of networks found by different methods: P over the 10th percentile of
    /// the training margins.
    pub norm: f64,
    /// Other norms over the margin, and the size of the outputs on other images, by name.
    pub others: BTreeMap<String, f64>,
    /// 10th percentile of the training margins, in logits.
    pub margin: f64,
    /// Fraction of the training images misclassified.
    pub train_error: f64,
    /// Fraction of the test images misclassified.
    pub test_error: f64,
    /// Mean cross-entropy on the test images, in nats.
    pub test_loss: f64,
}

/// How weights were changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Largest change of an example's cross-entropy, in nats.
    pub loss_change: f64,
    /// Largest change of a training logit.
    pub logit_change: f64,
    /// |ln P − ln P*|.
    pub miss: f64,
    /// Share of |∇ ln P|² that holding the outcome leaves, at the end.
    pub left: f64,
    /// Length of the change over the length of the weights it started from.
    pub length: f64,
    /// Steps.
    pub steps: usize,
}
