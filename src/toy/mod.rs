//! Problems so small that a question on implicit bias has an exact answer.
//!
//! Each is a learning problem of a few parameters whose outcome a paper has
//! proved or measured. It is run in seconds, in double precision, with gradients
//! written out, and every number it ends in is held against what is expected of it
//! by a [rule](Expected) fixed in code:
//!
//! ```
//! use rethink::toy::{Agreement, by_id};
//! let outcome = by_id("reparametrization").unwrap().run(1)?;
//! assert!(outcome.checks.iter().all(|check| check.agrees() == Agreement::Yes));
//! # Ok::<(), rethink::toy::ToyError>(())
//! ```
//!
//! A new problem is a file in this folder and a line in [`TOYS`].

mod check;
mod diagonal_network;
mod error;
mod flow;
mod guess_and_check;
mod matrix_completion;
mod max_margin;
mod reparametrization;
mod uniform_convergence;

pub use check::{Agreement, Basis, Check, Expected};
pub use error::ToyError;

use crate::report::Figure;

/// A learning problem with a known outcome.
pub trait Toy: Sync {
    /// What it is called and what it asks.
    fn card(&self) -> &'static Card;

    /// Runs it; what is random in it is drawn with this seed.
    ///
    /// # Errors
    /// A computation that does not reach its end, or a figure that cannot be drawn.
    fn run(&self, seed: u64) -> Result<Outcome, ToyError>;
}

/// What a problem is called and what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Its name: lower-case letters and `-`.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// The question as a sentence.
    pub asks: &'static str,
    /// The setting in a few sentences.
    pub setting: &'static str,
    /// Where it comes from.
    pub reference: &'static str,
}

/// What a problem has ended in.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Numbers against what is expected of them.
    pub checks: Vec<Check>,
    /// The outcome drawn; its id is the problem's.
    pub figure: Figure,
    /// The outcome in one sentence.
    pub sentence: String,
}

/// Every problem, in the order reports show them.
pub const TOYS: &[&dyn Toy] = &[
    &matrix_completion::MatrixCompletion,
    &diagonal_network::DiagonalNetwork,
    &max_margin::MaxMargin,
    &uniform_convergence::UniformConvergence,
    &guess_and_check::GuessAndCheck,
    &reparametrization::Reparametrization,
];

/// The problem of that name.
pub fn by_id(id: &str) -> Option<&'static dyn Toy> {
    TOYS.iter().copied().find(|problem| problem.card().id == id)
}
