//! A factored sparse approximate inverse of what a partial Cholesky leaves.

use std::sync::Mutex;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::features::Points;
use super::function::Kernel;
use super::gram::{kernel_block, set_diagonal};
use crate::linalg::{TILE, next, parallel};

/// Least pivot of a small factorization, relative to its diagonal entry: what is
/// below is rounding of f32.
const LEAST_PIVOT: f64 = 1e-5;

/// A sparse matrix by rows.
#[derive(Debug, Default)]
struct Rows {
    /// Row i is entries `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    fn new(rows: Vec<Vec<(u32, f32)>>) -> Self {
        let mut matrix = Self {
            starts: vec![0],
            ..Self::default()
        };
        for row in rows {
            for (column, value) in row {
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.starts.push(matrix.columns.len());
        }
        matrix
    }

    fn row(&self, i: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.starts[i]..self.starts[i + 1];
        let columns = self.columns[range.clone()].iter();
        columns
            .map(|&c| c as usize)
            .zip(self.values[range].iter().copied())
    }

    fn transpose(&self) -> Self {
        let n = self.starts.len() - 1;
        let mut rows = vec![Vec::new(); n];
        for i in 0..n {
            for (j, value) in self.row(i) {
                rows[j].push((i as u32, value));
            }
        }
        Self::new(rows)
    }

    /// y = A x for x and y of shape (n, columns), row-major.
    fn product(&self, x: &[f64], columns: usize, threads: usize) -> Vec<f64> {
        let n = self.starts.len() - 1;
        let mut y = vec![0.0; n * columns];
        let list = Mutex::new(y.chunks_mut(TILE * columns).enumerate());
        parallel(threads, |_| {
            while let Some((block, y)) = next(&list) {
                for (i, y) in (block * TILE..).zip(y.chunks_mut(columns)) {
                    for (j, value) in self.row(i) {
                        let x = &x[j * columns..(j + 1) * columns];
                        for (y, x) in y.iter_mut().zip(x) {
                            *y += f64::from(value) * x;
                        }
                    }
                }
            }
        });
        y
    }
}

/// Gᵀ G ≈ S⁻¹ with G sparse, lower triangular in the order of the points.
///
/// # Reference
///
/// Kolotilina, Yeremin 1993, "Factorized sparse approximate inverse
/// preconditionings I", equation 2.7.
#[derive(Debug)]
pub(super) struct SparseInverse {
    g: Rows,
    transposed: Rows,
}

impl SparseInverse {
    /// Bytes for n points, both orders of storage and their making.
    pub fn bytes(n: usize) -> u64 {
        let entry = size_of::<(u32, f32)>();
        (n * (super::preconditioner::NEIGHBOURS + 1) * entry * 4) as u64
    }

    /// G for S = K + ridge I - F Fᵀ on the points that are not skipped.
    ///
    /// `panels` hold F as the preconditioner does.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        kernel: &dyn Kernel,
        x: &Points<f32>,
        ridge: f64,
        panels: &[Vec<f32>],
        rank: usize,
        neighbours: &[Vec<u32>],
        skip: &[bool],
        threads: usize,
    ) -> Self {
        let n = x.len();
        let mut f = vec![0.0_f32; n * rank];
        let list = Mutex::new(f.chunks_mut((TILE * rank).max(1)).zip(panels));
        parallel(threads, |_| {
            while let Some((rows, panel)) = next(&list) {
                let rows_here = rows.len() / rank.max(1);
                for (j, column) in panel.chunks(TILE).enumerate() {
                    for (i, &value) in column.iter().enumerate().take(rows_here) {
                        rows[i * rank + j] = value;
                    }
                }
            }
        });
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n];
        let list = Mutex::new(rows.chunks_mut(TILE).enumerate());
        parallel(threads, |_| {
            while let Some((block, rows)) = next(&list) {
                for (i, row) in (block * TILE..).zip(rows) {
                    if !skip[i] {
                        let mut set = neighbours[i].clone();
                        set.sort_unstable();
                        set.push(i as u32);
                        let s = residual_block(kernel, x, ridge, &f, rank, &set);
                        *row = set.into_iter().zip(last_row(&s)).collect();
                    }
                }
            }
        });
        let g = Rows::new(rows);
        let transposed = g.transpose();
        Self { g, transposed }
    }

    /// Gᵀ G v, for v of shape (padded n, columns), column after column.
    pub fn apply(&self, v: &[f64], columns: usize, threads: usize) -> Vec<f64> {
        let padded = v.len() / columns;
        let n = self.g.starts.len() - 1;
        let mut x = vec![0.0; n * columns];
        for (i, x) in x.chunks_mut(columns).enumerate() {
            for (c, x) in x.iter_mut().enumerate() {
                *x = v[c * padded + i];
            }
        }
        let middle = self.g.product(&x, columns, threads);
        let y = self.transposed.product(&middle, columns, threads);
        let mut result = vec![0.0; v.len()];
        for (i, y) in y.chunks(columns).enumerate() {
            for (c, &y) in y.iter().enumerate() {
                result[c * padded + i] = y;
            }
        }
        result
    }
}

/// (K + ridge I - F Fᵀ) on a set of points.
fn residual_block(
    kernel: &dyn Kernel,
    x: &Points<f32>,
    ridge: f64,
    f: &[f32],
    rank: usize,
    set: &[u32],
) -> Mat<f32> {
    let size = set.len();
    let gather = |matrix: &[f32], width: usize| -> Vec<f32> {
        set.iter()
            .flat_map(|&i| &matrix[i as usize * width..(i as usize + 1) * width])
            .copied()
            .collect()
    };
    let points = Points {
        values: gather(&x.values, x.dimension),
        squared_norms: gather(&x.squared_norms, 1),
        dimension: x.dimension,
        origin: x.origin.clone(),
    };
    let mut block = Mat::<f32>::zeros(size, size);
    kernel_block(kernel, &points, 0..size, &points, 0..size, block.as_mut());
    set_diagonal(kernel, &points.squared_norms, ridge, block.as_mut());
    let f = gather(f, rank);
    let f = MatRef::from_row_major_slice(&f, size, rank);
    matmul(block.as_mut(), Accum::Add, f, f.transpose(), -1.0, Par::Seq);
    block
}

/// The last row of the inverse of the lower Cholesky factor: g with Lᵀ g = e.
fn last_row(s: &Mat<f32>) -> Vec<f32> {
    let n = s.nrows();
    let mut l = vec![0.0_f64; n * n];
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let value = f64::from(s[(i, j)]) - dot;
            l[i * n + j] = if i == j {
                let diagonal = f64::from(s[(i, i)]).max(f64::MIN_POSITIVE);
                value.max(LEAST_PIVOT * diagonal).sqrt()
            } else {
                value / l[j * n + j]
            };
        }
    }
    let mut g = vec![0.0; n];
    g[n - 1] = 1.0 / l[n * n - 1];
    for i in (0..n - 1).rev() {
        let dot: f64 = (i + 1..n).map(|k| l[k * n + i] * g[k]).sum();
        g[i] = -dot / l[i * n + i];
    }
    g.into_iter().map(|x| x as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Features, Laplacian};
    use super::*;
    use rand::RngExt;

    /// With every earlier point as a neighbour, Gᵀ G is the inverse.
    #[test]
    fn with_all_neighbours_it_is_the_inverse() {
        let n = 30;
        let mut rng = crate::random::stream(1, "sparse inverse");
        let values = (0..n * 3).map(|_| rng.random_range(0.0..1.0)).collect();
        let features = Features::new(values, 3).unwrap();
        let kernel = Laplacian::new(1.0).unwrap();
        let x = Points::<f32>::new(&features, &kernel);
        let neighbours: Vec<Vec<u32>> = (0..n as u32).map(|i| (0..i).collect()).collect();
        let skip = vec![false; n];
        let panels = vec![Vec::new()];
        let inverse = SparseInverse::new(&kernel, &x, 0.2, &panels, 0, &neighbours, &skip, 2);
        let v: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
        let all: Vec<u32> = (0..n as u32).collect();
        let k = residual_block(&kernel, &x, 0.2, &[], 0, &all);
        let kv: Vec<f64> = (0..n)
            .map(|i| (0..n).map(|j| f64::from(k[(i, j)]) * v[j]).sum())
            .collect();
        for (found, v) in inverse.apply(&kv, 1, 2).iter().zip(&v) {
            assert!((found - v).abs() < 1e-4, "{found} {v}");
        }
    }
}
