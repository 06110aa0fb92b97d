//! Linear maps that are known by their products.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// A linear map of which only products are known.
pub(crate) trait Operator {
    /// Length of the vectors it is applied to.
    fn inputs(&self) -> usize;
    /// A x.
    fn apply(&self, x: &[f64]) -> Vec<f64>;
    /// Aᵀ y.
    fn apply_transpose(&self, y: &[f64]) -> Vec<f64>;
}

/// A matrix as an operator.
pub(crate) struct Matrix<'a>(pub MatRef<'a, f64>);

impl Operator for Matrix<'_> {
    fn inputs(&self) -> usize {
        self.0.ncols()
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        product(self.0, x)
    }

    fn apply_transpose(&self, y: &[f64]) -> Vec<f64> {
        product(self.0.transpose(), y)
    }
}

/// A x.
pub(crate) fn product(a: MatRef<'_, f64>, x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; a.nrows()];
    let rows = y.len();
    matmul(
        MatMut::from_column_major_slice_mut(&mut y, rows, 1),
        Accum::Replace,
        a,
        MatRef::from_column_major_slice(x, x.len(), 1),
        1.0,
        Par::Seq,
    );
    y
}
