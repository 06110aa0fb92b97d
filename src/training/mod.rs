//! SGD to a stated cost.
//!
//! [`fit`] takes what a network is shown, an architecture and a [`Recipe`], and returns a [`Solution`](crate::solution::Solution) whose
//! [`StopReason`](crate::solution::StopReason) says why it ended.

mod evaluation;
mod fit;
pub mod least_squares;
mod recipe;
pub mod search;

pub use evaluation::{Score, score};
pub use fit::{Task, TrainingError, fit, fit_along};
pub use recipe::{Batch, Recipe, RecipeError, Stopping, Target};
