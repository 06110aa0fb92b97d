//! Linear algebra that knows nothing of data, kernels or networks.
//!
//! [`Real`] is the number, `f32` or `f64`; vectors are slices, with inner products and norms
//! in a fixed order of summation. A [`RowSpan`] is an orthonormal basis of the rows of a
//! matrix and what lies outside it. Of large symmetric matrices only the lower triangle is
//! stored, as panels of columns for a Cholesky factor or as tiles for products; of maps that
//! are known by their products the iterations of Lanczos find the ends of the spectrum.
//! Work is shared among threads so that no result depends on their number.

mod cholesky;
mod few_columns;
mod lanczos;
mod operator;
mod panels;
mod prefetch;
mod real;
mod refined;
mod row_span;
mod threads;
mod tile;
mod triangle;
mod vector;

pub(crate) use cholesky::CholeskyFactor;
pub(crate) use few_columns::TileProducts;
pub(crate) use lanczos::{NoConvergence, Recurrence, largest_eigenvalue, largest_singular_value};
pub(crate) use operator::{Matrix, Operator, product};
pub(crate) use panels::{BLOCK, CHUNK, Panels};
pub use real::Real;
pub(crate) use real::{maximum, minimum};
pub(crate) use refined::solve_refined;
pub use row_span::{RowSpan, SpanError};
pub(crate) use row_span::{check_pivots, columns};
pub(crate) use threads::{GROUPS, decompose_on_one_thread, grouped_sum, next, parallel};
pub(crate) use triangle::{TILE, Triangle, tile_position};
pub(crate) use vector::{dot, dot_wide, norm, norm_wide, squared_norm, vectorized};
