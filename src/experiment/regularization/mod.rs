//! Networks trained with explicit regularizers beside networks trained without: Tables 1 and 4
//! of Zhang et al. 2017, arXiv 1611.03530.
//!
//! A pilot on seeds of its own fixes what the trainings have in common ([`Pilot`]). The trainings
//! themselves are runs, which a [`Study`](super::Study) holds by [`Cell`].

mod grid;
mod optimization;
mod pilot;
mod regularizer;

pub use grid::{Cell, FITTED};
pub use optimization::{Coefficient, Measure, Optimized, optimized};
pub use pilot::{Pilot, fastest, least};
pub use regularizer::{Regularizer, Strengths, UnknownRegularizer};
