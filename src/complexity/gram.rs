//! A kernel matrix kept for its quadratic forms.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::error::{ComplexityError, finite, points};
use crate::kernel::{Features, Kernel, Points, Precision, entries};
use crate::linalg::{BLOCK, Panels, Real};

/// The lower triangle of the matrix K of a kernel on n points.
///
/// One matrix serves classes of every radius, and all draws.
pub struct Gram {
    triangle: Triangle,
    diagonal: Vec<f64>,
    frobenius: f64,
    largest_row_sum: f64,
    /// Σ |K_ij|, times the unit of rounding.
    rounding: f64,
}

enum Triangle {
    F32(Panels<f32>),
    F64(Panels<f64>),
}

/// Rounding of a quadratic form, in units of rounding of Σ |K_ij|: entries of K, and
/// sums, which are products of blocks of a few hundred terms.
const ROUNDINGS: f64 = 16.0;

impl Gram {
    /// The matrix of a kernel on these points.
    ///
    /// In [`Precision::F32`] entries and products are f32, sums over panels f64: measured
    /// (`benches/rademacher.rs`, 10,000 points, 512 sign vectors) a quadratic form moves
    /// by at most 1.5e-7 tr K.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, or a kernel value that is not finite.
    pub fn new(
        kernel: &dyn Kernel,
        features: &Features,
        precision: Precision,
        threads: usize,
    ) -> Result<Self, ComplexityError> {
        points(features.len())?;
        Self::of(match precision {
            Precision::F32 => {
                let x = Points::new(features, kernel);
                Triangle::F32(Panels::filled(x.len(), threads, entries(kernel, &x, 0.0)))
            }
            Precision::F64 => {
                let x = Points::new(features, kernel);
                Triangle::F64(Panels::filled(x.len(), threads, entries(kernel, &x, 0.0)))
            }
        })
    }

    /// A given kernel matrix, row after row, in f64.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, a matrix that is not square or not symmetric to rounding, or
    /// an entry that is not finite.
    ///
    /// ```
    /// use rethink::complexity::Gram;
    /// assert_eq!(Gram::from_matrix(&[2.0, 1.0, 1.0, 2.0])?.trace(), 4.0);
    /// assert!(Gram::from_matrix(&[2.0, 1.0, 0.0, 2.0]).is_err());
    /// # Ok::<(), rethink::complexity::ComplexityError>(())
    /// ```
    pub fn from_matrix(matrix: &[f64]) -> Result<Self, ComplexityError> {
        let n = points(matrix.len().isqrt())?;
        if n * n != matrix.len() {
            return Err(ComplexityError::Length {
                what: "the kernel matrix",
                given: matrix.len(),
                expected: n * n,
            });
        }
        finite("the kernel matrix", matrix, n)?;
        let largest = matrix.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for row in 0..n {
            for column in 0..row {
                let (value, transposed) = (matrix[row * n + column], matrix[column * n + row]);
                if (value - transposed).abs() > 1e-12 * largest {
                    return Err(ComplexityError::NotSymmetric {
                        row,
                        column,
                        value,
                        transposed,
                    });
                }
            }
        }
        let matrix = MatRef::from_row_major_slice(matrix, n, n);
        Self::of(Triangle::F64(Panels::of_matrix(matrix)))
    }

    fn of(triangle: Triangle) -> Result<Self, ComplexityError> {
        match &triangle {
            Triangle::F32(panels) => {
                Summary::of(panels).map(|summary| (summary, f32::EPSILON.into()))
            }
            Triangle::F64(panels) => Summary::of(panels).map(|summary| (summary, f64::EPSILON)),
        }
        .map(|(summary, epsilon)| Self {
            triangle,
            frobenius: summary.squares.sqrt(),
            largest_row_sum: summary.row_sums.iter().copied().fold(0.0, f64::max),
            rounding: ROUNDINGS * epsilon * summary.row_sums.iter().sum::<f64>(),
            diagonal: summary.diagonal,
        })
    }

    /// Number of points.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.diagonal.len()
    }

    /// k(xᵢ, xᵢ).
    pub fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    /// tr K.
    pub fn trace(&self) -> f64 {
        self.diagonal.iter().sum()
    }

    /// ‖K‖_F.
    pub fn frobenius(&self) -> f64 {
        self.frobenius
    }

    /// At least the largest eigenvalue: the smallest of tr K, ‖K‖_F and the largest sum of
    /// absolute values of a row.
    pub fn largest_eigenvalue_bound(&self) -> f64 {
        self.frobenius.min(self.largest_row_sum).min(self.trace())
    }

    /// What rounding may make of a quadratic form that is 0, for signs.
    pub(super) fn rounding(&self) -> f64 {
        self.rounding
    }

    /// wᵀ K w for every column w.
    ///
    /// Half the work of the product K w: with D the blocks on the diagonal and L what is
    /// below them, wᵀ K w = wᵀ (D + 2 Lᵀ) w, and the product of a panel is a few hundred
    /// rows that are summed while they are in the cache.
    ///
    /// # Errors
    ///
    /// A form below zero by more than rounding.
    pub fn forms(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let forms = match &self.triangle {
            Triangle::F32(panels) => {
                let entry = |i, k| weights[(i, k)] as f32;
                let weights = Mat::from_fn(weights.nrows(), weights.ncols(), entry);
                forms(panels, weights.as_ref())
            }
            Triangle::F64(panels) => forms(panels, weights),
        };
        for (&value, weights) in forms.iter().zip(weights.col_iter()) {
            let largest = weights.iter().fold(1.0, |m: f64, w| m.max(w.abs()));
            let rounding = self.rounding * largest * largest;
            if value.is_nan() || value < -rounding {
                return Err(ComplexityError::NegativeForm { value, rounding });
            }
        }
        Ok(forms.into_iter().map(|form| form.max(0.0)).collect())
    }

    /// The whole matrix in f64.
    pub(super) fn matrix(&self) -> Mat<f64> {
        match &self.triangle {
            Triangle::F32(panels) => whole(panels),
            Triangle::F64(panels) => whole(panels),
        }
    }
}

fn forms<T: Real>(panels: &Panels<T>, weights: MatRef<'_, T>) -> Vec<f64> {
    let (one, two) = (T::from_f64(1.0), T::from_f64(2.0));
    let mut forms = vec![0.0; weights.ncols()];
    let mut buffer = Mat::<T>::zeros(BLOCK.min(panels.len()), weights.ncols());
    for j in 0..panels.count() {
        let panel = panels.panel(j);
        let (columns, rows) = (panel.ncols(), panel.nrows());
        let (square, below) = panel.split_at_row(columns);
        let own = weights.subrows(j * BLOCK, columns);
        let rest = weights.subrows(j * BLOCK + columns, rows - columns);
        let mut product = buffer.as_mut().subrows_mut(0, columns);
        let square = square.transpose();
        matmul(product.as_mut(), Accum::Replace, square, own, one, Par::Seq);
        let below = below.transpose();
        matmul(product.as_mut(), Accum::Add, below, rest, two, Par::Seq);
        let pairs = product.as_ref().col_iter().zip(own.col_iter());
        for (form, (product, own)) in forms.iter_mut().zip(pairs) {
            let terms = product.iter().zip(own.iter());
            *form += terms.map(|(p, w)| p.to_f64() * w.to_f64()).sum::<f64>();
        }
    }
    forms
}

fn whole<T: Real>(panels: &Panels<T>) -> Mat<f64> {
    let n = panels.len();
    let mut matrix = Mat::zeros(n, n);
    for j in 0..panels.count() {
        for (c, column) in (j * BLOCK..).zip(panels.panel(j).col_iter()) {
            for (r, value) in (j * BLOCK..).zip(column.iter()) {
                matrix[(r, c)] = value.to_f64();
                matrix[(c, r)] = value.to_f64();
            }
        }
    }
    matrix
}

struct Summary {
    diagonal: Vec<f64>,
    squares: f64,
    row_sums: Vec<f64>,
}

impl Summary {
    fn of<T: Real>(panels: &Panels<T>) -> Result<Self, ComplexityError> {
        let n = panels.len();
        let mut summary = Self {
            diagonal: vec![0.0; n],
            squares: 0.0,
            row_sums: vec![0.0; n],
        };
        for j in 0..panels.count() {
            let panel = panels.panel(j);
            let first = j * BLOCK;
            for (c, column) in panel.col_iter().enumerate() {
                let diagonal = column[c].to_f64();
                summary.diagonal[first + c] = diagonal;
                // Blocks on the diagonal are whole, the others stand for two.
                let (mut sum, mut squares) = (diagonal.abs(), diagonal * diagonal);
                let sums = &mut summary.row_sums[first + c + 1..];
                for (sums, value) in sums.iter_mut().zip(column.iter().skip(c + 1)) {
                    let value = value.to_f64();
                    *sums += value.abs();
                    sum += value.abs();
                    squares += 2.0 * value * value;
                }
                summary.row_sums[first + c] += sum;
                summary.squares += squares;
            }
        }
        finite("the kernel matrix", &summary.row_sums, 1)?;
        Ok(summary)
    }
}
