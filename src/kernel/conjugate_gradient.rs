//! Preconditioned block conjugate gradients, all right-hand sides in one pass.

use std::time::Instant;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{Cholesky, DMatrix, Dyn};

use super::KernelError;
use super::preconditioner::Preconditioner;
use super::ritz::Projection;
use crate::linalg::{TILE, Triangle, dot_wide, norm_wide};

/// Where the iteration stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Iterations done.
    pub iteration: usize,
    /// Largest relative residual over the right-hand sides, by the recurrence.
    pub residual: f64,
    /// The residual to reach.
    pub tolerance: f64,
    /// Estimated seconds left, from the rate so far; `None` before there is one.
    pub seconds_left: Option<f64>,
}

/// What the iteration ended with.
pub(super) struct Solution {
    /// One column per right-hand side.
    pub alpha: Vec<Vec<f64>>,
    pub iterations: usize,
    /// Ratio of the extreme Ritz values of M⁻¹ K.
    pub condition: f64,
}

/// Iterations without a smaller residual after which there will be none.
const STALLED: usize = 300;

/// Solves (K + ridge I) A = Y by block conjugate gradients: every column searches
/// the directions of all, and passes over the matrix are shared.
///
/// ```text
/// P = orth(Z - P' (P'ᵀQ')⁻¹ Q'ᵀZ),  Z = M⁻¹ R,  Q = K P
/// A += P α,  R -= Q α,              α = (PᵀQ)⁻¹ PᵀR
/// ```
///
/// The new directions are made conjugate to the last ones explicitly, not by the
/// ratio of two residuals, so that the f32 rounding of M⁻¹ does no harm. Vectors
/// and scalars are f64, products with K and M⁻¹ f32; P is rounded to f32, so that
/// A and R take the same step.
///
/// # Errors
///
/// When the tolerance is not reached in `limit` iterations, the residual stops
/// falling, or the rounded matrix turns out not to be positive definite.
///
/// # Reference
///
/// O'Leary 1980, Linear Algebra and its Applications 29, 293-322, section 3;
/// Dubrulle 2001, ETNA 12, 216-233 (orthonormal directions).
pub(super) fn solve(
    matrix: &Triangle<'_>,
    preconditioner: &Preconditioner,
    y: &[Vec<f64>],
    tolerance: f64,
    limit: usize,
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Solution, KernelError> {
    let n = y[0].len();
    let padded = n.next_multiple_of(TILE);
    let columns = y.len();
    let start = Instant::now();
    let mut r = vec![0.0; padded * columns];
    for (r, y) in r.chunks_mut(padded).zip(y) {
        r[..n].copy_from_slice(y);
    }
    let norms: Vec<f64> = r.chunks(padded).map(norm_wide).collect();
    let residual = |r: &[f64]| {
        let each = r.chunks(padded).zip(&norms).filter(|(_, all)| **all > 0.0);
        each.map(|(r, all)| norm_wide(r) / all).fold(0.0, f64::max)
    };
    let mut a = vec![0.0; padded * columns];
    let mut before: Option<Directions> = None;
    let mut projection = Projection::default();
    let mut size = residual(&r);
    let (mut best, mut best_at) = (size, 0);
    let mut iteration = 0;
    while size > tolerance {
        let stopped = KernelError::NotConverged {
            iterations: iteration,
            residual: best,
            tolerance,
        };
        if iteration == limit || iteration - best_at > STALLED || !size.is_finite() {
            return Err(stopped);
        }
        let mut z = preconditioner.apply(&r, columns, threads);
        let metric = inner(&z, &r, padded);
        let beta = before.as_ref().map(|last| {
            let beta = -last.curvature.solve(&inner(&last.q, &z, padded));
            add_product(&mut z, &last.p, &beta, padded);
            beta
        });
        let p = orthonormal(&z, padded);
        if p.is_empty() {
            return Err(stopped);
        }
        let narrow: Vec<f32> = p.iter().map(|&p| p as f32).collect();
        let q = matrix.product(&narrow, p.len() / padded, threads);
        let curvature = inner(&p, &q, padded);
        let curvature = 0.5 * (&curvature + curvature.transpose());
        let Some(factor) = Cholesky::new(curvature.clone()) else {
            return Err(KernelError::IndefiniteInSinglePrecision {
                iterations: iteration,
                residual: size,
            });
        };
        let step = factor.solve(&inner(&p, &r, padded));
        add_product(&mut a, &p, &step, padded);
        add_product(&mut r, &q, &-step, padded);
        projection.push(beta.as_ref(), &inner(&p, &z, padded), &curvature, metric);
        before = Some(Directions {
            p,
            q,
            curvature: factor,
        });
        iteration += 1;
        size = residual(&r);
        if size < best {
            (best, best_at) = (size, iteration);
        }
        let fallen = -size.ln();
        let seconds_left = (fallen > 0.1)
            .then(|| start.elapsed().as_secs_f64() * ((-tolerance.ln()) / fallen - 1.0).max(0.0));
        progress(Progress {
            iteration,
            residual: size,
            tolerance,
            seconds_left,
        });
    }
    let alpha = a.chunks(padded).map(|a| a[..n].to_vec()).collect();
    Ok(Solution {
        alpha,
        iterations: iteration,
        condition: projection.condition(),
    })
}

/// Directions P, orthonormal up to their rounding to f32; Q = K P; PᵀQ.
struct Directions {
    p: Vec<f64>,
    q: Vec<f64>,
    curvature: Cholesky<f64, Dyn>,
}

/// An orthonormal basis of the columns, rounded to f32; columns that depend on
/// earlier ones are left out.
fn orthonormal(columns: &[f64], rows: usize) -> Vec<f64> {
    let mut basis: Vec<f64> = Vec::with_capacity(columns.len());
    for column in columns.chunks(rows) {
        let mut rest = column.to_vec();
        // Twice is enough.
        for _ in 0..2 {
            for b in basis.chunks(rows) {
                let along = dot_wide(b, &rest);
                rest.iter_mut().zip(b).for_each(|(r, b)| *r -= along * b);
            }
        }
        let left = norm_wide(&rest);
        if left > 1e-10 * norm_wide(column) {
            basis.extend(rest.iter().map(|r| f64::from((r / left) as f32)));
        }
    }
    basis
}

/// Aᵀ B for tall matrices of `rows` rows, column after column. On one thread: the
/// order of the sum must not depend on their number.
fn inner(a: &[f64], b: &[f64], rows: usize) -> DMatrix<f64> {
    let (m, n) = (a.len() / rows, b.len() / rows);
    let mut product = DMatrix::zeros(m, n);
    matmul(
        MatMut::from_column_major_slice_mut(product.as_mut_slice(), m, n),
        Accum::Replace,
        MatRef::from_column_major_slice(a, rows, m).transpose(),
        MatRef::from_column_major_slice(b, rows, n),
        1.0,
        Par::Seq,
    );
    product
}

/// Y += A C.
fn add_product(y: &mut [f64], a: &[f64], c: &DMatrix<f64>, rows: usize) {
    matmul(
        MatMut::from_column_major_slice_mut(y, rows, c.ncols()),
        Accum::Add,
        MatRef::from_column_major_slice(a, rows, c.nrows()),
        MatRef::from_column_major_slice(c.as_slice(), c.nrows(), c.ncols()),
        1.0,
        Par::Seq,
    );
}
