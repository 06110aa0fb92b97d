//! A symmetric or lower triangular matrix as panels of columns.

use std::ops::Range;
use std::sync::Mutex;

use faer::{MatMut, MatRef};

use super::tile::{Tile, W, in_rows};
use super::{GROUPS, Real, grouped_sum, next, parallel};

/// Columns of a panel.
pub(crate) const BLOCK: usize = 512;

/// Rows that one thread works on at a time.
pub(crate) const CHUNK: usize = 256;

/// The lower triangle of an (n, n) matrix: panel j holds columns j·[`BLOCK`] to
/// (j + 1)·[`BLOCK`] from the diagonal down, column-major. What is above the
/// diagonal takes memory only within the block on it.
pub(crate) struct Panels<T> {
    panels: Vec<Vec<T>>,
    n: usize,
    pub threads: usize,
}

impl<T: Real> Panels<T> {
    /// An (n, n) matrix whose entries are written by `fill`: it is given the rows, the
    /// columns and the block of zeros there. Blocks on the diagonal are filled whole.
    pub fn filled(
        n: usize,
        threads: usize,
        fill: impl Fn(Range<usize>, Range<usize>, MatMut<'_, T>) + Sync,
    ) -> Self {
        let mut panels = vec![Vec::new(); n.div_ceil(BLOCK)];
        let list = Mutex::new(panels.iter_mut().enumerate());
        parallel(threads, |_| {
            while let Some((j, panel)) = next(&list) {
                let columns = j * BLOCK..n.min((j + 1) * BLOCK);
                let rows = columns.start..n;
                *panel = vec![T::from_f64(0.0); rows.len() * columns.len()];
                let (height, width) = (rows.len(), columns.len());
                let panel = MatMut::from_column_major_slice_mut(panel, height, width);
                fill(rows, columns, panel);
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rand::RngExt;

    /// exp(−‖x_i − x_j‖² / 2 b²) + ridge I of random points in the unit cube: positive
    /// definite, and the worse conditioned the wider.
    pub fn gaussian(n: usize, bandwidth: f64, ridge: f64, threads: usize) -> Panels<f64> {
        let mut rng = crate::random::stream(5, "panels");
        let mut coordinate = || rng.random_range(0.0..1.0);
        let x: Vec<[f64; 3]> = (0..n).map(|_| [(); 3].map(|()| coordinate())).collect();
        let entry = |i: usize, j: usize| {
            let squares = x[i].iter().zip(&x[j]).map(|(a, b)| (a - b).powi(2));
            let value = (-squares.sum::<f64>() / (2.0 * bandwidth * bandwidth)).exp();
            if i == j { value + ridge } else { value }
        };
        Panels::filled(n, threads, |rows, columns, mut block| {
            for (c, j) in columns.enumerate() {
                for (r, i) in rows.clone().enumerate() {
                    block[(r, c)] = entry(i, j);
                }
            }
        })
    }

    /// Columns of numbers between −1 and 1.
    pub fn columns(n: usize, count: usize) -> Vec<Vec<f64>> {
        let value = |c: usize, i: usize| ((7 * i + 3 * c) as f64).sin();
        (0..count)
            .map(|c| (0..n).map(|i| value(c, i)).collect())
            .collect()
    }

    fn entry(panels: &Panels<f64>, i: usize, j: usize) -> f64 {
        let (i, j) = (i.max(j), i.min(j));
        panels.panel(j / BLOCK)[(i - j / BLOCK * BLOCK, j % BLOCK)]
    }

    #[test]
    fn products_read_the_triangle_as_a_symmetric_matrix() {
        for (n, count) in [(1, 1), (7, 5), (BLOCK, 1), (2 * BLOCK + 301, 23)] {
            let matrix = gaussian(n, 0.3, 1e-3, 2);
            let a = columns(n, count);
            for (product, a) in matrix.product(&a).iter().zip(&a) {
                for i in (0..n).step_by(97) {
                    let exact: f64 = (0..n).map(|j| entry(&matrix, i, j) * a[j]).sum();
                    assert!((product[i] - exact).abs() < 1e-11, "{n} {count}");
                }
            }
        }
    }
}
