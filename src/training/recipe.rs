//! How a network is trained: the optimizer, its schedule, and when it stops.

use serde::{Deserialize, Serialize};

use super::{EarlyStopping, Regularization, Stopping, Target};
use crate::network::{Initialization, Optimizer};

/// Everything about a training but the data and the network.
///
/// The default is the paper's: SGD with momentum 0.9 on batches of 128,
/// learning rate 0.01 times 0.95 per epoch. The paper does not state its
/// initialization, its number of epochs, or its batch size (128 follows from
/// the marks of its Figure 1a).
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, Appendix A.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How a gradient becomes a step.
    pub optimizer: Optimizer,
    /// How many examples a step sees.
    pub batch: Batch,
    /// Learning rate of the first epoch.
    pub learning_rate: f64,
    /// Factor on the learning rate after each epoch, in (0, 1].
    pub decay: f64,
    /// Distribution of the initial weights.
    pub initialization: Initialization,
    /// When training ends.
    pub stopping: Stopping,
    /// Weight decay, dropout, augmentation and early stopping.
    #[serde(default, skip_serializing_if = "Regularization::is_none")]
    pub regularization: Regularization,
}

/// The examples of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Batch {
    /// All of them: gradient descent.
    Full,
    /// So many, drawn without replacement within an epoch; the last batch of
    /// an epoch may be smaller.
    Mini {
        /// Examples per step.
        size: usize,
    },
}

/// A recipe that cannot be followed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// A value outside its range.
    #[error("{name} is {value}; it must be {range} ({flag})")]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range it must lie in.
        range: &'static str,
        /// The flag that sets it.
        flag: &'static str,
    },
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            optimizer: Optimizer::Sgd { momentum: 0.9 },
            batch: Batch::Mini { size: 128 },
            learning_rate: 0.01,
            decay: 0.95,
            initialization: Initialization::He,
            stopping: Stopping {
                target: Target::CrossEntropy { at_most: 0.01 },
                max_epochs: 200,
            },
            regularization: Regularization::default(),
        }
    }
}

impl Recipe {
    /// Checks every value.
    ///
    /// # Errors
    /// [`RecipeError::OutOfRange`] with the first value outside its range.
    pub fn check(&self) -> Result<(), RecipeError> {
        let require = |holds: bool, name, value: f64, range, flag| {
            if holds {
                Ok(())
            } else {
                Err(RecipeError::OutOfRange {
                    name,
                    value,
                    range,
                    flag,
                })
            }
        };
        let rate = self.learning_rate;
        require(
            rate.is_finite() && rate > 0.0,
            "the learning rate",
            rate,
            "a positive number",
            "--learning-rate",
        )?;
        require(
            self.decay > 0.0 && self.decay <= 1.0,
            "the learning rate's factor per epoch",
            self.decay,
            "above 0 and at most 1",
            "--decay",
        )?;
        if let Optimizer::Sgd { momentum } = self.optimizer {
            require(
                (0.0..1.0).contains(&momentum),
                "momentum",
                momentum,
                "at least 0 and below 1",
                "--momentum",
            )?;
        }
        if let Batch::Mini { size } = self.batch {
            require(
                size >= 1,
                "the batch size",
                size as f64,
                "at least 1",
                "--batch-size",
            )?;
        }
        if let Target::CrossEntropy { at_most } = self.stopping.target {
            require(
                at_most.is_finite() && at_most > 0.0,
                "the target cross-entropy",
                at_most,
                "a positive number of nats",
                "--until",
            )?;
        }
        let Regularization {
            weight_decay,
            dropout,
            augmentation,
            early_stopping,
        } = self.regularization;
        require(
            weight_decay.is_finite() && weight_decay >= 0.0,
            "weight decay",
            weight_decay,
            "0 or a positive number",
            "--weight-decay",
        )?;
        require(
            (0.0..1.0).contains(&dropout),
            "the dropout rate",
            dropout,
            "at least 0 and below 1",
            "--dropout",
        )?;
        require(
            (0.0..=180.0).contains(&augmentation.rotation),
            "the largest rotation",
            augmentation.rotation,
            "from 0 to 180 degrees",
            "--rotation",
        )?;
        if let Some(EarlyStopping { held_out, patience }) = early_stopping {
            require(
                held_out > 0.0 && held_out < 1.0,
                "the share that is held out",
                held_out,
                "above 0 and below 1",
                "--held-out",
            )?;
            require(
                patience >= 1,
                "patience",
                patience as f64,
                "at least 1 epoch",
                "--patience",
            )?;
        }
        require(
            self.stopping.max_epochs >= 1,
            "the number of epochs",
            self.stopping.max_epochs as f64,
            "at least 1",
            "--max-epochs",
        )
    }

    /// The learning rate of epoch `epoch`, counted from 0:
    /// `learning_rate * decay^epoch`.
    pub fn learning_rate_at(&self, epoch: usize) -> f64 {
        self.learning_rate * self.decay.powi(i32::try_from(epoch).unwrap_or(i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_papers_schedule() {
        let recipe = Recipe::default();
        assert_eq!(recipe.check(), Ok(()));
        assert_eq!(recipe.learning_rate_at(0), 0.01);
        assert!((recipe.learning_rate_at(2) - 0.009_025).abs() < 1e-15);
    }

    #[test]
    fn each_bad_value_is_named_with_its_flag() {
        let (good, none) = (Recipe::default(), Regularization::default());
        let regularized = |regularization| Recipe {
            regularization,
            ..good
        };
        let bad = [
            (
                Recipe {
                    learning_rate: f64::NAN,
                    ..good
                },
                "--learning-rate",
            ),
            (Recipe { decay: 1.5, ..good }, "--decay"),
            (
                Recipe {
                    optimizer: Optimizer::Sgd { momentum: 1.0 },
                    ..good
                },
                "--momentum",
            ),
            (
                Recipe {
                    batch: Batch::Mini { size: 0 },
                    ..good
                },
                "--batch-size",
            ),
            (
                regularized(Regularization {
                    weight_decay: -1e-4,
                    ..none
                }),
                "--weight-decay",
            ),
            (
                regularized(Regularization {
                    dropout: 1.0,
                    ..none
                }),
                "--dropout",
            ),
            (
                regularized(Regularization {
                    early_stopping: Some(EarlyStopping {
                        held_out: 0.0,
                        patience: 5,
                    }),
                    ..none
                }),
                "--held-out",
            ),
        ];
        for (recipe, flag) in bad {
            assert!(recipe.check().unwrap_err().to_string().contains(flag));
        }
    }
}
