//! Products of small blocks of two matrices, in registers.
//!
//! A row is two vectors of AVX-512 and lies on a cache line: an unaligned load costs two. Every
//! number is summed in the order of the contraction index, so that CPUs with a fused
//! multiply-add come to the same bits whatever the length of their vectors.
//!
//! The inmost loops are `while`: as `for`, they call a function for every number in the profile
//! of the tests.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

use crate::Element;

/// Numbers of a row.
pub const WIDTH: usize = 32;

/// Rows of a tile.
pub const HEIGHT: usize = 8;

/// Adjacent numbers of one panel.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Row<T>(pub [T; WIDTH]);

impl<T: Element> Row<T> {
    /// Zeros.
    pub fn zero() -> Self {
        Self([T::default(); WIDTH])
    }
}

/// Rows that are stored together.
pub type Tile<T> = [Row<T>; HEIGHT];

/// Which R rows and which N vectors of a tile: what fits into the registers at a time.
#[derive(Clone, Copy)]
pub struct Block<T> {
    rows: usize,
    vectors: usize,
    numbers: PhantomData<T>,
}

impl<T: Element> Block<T> {
    /// All blocks of a tile.
    #[inline(always)]
    pub fn all<S: Simd, const R: usize, const N: usize>() -> impl Iterator<Item = Self> {
        let across = WIDTH / (N * T::lanes::<S>());
        (0..HEIGHT / R * across).map(move |i| Self {
            rows: i / across,
            vectors: i % across,
            numbers: PhantomData,
        })
    }

    /// The block's rows of a tile.
    #[inline(always)]
    pub fn rows<const R: usize>(self, tile: &Tile<T>) -> &[Row<T>; R] {
        &tile.as_chunks().0[self.rows]
    }

    /// The same, to change them.
    #[inline(always)]
    pub fn rows_mut<const R: usize>(self, tile: &mut Tile<T>) -> &mut [Row<T>; R] {
        &mut tile.as_chunks_mut().0[self.rows]
    }

    /// The same of numbers, one for every row of a tile.
    #[inline(always)]
    pub fn numbers<const R: usize>(self, numbers: &[T; HEIGHT]) -> &[T; R] {
        &numbers.as_chunks().0[self.rows]
    }

    /// The block's part of a row.
    #[inline(always)]
    pub fn of_row<S: Simd, const N: usize>(self, row: &Row<T>) -> [T::Vector<S>; N] {
        pulp::as_arrays::<N, _>(T::vectors::<S>(&row.0)).0[self.vectors]
    }

    /// The same, to change it.
    #[inline(always)]
    pub fn of_row_mut<S: Simd, const N: usize>(self, row: &mut Row<T>) -> &mut [T::Vector<S>; N] {
        &mut pulp::as_arrays_mut::<N, _>(T::vectors_mut::<S>(&mut row.0)).0[self.vectors]
    }

    /// sums_r += Σ_k a_k,r b_k, where the rows of the tile are numbers of the rows of `a`:
    /// those of its tile `first` of [`HEIGHT`].
    #[inline(always)]
    pub fn add_outer<S: Simd, const R: usize, const N: usize>(
        self,
        simd: S,
        sums: &mut [[T::Vector<S>; N]; R],
        a: &[Row<T>],
        first: usize,
        b: &[Row<T>],
    ) {
        let first = first * (HEIGHT / R) + self.rows;
        for (a, b) in a.iter().zip(b) {
            let a = &a.0.as_chunks::<R>().0[first];
            add_products(simd, sums, a, self.of_row::<S, N>(b));
        }
    }

    /// sums_r += Σ_k a_r,k b_k for the numbers k of a row, where the rows of the tile are those
    /// of `a`.
    #[inline(always)]
    pub fn add_inner<S: Simd, const R: usize, const N: usize>(
        self,
        simd: S,
        sums: &mut [[T::Vector<S>; N]; R],
        a: &Tile<T>,
        b: &[Row<T>; WIDTH],
    ) {
        let a = self.rows::<R>(a);
        for (k, b) in b.iter().enumerate() {
            let mut factors = [T::default(); R];
            let mut r = 0;
            while r < R {
                factors[r] = a[r].0[k];
                r += 1;
            }
            add_products(simd, sums, &factors, self.of_row::<S, N>(b));
        }
    }
}

/// sums_r += a_r b.
#[inline(always)]
fn add_products<T: Element, S: Simd, const R: usize, const N: usize>(
    simd: S,
    sums: &mut [[T::Vector<S>; N]; R],
    a: &[T; R],
    b: [T::Vector<S>; N],
) {
    let mut r = 0;
    while r < R {
        let factor = T::splat(simd, a[r]);
        let mut n = 0;
        while n < N {
            sums[r][n] = T::times_plus(simd, factor, b[n], sums[r][n]);
            n += 1;
        }
        r += 1;
    }
}

/// Rows and columns of the blocks of a transpose: one vector of AVX2 each.
const SIDE: usize = 8;

/// to_c,r = from_r,c.
#[inline(always)]
pub fn transpose<T: Element>(from: &[Row<T>; WIDTH], to: &mut [Row<T>; WIDTH]) {
    for r in 0..WIDTH / SIDE {
        for c in 0..WIDTH / SIDE {
            let mut block = [[T::default(); SIDE]; SIDE];
            for (row, from) in block.iter_mut().zip(&from[SIDE * r..]) {
                *row = from.0.as_chunks().0[c];
            }
            // Halves across the diagonal change places: of the block, of its quarters, and on.
            for half in [4, 2, 1] {
                let mut i = 0;
                while i < SIDE {
                    let mut j = 0;
                    while j < SIDE {
                        if i & half == 0 && j & half != 0 {
                            let right = block[i][j];
                            block[i][j] = block[i + half][j - half];
                            block[i + half][j - half] = right;
                        }
                        j += 1;
                    }
                    i += 1;
                }
            }
            for (to, row) in to[SIDE * c..].iter_mut().zip(block) {
                to.0.as_chunks_mut().0[r] = row;
            }
        }
    }
}

/// An operation on tiles, block by block.
pub trait Blockwise {
    /// Runs it with blocks of R rows and N vectors.
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S);
}

/// Runs an operation with the vectors of this CPU and blocks that fit into its registers: 16 of
/// the 32 of AVX-512 hold sums, 8 elsewhere, as many as there are additions in flight.
pub fn in_registers(operation: impl Blockwise) {
    Arch::new().dispatch(InRegisters(operation));
}

struct InRegisters<T>(T);

impl<T: Blockwise> WithSimd for InRegisters<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::F32_LANES >= 16 {
            self.0.run::<S, 8, 2>(simd);
        } else {
            self.0.run::<S, 4, 2>(simd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both products of a tile, a_k,r b_k and a_r,k b_k.
    struct Products<'a> {
        a: &'a [Row<f32>; WIDTH],
        b: &'a [Row<f32>; WIDTH],
        outer: &'a mut [Tile<f32>],
        inner: &'a mut [Tile<f32>],
    }

    impl Blockwise for Products<'_> {
        #[inline(always)]
        fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
            let tiles = self.outer.iter_mut().zip(self.inner);
            for (t, (outer, inner)) in tiles.enumerate() {
                for block in Block::all::<S, R, N>() {
                    let mut sums = [[simd.splat_f32s(1.0); N]; R];
                    block.add_outer(simd, &mut sums, self.a, t, self.b);
                    for (row, sums) in block.rows_mut::<R>(outer).iter_mut().zip(sums) {
                        *block.of_row_mut::<S, N>(row) = sums;
                    }
                    let mut sums = [[simd.splat_f32s(1.0); N]; R];
                    let tile = &self.a.as_chunks().0[t];
                    block.add_inner(simd, &mut sums, tile, self.b);
                    for (row, sums) in block.rows_mut::<R>(inner).iter_mut().zip(sums) {
                        *block.of_row_mut::<S, N>(row) = sums;
                    }
                }
            }
        }
    }

    fn matrix(seed: usize) -> [Row<f32>; WIDTH] {
        let value = |r: usize, c: usize| ((seed + 7 * r + 3 * c) as f32).sin();
        std::array::from_fn(|r| Row(std::array::from_fn(|c| value(r, c))))
    }

    /// The products with the vectors of an architecture.
    fn products(arch: impl Simd) -> [Vec<f32>; 2] {
        let (a, b) = (matrix(1), matrix(2));
        let zero = [Row::zero(); HEIGHT];
        let (mut outer, mut inner) = (vec![zero; WIDTH / HEIGHT], vec![zero; WIDTH / HEIGHT]);
        let (a, b) = (&a, &b);
        arch.vectorize(InRegisters(Products {
            a,
            b,
            outer: &mut outer,
            inner: &mut inner,
        }));
        [outer, inner].map(|tiles| {
            let rows = tiles.as_flattened().iter();
            rows.flat_map(|row| row.0).collect()
        })
    }

    #[test]
    fn products_are_the_definition_on_one_number_at_a_time() {
        let (a, b) = (matrix(1), matrix(2));
        let [outer, inner] = products(pulp::Scalar);
        for i in 0..WIDTH * WIDTH {
            let (r, c) = (i / WIDTH, i % WIDTH);
            let sum = |a: &dyn Fn(usize) -> f32| -> f64 {
                let term = |k: usize| f64::from(a(k)) * f64::from(b[k].0[c]);
                1.0 + (0..WIDTH).map(term).sum::<f64>()
            };
            assert!((f64::from(outer[i]) - sum(&|k| a[k].0[r])).abs() < 1e-5);
            assert!((f64::from(inner[i]) - sum(&|k| a[r].0[k])).abs() < 1e-5);
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn vectors_of_both_lengths_come_to_the_same_bits() {
        let scalar = products(pulp::Scalar);
        let Some(v3) = pulp::x86::V3::try_new() else {
            return;
        };
        let v3 = products(v3);
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
        assert!(v3.iter().flatten().zip(scalar.iter().flatten()).all(close));
        if let Some(v4) = pulp::x86::V4::try_new() {
            assert_eq!(products(v4), v3);
        }
    }

    #[test]
    fn a_transpose_swaps_rows_and_columns() {
        let (from, mut to) = (matrix(3), matrix(4));
        transpose(&from, &mut to);
        assert!((0..WIDTH).all(|r| (0..WIDTH).all(|c| to[c].0[r] == from[r].0[c])));
    }
}
