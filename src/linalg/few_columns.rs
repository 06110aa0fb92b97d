//! Products of one tile with a few columns, at the speed of memory.
//!
//! A general matrix product packs its operands, which for ten columns costs
//! more than the product. Here a strip of a tile is read from memory once,
//! sequentially, for the transposed product, and again from the cache for the
//! other; all columns are kept in registers. Meanwhile the next strip is fetched.

// Loops over the constant C are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::{Simd, WithSimd};

use super::prefetch::Ahead;

/// Columns of a tile that stay in the second-level cache between the halves.
const STRIP: usize = 128;

/// Rows of a tile must be a multiple of this: two vectors of the widest kind.
pub(crate) const ROWS: usize = 32;

/// Columns of a right-hand side, split into groups that have a kernel.
fn group(columns: usize) -> usize {
    match columns {
        10.. => 10,
        5..10 => 5,
        2..5 => 2,
        _ => 1,
    }
}

/// What to do with a tile T of shape (rows, columns), column-major.
pub(crate) struct TileProducts<'a> {
    /// The tile; its length is rows x columns.
    pub tile: &'a [f32],
    /// Rows, a multiple of [`ROWS`].
    pub rows: usize,
    /// T w is added to `forward`: w has shape (columns, c), column after column.
    pub w: Option<&'a [&'a [f32]]>,
    /// Shape (rows, c), column after column.
    pub forward: &'a mut [f32],
    /// Tᵀ x is added to `transposed`: x has shape (rows, c).
    pub x: Option<&'a [&'a [f32]]>,
    /// Shape (columns, c), column after column.
    pub transposed: &'a mut [f32],
    /// The tile that is read after this one, as far as is known: no result depends on it.
    pub next: &'a [f32],
}

impl TileProducts<'_> {
    /// Runs both halves that are asked for.
    pub fn run(self) {
        pulp::Arch::new().dispatch(self);
    }
}

impl WithSimd for TileProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let columns = self.w.or(self.x).map_or(0, <[_]>::len);
        let mut start = 0;
        while start < columns {
            let width = group(columns - start);
            match width {
                10 => self.group::<S, 10>(simd, start),
                5 => self.group::<S, 5>(simd, start),
                2 => self.group::<S, 2>(simd, start),
                _ => self.group::<S, 1>(simd, start),
            }
            start += width;
        }
    }
}

impl TileProducts<'_> {
    #[inline(always)]
    fn group<S: Simd, const C: usize>(&mut self, simd: S, start: usize) {
        let rows = self.rows;
        let columns = self.tile.len() / rows;
        let lanes = S::F32_LANES;
        // Lines of the next strip to fetch in an iteration: both halves together have one
        // for each line, one half alone has one for two.
        let both = self.w.is_some() && self.x.is_some();
        let lines = if both { 1 } else { 2 };
        // Further columns read this tile again.
        let last = start + C == self.w.or(self.x).map_or(0, <[_]>::len);
        let next = if last { self.next } else { self.tile };
        // x as [vector of rows][column][lane].
        let mut packed_x = Vec::new();
        if let Some(x) = self.x {
            packed_x.reserve(rows * C);
            for v in 0..rows / lanes {
                for c in 0..C {
                    packed_x.extend_from_slice(&x[start + c][v * lanes..(v + 1) * lanes]);
                }
            }
        }
        let (packed_x, _) = pulp::as_arrays::<C, _>(S::as_simd_f32s(&packed_x).0);
        let mut packed_forward = vec![0.0; if self.w.is_some() { rows * C } else { 0 }];
        let mut packed_w = Vec::with_capacity(STRIP);
        for (strip, tile) in self.tile.chunks(STRIP * rows).enumerate() {
            let first = strip * STRIP;
            let rest = self.tile.get((strip + 1) * STRIP * rows..).unwrap_or(&[]);
            let after = if rest.is_empty() { next } else { rest };
            let after = &after[..after.len().min(STRIP * rows)];
            let mut ahead = Ahead::new(after, lines);
            if self.x.is_some() {
                for (pair, two) in tile.chunks(2 * rows).enumerate() {
                    let j = first + 2 * pair;
                    let (one, other) = two.split_at(rows);
                    let last = other.is_empty();
                    let other = if last { one } else { other };
                    let sums = transposed_pair::<S, C>(simd, one, other, packed_x, &mut ahead);
                    for c in 0..C {
                        self.transposed[(start + c) * columns + j] += sums[0][c];
                        if !last {
                            self.transposed[(start + c) * columns + j + 1] += sums[1][c];
                        }
                    }
                }
            }
            if let Some(w) = self.w {
                packed_w.clear();
                let width = tile.len() / rows;
                packed_w.extend((first..first + width).map(|j| {
                    let mut row = [0.0; C];
                    for (c, value) in row.iter_mut().enumerate() {
                        *value = w[start + c][j];
                    }
                    row
                }));
                let y = S::as_mut_simd_f32s(&mut packed_forward).0;
                // Two row vectors need 2 C registers: too many on narrower CPUs.
                if lanes >= 16 {
                    forward_strip::<S, C, 2>(simd, tile, rows / lanes, &packed_w, y, &mut ahead);
                } else {
                    forward_strip::<S, C, 1>(simd, tile, rows / lanes, &packed_w, y, &mut ahead);
                }
            }
        }
        if self.w.is_some() {
            for (v, block) in packed_forward.chunks_exact(C * lanes).enumerate() {
                for (c, values) in block.chunks_exact(lanes).enumerate() {
                    let at = (start + c) * rows + v * lanes;
                    for (y, value) in self.forward[at..at + lanes].iter_mut().zip(values) {
                        *y += value;
                    }
                }
            }
        }
    }
}

/// Inner products of two tile columns with all columns of x.
#[inline(always)]
fn transposed_pair<S: Simd, const C: usize>(
    simd: S,
    one: &[f32],
    other: &[f32],
    x: &[[S::f32s; C]],
    ahead: &mut Ahead<'_>,
) -> [[f32; C]; 2] {
    let zero = simd.splat_f32s(0.0);
    let mut sums = [[zero; C]; 2];
    let one = S::as_simd_f32s(one).0;
    let other = S::as_simd_f32s(other).0;
    for ((&a, &b), x) in one.iter().zip(other).zip(x) {
        ahead.step();
        for c in 0..C {
            sums[0][c] = simd.mul_add_e_f32s(a, x[c], sums[0][c]);
            sums[1][c] = simd.mul_add_e_f32s(b, x[c], sums[1][c]);
        }
    }
    let mut total = [[0.0; C]; 2];
    for (total, sums) in total.iter_mut().zip(&sums) {
        for (total, &sum) in total.iter_mut().zip(sums) {
            *total = simd.reduce_sum_f32s(sum);
        }
    }
    total
}

/// Adds a strip times w to y, R row vectors at a time.
#[inline(always)]
fn forward_strip<S: Simd, const C: usize, const R: usize>(
    simd: S,
    tile: &[f32],
    vectors: usize,
    w: &[[f32; C]],
    y: &mut [S::f32s],
    ahead: &mut Ahead<'_>,
) {
    let tile = S::as_simd_f32s(tile).0;
    for (block, y) in y.chunks_exact_mut(R * C).enumerate() {
        let at = block * R;
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        for (column, w) in tile.chunks_exact(vectors).zip(w) {
            ahead.step();
            let rows = &column[at..at + R];
            for r in 0..R {
                for c in 0..C {
                    sums[r][c] = simd.mul_add_e_f32s(rows[r], simd.splat_f32s(w[c]), sums[r][c]);
                }
            }
        }
        for r in 0..R {
            for c in 0..C {
                y[r * C + c] = simd.add_f32s(y[r * C + c], sums[r][c]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::RngExt;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn both_halves_equal_the_definition(
            vectors in 1..5_usize, columns in 1..300_usize, c in 1..14_usize, seed: u64
        ) {
            let rows = vectors * ROWS;
            let mut rng = crate::random::stream(seed, "tile");
            let mut draw = |n: usize| -> Vec<f32> {
                (0..n).map(|_| rng.random_range(-1.0..1.0_f32)).collect()
            };
            let tile = draw(rows * columns);
            let w: Vec<Vec<f32>> = (0..c).map(|_| draw(columns)).collect();
            let x: Vec<Vec<f32>> = (0..c).map(|_| draw(rows)).collect();
            let w: Vec<&[f32]> = w.iter().map(Vec::as_slice).collect();
            let x: Vec<&[f32]> = x.iter().map(Vec::as_slice).collect();
            let mut forward = vec![1.0; rows * c];
            let mut transposed = vec![2.0; columns * c];
            TileProducts {
                tile: &tile,
                rows,
                w: Some(&w),
                forward: &mut forward,
                x: Some(&x),
                transposed: &mut transposed,
                next: &[],
            }
            .run();
            for k in 0..c {
                for i in 0..rows {
                    let exact: f64 = (0..columns)
                        .map(|j| f64::from(tile[j * rows + i]) * f64::from(w[k][j]))
                        .sum();
                    prop_assert!((f64::from(forward[k * rows + i]) - exact - 1.0).abs() < 1e-4);
                }
                for j in 0..columns {
                    let exact: f64 = (0..rows)
                        .map(|i| f64::from(tile[j * rows + i]) * f64::from(x[k][i]))
                        .sum();
                    prop_assert!((f64::from(transposed[k * columns + j]) - exact - 2.0).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn the_tile_that_follows_changes_no_bit() {
        let (rows, columns) = (2 * ROWS, 2 * STRIP + 3);
        let value = |i: usize| (i as f32).sin();
        let tile: Vec<f32> = (0..rows * columns).map(value).collect();
        let column: Vec<f32> = (0..columns).map(value).collect();
        for (c, halves) in [(10, (true, true)), (13, (true, false)), (1, (false, true))] {
            let (w, x) = (vec![&column[..]; c], vec![&column[..rows]; c]);
            let products = |next: &[f32]| {
                let mut sums = (vec![0.0; rows * c], vec![0.0; columns * c]);
                TileProducts {
                    tile: &tile,
                    rows,
                    w: halves.0.then_some(&w),
                    forward: &mut sums.0,
                    x: halves.1.then_some(&x),
                    transposed: &mut sums.1,
                    next,
                }
                .run();
                sums
            };
            let alone = products(&[]);
            for next in [&tile[..], &tile[..rows + 1]] {
                assert_eq!(products(next), alone);
            }
        }
    }
}
