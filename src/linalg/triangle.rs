//! The lower triangle of a symmetric matrix in f32 tiles, stored or made anew.

use std::ops::Range;
use std::sync::Mutex;

use faer::MatMut;

use super::few_columns::{ROWS, TileProducts};
use super::{GROUPS, grouped_sum, next, parallel};

/// Rows and columns of a tile.
pub(crate) const TILE: usize = 512;
const _: () = assert!(TILE.is_multiple_of(ROWS));

/// Writes the entries of these rows and columns into a block of zeros.
type Fill<'a> = dyn Fn(Range<usize>, Range<usize>, MatMut<'_, f32>) + Sync + 'a;

/// A symmetric (n, n) matrix as an operator on few columns.
///
/// The last tiles are padded by zeros, so that every tile has one shape.
pub(crate) struct Triangle<'a> {
    n: usize,
    fill: Box<Fill<'a>>,
    /// Tile (i, j), j <= i, at i (i + 1) / 2 + j, column-major; none if streamed.
    tiles: Vec<Vec<f32>>,
}

impl<'a> Triangle<'a> {
    /// Computes and keeps every tile.
    pub fn stored(
        n: usize,
        threads: usize,
        fill: impl Fn(Range<usize>, Range<usize>, MatMut<'_, f32>) + Sync + 'a,
    ) -> Self {
        let mut triangle = Self::streamed(n, fill);
        let blocks = n.div_ceil(TILE);
        let mut tiles = vec![Vec::new(); blocks * (blocks + 1) / 2];
        let list = Mutex::new(tiles.iter_mut().enumerate());
        parallel(threads, |_| {
            while let Some((index, tile)) = next(&list) {
                *tile = vec![0.0; TILE * TILE];
                triangle.write(index, tile);
            }
        });
        triangle.tiles = tiles;
        triangle
    }

    /// Computes every tile anew in each product.
    pub fn streamed(
        n: usize,
        fill: impl Fn(Range<usize>, Range<usize>, MatMut<'_, f32>) + Sync + 'a,
    ) -> Self {
        Self {
            n,
            fill: Box::new(fill),
            tiles: Vec::new(),
        }
    }

    /// Bytes of the stored tiles for n points.
    pub fn bytes(n: usize) -> u64 {
        let blocks = n.div_ceil(TILE) as u64;
        blocks * (blocks + 1) / 2 * (TILE * TILE * size_of::<f32>()) as u64
    }

    /// Bytes of the partial sums of one product.
    pub fn product_bytes(n: usize, columns: usize) -> u64 {
        (GROUPS * columns * n.next_multiple_of(TILE) * size_of::<f64>()) as u64
    }

    /// The tile with this index, counted row by row, from the store or computed into the
    /// buffer.
    pub fn tile<'b>(&'b self, index: usize, buffer: &'b mut Vec<f32>) -> &'b [f32] {
        match self.tiles.get(index) {
            Some(tile) => tile,
            None => {
                buffer.clear();
                buffer.resize(TILE * TILE, 0.0);
                self.write(index, buffer);
                buffer
            }
        }
    }

    fn write(&self, index: usize, tile: &mut [f32]) {
        let (i, j) = tile_position(index);
        let range = |b: usize| b * TILE..self.n.min((b + 1) * TILE);
        let (rows, columns) = (range(i), range(j));
        let tile = MatMut::from_column_major_slice_mut(tile, TILE, TILE);
        let tile = tile.submatrix_mut(0, 0, rows.len(), columns.len());
        (self.fill)(rows, columns, tile);
    }

    /// A v, each tile read once for itself and its transpose. Sums
    /// within a tile are f32, across tiles f64.
    ///
    /// Shapes: `v` and the result (padded n, columns), column after column, where
    /// padded n is n rounded up to a multiple of [`TILE`].
    pub fn product(&self, v: &[f32], columns: usize, threads: usize) -> Vec<f64> {
        let n = v.len() / columns;
        let blocks = n / TILE;
        let tiles = blocks * (blocks + 1) / 2;
        grouped_sum(threads, v.len(), |group, y| {
            let mut forward = vec![0.0_f32; TILE * columns];
            let mut transposed = forward.clone();
            let mut buffer = Vec::new();
            let part = |block: usize| -> Vec<&[f32]> {
                (0..columns)
                    .map(|c| &v[c * n + block * TILE..c * n + (block + 1) * TILE])
                    .collect()
            };
            let mut add = |block: usize, sums: &mut [f32]| {
                for (c, sums) in sums.chunks_mut(TILE).enumerate() {
                    let at = c * n + block * TILE;
                    for (y, s) in y[at..at + TILE].iter_mut().zip(sums) {
                        *y += f64::from(std::mem::take(s));
                    }
                }
            };
            let end = (group + 1) * tiles / GROUPS;
            for index in group * tiles / GROUPS..end {
                let (i, j) = tile_position(index);
                let tile = self.tile(index, &mut buffer);
                let next = self.tiles.get(index + 1).filter(|_| index + 1 < end);
                let (w, x) = (part(j), part(i));
                TileProducts {
                    tile,
                    rows: TILE,
                    w: Some(&w),
                    forward: &mut forward,
                    x: (i != j).then_some(&x),
                    transposed: &mut transposed,
                    next: next.map_or(&[], Vec::as_slice),
                }
                .run();
                add(i, &mut forward);
                if i != j {
                    add(j, &mut transposed);
                }
            }
        })
    }
}

/// Row and column of the tile with this index, counted row by row.
pub(crate) fn tile_position(index: usize) -> (usize, usize) {
    let mut row = ((8.0 * index as f64 + 1.0).sqrt() / 2.0 - 0.5) as usize;
    while row * (row + 1) / 2 > index {
        row -= 1;
    }
    while (row + 1) * (row + 2) / 2 <= index {
        row += 1;
    }
    (row, index - row * (row + 1) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn stored_and_streamed_products_equal_the_definition() {
        let (n, columns) = (TILE + 70, 3);
        let mut rng = crate::random::stream(3, "triangle");
        let entry = |i: usize, j: usize| ((i * j) as f32).cos() + if i == j { 0.5 } else { 0.0 };
        let fill = |rows: Range<usize>, columns: Range<usize>, mut block: MatMut<'_, f32>| {
            for (c, j) in columns.enumerate() {
                for (r, i) in rows.clone().enumerate() {
                    block[(r, c)] = entry(i, j);
                }
            }
        };
        let padded = 2 * TILE;
        let mut v = vec![0.0_f32; padded * columns];
        for c in 0..columns {
            for i in 0..n {
                v[c * padded + i] = rng.random_range(-1.0..1.0);
            }
        }
        let stored = Triangle::stored(n, 2, fill).product(&v, columns, 2);
        let streamed = Triangle::streamed(n, fill).product(&v, columns, 1);
        assert_eq!(stored, streamed);
        for i in (0..n).step_by(37) {
            for c in 0..columns {
                let product = |j: usize| f64::from(entry(i, j)) * f64::from(v[c * padded + j]);
                let exact: f64 = (0..n).map(product).sum();
                assert!((stored[c * padded + i] - exact).abs() < 1e-4);
            }
        }
        assert!(stored[n..padded].iter().all(|&y| y == 0.0));
    }

    #[test]
    fn tiles_are_counted_row_by_row() {
        let mut index = 0;
        for i in 0..40 {
            for j in 0..=i {
                assert_eq!(tile_position(index), (i, j));
                index += 1;
            }
        }
    }
}
