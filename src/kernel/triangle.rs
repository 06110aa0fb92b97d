//! The lower triangle of a Gram matrix in f32 tiles, stored or made anew.

use std::sync::Mutex;

use faer::MatMut;

use super::features::Points;
use super::few_columns::{ROWS, TileProducts};
use super::function::Kernel;
use super::gram::{kernel_block, set_diagonal, tile_position};
use crate::linalg::{GROUPS, grouped_sum, next, parallel};

/// Rows and columns of a tile.
pub(super) const TILE: usize = 512;
const _: () = assert!(TILE.is_multiple_of(ROWS));

/// K + ridge I as an operator on few columns.
///
/// The last tiles are padded by zeros, so that every tile has one shape.
pub(super) struct Triangle<'a> {
    kernel: &'a dyn Kernel,
    x: &'a Points<f32>,
    ridge: f64,
    /// Tile (i, j), j <= i, at i (i + 1) / 2 + j, column-major; none if streamed.
    tiles: Vec<Vec<f32>>,
}

impl<'a> Triangle<'a> {
    /// Computes and keeps every tile.
    pub fn stored(kernel: &'a dyn Kernel, x: &'a Points<f32>, ridge: f64, threads: usize) -> Self {
        let mut triangle = Self::streamed(kernel, x, ridge);
        let blocks = x.len().div_ceil(TILE);
        let mut tiles = vec![Vec::new(); blocks * (blocks + 1) / 2];
        let list = Mutex::new(tiles.iter_mut().enumerate());
        parallel(threads, |_| {
            while let Some((index, tile)) = next(&list) {
                *tile = vec![0.0; TILE * TILE];
                triangle.fill(index, tile);
            }
        });
        triangle.tiles = tiles;
        triangle
    }

    /// Computes every tile anew in each product.
    pub fn streamed(kernel: &'a dyn Kernel, x: &'a Points<f32>, ridge: f64) -> Self {
        Self {
            kernel,
            x,
            ridge,
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

    /// The tile with this index, from the store or computed into the buffer.
    fn tile<'b>(&'b self, index: usize, buffer: &'b mut Vec<f32>) -> &'b [f32] {
        match self.tiles.get(index) {
            Some(tile) => tile,
            None => {
                buffer.clear();
                buffer.resize(TILE * TILE, 0.0);
                self.fill(index, buffer);
                buffer
            }
        }
    }

    /// For every point the `count` earlier points of largest |k(x, y)| / √k(y, y)
    /// that are not skipped, closest first. Skipped points have none.
    pub fn neighbours(&self, skip: &[bool], count: usize, threads: usize) -> Vec<Vec<u32>> {
        let n = self.x.len();
        let scale: Vec<f32> = self
            .x
            .squared_norms
            .iter()
            .zip(skip)
            .map(|(&xx, &skip)| {
                let size = self.kernel.diagonal(f64::from(xx)).sqrt();
                if skip || size == 0.0 {
                    0.0
                } else {
                    (1.0 / size) as f32
                }
            })
            .collect();
        let mut found: Vec<Vec<u32>> = vec![Vec::new(); n];
        let list = Mutex::new(found.chunks_mut(TILE).enumerate().rev());
        parallel(threads, |_| {
            let mut buffer = Vec::new();
            while let Some((i, found)) = next(&list) {
                let mut best: Vec<Vec<(f32, u32)>> =
                    vec![Vec::with_capacity(count + 1); found.len()];
                // The value to beat; skipped rows are never beaten.
                let mut least = vec![f32::INFINITY; TILE];
                for (r, least) in least.iter_mut().enumerate().take(found.len()) {
                    *least = if skip[i * TILE + r] {
                        f32::INFINITY
                    } else {
                        0.0
                    };
                }
                for j in 0..=i {
                    let tile = self.tile(i * (i + 1) / 2 + j, &mut buffer);
                    for (c, column) in tile.chunks(TILE).enumerate() {
                        let y = j * TILE + c;
                        let Some(&scale) = scale.get(y) else { break };
                        if scale == 0.0 {
                            continue;
                        }
                        let first = if i == j { c + 1 } else { 0 };
                        for chunk in first / LANES..TILE / LANES {
                            let rows = chunk * LANES..(chunk + 1) * LANES;
                            let pairs = column[rows.clone()].iter().zip(&least[rows.clone()]);
                            // No early exit: this vectorizes.
                            let beaten =
                                pairs.fold(false, |any, (v, l)| any | (v.abs() * scale > *l));
                            if !beaten {
                                continue;
                            }
                            for r in rows {
                                let value = column[r].abs() * scale;
                                if r >= first && value > least[r] {
                                    insert(&mut best[r], count, value, y as u32, &mut least[r]);
                                }
                            }
                        }
                    }
                }
                for (found, best) in found.iter_mut().zip(best) {
                    *found = best.into_iter().map(|(_, y)| y).collect();
                }
            }
        });
        found
    }

    fn fill(&self, index: usize, tile: &mut [f32]) {
        let (i, j) = tile_position(index);
        let range = |b: usize| b * TILE..self.x.len().min((b + 1) * TILE);
        let (rows, columns) = (range(i), range(j));
        let tile = MatMut::from_column_major_slice_mut(tile, TILE, TILE);
        let mut tile = tile.submatrix_mut(0, 0, rows.len(), columns.len());
        kernel_block(
            self.kernel,
            self.x,
            rows.clone(),
            self.x,
            columns,
            tile.as_mut(),
        );
        if i == j {
            set_diagonal(self.kernel, &self.x.squared_norms[rows], self.ridge, tile);
        }
    }

    /// (K + ridge I) v, each tile read once for itself and its transpose. Sums
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
            for index in group * tiles / GROUPS..(group + 1) * tiles / GROUPS {
                let (i, j) = tile_position(index);
                let tile = self.tile(index, &mut buffer);
                let (w, x) = (part(j), part(i));
                TileProducts {
                    tile,
                    rows: TILE,
                    w: Some(&w),
                    forward: &mut forward,
                    x: (i != j).then_some(&x),
                    transposed: &mut transposed,
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

/// Rows compared together.
const LANES: usize = 16;

/// Puts a candidate into a list that is sorted from large to small.
fn insert(best: &mut Vec<(f32, u32)>, count: usize, value: f32, y: u32, least: &mut f32) {
    let at = best.partition_point(|&(other, _)| other >= value);
    best.insert(at, (value, y));
    best.truncate(count);
    if best.len() == count {
        *least = best[count - 1].0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Features, Gaussian};
    use super::*;
    use rand::RngExt;

    #[test]
    fn neighbours_are_the_nearest_earlier_points() {
        let (n, d) = (TILE + 40, 3);
        let mut rng = crate::random::stream(4, "triangle");
        let values = (0..n * d).map(|_| rng.random_range(0.0..1.0)).collect();
        let features = Features::new(values, d).unwrap();
        let kernel = Gaussian::new(0.3).unwrap();
        let x = Points::<f32>::new(&features, &kernel);
        let skip: Vec<bool> = (0..n).map(|i| i % 7 == 3).collect();
        let triangle = Triangle::stored(&kernel, &x, 0.0, 2);
        let found = triangle.neighbours(&skip, 4, 2);
        assert_eq!(
            found,
            Triangle::streamed(&kernel, &x, 0.0).neighbours(&skip, 4, 1)
        );
        for i in 0..n {
            let distance = |j: usize| -> f32 {
                let pairs = features.row(i).iter().zip(features.row(j));
                pairs.map(|(a, b)| (a - b) * (a - b)).sum()
            };
            let mut earlier: Vec<usize> = (0..i).filter(|&j| !skip[j]).collect();
            earlier.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
            let expected: Vec<f32> = earlier.iter().take(4).map(|&j| distance(j)).collect();
            let chosen: Vec<f32> = found[i].iter().map(|&j| distance(j as usize)).collect();
            assert_eq!(chosen.len(), if skip[i] { 0 } else { expected.len() });
            for (a, b) in chosen.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-4, "{i}: {a} {b}");
            }
        }
    }

    #[test]
    fn stored_and_streamed_products_equal_the_definition() {
        let (n, d, columns) = (TILE + 70, 6, 3);
        let mut rng = crate::random::stream(3, "triangle");
        let values = (0..n * d).map(|_| rng.random_range(0.0..1.0)).collect();
        let features = Features::new(values, d).unwrap();
        let kernel = Gaussian::new(0.7).unwrap();
        let x = Points::<f32>::new(&features, &kernel);
        let padded = 2 * TILE;
        let mut v = vec![0.0_f32; padded * columns];
        for c in 0..columns {
            for i in 0..n {
                v[c * padded + i] = rng.random_range(-1.0..1.0);
            }
        }
        let stored = Triangle::stored(&kernel, &x, 0.5, 2).product(&v, columns, 2);
        let streamed = Triangle::streamed(&kernel, &x, 0.5).product(&v, columns, 1);
        assert_eq!(stored, streamed);
        for i in (0..n).step_by(37) {
            for c in 0..columns {
                let mut exact = 0.5 * f64::from(v[c * padded + i]);
                for j in 0..n {
                    let squared: f64 = features
                        .row(i)
                        .iter()
                        .zip(features.row(j))
                        .map(|(a, b)| f64::from(a - b).powi(2))
                        .sum();
                    exact += (-squared / 0.98).exp() * f64::from(v[c * padded + j]);
                }
                assert!((stored[c * padded + i] - exact).abs() < 1e-4);
            }
        }
        assert!(stored[n..padded].iter().all(|&y| y == 0.0));
    }
}
