//! A trained network with its shapes erased: the exit from typed shapes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One weight array of a network, row-major.
///
/// A fully connected layer has a matrix `"<layer>.weight"` of shape
/// `[out, in]` and a vector `"<layer>.bias"` of shape `[out]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Dotted path of the array in the network, such as `"0.0.weight"`.
    pub name: String,
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The entries, row-major.
    pub values: Vec<f32>,
}

impl Weight {
    /// Whether it is a running mean or variance, which no gradient moves and nobody counts among
    /// the parameters.
    pub fn is_running_statistic(&self) -> bool {
        let part = self.name.rsplit('.').next();
        matches!(part, Some("running_mean" | "running_var"))
    }
}

/// The network's outputs on one split, and the labels it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    /// Number of classes: the row length of `logits`.
    pub classes: usize,
    /// Logits, row-major, shape (samples, classes).
    pub logits: Vec<f32>,
    /// Labels as given to the network (after the treatment), one per sample.
    pub labels: Vec<u32>,
}

/// What a training found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Weights before the first step.
    pub initial: Vec<Weight>,
    /// Weights after the last step, or with early stopping those of its best epoch.
    pub trained: Vec<Weight>,
    /// The epoch after which the weights were these; none of a training without any finite loss.
    pub epoch: Option<usize>,
    /// One point per epoch, the initial network first.
    pub curve: Vec<CurvePoint>,
    /// Why training ended.
    pub stop: StopReason,
    /// Outputs of the trained network on the training set, without what was held out of it.
    pub train: Outputs,
    /// Outputs of the trained network on the test set.
    pub test: Outputs,
}

/// Why a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The training cross-entropy reached its target.
    CrossEntropyReached,
    /// No training example was misclassified.
    ZeroErrorReached,
    /// All epochs asked for were run.
    EpochsDone,
    /// The error on held-out examples did not fall any more; the weights are those at its least.
    EarlyStopped,
    /// The last epoch allowed came before the target.
    EpochLimit,
    /// The loss on the training or the test set was no longer a finite number.
    Diverged,
}

impl StopReason {
    /// Whether the training reached what it was asked to reach.
    pub fn reached_target(self) -> bool {
        !matches!(self, StopReason::EpochLimit | StopReason::Diverged)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            StopReason::CrossEntropyReached => "target cross-entropy reached",
            StopReason::ZeroErrorReached => "zero training error reached",
            StopReason::EpochsDone => "all epochs done",
            StopReason::EarlyStopped => "stopped early",
            StopReason::EpochLimit => "epoch limit before the target",
            StopReason::Diverged => "diverged",
        })
    }
}

/// One line of the learning curve: what was measured after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Epochs completed; 0 is the initial network.
    pub epoch: usize,
    /// Parameter updates completed.
    pub step: usize,
    /// Mean cross-entropy on the full training set, in nats.
    pub train_loss: f64,
    /// Fraction of the training set misclassified.
    pub train_error: f64,
    /// Mean cross-entropy on the test set, in nats, where the network was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f64>,
    /// Fraction of the test set misclassified, where the network was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// Fraction of the held-out training examples misclassified, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_error: Option<f64>,
    /// Seconds of training since the start, evaluation included.
    pub seconds: f64,
}
