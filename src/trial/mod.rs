//! A trial of the claim that SGD generalizes because networks of small norm are easier to
//! reach.
//!
//! ```text
//! design      what is fixed before the first run: networks, data, costs, thresholds
//! moving      weights changed while the outcome on the training examples is held
//! collection  the networks of a block, found and changed, and what is measured of them
//! rules       what follows, a function of the plan and of the outcomes alone
//! archive     plan, outcomes and frozen table on disk
//! described   every network beside SGD, for figures and tables
//! ```
//!
//! # Reference
//! The claim is that of a public review of Zhang et al. 2017, arXiv 1611.03530; the
//! design is ours. Matched cost and norms over margins follow Jiang et al. 2020,
//! arXiv 1912.02178.

pub mod archive;
pub mod collection;
pub mod described;
pub mod design;
mod error;
pub mod frozen;
pub mod guessing;
pub mod moving;
pub mod rules;

pub use error::TrialError;
