//! A symmetric or lower triangular matrix as panels of columns.

use std::ops::Range;
use std::sync::Mutex;

use faer::{MatMut, MatRef};

use super::features::Points;
use super::function::{Elementwise, Kernel};
use super::gram::{BLOCK, kernel_block, set_diagonal};
use crate::linalg::{GROUPS, Real, grouped_sum, next, parallel, vectorized};

/// Rows that one thread works on at a time.
pub(super) const CHUNK: usize = 256;

/// Columns of the panel read together by products with few columns.
const TOGETHER: usize = 4;

/// Few columns are kept as rows of so many numbers, a vector or two: filling up
/// with zeros costs less than a loop of another length.
const W: usize = 16;

/// The lower triangle of an (n, n) matrix: panel j holds columns j·[`BLOCK`] to
/// (j + 1)·[`BLOCK`] from the diagonal down, column-major. What is above the
/// diagonal takes memory only within the block on it.
pub(crate) struct Panels<T> {
    panels: Vec<Vec<T>>,
    n: usize,
    pub threads: usize,
}

impl<T: Real> Panels<T> {
    /// K + ridge I. Blocks on the diagonal are filled whole.
    pub fn gram(kernel: &dyn Kernel, x: &Points<T>, ridge: f64, threads: usize) -> Self
    where
        T: Elementwise,
    {
        let n = x.len();
        let mut panels = vec![Vec::new(); n.div_ceil(BLOCK)];
        let list = Mutex::new(panels.iter_mut().enumerate());
        parallel(threads, |_| {
            while let Some((j, panel)) = next(&list) {
                let columns = j * BLOCK..n.min((j + 1) * BLOCK);
                let rows = n - columns.start;
                *panel = vec![T::from_f64(0.0); rows * columns.len()];
                let mut panel = MatMut::from_column_major_slice_mut(panel, rows, columns.len());
                kernel_block(
                    kernel,
                    x,
                    columns.start..n,
                    x,
                    columns.clone(),
                    panel.as_mut(),
                );
                set_diagonal(kernel, &x.squared_norms[columns], ridge, panel);
            }
        });
        Self { panels, n, threads }
    }

    /// The lower triangle of a given symmetric matrix, blocks on the diagonal whole.
    pub fn of_matrix(matrix: MatRef<'_, T>) -> Self {
        let n = matrix.nrows();
        let panel = |first: usize| {
            let columns = matrix.subcols(first, BLOCK.min(n - first));
            let below = columns.subrows(first, n - first);
            below.col_iter().flat_map(|c| c.iter().copied()).collect()
        };
        Self {
            panels: (0..n).step_by(BLOCK).map(panel).collect(),
            n,
            threads: 1,
        }
    }

    /// The same numbers rounded to another precision.
    pub fn rounded<U: Real>(&self) -> Panels<U> {
        let mut panels = vec![Vec::new(); self.panels.len()];
        let list = Mutex::new(panels.iter_mut().zip(&self.panels));
        parallel(self.threads, |_| {
            while let Some((to, from)) = next(&list) {
                *to = from.iter().map(|x| U::from_f64(x.to_f64())).collect();
            }
        });
        Panels {
            panels,
            n: self.n,
            threads: self.threads,
        }
    }

    /// Rows and columns of the matrix.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Number of panels.
    pub fn count(&self) -> usize {
        self.panels.len()
    }

    /// Panel j, shape (n - j·[`BLOCK`], columns).
    pub fn panel(&self, j: usize) -> MatRef<'_, T> {
        let rows = self.n - j * BLOCK;
        MatRef::from_column_major_slice(&self.panels[j], rows, rows.min(BLOCK))
    }

    /// Panel j to change, and those before it.
    pub fn panel_mut(&mut self, j: usize) -> (MatMut<'_, T>, Vec<MatRef<'_, T>>) {
        let rows = |j: usize| self.n - j * BLOCK;
        let (before, rest) = self.panels.split_at_mut(j);
        let before = before.iter().enumerate();
        let before = before
            .map(|(i, panel)| MatRef::from_column_major_slice(panel, rows(i), BLOCK))
            .collect();
        let columns = rows(j).min(BLOCK);
        let panel = MatMut::from_column_major_slice_mut(&mut rest[0], rows(j), columns);
        (panel, before)
    }

    /// The matrix, taken as symmetric, times few columns. Each entry is read once.
    ///
    /// Shapes: `a` and the result (n, columns), column after column.
    pub fn product(&self, a: &[Vec<f64>]) -> Vec<Vec<f64>> {
        in_rows(a, self.n, |rows| *rows = self.product_of(rows))
    }

    fn product_of(&self, a: &[[T; W]]) -> Vec<[T; W]> {
        // Chunks of all panels, dealt out to the groups in turn.
        let chunks: Vec<(usize, Range<usize>)> = (0..self.count())
            .flat_map(|j| {
                let rows = self.n - j * BLOCK;
                let starts = (0..rows).step_by(CHUNK);
                starts.map(move |start| (j, start..rows.min(start + CHUNK)))
            })
            .collect();
        let total = grouped_sum(self.threads, self.n * W, |group, total| {
            let mut below = [[T::from_f64(0.0); W]; CHUNK];
            let mut across = [[T::from_f64(0.0); W]; BLOCK];
            for (j, rows) in chunks.iter().skip(group).step_by(GROUPS) {
                let first = j * BLOCK;
                let columns = BLOCK.min(self.n - first);
                let tile = Tile {
                    values: &self.panels[*j],
                    stride: self.n - first,
                    rows: rows.clone(),
                };
                below.fill([T::from_f64(0.0); W]);
                tile.forward(&a[first..first + columns], &mut below[..rows.len()]);
                add(&mut total[(first + rows.start) * W..], &below[..rows.len()]);
                // The block on the diagonal is whole.
                if rows.start >= columns {
                    across.fill([T::from_f64(0.0); W]);
                    let a = &a[first + rows.start..first + rows.end];
                    tile.transposed(a, &mut across[..columns]);
                    add(&mut total[first * W..], &across[..columns]);
                }
            }
        });
        let total = total.as_chunks::<W>().0;
        total.iter().map(|row| row.map(T::from_f64)).collect()
    }

    /// b ← L⁻¹ b for the lower triangle L, then b ← L⁻ᵀ b.
    pub fn solve(&self, y: &[Vec<f64>]) -> Vec<Vec<f64>> {
        in_rows(y, self.n, |rows| self.solve_rows(rows))
    }

    fn solve_rows(&self, b: &mut [[T; W]]) {
        for j in 0..self.count() {
            let panel = self.panel(j);
            let (head, below) = b[j * BLOCK..].split_at_mut(panel.ncols());
            for c in 0..head.len() {
                let column = panel.col(c);
                let (solved, rest) = head.split_at_mut(c + 1);
                let solved = &mut solved[c];
                solved.iter_mut().for_each(|x| *x /= column[c]);
                for (i, rest) in (c + 1..).zip(rest) {
                    for (r, s) in rest.iter_mut().zip(&*solved) {
                        *r -= column[i] * *s;
                    }
                }
            }
            let minus: Vec<[T; W]> = head
                .iter()
                .map(|row| row.map(|x| T::from_f64(0.0) - x))
                .collect();
            let list = Mutex::new(below.chunks_mut(CHUNK).enumerate());
            parallel(self.threads, |_| {
                while let Some((chunk, below)) = next(&list) {
                    self.below(j, chunk, below.len()).forward(&minus, below);
                }
            });
        }
        for j in (0..self.count()).rev() {
            let panel = self.panel(j);
            let (head, below) = b[j * BLOCK..].split_at_mut(panel.ncols());
            let mut parts =
                vec![vec![[T::from_f64(0.0); W]; head.len()]; below.len().div_ceil(CHUNK)];
            let list = Mutex::new(parts.iter_mut().zip(below.chunks(CHUNK)).enumerate());
            parallel(self.threads, |_| {
                while let Some((chunk, (part, below))) = next(&list) {
                    self.below(j, chunk, below.len()).transposed(below, part);
                }
            });
            for (h, p) in parts.iter().flat_map(|part| part.iter().enumerate()) {
                for (h, p) in head[h].iter_mut().zip(p) {
                    *h -= *p;
                }
            }
            for c in (0..head.len()).rev() {
                let column = panel.col(c);
                let (above, solved) = head.split_at_mut(c + 1);
                let own = &mut above[c];
                for (i, solved) in (c + 1..).zip(solved) {
                    for (x, s) in own.iter_mut().zip(&*solved) {
                        *x -= column[i] * *s;
                    }
                }
                own.iter_mut().for_each(|x| *x /= column[c]);
            }
        }
    }

    /// A chunk of panel j below its block on the diagonal.
    fn below(&self, j: usize, chunk: usize, rows: usize) -> Tile<'_, T> {
        let stride = self.n - j * BLOCK;
        let start = stride.min(BLOCK) + chunk * CHUNK;
        Tile {
            values: &self.panels[j],
            stride,
            rows: start..start + rows,
        }
    }
}

fn add<T: Real>(total: &mut [f64], rows: &[[T; W]]) {
    for (total, value) in total.iter_mut().zip(rows.as_flattened()) {
        *total += value.to_f64();
    }
}

/// Some rows of a column-major panel.
struct Tile<'a, T> {
    values: &'a [T],
    stride: usize,
    rows: Range<usize>,
}

impl<T: Real> Tile<'_, T> {
    fn columns<const N: usize>(&self, first: usize) -> [&[T]; N] {
        std::array::from_fn(|c| {
            let at = (first + c) * self.stride;
            &self.values[at + self.rows.start..at + self.rows.end]
        })
    }

    /// y += T x; x has a row per column of the tile.
    fn forward(&self, x: &[[T; W]], y: &mut [[T; W]]) {
        vectorized(
            #[inline(always)]
            || {
                let mut first = 0;
                for x in x.chunks(TOGETHER) {
                    if let Some(x) = x.first_chunk::<TOGETHER>() {
                        forward(self.columns(first), x, y);
                    } else {
                        for (c, x) in x.iter().enumerate() {
                            forward(self.columns::<1>(first + c), &[*x], y);
                        }
                    }
                    first += TOGETHER;
                }
            },
        );
    }

    /// x += Tᵀ y; y has a row per row of the tile.
    fn transposed(&self, y: &[[T; W]], x: &mut [[T; W]]) {
        vectorized(
            #[inline(always)]
            || {
                let mut first = 0;
                for x in x.chunks_mut(TOGETHER) {
                    if let Some(x) = x.first_chunk_mut::<TOGETHER>() {
                        transposed(self.columns(first), y, x);
                    } else {
                        for (c, x) in x.iter_mut().enumerate() {
                            transposed(self.columns::<1>(first + c), y, std::array::from_mut(x));
                        }
                    }
                    first += TOGETHER;
                }
            },
        );
    }
}

#[inline(always)]
fn forward<T: Real, const N: usize>(columns: [&[T]; N], x: &[[T; W]; N], y: &mut [[T; W]]) {
    let columns = columns.map(|column| &column[..y.len()]);
    for (i, y) in y.iter_mut().enumerate() {
        let mut row = *y;
        for c in 0..N {
            let k = columns[c][i];
            for l in 0..W {
                row[l] += k * x[c][l];
            }
        }
        *y = row;
    }
}

#[inline(always)]
fn transposed<T: Real, const N: usize>(columns: [&[T]; N], y: &[[T; W]], x: &mut [[T; W]; N]) {
    let columns = columns.map(|column| &column[..y.len()]);
    let mut sums = [[T::from_f64(0.0); W]; N];
    for (i, y) in y.iter().enumerate() {
        for c in 0..N {
            let k = columns[c][i];
            for l in 0..W {
                sums[c][l] += k * y[l];
            }
        }
    }
    for (x, sums) in x.iter_mut().zip(sums) {
        for (x, sum) in x.iter_mut().zip(sums) {
            *x += sum;
        }
    }
}

/// Applies `work` to at most [`W`] columns at a time, as rows.
fn in_rows<T: Real>(a: &[Vec<f64>], n: usize, work: impl Fn(&mut Vec<[T; W]>)) -> Vec<Vec<f64>> {
    let mut result = Vec::with_capacity(a.len());
    for a in a.chunks(W) {
        let entry = |c: usize, i: usize| a.get(c).map_or(0.0, |column| column[i]);
        let mut rows = (0..n)
            .map(|i| std::array::from_fn(|c| T::from_f64(entry(c, i))))
            .collect();
        work(&mut rows);
        let column = |c: usize| rows.iter().map(|row| row[c].to_f64()).collect();
        result.extend((0..a.len()).map(column));
    }
    result
}
