//! The largest singular value of an operator that is only applied.

use faer::{Mat, Side};

use super::{NoConvergence, Operator, gaussian, tridiagonal};
use crate::linalg::vector::{dot, norm, scale};
use crate::random;

/// Vectors kept at once: more steps restart from the best vector.
const BASIS: usize = 200;

/// Numbers kept at once, 1 GiB: large vectors restart earlier.
const NUMBERS: usize = 1 << 27;

/// A lower bound on the largest singular value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Largest {
    /// σ = ‖A v‖ of a unit vector v: not above the largest singular value.
    pub value: f64,
    /// ‖AᵀA v − σ² v‖ / σ²: some squared singular value is within this part of σ².
    pub residual: f64,
    /// Steps from the random start to the first restart, or to an invariant space,
    /// which counts as all.
    pub steps: usize,
    /// Length of v.
    pub inputs: usize,
}

impl Largest {
    /// The largest relative amount the value can be too small by, but for a
    /// probability of `failure` over the random start, whatever the spectrum is.
    ///
    /// ```text
    /// Pr[λ_max − λ > ε λ_max] ≤ 1.648 √n exp(−√ε (2k − 1)),   λ = σ², k steps
    /// ```
    ///
    /// # Reference
    /// Kuczyński, Woźniakowski 1992, SIAM J. Matrix Anal. Appl. 13(4)
    pub fn shortfall(&self, failure: f64) -> f64 {
        if self.steps >= self.inputs {
            return 0.0;
        }
        let root =
            (1.648 * (self.inputs as f64).sqrt() / failure).ln() / (2.0 * self.steps as f64 - 1.0);
        1.0 - (1.0 - root * root).max(0.0).sqrt()
    }
}

/// Lanczos iteration on AᵀA from a random vector, with all vectors kept
/// orthogonal, until the residual is below `tolerance` or `steps` are done.
///
/// The random vector depends on the purpose and the length only.
///
/// # Errors
/// A decomposition of the small problem that does not converge.
pub(crate) fn largest_singular_value(
    a: &dyn Operator,
    steps: usize,
    tolerance: f64,
    purpose: &str,
) -> Result<Largest, NoConvergence> {
    let inputs = a.inputs();
    let basis = BASIS.min(NUMBERS / inputs.max(1)).max(2).min(inputs);
    let mut start = gaussian(inputs, &mut random::stream(inputs as u64, purpose));
    let (mut left, mut first) = (steps.max(1), None);
    loop {
        let cycle = cycle(a, start, basis.min(left), tolerance)?;
        let steps = *first.get_or_insert(cycle.steps);
        left -= cycle.steps.min(left);
        let found = Largest {
            value: cycle.value,
            residual: cycle.residual,
            steps,
            inputs,
        };
        let unfinished = cycle.residual > tolerance && cycle.steps < inputs;
        if left == 0 || !unfinished {
            return Ok(found);
        }
        start = cycle.vector;
    }
}

struct Cycle {
    value: f64,
    residual: f64,
    steps: usize,
    vector: Vec<f64>,
}

fn cycle(
    a: &dyn Operator,
    mut next: Vec<f64>,
    steps: usize,
    tolerance: f64,
) -> Result<Cycle, NoConvergence> {
    let length = norm(&next);
    scale(&mut next, 1.0 / length);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let (mut diagonal, mut below) = (Vec::new(), Vec::<f64>::new());
    let (weights, invariant) = loop {
        let mut w = a.apply_transpose(&a.apply(&next));
        diagonal.push(dot(&w, &next));
        basis.push(next);
        // Twice: once leaves the rounding of what is subtracted.
        for _ in 0..2 {
            for v in &basis {
                let along = dot(&w, v);
                w.iter_mut().zip(v).for_each(|(w, v)| *w -= along * v);
            }
        }
        let length = norm(&w);
        let largest = diagonal.iter().fold(0.0_f64, |m, &v| m.max(v));
        let invariant = length.is_nan() || length <= 1e-14 * largest;
        let last = invariant || basis.len() >= steps;
        // The small problem is solved now and then: it costs its size cubed.
        if last || basis.len().is_multiple_of(8) {
            let (value, weights) = top_of_tridiagonal(&diagonal, &below)?;
            let residual = length * weights.last().copied().unwrap_or(0.0).abs();
            if last || residual <= 0.5 * tolerance * value {
                break (weights, invariant);
            }
        }
        below.push(length);
        scale(&mut w, 1.0 / length);
        next = w;
    };
    let mut vector = vec![0.0; a.inputs()];
    for (v, weight) in basis.iter().zip(&weights) {
        vector.iter_mut().zip(v).for_each(|(x, v)| *x += weight * v);
    }
    let length = norm(&vector);
    scale(&mut vector, 1.0 / length);
    // Both from the vector itself, so that they hold whatever rounding did before.
    let image = a.apply(&vector);
    let value = norm(&image);
    let square = value * value;
    let back = a.apply_transpose(&image);
    let off = back.iter().zip(&vector).map(|(b, v)| b - square * v);
    let residual = norm(&off.collect::<Vec<_>>());
    Ok(Cycle {
        value,
        residual: if square > 0.0 {
            residual / square
        } else {
            residual
        },
        // Nothing is outside the space of a random start that has become invariant.
        steps: if invariant { a.inputs() } else { basis.len() },
        vector,
    })
}

/// The largest eigenvalue and its vector.
fn top_of_tridiagonal(diagonal: &[f64], below: &[f64]) -> Result<(f64, Vec<f64>), NoConvergence> {
    let n = diagonal.len();
    if diagonal.iter().chain(below).any(|v| !v.is_finite()) {
        return Ok((f64::NAN, vec![f64::NAN; n]));
    }
    let eigen = Mat::from_fn(n, n, tridiagonal(diagonal, below))
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| NoConvergence)?;
    let vector = eigen.U().col(n - 1).iter().copied().collect();
    Ok((eigen.S().column_vector()[n - 1], vector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Matrix;

    fn diagonal(values: &[f64]) -> Mat<f64> {
        Mat::from_fn(values.len(), values.len(), |i, j| {
            if i == j { values[i] } else { 0.0 }
        })
    }

    #[test]
    fn planted_values_are_found_from_below_with_their_residual() {
        let decaying: Vec<f64> = (0..90).map(|i| 5.0 * 0.9_f64.powi(i)).collect();
        let mut gap = vec![1.0; 90];
        gap[40] = 1.5;
        for values in [decaying, gap, vec![2.0; 90]] {
            let truth = values.iter().fold(0.0_f64, |m, &v| m.max(v));
            let a = diagonal(&values);
            let found = largest_singular_value(&Matrix(a.as_ref()), 60, 1e-9, "test").unwrap();
            assert!(found.value <= truth * (1.0 + 1e-14), "{found:?}");
            assert!((found.value / truth - 1.0).abs() < 1e-12, "{found:?}");
            assert!(found.residual < 1e-8, "{found:?}");
        }
    }

    /// Close values: the iteration must restart, and the bound must hold.
    #[test]
    fn what_is_missing_is_within_the_shortfall() {
        let values: Vec<f64> = (0..400).map(|i| 1.0 - f64::from(i) * 1e-5).collect();
        let a = diagonal(&values);
        let mut before = f64::INFINITY;
        for steps in [10, 40, 160] {
            let found = largest_singular_value(&Matrix(a.as_ref()), steps, 0.0, "test").unwrap();
            let shortfall = found.shortfall(0.05);
            assert!(
                1.0 - found.value <= shortfall && shortfall < before,
                "{found:?}"
            );
            before = shortfall;
        }
        // By hand: (ln(1.648 · 20 / 0.05) / 319)² = 4.14e-4, half of which is 2.07e-4.
        assert!((before - 2.07e-4).abs() < 1e-6, "{before}");
    }

    #[test]
    fn extremes_do_not_panic() {
        let norm =
            |a: Mat<f64>| largest_singular_value(&Matrix(a.as_ref()), 20, 1e-9, "test").unwrap();
        assert_eq!(norm(Mat::zeros(4, 4)).value, 0.0);
        assert_eq!(norm(Mat::identity(1, 1)).value, 1.0);
        assert!(norm(Mat::from_fn(4, 4, |_, _| f64::NAN)).value.is_nan());
        assert_eq!(norm(Mat::identity(3, 3)).shortfall(0.05), 0.0);
    }
}
