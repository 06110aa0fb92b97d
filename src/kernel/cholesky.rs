//! Cholesky factorization of a Gram matrix, in place.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltError, LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Mat, MatMut, MatRef, Par};

use super::features::Points;
use super::function::Kernel;
use super::gram::{BLOCK, lower_triangle};
use super::real::Real;
use super::refined::symmetric_product;

/// Overwrites the lower triangle by its Cholesky factor; the rest is not read.
///
/// # Errors
///
/// The index of the first pivot that is not positive.
pub(super) fn factor<T: Real>(mut matrix: MatMut<'_, T>, threads: usize) -> Result<(), usize> {
    let n = matrix.nrows();
    let par = Par::rayon(threads);
    let scratch = cholesky_in_place_scratch::<T>(n, par, Default::default());
    cholesky_in_place(
        matrix.as_mut(),
        LltRegularization::default(),
        par,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|LltError::NonPositivePivot { index }| index)?;
    // A pivot that is not a number is not positive either.
    match (0..n).find(|&i| !matrix[(i, i)].to_f64().is_finite()) {
        Some(pivot) => Err(pivot),
        None => Ok(()),
    }
}

/// K + ridge I = L Lᵀ.
pub(super) struct Factored<T> {
    matrix: Vec<T>,
    n: usize,
    threads: usize,
}

/// The Gram matrix K + ridge I, its lower triangle filled.
pub(super) struct Gram<T>(Factored<T>);

impl<T: Real> Gram<T> {
    pub fn new(kernel: &dyn Kernel, x: &Points<T>, ridge: f64, threads: usize) -> Self {
        let n = x.len();
        let mut matrix = vec![T::from_f64(0.0); n * n];
        lower_triangle(kernel, x, ridge, threads, &mut matrix);
        Self(Factored { matrix, n, threads })
    }

    /// Factors in place.
    ///
    /// # Errors
    ///
    /// The index of the first pivot that is not positive.
    pub fn factor(self) -> Result<Factored<T>, usize> {
        let Factored { matrix, n, threads } = self.0;
        Factored::new(matrix, n, threads)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.0.n
    }

    /// Threads that its products take.
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// The column-major buffer, of which the lower triangle is filled.
    pub fn values(&self) -> &[T] {
        &self.0.matrix
    }
}

impl Gram<f64> {
    /// (K + ridge I) a, column after column.
    pub fn product(&self, a: &[Vec<f64>]) -> Vec<Vec<f64>> {
        symmetric_product(&self.0.matrix, self.0.n, a, self.0.threads)
    }
}

impl<T: Real> Factored<T> {
    /// Factors the lower triangle of a column-major (n, n) buffer in place.
    ///
    /// # Errors
    ///
    /// The index of the first pivot that is not positive.
    pub fn new(mut matrix: Vec<T>, n: usize, threads: usize) -> Result<Self, usize> {
        factor(
            MatMut::from_column_major_slice_mut(&mut matrix, n, n),
            threads,
        )?;
        Ok(Self { matrix, n, threads })
    }

    fn lower(&self) -> MatRef<'_, T> {
        MatRef::from_column_major_slice(&self.matrix, self.n, self.n)
    }

    /// (L Lᵀ)⁻¹ y, column after column.
    pub fn solve(&self, y: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let par = Par::rayon(self.threads);
        let mut x = Mat::from_fn(self.n, y.len(), |i, c| T::from_f64(y[c][i]));
        solve_lower_triangular_in_place(self.lower(), x.as_mut(), par);
        solve_upper_triangular_in_place(self.lower().transpose(), x.as_mut(), par);
        x.col_iter()
            .map(|column| column.iter().map(|v| v.to_f64()).collect())
            .collect()
    }

    /// The diagonal of (L Lᵀ)⁻¹: squared lengths of the columns of L⁻¹, a block
    /// of columns at a time.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.n;
        let mut diagonal = Vec::with_capacity(n);
        for start in (0..n).step_by(BLOCK) {
            let (rows, width) = (n - start, BLOCK.min(n - start));
            let mut columns = Mat::<T>::zeros(rows, width);
            for i in 0..width {
                columns[(i, i)] = T::from_f64(1.0);
            }
            solve_lower_triangular_in_place(
                self.lower().submatrix(start, start, rows, rows),
                columns.as_mut(),
                Par::rayon(self.threads),
            );
            diagonal.extend(
                columns
                    .col_iter()
                    .map(|column| column.iter().map(|v| v.to_f64().powi(2)).sum::<f64>()),
            );
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
        let n = self.n;
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
            let slope: f64 = z.iter().zip(&x).map(|(z, x)| z * x).sum();
            if z[largest].abs() <= slope {
                break;
            }
            x.fill(0.0);
            x[largest] = 1.0;
        }
        estimate
    }
}
