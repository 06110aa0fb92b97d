//! Why a problem does not end.

use thiserror::Error;

use crate::dataset::DatasetError;
use crate::measure::MeasureError;
use crate::report::ReportError;
use crate::statistics::StatisticsError;
use crate::text::number::significant;

/// Why a problem could not be run to its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ToyError {
    /// A differential equation that was not solved.
    #[error(
        "the gradient flow was not finished after {steps} steps, at time {}: use another seed",
        significant(*.time, 4)
    )]
    Flow {
        /// Steps taken.
        steps: usize,
        /// Time reached.
        time: f64,
    },
    /// A minimizer that was not found.
    #[error("{what} was not found in {iterations} iterations: use another seed")]
    Minimizer {
        /// What was sought.
        what: &'static str,
        /// Iterations done.
        iterations: usize,
    },
    /// Guesses that never fit.
    #[error("{accepted} of {guesses} guesses were accepted, too few to compare: use another seed")]
    Guesses {
        /// Guesses accepted.
        accepted: usize,
        /// Guesses made.
        guesses: usize,
    },
    /// A sample without a mean.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// A measure that could not be computed.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// Examples that are none.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A figure that could not be drawn.
    #[error(transparent)]
    Report(#[from] ReportError),
}
