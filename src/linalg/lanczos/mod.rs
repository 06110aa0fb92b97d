//! Extreme eigenvalues and singular values by the iteration of Lanczos.
//!
//! There are two, and they do not share the recurrence. [`largest_singular_value`] keeps
//! all vectors, makes each new one orthogonal to them, and restarts from the best: to
//! rounding, with a bound that holds whatever the spectrum is, for vectors of which some
//! hundred fit in memory. [`Recurrence`] keeps two vectors, as many as a network's
//! parameters are, and gives all Ritz values with their weights: to four digits, where
//! each product is a pass over the examples. What they have in common is here: the random
//! start and the tridiagonal matrix.

mod recurrence;
mod restarted;

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::operator::Operator;
pub(crate) use recurrence::{Recurrence, largest_eigenvalue};
pub(crate) use restarted::largest_singular_value;

/// An iteration for singular values that did not converge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the iteration for the singular values did not converge")]
pub(crate) struct NoConvergence;

/// A vector of independent standard normal numbers: its direction is uniform on the
/// sphere.
fn gaussian(size: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..size).map(|_| StandardNormal.sample(rng)).collect()
}

/// The entries of the symmetric tridiagonal matrix with this diagonal and the numbers
/// `off` next to it.
fn tridiagonal(diagonal: &[f64], off: &[f64]) -> impl Fn(usize, usize) -> f64 {
    |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off[i.min(j)],
        _ => 0.0,
    }
}
