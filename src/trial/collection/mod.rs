//! The networks of a trial, found and changed, and what is measured of them.
//!
//! A [`Job`] is some cells of one block, and everything that determines their outcomes. Inside a
//! job each network is found once, however many cells begin with it.

mod block;
mod changed;
mod constructed;
mod found;
mod job;
mod measured;
mod pilot;
mod pretraining;
mod searching;
mod steps;

pub use constructed::{PoleError, finite_sample, random_features, scale_to_cost};
pub use job::Job;
pub use pilot::{fastest, shell_rate};
