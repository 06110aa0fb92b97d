//! SGD to a stated cost.
//!
//! [`fit`] takes what a network is shown, an architecture and a [`Recipe`], and returns a [`Solution`](crate::solution::Solution) whose
//! [`StopReason`](crate::solution::StopReason) says why it ended.

mod descent;
mod evaluation;
mod fit;
pub mod least_squares;
mod recipe;
pub mod search;
mod stopping;
mod to_cost;

pub use descent::Descent;
pub(crate) use evaluation::outputs;
pub use evaluation::{Score, score};
pub use fit::{Task, TrainingError, fit, fit_along};
pub use recipe::{Batch, Recipe, RecipeError};
pub use stopping::{Stopping, Target, UnknownTarget};
pub use to_cost::{Algorithm, AtCost, Work, train_to_cost};
