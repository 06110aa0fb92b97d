//! Least-squares fits of explicit features: of smallest norm where many fit.

use faer::linalg::triangular_solve::solve_upper_triangular_in_place;
use faer::{Mat, MatRef, Par};

use crate::classification::{Errors, margin};
use crate::linalg::{RowSpan, SpanError, check_pivots, columns, decompose_on_one_thread, norm};

/// A linear model for each class.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastNorm {
    /// One weight vector per class.
    pub weights: Vec<Vec<f64>>,
    /// `‖W‖_F`: root of the sum of squares over all classes.
    pub norm: f64,
    /// `‖Φ W − Y‖_F / ‖Y‖_F`.
    pub relative_residual: f64,
}

/// The weights that minimize `‖Φ W − Y‖_F`, and among those `‖W‖_F`.
///
/// With at least as many features as samples the fit is exact and comes from
/// the QR decomposition of `Φᵀ` (see [`RowSpan`]); with fewer it is the
/// ordinary least-squares fit from the QR decomposition of `Φ`. Neither forms
/// `ΦΦᵀ` or `ΦᵀΦ`, which would square the condition number, at its worst where
/// the two numbers are equal.
///
/// Shapes: `features` (samples, dimension), row-major; `targets` one column
/// per class.
///
/// # Errors
/// Numbers that make no such matrix, or dependent rows (columns, when there
/// are fewer features than samples).
///
/// ```
/// let fit = rethink::kernel::least_norm(&[1.0, 1.0], 1, 2, &[vec![2.0]])?;
/// assert!((fit.weights[0][0] - 1.0).abs() < 1e-15 && (fit.norm - 2f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), rethink::linalg::SpanError>(())
/// ```
pub fn least_norm(
    features: &[f64],
    samples: usize,
    dimension: usize,
    targets: &[Vec<f64>],
) -> Result<LeastNorm, SpanError> {
    if samples == 0
        || features.len() != samples * dimension
        || targets.iter().any(|column| column.len() != samples)
    {
        return Err(SpanError::Shape {
            numbers: features.len(),
            samples,
            dimension,
        });
    }
    let weights = if samples <= dimension {
        RowSpan::new(features, samples, dimension)?.min_norm(targets)
    } else {
        ordinary(features, samples, dimension, targets)?
    };
    let norm = |columns: &[Vec<f64>]| norm(columns.iter().flatten());
    let fitted = outputs(features, dimension, &weights);
    let errors: Vec<Vec<f64>> = (fitted.iter().zip(targets))
        .map(|(f, y)| f.iter().zip(y).map(|(f, y)| f - y).collect())
        .collect();
    Ok(LeastNorm {
        norm: norm(&weights),
        relative_residual: norm(&errors) / norm(targets),
        weights,
    })
}

/// Ordinary least squares with more samples than features.
fn ordinary(
    features: &[f64],
    samples: usize,
    dimension: usize,
    targets: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>, SpanError> {
    decompose_on_one_thread();
    let matrix = MatRef::from_row_major_slice(features, samples, dimension);
    let decomposition = matrix.qr();
    let triangle = decomposition.thin_R();
    check_pivots(triangle, samples)?;
    let targets = Mat::from_fn(samples, targets.len(), |i, c| targets[c][i]);
    let mut solution = decomposition.compute_thin_Q().transpose() * &targets;
    solve_upper_triangular_in_place(triangle, solution.as_mut(), Par::Seq);
    Ok(columns(solution.as_ref()))
}

/// `Φ W`, one column per class.
///
/// Shapes: `features` (samples, dimension), row-major; one weight vector of
/// length dimension per class.
pub fn outputs(features: &[f64], dimension: usize, weights: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let samples = features.len() / dimension;
    let matrix = MatRef::from_row_major_slice(features, samples, dimension);
    let weights = Mat::from_fn(dimension, weights.len(), |i, c| weights[c][i]);
    columns((matrix * &weights).as_ref())
}

/// Fraction of samples that are not classified correctly when class c's output is
/// `features · weights[c]`, by the rule of [`classification`](crate::classification).
///
/// Shapes: `features` (samples, dimension), row-major, one label per sample.
pub fn classify_error(
    features: &[f64],
    dimension: usize,
    weights: &[Vec<f64>],
    labels: &[u32],
) -> f64 {
    let outputs = outputs(features, dimension, weights);
    let of_sample =
        |(i, &label): (usize, &u32)| margin(outputs.iter().map(|column| column[i]), label as usize);
    let errors: Errors = labels.iter().enumerate().map(of_sample).collect();
    errors.fraction()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand::RngExt;

    fn random(numbers: usize, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "test matrix");
        (0..numbers).map(|_| rng.random::<f64>() - 0.5).collect()
    }

    #[test]
    fn the_ordinary_fit_leaves_errors_orthogonal_to_every_feature() {
        let (samples, dimension) = (12, 5);
        let features = random(samples * dimension, 1);
        let targets = vec![random(samples, 2), random(samples, 3)];
        let fit = least_norm(&features, samples, dimension, &targets).expect("independent");
        let fitted = outputs(&features, dimension, &fit.weights);
        for (column, target) in fitted.iter().zip(&targets) {
            for j in 0..dimension {
                let inner: f64 = (0..samples)
                    .map(|i| features[i * dimension + j] * (column[i] - target[i]))
                    .sum();
                assert!(inner.abs() < 1e-12);
            }
        }
        assert!(fit.relative_residual > 0.1);
    }

    #[test]
    fn with_more_features_the_fit_is_exact() {
        let (samples, dimension) = (6, 9);
        let features = random(samples * dimension, 4);
        let targets = vec![random(samples, 5)];
        let fit = least_norm(&features, samples, dimension, &targets).expect("independent");
        assert!(fit.relative_residual < 1e-12);
    }

    #[test]
    fn a_tie_is_an_error_and_so_is_what_is_not_a_number() {
        let nan = classify_error(&[f64::NAN], 1, &[vec![1.0], vec![2.0]], &[1]);
        assert_eq!(nan, 1.0);
        let error = classify_error(&[1.0, 2.0], 1, &[vec![1.0], vec![1.0]], &[0, 1]);
        assert_eq!(error, 1.0);
        let error = classify_error(&[1.0, -2.0], 1, &[vec![1.0], vec![0.0]], &[0, 1]);
        assert_eq!(error, 0.0);
    }
}
