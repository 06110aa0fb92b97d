//! Products of some rows of a panel with few columns, each entry read once.

use std::ops::Range;

use super::{Real, vectorized};

/// Columns of the panel read together by products with few columns.
const TOGETHER: usize = 4;

/// Few columns are kept as rows of so many numbers, a vector or two: filling up
/// with zeros costs less than a loop of another length.
pub(super) const W: usize = 16;

/// Some rows of a column-major panel.
pub(super) struct Tile<'a, T> {
    /// The panel.
    pub values: &'a [T],
    /// Rows of the panel.
    pub stride: usize,
    /// Those of the tile.
    pub rows: Range<usize>,
}

impl<T: Real> Tile<'_, T> {
    fn columns<const N: usize>(&self, first: usize) -> [&[T]; N] {
        std::array::from_fn(|c| {
            let at = (first + c) * self.stride;
            &self.values[at + self.rows.start..at + self.rows.end]
        })
    }

    /// y += T x; x has a row per column of the tile.
    pub fn forward(&self, x: &[[T; W]], y: &mut [[T; W]]) {
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
    pub fn transposed(&self, y: &[[T; W]], x: &mut [[T; W]]) {
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
pub(super) fn in_rows<T: Real>(
    a: &[Vec<f64>],
    n: usize,
    work: impl Fn(&mut Vec<[T; W]>),
) -> Vec<Vec<f64>> {
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
