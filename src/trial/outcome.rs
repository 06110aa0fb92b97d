//! What one run of the trial came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One arm in one block at one cost: a line of `runs.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Name of the stratum in the plan.
    pub stratum: String,
    /// Seed of the block.
    pub block: u64,
    /// Name of the arm in the plan.
    pub arm: String,
    /// The mean training cross-entropy asked for, in nats.
    pub cost: f64,
    /// How it ended.
    pub end: End,
    /// Examples whose gradient or loss was computed until then, pretraining not
    /// counted.
    pub evaluations: u64,
    /// Changes of the weights until then.
    pub updates: u64,
    /// The solution, if the cost was reached.
    pub solution: Option<Measured>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// At the cost (and at the norm aimed at, if any).
    Reached,
    /// At the limit of evaluations: censored there.
    Limit,
    /// The cost was no longer a finite number: censored there.
    Diverged,
    /// The run it builds on did not end at the cost.
    NoStart,
}

/// What was measured of a solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Mean training cross-entropy, in nats: at most the cost asked for.
    pub cost: f64,
    /// The primary norm φ: l2 path norm over the 10th percentile of the training
    /// margins.
    pub norm: f64,
    /// The second primary norm: product of the spectral norms over the same margin.
    pub spectral: f64,
    /// The same as `norm` of the initial weights, without the margin.
    pub initial_path_norm: f64,
    /// Other norms, by the name of the measure; exploratory.
    pub others: BTreeMap<String, f64>,
    /// Largest Euclidean length of a training input.
    pub radius: f64,
    /// 10th percentile of the training margins, in logits.
    pub margin: f64,
    /// Fraction of the training images misclassified.
    pub train_error: f64,
    /// Fraction of the test images misclassified.
    pub test_error: f64,
    /// Mean cross-entropy on the test images, in nats.
    pub test_loss: f64,
}
