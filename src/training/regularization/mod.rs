//! Explicit regularization of a training.

mod augmentation;
mod early_stopping;

use serde::{Deserialize, Serialize};

pub use augmentation::{Augmentation, AugmentationError};
pub use early_stopping::EarlyStopping;
pub(super) use early_stopping::Held;

/// What keeps a training from fitting alone; nothing by default.
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, section 3; Srivastava et al. 2014, JMLR 15 (dropout).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regularization {
    /// λ of a penalty λ ‖w‖² / 2 on all weights and biases, whose gradient λ w is added to that of
    /// the loss before momentum, as in PyTorch's SGD. The loss that is reported is without it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight_decay: f64,
    /// Probability with which a unit of a hidden dense layer is dropped in a step.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropout: f64,
    /// Random changes of the training images.
    #[serde(default, skip_serializing_if = "Augmentation::is_none")]
    pub augmentation: Augmentation,
    /// Stopping by the error on a part of the training set that is not trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
}

impl Regularization {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}
