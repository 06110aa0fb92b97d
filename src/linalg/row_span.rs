//! The span of the training features, and what lies outside it.
//!
//! With features `Φ` of shape (samples, dimension), samples ≤ dimension, the
//! QR decomposition `Φᵀ = Q R` gives an orthonormal basis `Q` of the span of
//! the rows. The interpolant of smallest norm is `w = Q R⁻ᵀ y`, and every
//! interpolant is `w + v` with `v` outside the span: `v = z − Q Qᵀ z`.

use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, MatRef, Par};

use super::decompose_on_one_thread;

/// An orthonormal basis of the span of feature rows.
///
/// ```
/// let span = rethink::linalg::RowSpan::new(&[3.0, 4.0], 1, 2)?;
/// let w = span.min_norm(&[vec![5.0]]).remove(0);
/// assert!((w[0] - 0.6).abs() < 1e-15 && (w[1] - 0.8).abs() < 1e-15);
/// # Ok::<(), rethink::linalg::SpanError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowSpan {
    basis: Mat<f64>,
    triangle: Mat<f64>,
}

/// Features whose rows have no such basis.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// Numbers that do not make a matrix.
    #[error("{numbers} feature numbers do not make {samples} rows of {dimension}")]
    Shape {
        /// Numbers given.
        numbers: usize,
        /// Rows asked for.
        samples: usize,
        /// Numbers per row.
        dimension: usize,
    },
    /// More rows than features: nothing lies outside the span in general.
    #[error("{samples} rows of {dimension} features cannot be independent; use more features")]
    TooManySamples {
        /// Rows.
        samples: usize,
        /// Features.
        dimension: usize,
    },
    /// A row that is, to rounding, a combination of those before it.
    #[error(
        "row {row} of the features depends on the rows before it (relative pivot {pivot:.1e}), \
         so not every target can be fitted; drop the row or use more features"
    )]
    Dependent {
        /// The row.
        row: usize,
        /// Its part outside the span of the rows before it, over the largest
        /// such part.
        pivot: f64,
    },
}

impl RowSpan {
    /// The span of the rows of `features`, shape (samples, dimension),
    /// row-major.
    ///
    /// # Errors
    /// Numbers that are no such matrix, more rows than columns, or a row that
    /// depends on the others to within `dimension · 2⁻⁵²`.
    pub fn new(features: &[f64], samples: usize, dimension: usize) -> Result<Self, SpanError> {
        if samples == 0 || features.len() != samples * dimension {
            return Err(SpanError::Shape {
                numbers: features.len(),
                samples,
                dimension,
            });
        }
        if samples > dimension {
            return Err(SpanError::TooManySamples { samples, dimension });
        }
        decompose_on_one_thread();
        let rows = MatRef::from_row_major_slice(features, samples, dimension);
        let decomposition = rows.transpose().qr();
        let triangle = decomposition.thin_R().to_owned();
        check_pivots(triangle.as_ref(), dimension)?;
        Ok(Self {
            basis: decomposition.compute_thin_Q(),
            triangle,
        })
    }

    /// Number of rows.
    pub fn samples(&self) -> usize {
        self.basis.ncols()
    }

    /// Features per row.
    pub fn dimension(&self) -> usize {
        self.basis.nrows()
    }

    /// The vectors of the basis, one per row: q_1 is along the first row, q_j in the
    /// span of the first j.
    pub fn basis(&self) -> Vec<Vec<f64>> {
        columns(self.basis.as_ref())
    }

    /// The weights of smallest norm with `Φ w = y`, for each column of
    /// targets.
    ///
    /// # Panics
    /// If a column does not have one target per row.
    pub fn min_norm(&self, targets: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut solution = Mat::from_fn(self.samples(), targets.len(), |i, c| targets[c][i]);
        solve_lower_triangular_in_place(self.triangle.transpose(), solution.as_mut(), Par::Seq);
        columns((&self.basis * &solution).as_ref())
    }

    /// The part of `weights` outside the span: `w − Q Qᵀ w`.
    ///
    /// Projected twice, so that what is left of the span is at rounding level
    /// even when the part outside is small.
    ///
    /// # Panics
    /// If `weights` does not have one number per feature.
    pub fn null_component(&self, weights: &[f64]) -> Vec<f64> {
        self.null_components(&[weights]).remove(0)
    }

    /// The parts of several weight vectors outside the span.
    ///
    /// # Panics
    /// If one does not have one number per feature.
    pub fn null_components(&self, weights: &[&[f64]]) -> Vec<Vec<f64>> {
        let mut left = Mat::from_fn(self.dimension(), weights.len(), |i, c| weights[c][i]);
        for _ in 0..2 {
            let inside = self.basis.transpose() * &left;
            left = &left - &self.basis * &inside;
        }
        columns(left.as_ref())
    }

    /// `R`.
    pub(crate) fn triangle(&self) -> MatRef<'_, f64> {
        self.triangle.as_ref()
    }

    /// Smallest and largest singular value of `Φ`, or `None` when the
    /// decomposition does not converge.
    pub fn singular_values(&self) -> Option<(f64, f64)> {
        let values = self.triangle.singular_values().ok()?;
        Some((*values.last()?, *values.first()?))
    }
}

/// Checks that no diagonal entry of an upper triangle vanishes to rounding,
/// relative to the largest; `length` is that of the vectors decomposed.
pub(crate) fn check_pivots(triangle: MatRef<'_, f64>, length: usize) -> Result<(), SpanError> {
    let pivots: Vec<f64> = (0..triangle.ncols())
        .map(|i| triangle[(i, i)].abs())
        .collect();
    let largest = pivots.iter().copied().fold(0.0, f64::max);
    let tolerance = length as f64 * f64::EPSILON;
    for (row, pivot) in pivots.into_iter().enumerate() {
        let pivot = pivot / largest;
        if pivot.is_nan() || pivot <= tolerance {
            return Err(SpanError::Dependent { row, pivot });
        }
    }
    Ok(())
}

/// The columns of a matrix.
pub(crate) fn columns(matrix: MatRef<'_, f64>) -> Vec<Vec<f64>> {
    (0..matrix.ncols())
        .map(|c| (0..matrix.nrows()).map(|r| matrix[(r, c)]).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dot;
    use crate::random::stream;
    use proptest::prelude::*;
    use rand::RngExt;

    fn random(samples: usize, dimension: usize, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "test features");
        (0..samples * dimension)
            .map(|_| rng.random::<f64>() - 0.5)
            .collect()
    }

    proptest! {
        /// Interpolates; is orthogonal to everything outside the span; and
        /// adding anything outside changes no output and raises the norm by
        /// Pythagoras.
        #[test]
        fn the_min_norm_solution_is_the_shortest_interpolant(
            samples in 1usize..8, extra in 1usize..8, seed in 0u64..500,
        ) {
            let dimension = samples + extra;
            let features = random(samples, dimension, seed);
            let span = RowSpan::new(&features, samples, dimension).expect("independent rows");
            let targets = random(samples, 1, seed + 1000);
            let w = span.min_norm(std::slice::from_ref(&targets)).remove(0);
            let v = span.null_component(&random(1, dimension, seed + 2000));
            let sum: Vec<f64> = w.iter().zip(&v).map(|(a, b)| a + b).collect();
            let scale = dot(&w, &w).sqrt().max(1.0);
            for (row, target) in features.chunks(dimension).zip(&targets) {
                prop_assert!((dot(row, &w) - target).abs() < 1e-9 * scale);
                prop_assert!(dot(row, &v).abs() < 1e-13);
            }
            prop_assert!(dot(&w, &v).abs() < 1e-9 * scale);
            let pythagoras = dot(&w, &w) + dot(&v, &v);
            prop_assert!((dot(&sum, &sum) - pythagoras).abs() < 1e-9 * pythagoras);
        }
    }

    #[test]
    fn a_repeated_row_is_named() {
        let features = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0];
        let error = RowSpan::new(&features, 2, 3).unwrap_err();
        assert!(matches!(error, SpanError::Dependent { row: 1, .. }));
        let error = RowSpan::new(&[1.0; 6], 3, 2).unwrap_err();
        assert!(matches!(error, SpanError::TooManySamples { .. }));
    }

    #[test]
    fn singular_values_of_orthogonal_rows_are_their_lengths() {
        let features = [3.0, 0.0, 0.0, 0.0, 0.0, 0.5];
        let span = RowSpan::new(&features, 2, 3).expect("independent rows");
        let (smallest, largest) = span.singular_values().expect("converges");
        assert!((smallest - 0.5).abs() < 1e-14 && (largest - 3.0).abs() < 1e-14);
    }
}
