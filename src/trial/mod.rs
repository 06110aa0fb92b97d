//! A trial of the claim that SGD generalizes because solutions of small norm are
//! easier to reach.
//!
//! A [`Plan`] fixes everything before the first run: [`Arm`]s, which are ways to one
//! training cost on the same data, blocks (seeds of the data and of the initial
//! weights), margins and rules. A run ends in an [`Outcome`], one line of JSON; what
//! is concluded, [`judge`], is a function of the plan and of the outcomes alone.
//!
//! # Reference
//! The claim is that of a public review of Zhang et al. 2017, arXiv 1611.03530; the
//! design is ours. Matched cost and norms over margins follow Jiang et al. 2020,
//! arXiv 1912.02178.

pub mod archive;
mod arm;
pub mod collection;
pub mod design;
mod error;
pub mod guessing;
mod judge;
mod kind;
pub mod moving;
mod norm_flow;
mod outcome;
mod pilot;
mod plan;
pub mod poles;
pub mod rules;
mod run;
mod searching;

pub use arm::{Arm, Pretraining, Role, Start, Way};
pub use error::TrialError;
pub use judge::{
    AtCost, Decision, Environments, Exploratory, Hypothesis, Judgement, Lacking, Missed, Note,
    Overall, Pattern, Row, Separation, Standing, StratumJudgement, Tie, Unfit, judge,
};
pub use kind::Kind;
pub use norm_flow::NormFlow;
pub use outcome::{End, Measured, Outcome};
pub use pilot::{Piloted, Tried, fastest};
pub use plan::{Plan, Rules, Stratum};
pub use run::Job;
