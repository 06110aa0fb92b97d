//! What can be wrong with a kernel problem.

use thiserror::Error;

use super::distinct::Equal;

/// Why a kernel, a feature map or an interpolant could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// No kernel of that name.
    #[error("there is no kernel `{given}`: give one of {known}")]
    UnknownKernel {
        /// What was given.
        given: String,
        /// Usage of every kernel.
        known: String,
    },
    /// A kernel or feature map parameter that cannot be used.
    #[error("{owner} has {parameter} {value}: give {expected}")]
    Parameter {
        /// The kernel or feature map.
        owner: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would do.
        expected: &'static str,
    },
    /// A feature that is not a number.
    #[error("feature {column} of point {row} is {value}: give finite features")]
    NotFinite {
        /// The point.
        row: usize,
        /// The feature.
        column: usize,
        /// Its value.
        value: f32,
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
    /// A label that is no class.
    #[error(
        "label {label} of point {row} is not one of {classes} classes: give labels below {classes}"
    )]
    Label {
        /// The point.
        row: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A target that is not finite.
    #[error("target {row} is {value}: give finite targets")]
    Target {
        /// The point.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// Equal points were merged, and leaving one out of them is not defined.
    #[error(
        "points {} and {} are equal ({} repeated in all) and count as one, so leaving one out is not defined: drop the repeated points or do not ask for the leave-one-out error",
        .0.first, .0.second, .0.count
    )]
    LeaveOneOut(Equal),
    /// The matrix has a pivot that is not positive in floating point.
    #[error(
        "the {kernel} kernel matrix of {n} points is not numerically positive definite: pivot {pivot} failed with ridge {ridge:e}; {}",
        advice(.works)
    )]
    NotPositiveDefinite {
        /// Name of the kernel.
        kernel: String,
        /// Number of points.
        n: usize,
        /// Where the factorization stopped, counted from 0.
        pivot: usize,
        /// The ridge it was tried with.
        ridge: f64,
        /// The smallest ridge found at which it is, and the norm is known.
        works: Option<f64>,
    },
    /// The iteration did not reach its tolerance.
    #[error(
        "conjugate gradients stopped after {iterations} iterations at relative residual {residual:.1e}, not {tolerance:.1e}: raise the preconditioner rank or the tolerance"
    )]
    NotConverged {
        /// Iterations made.
        iterations: usize,
        /// Residual reached.
        residual: f64,
        /// Residual wanted.
        tolerance: f64,
    },
    /// Rounding to f32 moved an eigenvalue below zero.
    #[error(
        "rounded to f32 the kernel matrix is not positive definite (found after {iterations} iterations of conjugate gradients, at relative residual {residual:.1e}): give a narrower kernel, a ridge, or fewer points so that Cholesky in f64 fits"
    )]
    IndefiniteInSinglePrecision {
        /// Iterations made.
        iterations: usize,
        /// Relative residual there.
        residual: f64,
    },
    /// The job does not fit.
    #[error("{what} needs {} but the limit is {}: {alternative}", gigabytes(*.bytes), gigabytes(*.limit))]
    Memory {
        /// The solver.
        what: String,
        /// What it needs.
        bytes: u64,
        /// What it may use.
        limit: u64,
        /// What would fit.
        alternative: String,
    },
}

fn advice(works: &Option<f64>) -> String {
    match works {
        Some(ridge) => format!("with ridge {ridge:.1e} it is and the norm is determined"),
        None => "no ridge up to the mean of the diagonal does".to_string(),
    }
}

impl KernelError {
    /// Whether what was asked for cannot be, whatever the data and the machine.
    pub fn is_contradiction(&self) -> bool {
        matches!(
            self,
            Self::Parameter { .. } | Self::UnknownKernel { .. } | Self::LeaveOneOut(_)
        )
    }
}

pub(super) fn gigabytes(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}
