//! Preconditioned conjugate gradients, all right-hand sides in one pass.

use std::time::Instant;

use super::KernelError;
use super::preconditioner::Preconditioner;
use super::triangle::{TILE, Triangle};

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

/// Solves (K + ridge I) A = Y. Each column has its own step lengths; passes over
/// the matrix are shared. Vectors and scalars are f64, products f32.
///
/// # Errors
///
/// When the tolerance is not reached in `limit` iterations, or the residual
/// stops falling.
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
    let norms: Vec<f64> = r.chunks(padded).map(|r| dot(r, r).sqrt()).collect();
    let mut a = vec![0.0; padded * columns];
    let mut p: Vec<f64> = Vec::new();
    let mut rho = vec![0.0; columns];
    let mut steps: Vec<Vec<(f64, f64)>> = vec![Vec::new(); columns];
    let residual = |r: &[f64]| {
        let each = r.chunks(padded).zip(&norms);
        each.map(|(r, &norm)| {
            if norm > 0.0 {
                dot(r, r).sqrt() / norm
            } else {
                0.0
            }
        })
        .fold(0.0, f64::max)
    };
    let mut size = residual(&r);
    let mut iteration = 0;
    while size > tolerance {
        if iteration == limit || !size.is_finite() {
            return Err(KernelError::NotConverged {
                iterations: iteration,
                residual: size,
                tolerance,
            });
        }
        let z = preconditioner.apply(&r, columns, threads);
        let new_rho: Vec<f64> = r
            .chunks(padded)
            .zip(z.chunks(padded))
            .map(|(r, z)| dot(r, z))
            .collect();
        if iteration == 0 {
            p = z;
        } else {
            for c in 0..columns {
                let beta = if rho[c] > 0.0 {
                    new_rho[c] / rho[c]
                } else {
                    0.0
                };
                if let Some(last) = steps[c].last_mut() {
                    last.1 = beta;
                }
                let range = c * padded..(c + 1) * padded;
                for (p, z) in p[range.clone()].iter_mut().zip(&z[range]) {
                    *p = z + beta * *p;
                }
            }
        }
        rho = new_rho;
        // Directions are scaled to be of order 1 before they become f32.
        let narrow: Vec<f32> = p.iter().map(|&p| p as f32).collect();
        let q = matrix.product(&narrow, columns, threads);
        for c in 0..columns {
            let range = c * padded..(c + 1) * padded;
            let curvature = dot(&p[range.clone()], &q[range.clone()]);
            let step = if curvature > 0.0 {
                rho[c] / curvature
            } else {
                0.0
            };
            if step > 0.0 {
                steps[c].push((step, 0.0));
            }
            for i in range {
                a[i] += step * p[i];
                r[i] -= step * q[i];
            }
        }
        iteration += 1;
        size = residual(&r);
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
    let condition = steps
        .iter()
        .map(|steps| ritz_ratio(steps))
        .fold(1.0, f64::max);
    let alpha = a.chunks(padded).map(|a| a[..n].to_vec()).collect();
    Ok(Solution {
        alpha,
        iterations: iteration,
        condition,
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight partial sums, so that the loop vectorizes.
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// Largest over smallest eigenvalue of the tridiagonal matrix of the iteration,
/// by bisection on Sturm counts.
fn ritz_ratio(steps: &[(f64, f64)]) -> f64 {
    let mut diagonal = Vec::with_capacity(steps.len());
    let mut off = Vec::with_capacity(steps.len());
    let mut before = None;
    for &(step, beta) in steps {
        let carried = before.map_or(0.0, |(step, beta): (f64, f64)| beta / step);
        diagonal.push(1.0 / step + carried);
        off.push(beta.sqrt() / step);
        before = Some((step, beta));
    }
    if diagonal.is_empty() {
        return 1.0;
    }
    off.pop();
    let below = |x: f64| {
        let mut count = 0;
        let mut pivot = 1.0;
        for (i, d) in diagonal.iter().enumerate() {
            let coupling = if i == 0 { 0.0 } else { off[i - 1] * off[i - 1] };
            pivot = d - x - coupling / pivot;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE;
            }
            count += usize::from(pivot < 0.0);
        }
        count
    };
    let radius = |i: usize| {
        let left = if i == 0 { 0.0 } else { off[i - 1] };
        left + off.get(i).copied().unwrap_or(0.0)
    };
    let top = (0..diagonal.len())
        .map(|i| diagonal[i] + radius(i))
        .fold(0.0, f64::max);
    let find = |wanted: usize| {
        let (mut low, mut high) = (0.0, top * 1.01);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if below(middle) >= wanted {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    };
    find(diagonal.len()) / find(1).max(f64::MIN_POSITIVE)
}
