//! The sums of a window over an image.

// Loops over the constants M and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::{Simd, WithSimd};

use super::reading::Reading;
use crate::Element;
use crate::images::{CHANNELS, Line};
use crate::tile::{Row, WIDTH};

/// Pixels whose sums are in registers at a time: rows of the paper's images are 28, 14 and 7.
const PIXELS: usize = 7;

/// One image under the filters of a layer.
pub struct Forward<'a, T> {
    pub(super) reading: Reading,
    /// The image as it is read.
    pub(super) x: &'a [Line<T>],
    pub(super) filters: &'a [Row<T>],
    /// Added to the sums; without, they are added to what `y` holds.
    pub(super) bias: Option<&'a [Row<T>]>,
    /// Blocks of outputs, each with a line for every place of the window.
    pub(super) y: &'a mut [Line<T>],
    pub(super) relu: bool,
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (height, width) = self.reading.places;
        let lines = self.y.len() / (height * width);
        for (group, first) in (0..lines).step_by(WIDTH / CHANNELS).enumerate() {
            let vectors = (lines - first).min(WIDTH / CHANNELS) * CHANNELS / T::lanes::<S>();
            for vector in (0..vectors).step_by(2) {
                if vector + 1 < vectors {
                    self.rows::<S, 2>(simd, group, vector);
                } else {
                    self.rows::<S, 1>(simd, group, vector);
                }
            }
        }
    }
}

impl<T: Element> Forward<'_, T> {
    /// N vectors of outputs of a group, from the given one on.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(&mut self, simd: S, group: usize, vector: usize) {
        let (height, width) = self.reading.places;
        for row in 0..height {
            let mut column = 0;
            while column + PIXELS <= width {
                self.tile::<S, PIXELS, N>(simd, group, vector, (row, column));
                column += PIXELS;
            }
            while column < width {
                self.tile::<S, 1, N>(simd, group, vector, (row, column));
                column += 1;
            }
        }
    }

    /// M pixels of N vectors.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        group: usize,
        vector: usize,
        (row, column): (usize, usize),
    ) {
        let reading = &self.reading;
        let (blocks, kernel, taps) = (reading.blocks(), reading.kernel, reading.taps());
        let (plane, line) = (reading.plane(), reading.row());
        let mut sums = [[T::splat(simd, T::default()); N]; M];
        for block in 0..blocks {
            for ky in 0..kernel {
                let y = row * reading.stride + ky;
                if !reading.has_row(y) {
                    continue; // zeros of the border
                }
                let filters =
                    &self.filters[((group * blocks + block) * kernel + ky) * taps * CHANNELS..];
                let x = &self.x[block * plane + y * line..][..line];
                for (tap, filters) in filters.as_chunks::<CHANNELS>().0[..taps].iter().enumerate() {
                    let x = &x[reading.tap(tap) + column..];
                    let x: &[Line<T>; M] = x.first_chunk().expect("as many as places");
                    for (i, filter) in filters.iter().enumerate() {
                        let filter: [T::Vector<S>; N] = vectors::<T, S, N>(&filter.0, vector);
                        for m in 0..M {
                            let x = T::splat(simd, x[m].0[i]);
                            for n in 0..N {
                                sums[m][n] = T::times_plus(simd, x, filter[n], sums[m][n]);
                            }
                        }
                    }
                }
            }
        }
        let zero = T::splat(simd, T::default());
        let (height, width) = reading.places;
        for n in 0..N {
            let (output, part) = line_of::<T, S>(group, vector + n);
            let y = &mut self.y[output * height * width + row * width + column..][..M];
            let bias = self
                .bias
                .map(|bias| T::vectors::<S>(&bias[group].0)[vector + n]);
            for m in 0..M {
                let y = &mut T::vectors_mut::<S>(&mut y[m].0)[part];
                *y = match bias {
                    Some(bias) => T::plus(simd, sums[m][n], bias),
                    None => T::plus(simd, *y, sums[m][n]),
                };
                if self.relu {
                    // What is not a number stays so.
                    *y = T::where_greater(simd, [zero, *y], zero, *y);
                }
            }
        }
    }
}

/// N vectors of a row, from the given one on.
#[inline(always)]
pub(super) fn vectors<T: Element, S: Simd, const N: usize>(
    row: &[T; WIDTH],
    first: usize,
) -> [T::Vector<S>; N] {
    pulp::as_arrays::<N, _>(T::vectors::<S>(row)).0[first / N]
}

/// The block of outputs, and the vector of its lines, that a vector of a group is.
#[inline(always)]
pub(super) fn line_of<T: Element, S: Simd>(group: usize, vector: usize) -> (usize, usize) {
    let number = vector * T::lanes::<S>();
    let line = group * (WIDTH / CHANNELS) + number / CHANNELS;
    (line, number % CHANNELS / T::lanes::<S>())
}
