//! Linear algebra that knows nothing of data, kernels or networks.
//!
//! [`Real`] is the number, `f32` or `f64`; vectors are slices with inner products and norms
//! in a fixed order of summation. A [`RowSpan`] is an orthonormal basis of the rows of a
//! matrix and what lies outside it.

mod lanczos;
mod operator;
mod real;
mod row_span;
mod threads;
mod vector;

pub(crate) use lanczos::{NoConvergence, Recurrence, largest_eigenvalue, largest_singular_value};
pub(crate) use operator::{Matrix, Operator, product};
pub use real::Real;
pub(crate) use real::{maximum, minimum};
pub use row_span::{RowSpan, SpanError};
pub(crate) use row_span::{check_pivots, columns};
pub(crate) use threads::{GROUPS, decompose_on_one_thread, grouped_sum, next, parallel};
pub(crate) use vector::{dot, dot_wide, norm, norm_wide, squared_norm, vectorized};
