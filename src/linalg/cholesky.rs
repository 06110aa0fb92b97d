//! Cholesky factorization of a symmetric matrix, panel by panel, in place.

use std::sync::Mutex;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltError, LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::panels::{BLOCK, CHUNK, Panels};
use super::{Real, dot, next, parallel};

/// The lower triangular factor L of a positive definite matrix.
pub(crate) struct CholeskyFactor<T>(Panels<T>);

impl<T: Real> CholeskyFactor<T> {
    /// Factors in place, left-looking: panel after panel takes what all panels
    /// before it subtract, which are only read.
    ///
    /// # Errors
    ///
    /// The index of the first pivot that is not positive.
    ///
    /// # Reference
    ///
    /// Golub, Van Loan 2013, "Matrix computations", section 4.2.6.
    pub fn new(mut matrix: Panels<T>) -> Result<Self, usize> {
        let threads = matrix.threads;
        for j in 0..matrix.count() {
            let (mut panel, before) = matrix.panel_mut(j);
            let width = panel.ncols();
            let right = right_factors(&before, width, threads);
            in_chunks(panel.as_mut(), threads, |start, mut chunk| {
                let rows = chunk.nrows();
                for (i, (before, right)) in before.iter().zip(&right).enumerate() {
                    let first = (j - i) * BLOCK;
                    matmul(
                        chunk.as_mut(),
                        Accum::Add,
                        before.subrows(first + start, rows),
                        right.as_ref(),
                        T::from_f64(-1.0),
                        Par::Seq,
                    );
                }
            });
            let (mut diagonal, below) = panel.split_at_row_mut(width);
            factor_block(diagonal.as_mut()).map_err(|pivot| j * BLOCK + pivot)?;
            let diagonal = diagonal.as_ref();
            in_chunks(below, threads, |_, chunk| {
                solve_lower_triangular_in_place(diagonal, chunk.transpose_mut(), Par::Seq);
            });
        }
        Ok(Self(matrix))
    }

    /// (L Lᵀ)⁻¹ y, column after column.
    pub fn solve(&self, y: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.0.solve(y)
    }

    /// The diagonal of (L Lᵀ)⁻¹: squared lengths of the columns of L⁻¹, a panel
    /// of columns at a time.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.0.len();
        let par = Par::rayon(self.0.threads);
        let mut diagonal = Vec::with_capacity(n);
        for first in 0..self.0.count() {
            let rows = n - first * BLOCK;
            let width = rows.min(BLOCK);
            let mut columns = Mat::<T>::zeros(rows, width);
            for i in 0..width {
                columns[(i, i)] = T::from_f64(1.0);
            }
            let mut rest = columns.as_mut();
            for j in first..self.0.count() {
                let panel = self.0.panel(j);
                let (mut head, mut below) = rest.split_at_row_mut(panel.ncols());
                let (block, tail) = panel.split_at_row(panel.ncols());
                solve_lower_triangular_in_place(block, head.as_mut(), par);
                let minus = T::from_f64(-1.0);
                matmul(below.as_mut(), Accum::Add, tail, head.as_ref(), minus, par);
                rest = below;
            }
            let length = |column: faer::ColRef<'_, T>| -> f64 {
                column.iter().map(|v| v.to_f64().powi(2)).sum()
            };
            diagonal.extend(columns.col_iter().map(length));
        }
        diagonal
    }

    /// An estimate of ‖(L Lᵀ)⁻¹‖₁, a lower bound that is usually within a factor
    /// of 3.
    ///
    /// # Reference
    ///
    /// Hager 1984, "Condition estimates"; Higham 1988, ACM TOMS 14, algorithm 2.4.
    pub fn inverse_one_norm(&self) -> f64 {
        let n = self.0.len();
        let mut x = vec![1.0 / n as f64; n];
        let mut estimate = 0.0_f64;
        for _ in 0..5 {
            let y = self.solve(std::slice::from_ref(&x)).swap_remove(0);
            estimate = estimate.max(y.iter().map(|v| v.abs()).sum());
            let signs: Vec<f64> = y
                .iter()
                .map(|&v| if v < 0.0 { -1.0 } else { 1.0 })
                .collect();
            let z = self.solve(&[signs]).swap_remove(0);
            let at = |best: usize, i: usize| if z[i].abs() > z[best].abs() { i } else { best };
            let largest = (0..n).fold(0, at);
            let slope = dot(&z, &x);
            if z[largest].abs() <= slope {
                break;
            }
            x.fill(0.0);
            x[largest] = 1.0;
        }
        estimate
    }
}

/// The rows of each earlier panel at the height of this one, transposed.
///
/// They are the right factor for every chunk, and each product packs it anew: a factor whose
/// columns are contiguous is packed in a fraction of the time. The factorization takes 0.7
/// of the time in f64 and 0.9 in f32, with the same digits.
fn right_factors<T: Real>(before: &[MatRef<'_, T>], width: usize, threads: usize) -> Vec<Mat<T>> {
    let mut factors = vec![Mat::new(); before.len()];
    let list = Mutex::new(factors.iter_mut().zip(before).enumerate());
    parallel(threads, |_| {
        while let Some((i, (factor, panel))) = next(&list) {
            let first = (before.len() - i) * BLOCK;
            *factor = panel.subrows(first, width).transpose().to_owned();
        }
    });
    factors
}

/// Runs `work` on chunks of rows; it is told the first row of each.
fn in_chunks<T: Real>(
    mut rows: MatMut<'_, T>,
    threads: usize,
    work: impl Fn(usize, MatMut<'_, T>) + Sync,
) {
    let mut chunks = Vec::new();
    let mut start = 0;
    while rows.nrows() > 0 {
        let length = CHUNK.min(rows.nrows());
        let (chunk, rest) = rows.split_at_row_mut(length);
        chunks.push((start, chunk));
        (rows, start) = (rest, start + length);
    }
    let list = Mutex::new(chunks.into_iter());
    parallel(threads, |_| {
        while let Some((start, chunk)) = next(&list) {
            work(start, chunk);
        }
    });
}

/// Overwrites the lower triangle of a block by its Cholesky factor.
fn factor_block<T: Real>(mut block: MatMut<'_, T>) -> Result<(), usize> {
    let n = block.nrows();
    let scratch = cholesky_in_place_scratch::<T>(n, Par::Seq, Default::default());
    cholesky_in_place(
        block.as_mut(),
        LltRegularization::default(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|LltError::NonPositivePivot { index }| index)?;
    // A pivot that is not a number is not positive either.
    match (0..n).find(|&i| !block[(i, i)].to_f64().is_finite()) {
        Some(pivot) => Err(pivot),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::panels::tests::{columns, gaussian};
    use super::*;

    /// A matrix of several panels, the last one narrow.
    fn matrix(n: usize, threads: usize) -> Panels<f64> {
        gaussian(n, 0.1, 1e-3, threads)
    }

    #[test]
    fn the_factor_solves_and_inverts_for_any_number_of_threads() {
        for n in [1, 5, BLOCK + 1, 2 * BLOCK + 301] {
            let matrix = matrix(n, 2);
            let x = columns(n, 3);
            let y = matrix.product(&x);
            let factor = CholeskyFactor::new(matrix).unwrap();
            let found = factor.solve(&y);
            for (found, x) in found.iter().flatten().zip(x.iter().flatten()) {
                assert!((found - x).abs() < 1e-9, "{n}: {found} {x}");
            }
            let alone = CholeskyFactor::new(gaussian(n, 0.1, 1e-3, 1)).unwrap();
            assert_eq!(alone.solve(&y), found);
            let diagonal = factor.inverse_diagonal();
            for i in (0..n).step_by(211) {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                let exact = factor.solve(&[unit])[0][i];
                assert!((diagonal[i] / exact - 1.0).abs() < 1e-9, "{n}");
            }
        }
    }

    #[test]
    fn the_pivot_that_fails_is_named() {
        let mut matrix = matrix(BLOCK + 40, 2);
        let (mut panel, _) = matrix.panel_mut(1);
        panel[(17, 17)] = -1.0;
        assert_eq!(CholeskyFactor::new(matrix).err(), Some(BLOCK + 17));
    }
}
