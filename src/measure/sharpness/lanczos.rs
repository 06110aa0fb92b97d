//! The largest eigenvalue of a symmetric matrix that is known by its products.

use nalgebra::{DMatrix, SymmetricEigen};
use rand_distr::{Distribution, StandardNormal};

use crate::random::stream;

/// Products at most.
const STEPS: usize = 60;
/// Residual, relative to the eigenvalue, at which the iteration ends.
const TOLERANCE: f64 = 1e-4;

/// A Ritz value with its residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ritz {
    /// θ, never above the largest eigenvalue.
    pub value: f64,
    /// ‖A x − θ x‖₂ for the unit Ritz vector x: an eigenvalue is that near.
    pub residual: f64,
    /// Products computed.
    pub products: usize,
}

/// The largest eigenvalue (not the largest in absolute value) of a symmetric
/// matrix of this size.
///
/// The Lanczos recurrence keeps three vectors and does not orthogonalize again:
/// that may repeat a converged eigenvalue but does not move it (Paige 1980). From a
/// random start the largest eigenvalue is found first; the residual shows that
/// *some* eigenvalue is near.
///
/// # Reference
/// Lanczos 1950; Paige 1980, "Accuracy and effectiveness of the Lanczos algorithm".
pub fn largest_eigenvalue(size: usize, times: impl Fn(&[f64]) -> Vec<f64>) -> Ritz {
    let mut rng = stream(0, "lanczos start");
    let mut v: Vec<f64> = (0..size).map(|_| StandardNormal.sample(&mut rng)).collect();
    let norm = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    let mut last = vec![0.0; size];
    let (mut diagonal, mut off) = (Vec::new(), Vec::<f64>::new());
    loop {
        let mut w = times(&v);
        let alpha = dot(&w, &v);
        let beta = off.last().copied().unwrap_or(0.0);
        for ((w, v), last) in w.iter_mut().zip(&v).zip(&last) {
            *w -= alpha * v + beta * last;
        }
        let beta = dot(&w, &w).sqrt();
        diagonal.push(alpha);
        let ritz = top(&diagonal, &off, beta);
        let done = ritz.residual <= TOLERANCE * ritz.value.abs() || ritz.value.is_nan();
        if done || diagonal.len() >= STEPS.min(size) {
            return ritz;
        }
        off.push(beta);
        last = std::mem::replace(&mut v, w.into_iter().map(|x| x / beta).collect());
    }
}

/// The largest eigenvalue of the tridiagonal matrix, and β times the last entry of
/// its eigenvector.
fn top(diagonal: &[f64], off: &[f64], beta: f64) -> Ritz {
    let k = diagonal.len();
    let mut ritz = Ritz {
        value: f64::NAN,
        residual: f64::NAN,
        products: k,
    };
    if !diagonal.iter().chain(off).all(|x| x.is_finite()) {
        return ritz;
    }
    let entry = |i: usize, j: usize| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off[i.min(j)],
        _ => 0.0,
    };
    let eigen = SymmetricEigen::new(DMatrix::from_fn(k, k, entry));
    let (index, value) = eigen.eigenvalues.argmax();
    ritz.value = value;
    ritz.residual = beta * eigen.eigenvectors[(k - 1, index)].abs();
    ritz
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
