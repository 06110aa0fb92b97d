//! SGD to a stated cost.
//!
//! [`fit`] takes what a network is shown, an architecture and a [`Recipe`], and returns a [`Solution`](crate::solution::Solution) whose
//! [`StopReason`](crate::solution::StopReason) says why it ended. A long training keeps its state
//! in [`Checkpoints`], from which [`fit_with_checkpoints`] goes on.

mod checkpoints;
mod descent;
mod evaluation;
mod fit;
pub mod least_squares;
mod recipe;
mod regularization;
pub mod search;
mod state;
mod stopping;
mod to_cost;

pub use checkpoints::{CHECKPOINT_INTERVAL, Checkpoints, Resumed};
pub use descent::Descent;
pub use evaluation::{Score, score};
pub use fit::{Task, Tested, TrainingError, fit, fit_along, fit_on_tape, fit_with_checkpoints};
pub use recipe::{Batch, Recipe, RecipeError};
pub use regularization::{Augmentation, AugmentationError, EarlyStopping, Regularization};
pub use state::StateError;
pub use stopping::{Stopping, Target, UnknownTarget};
pub use to_cost::{Algorithm, AtCost, Work, train_to_cost};
