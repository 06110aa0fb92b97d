//! The largest eigenvalue of a symmetric matrix that is known by its products.

use nalgebra::{DMatrix, SymmetricEigen};
use rand_chacha::ChaCha8Rng;

use super::{gaussian, tridiagonal};
use crate::linalg::{dot, norm};
use crate::random::stream;

/// Products at most.
const STEPS: usize = 60;
/// Residual, relative to the eigenvalue, at which the iteration ends.
const TOLERANCE: f64 = 1e-4;

/// A Ritz value with its residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ritz {
    /// θ, never above the largest eigenvalue.
    pub value: f64,
    /// ‖A x − θ x‖₂ for the unit Ritz vector x: an eigenvalue is that near.
    pub residual: f64,
    /// Products computed.
    pub products: usize,
}

/// The Lanczos recurrence: a symmetric matrix A seen from a random direction, as a
/// tridiagonal matrix that grows by a row with each product.
///
/// It keeps two vectors and does not orthogonalize again: that may repeat a
/// converged eigenvalue but does not move it (Paige 1980).
///
/// # Reference
/// Lanczos 1950; Paige 1980, "Accuracy and effectiveness of the Lanczos algorithm".
pub(crate) struct Recurrence {
    v: Vec<f64>,
    last: Vec<f64>,
    diagonal: Vec<f64>,
    /// One entry for each product: the last is that to the row still to come.
    off: Vec<f64>,
}

impl Recurrence {
    /// Before the first product; the direction is uniform on the sphere.
    pub fn start(size: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut v = gaussian(size, rng);
        let length = norm(&v);
        v.iter_mut().for_each(|x| *x /= length);
        Self {
            v,
            last: vec![0.0; size],
            diagonal: Vec::new(),
            off: Vec::new(),
        }
    }

    /// One product more. The space is exhausted when it gives `false`: the
    /// eigenvalues of the tridiagonal matrix are then eigenvalues of A.
    pub fn step(&mut self, times: impl Fn(&[f64]) -> Vec<f64>) -> bool {
        let mut w = times(&self.v);
        let alpha = dot(&w, &self.v);
        let before = self.off.last().copied().unwrap_or(0.0);
        for ((w, v), last) in w.iter_mut().zip(&self.v).zip(&self.last) {
            *w -= alpha * v + before * last;
        }
        let beta = norm(&w);
        self.diagonal.push(alpha);
        self.off.push(beta);
        let next = w.into_iter().map(|x| x / beta).collect();
        self.last = std::mem::replace(&mut self.v, next);
        beta > f64::EPSILON * (alpha.abs() + before) && self.diagonal.len() < self.v.len()
    }

    /// Eigenvalues of the tridiagonal matrix, in ascending order, each with the first
    /// and the last entry of its unit eigenvector; none if a number is not finite.
    pub fn eigenpairs(&self) -> Vec<(f64, [f64; 2])> {
        if !self.diagonal.iter().chain(&self.off).all(|x| x.is_finite()) {
            return Vec::new();
        }
        let k = self.diagonal.len();
        let entry = tridiagonal(&self.diagonal, &self.off);
        let eigen = SymmetricEigen::new(DMatrix::from_fn(k, k, entry));
        let ends = |j| [eigen.eigenvectors[(0, j)], eigen.eigenvectors[(k - 1, j)]];
        let mut pairs: Vec<_> = (0..k).map(|j| (eigen.eigenvalues[j], ends(j))).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        pairs
    }
}

/// The largest eigenvalue (not the largest in absolute value) of a symmetric
/// matrix of this size.
///
/// From a random start the largest eigenvalue is found first; the residual shows that
/// *some* eigenvalue is near.
pub(crate) fn largest_eigenvalue(size: usize, times: impl Fn(&[f64]) -> Vec<f64>) -> Ritz {
    let mut recurrence = Recurrence::start(size, &mut stream(0, "lanczos start"));
    loop {
        let more = recurrence.step(&times);
        let ritz = top(&recurrence);
        let done = ritz.residual <= TOLERANCE * ritz.value.abs() || ritz.value.is_nan();
        if done || !more || ritz.products >= STEPS {
            return ritz;
        }
    }
}

/// The largest eigenvalue of the tridiagonal matrix, and β times the last entry of
/// its eigenvector.
fn top(recurrence: &Recurrence) -> Ritz {
    let beta = recurrence.off.last().copied().unwrap_or(f64::NAN);
    let products = recurrence.diagonal.len();
    match recurrence.eigenpairs().last() {
        Some(&(value, [_, last])) => Ritz {
            value,
            residual: beta * last.abs(),
            products,
        },
        None => Ritz {
            value: f64::NAN,
            residual: f64::NAN,
            products,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_eigenvalue_of_a_diagonal_matrix_is_found() {
        for top in [10.0, 1.05, 0.0] {
            // Eigenvalues from −5 up to 1, and one at the top.
            let spectrum: Vec<f64> = (0..200)
                .map(|i| {
                    if i == 77 {
                        top
                    } else {
                        -5.0 + 5.9 * i as f64 / 200.0
                    }
                })
                .collect();
            let exact = spectrum.iter().copied().fold(f64::MIN, f64::max);
            let times = |v: &[f64]| v.iter().zip(&spectrum).map(|(v, s)| v * s).collect();
            let found = largest_eigenvalue(200, times);
            assert!(found.value <= exact + 1e-12, "{found:?}");
            assert!(
                (exact - found.value) < 1e-3 && found.products <= STEPS,
                "{exact} {found:?}"
            );
        }
    }

    #[test]
    fn the_iteration_ends_on_small_zero_and_diverged_matrices() {
        let one = largest_eigenvalue(1, |v| vec![3.0 * v[0]]);
        assert!((one.value - 3.0).abs() < 1e-15 && one.products == 1);
        assert_eq!(largest_eigenvalue(5, |_| vec![0.0; 5]).value, 0.0);
        assert!(largest_eigenvalue(5, |_| vec![f64::NAN; 5]).value.is_nan());
    }
}
