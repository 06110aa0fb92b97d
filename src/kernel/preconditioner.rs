//! A preconditioner: randomly pivoted Cholesky, and a sparse inverse of the rest.

use std::sync::Mutex;

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rand::RngExt;

use super::features::Points;
use super::function::Kernel;
use super::gram::kernel_block;
use super::neighbours::neighbours;
use super::sparse_inverse::SparseInverse;
use crate::linalg::{GROUPS, TILE, TileProducts, Triangle, grouped_sum, next, parallel};
use crate::random::stream;

/// Proposals per round.
const ROUND: usize = 400;

/// Entries of a row of G beside the diagonal.
pub(super) const NEIGHBOURS: usize = 32;

/// K + λ I ≈ M: partial Cholesky on pivots, a sparse inverse on the rest.
///
/// With the pivots first,
///
/// ```text
/// K + λ I = [L 0; F I] [I 0; 0 S] [Lᵀ Fᵀ; 0 I],   S = K₂₂ + λ I - F Fᵀ,
/// M⁻¹ replaces S⁻¹ by Gᵀ G,
/// ```
///
/// L of shape (rank, rank), F of shape (n - rank, rank). G is sparse and lower
/// triangular: row i holds the nearest earlier points, and is the last row of the
/// inverse Cholesky factor of S on them. F takes the large eigenvalues, which are
/// smooth; G the small ones, which live on close pairs of points.
///
/// Pivots are drawn with probability proportional to what is left of the diagonal,
/// a round at a time, and thinned by rejection, which gives the distribution of
/// one-by-one drawing with matrix products.
///
/// # Reference
///
/// Chen, Epperly, Tropp, Webber 2022, arXiv 2207.06503 (random pivots); Epperly,
/// Tropp, Webber 2024, arXiv 2410.03969 (rejection); Zhao, Xu, Huang, Chow, Xi
/// 2023, arXiv 2304.05460 (low rank and sparse inverse together).
pub(super) struct Preconditioner {
    /// [L; F] in the order of the points, in panels of [`TILE`] rows, each (TILE,
    /// rank), column-major.
    panels: Vec<Vec<f32>>,
    pivots: Vec<usize>,
    /// L.
    factor: Mat<f64>,
    inverse: SparseInverse,
}

impl Preconditioner {
    /// Bytes for n points at this rank, including the work space of its making.
    pub fn bytes(n: usize, rank: usize) -> u64 {
        let panels = n.next_multiple_of(TILE) * rank * size_of::<f32>();
        let factor = rank * rank * size_of::<f64>();
        // The rows of F once more, while G is made.
        let rows = n * rank * size_of::<f32>();
        (panels + factor + rows.max(TILE * ROUND * size_of::<f32>())) as u64
            + SparseInverse::bytes(n)
    }

    /// Builds the preconditioner of K + ridge I.
    pub fn new(
        kernel: &dyn Kernel,
        x: &Points<f32>,
        ridge: f64,
        matrix: &Triangle<'_>,
        rank: usize,
        seed: u64,
        threads: usize,
    ) -> Self {
        let n = x.len();
        let mut diagonal: Vec<f64> = x
            .squared_norms
            .iter()
            .map(|&xx| kernel.diagonal(f64::from(xx)) + ridge)
            .collect();
        let whole: f64 = diagonal.iter().sum();
        let mut panels: Vec<Vec<f32>> = (0..n.div_ceil(TILE))
            .map(|_| Vec::with_capacity(TILE * rank))
            .collect();
        let mut rng = stream(seed, "kernel: preconditioner pivots");
        let mut pivots = Vec::new();
        while pivots.len() < rank {
            let left: f64 = diagonal.iter().sum();
            // What f32 can no longer tell from rounding is not worth a pivot.
            if left <= 1e-6 * whole {
                break;
            }
            let taken = pivots.len();
            let proposals = draw(&diagonal, left, ROUND.min(rank - taken), &mut rng);
            let (new, factor) = accept(kernel, x, ridge, &panels, taken, &proposals, &mut rng);
            if new.is_empty() {
                break;
            }
            extend(
                kernel,
                x,
                ridge,
                &mut panels,
                taken,
                &new,
                &factor,
                &mut diagonal,
                threads,
            );
            pivots.extend(new);
        }
        let rank = pivots.len();
        let mut skip = vec![false; n];
        pivots.iter().for_each(|&pivot| skip[pivot] = true);
        let factor = rows_of(&panels, rank, &pivots);
        let factor = Mat::from_fn(rank, rank, |i, j| {
            if i >= j {
                f64::from(factor[(i, j)])
            } else {
                0.0
            }
        });
        let neighbours = neighbours(matrix, kernel, x, &skip, NEIGHBOURS, threads);
        let inverse =
            SparseInverse::new(kernel, x, ridge, &panels, rank, &neighbours, &skip, threads);
        Self {
            panels,
            pivots,
            factor,
            inverse,
        }
    }

    /// M⁻¹ v, for v of shape (padded n, columns), column after column.
    pub fn apply(&self, v: &[f64], columns: usize, threads: usize) -> Vec<f64> {
        let n = v.len() / columns;
        let par = Par::rayon(threads);
        // w = L⁻¹ v₁.
        let mut w = Mat::from_fn(self.pivots.len(), columns, |j, c| v[c * n + self.pivots[j]]);
        solve_lower_triangular_in_place(self.factor.as_ref(), w.as_mut(), par);
        // s = v₂ - F w.
        let mut s = v.to_vec();
        self.subtract_forward(&w, &mut s, threads);
        // Row i of G is empty for pivots, so z₂ is 0 there.
        let mut z = self.inverse.apply(&s, columns, threads);
        // z₁ = L⁻ᵀ (w - Fᵀ z₂).
        let sums = self.transposed(&z, columns, threads);
        for c in 0..columns {
            for j in 0..self.pivots.len() {
                w[(j, c)] -= sums[c * self.pivots.len() + j];
            }
        }
        solve_upper_triangular_in_place(self.factor.transpose(), w.as_mut(), par);
        for (j, &pivot) in self.pivots.iter().enumerate() {
            for c in 0..columns {
                z[c * n + pivot] = w[(j, c)];
            }
        }
        z
    }

    /// s -= [L; F] w.
    fn subtract_forward(&self, w: &Mat<f64>, s: &mut [f64], threads: usize) {
        let columns = w.ncols();
        let n = s.len() / columns;
        let narrow: Vec<Vec<f32>> = w
            .col_iter()
            .map(|column| column.iter().map(|&x| x as f32).collect())
            .collect();
        let narrow: Vec<&[f32]> = narrow.iter().map(Vec::as_slice).collect();
        let mut forward = vec![0.0; n * columns];
        let list = Mutex::new(self.panels.iter().zip(forward.chunks_mut(TILE * columns)));
        parallel(threads, |_| {
            while let Some((tile, forward)) = next(&list) {
                TileProducts {
                    tile,
                    rows: TILE,
                    w: Some(&narrow),
                    forward,
                    x: None,
                    transposed: &mut [],
                    next: &[],
                }
                .run();
            }
        });
        for (panel, forward) in forward.chunks(TILE * columns).enumerate() {
            for (c, forward) in forward.chunks(TILE).enumerate() {
                let at = c * n + panel * TILE;
                for (s, f) in s[at..at + TILE].iter_mut().zip(forward) {
                    *s -= f64::from(*f);
                }
            }
        }
    }

    /// [L; F]ᵀ z.
    fn transposed(&self, z: &[f64], columns: usize, threads: usize) -> Vec<f64> {
        let n = z.len() / columns;
        let narrow: Vec<f32> = z.iter().map(|&z| z as f32).collect();
        let count = self.panels.len();
        let rank = self.pivots.len();
        grouped_sum(threads, rank * columns, |group, sum| {
            let mut transposed = vec![0.0; rank * columns];
            for panel in group * count / GROUPS..(group + 1) * count / GROUPS {
                transposed.fill(0.0);
                let part: Vec<&[f32]> = (0..columns)
                    .map(|c| &narrow[c * n + panel * TILE..c * n + (panel + 1) * TILE])
                    .collect();
                TileProducts {
                    tile: &self.panels[panel],
                    rows: TILE,
                    w: None,
                    forward: &mut [],
                    x: Some(&part),
                    transposed: &mut transposed,
                    next: &[],
                }
                .run();
                for (s, &t) in sum.iter_mut().zip(&transposed) {
                    *s += f64::from(t);
                }
            }
        })
    }
}

/// `count` indices drawn independently, with probability proportional to the
/// weights, each once, in random order.
fn draw(weights: &[f64], total: f64, count: usize, rng: &mut impl RngExt) -> Vec<usize> {
    let mut targets: Vec<f64> = (0..count).map(|_| rng.random_range(0.0..total)).collect();
    targets.sort_by(f64::total_cmp);
    let mut drawn = Vec::with_capacity(count);
    let (mut sum, mut index) = (0.0, 0);
    for target in targets {
        while index + 1 < weights.len() && sum + weights[index] <= target {
            sum += weights[index];
            index += 1;
        }
        drawn.push(index);
    }
    // Drawing in order of index and accepting in that order would favour the
    // first ones.
    drawn.dedup();
    for i in (1..drawn.len()).rev() {
        drawn.swap(i, rng.random_range(0..=i));
    }
    drawn
}

/// Rows of the panels, as a (rows, rank) matrix.
fn rows_of(panels: &[Vec<f32>], rank: usize, rows: &[usize]) -> Mat<f32> {
    Mat::from_fn(rows.len(), rank, |i, j| {
        panels[rows[i] / TILE][j * TILE + rows[i] % TILE]
    })
}

/// Points gathered by index.
fn gather(x: &Points<f32>, rows: &[usize]) -> Points<f32> {
    let d = x.dimension;
    Points {
        values: rows
            .iter()
            .flat_map(|&i| &x.values[i * d..(i + 1) * d])
            .copied()
            .collect(),
        squared_norms: rows.iter().map(|&i| x.squared_norms[i]).collect(),
        dimension: d,
        origin: x.origin.clone(),
    }
}

/// The proposals that survive rejection, and the lower Cholesky factor of the
/// residual matrix on them.
fn accept(
    kernel: &dyn Kernel,
    x: &Points<f32>,
    ridge: f64,
    panels: &[Vec<f32>],
    rank: usize,
    proposals: &[usize],
    rng: &mut impl RngExt,
) -> (Vec<usize>, Mat<f32>) {
    let count = proposals.len();
    let points = gather(x, proposals);
    let mut block = Mat::<f32>::zeros(count, count);
    kernel_block(kernel, &points, 0..count, &points, 0..count, block.as_mut());
    super::gram::set_diagonal(kernel, &points.squared_norms, ridge, block.as_mut());
    let old = rows_of(panels, rank, proposals);
    matmul(
        block.as_mut(),
        Accum::Add,
        old.as_ref(),
        old.transpose(),
        -1.0,
        Par::Seq,
    );
    let mut h = Mat::from_fn(count, count, |i, j| f64::from(block[(i, j)]));
    let first: Vec<f64> = (0..count).map(|i| h[(i, i)]).collect();
    let mut kept: Vec<usize> = Vec::new();
    for i in 0..count {
        let pivot = h[(i, i)];
        if pivot <= 1e-5 * kernel.diagonal(f64::from(points.squared_norms[i]))
            || pivot <= rng.random_range(0.0..1.0) * first[i]
        {
            continue;
        }
        // Column i of the factor, stored in column i; later columns are updated.
        let root = pivot.sqrt();
        for r in i..count {
            h[(r, i)] /= root;
        }
        for c in i + 1..count {
            let factor = h[(c, i)];
            for r in c..count {
                let update = h[(r, i)] * factor;
                h[(r, c)] -= update;
            }
        }
        kept.push(i);
    }
    let size = kept.len();
    let factor = Mat::from_fn(size, size, |i, j| {
        if i >= j {
            h[(kept[i], kept[j])] as f32
        } else {
            0.0
        }
    });
    (kept.iter().map(|&i| proposals[i]).collect(), factor)
}

/// Adds the columns (K - F Fᵀ)(:, pivots) L⁻ᵀ to F and lowers the diagonal.
#[allow(clippy::too_many_arguments)]
fn extend(
    kernel: &dyn Kernel,
    x: &Points<f32>,
    ridge: f64,
    panels: &mut [Vec<f32>],
    rank: usize,
    pivots: &[usize],
    factor: &Mat<f32>,
    diagonal: &mut [f64],
    threads: usize,
) {
    let n = x.len();
    let points = gather(x, pivots);
    let old = rows_of(panels, rank, pivots);
    let count = pivots.len();
    let list = Mutex::new(panels.iter_mut().zip(diagonal.chunks_mut(TILE)).enumerate());
    parallel(threads, |_| {
        while let Some((index, (panel, diagonal))) = next(&list) {
            let rows = index * TILE..n.min((index + 1) * TILE);
            panel.resize(TILE * (rank + count), 0.0);
            let (before, after) = panel.split_at_mut(TILE * rank);
            let before = MatRef::from_column_major_slice(&*before, TILE, rank);
            let after = MatMut::from_column_major_slice_mut(after, TILE, count);
            let mut after = after.subrows_mut(0, rows.len());
            kernel_block(kernel, x, rows.clone(), &points, 0..count, after.as_mut());
            for (j, &pivot) in pivots.iter().enumerate() {
                if rows.contains(&pivot) {
                    let exact = kernel.diagonal(f64::from(x.squared_norms[pivot])) + ridge;
                    after[(pivot - rows.start, j)] = exact as f32;
                }
            }
            let before = before.subrows(0, rows.len());
            matmul(
                after.as_mut(),
                Accum::Add,
                before,
                old.transpose(),
                -1.0,
                Par::Seq,
            );
            solve_lower_triangular_in_place(
                factor.as_ref(),
                after.as_mut().transpose_mut(),
                Par::Seq,
            );
            for column in after.as_ref().col_iter() {
                for (d, &f) in diagonal.iter_mut().zip(column.iter()) {
                    *d -= f64::from(f) * f64::from(f);
                }
            }
            for d in diagonal.iter_mut() {
                *d = d.max(0.0);
            }
        }
    });
    for &pivot in pivots {
        diagonal[pivot] = 0.0;
    }
}
