//! What can be wrong with a class of functions or its draws.

use thiserror::Error;

use crate::statistics::StatisticsError;
use crate::text::number::{rounded, significant};

/// Why a complexity could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ComplexityError {
    /// Too few points for a complexity.
    #[error("a complexity needs at least 2 points, but got {given}: give a larger sample")]
    TooFewPoints {
        /// Points given.
        given: usize,
    },
    /// No weights to average over.
    #[error("0 draws were asked for: draw at least 1 vector of weights, 2 for an interval")]
    NoDraws,
    /// More draws than memory should hold.
    #[error("{given} draws are too many: draw at most {limit} vectors of weights")]
    TooManyDraws {
        /// Draws asked for.
        given: usize,
        /// Draws there may be.
        limit: usize,
    },
    /// More sign vectors than can be enumerated.
    #[error(
        "2^{given} sign vectors are too many to enumerate: give at most {limit} points, or draw signs at random"
    )]
    TooManySigns {
        /// Points given.
        given: usize,
        /// Points there may be.
        limit: usize,
    },
    /// A class of no extent, or of infinite extent.
    #[error("{what} is {value}: give a finite number above 0")]
    NotPositive {
        /// Which quantity.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// An exponent that makes no norm.
    #[error("the exponent of the norm is {value}: give a number from 1 to infinity")]
    Exponent {
        /// What was given.
        value: f64,
    },
    /// A probability of failure that is none.
    #[error("the probability of failure is {value}: give a number above 0 and below 1")]
    Delta {
        /// What was given.
        value: f64,
    },
    /// A value that is not finite.
    #[error("{what} has {value} in row {row}, column {column}: give finite values")]
    NotFinite {
        /// Which matrix.
        what: &'static str,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value there.
        value: f64,
    },
    /// Lengths that do not fit together.
    #[error("{what} has {given} values, but {expected} are needed")]
    Length {
        /// What was given.
        what: &'static str,
        /// How many values it has.
        given: usize,
        /// How many are needed.
        expected: usize,
    },
    /// A kernel matrix that differs from its transpose.
    #[error(
        "the kernel matrix is {value} at ({row}, {column}) but {transposed} at ({column}, {row}): give a symmetric matrix"
    )]
    NotSymmetric {
        /// Row, counted from 0.
        row: usize,
        /// Column, below the row.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry it should equal.
        transposed: f64,
    },
    /// A quadratic form below zero by more than rounding.
    #[error(
        "the quadratic form of the kernel matrix is {}, below zero by more than the rounding of {}: the kernel is not positive semidefinite",
        rounded(*.value, 7), significant(*.rounding, 2)
    )]
    NegativeForm {
        /// Its value.
        value: f64,
        /// What rounding may make of zero.
        rounding: f64,
    },
    /// An eigenvalue below zero by more than rounding.
    #[error(
        "the kernel matrix has eigenvalue {}, below zero by more than the rounding of {}: the kernel is not positive semidefinite",
        rounded(*.value, 7), significant(*.rounding, 2)
    )]
    NegativeEigenvalue {
        /// Its value.
        value: f64,
        /// What rounding may make of zero.
        rounding: f64,
    },
    /// The matrix of an ellipsoid without a Cholesky factor.
    #[error(
        "the matrix of the ellipsoid is not positive definite (pivot {pivot} failed): give one with eigenvalues above 0"
    )]
    NotPositiveDefinite {
        /// Where the factorization stopped, counted from 0.
        pivot: usize,
    },
    /// The eigenvalue iteration failed.
    #[error("the eigenvalues of the kernel matrix did not converge: look for extreme entries")]
    NoConvergence,
    /// Weights for another number of points.
    #[error(
        "the class is on {class} points, but the weights are for {draws}: draw them for {class}"
    )]
    Points {
        /// Points of the class.
        class: usize,
        /// Weights per vector.
        draws: usize,
    },
    /// A mean that does not exist.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}

/// `value`, if it is finite and above 0.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, ComplexityError> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(ComplexityError::NotPositive { what, value })
    }
}

/// `delta`, if it is a probability of failure.
pub(super) fn probability(delta: f64) -> Result<f64, ComplexityError> {
    if delta > 0.0 && delta < 1.0 {
        Ok(delta)
    } else {
        Err(ComplexityError::Delta { value: delta })
    }
}

/// `n`, if it is enough.
pub(super) fn points(n: usize) -> Result<usize, ComplexityError> {
    if n >= 2 {
        Ok(n)
    } else {
        Err(ComplexityError::TooFewPoints { given: n })
    }
}

/// Refuses row-major values with one that is not finite.
pub(super) fn finite(
    what: &'static str,
    values: &[f64],
    columns: usize,
) -> Result<(), ComplexityError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(ComplexityError::NotFinite {
            what,
            row: index / columns,
            column: index % columns,
            value: values[index],
        }),
    }
}
