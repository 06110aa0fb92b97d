//! The training costs at which networks are compared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is summed over the training examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Cross-entropy of the softmax, in nats.
    CrossEntropy,
    /// Half the squared distance of the logits from the one-hot label, summed over classes.
    Squared,
}

/// A mean training loss to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The loss.
    pub loss: Loss,
    /// Its mean over the training examples.
    pub value: f64,
}

impl Cost {
    /// A mean cross-entropy, in nats.
    pub const fn cross_entropy(value: f64) -> Self {
        let loss = Loss::CrossEntropy;
        Self { loss, value }
    }

    /// A mean squared loss.
    pub const fn squared(value: f64) -> Self {
        let loss = Loss::Squared;
        Self { loss, value }
    }
}

/// `cross-entropy 0.01`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loss {
            Loss::CrossEntropy => write!(f, "cross-entropy {}", self.value),
            Loss::Squared => write!(f, "squared loss {}", self.value),
        }
    }
}
