//! The gradient by the filters.

// Loops over the constants M and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::{Simd, WithSimd};

use super::forward::{line_of, vectors};
use super::reading::Reading;
use crate::Element;
use crate::images::{CHANNELS, Line};
use crate::tile::{Row, WIDTH};

/// Pixels whose inputs and gradients stay in the first-level cache for all filters.
const STRIP: usize = 196;

/// Inputs of a tile.
const INPUTS: usize = 8;

/// The gradient of one image is added to a sum.
pub struct Gradient<'a, T> {
    pub(super) reading: Reading,
    /// The image as it is read.
    pub(super) x: &'a [Line<T>],
    /// The gradient by the outputs: blocks of outputs, a line for every place of the window.
    pub(super) g: &'a [Line<T>],
    pub(super) filters: &'a mut [Row<T>],
    pub(super) bias: &'a mut [Row<T>],
}

impl<T: Element> WithSimd for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (height, width) = self.reading.places;
        let lines = self.g.len() / (height * width);
        let rows = (STRIP / width).max(1);
        for top in (0..height).step_by(rows) {
            let strip = top..height.min(top + rows);
            for (group, first) in (0..lines).step_by(WIDTH / CHANNELS).enumerate() {
                let vectors = (lines - first).min(WIDTH / CHANNELS) * CHANNELS / T::lanes::<S>();
                for vector in (0..vectors).step_by(2) {
                    if vector + 1 < vectors {
                        self.strip::<S, 2>(simd, group, vector, &strip);
                    } else {
                        self.strip::<S, 1>(simd, group, vector, &strip);
                    }
                }
            }
        }
        for (block, g) in self.g.chunks_exact(height * width).enumerate() {
            let bias = &mut self.bias[block / 2].0.as_chunks_mut::<CHANNELS>().0[block % 2];
            let mut sums = *bias;
            for line in g {
                for (sum, &g) in sums.iter_mut().zip(&line.0) {
                    *sum += g;
                }
            }
            *bias = sums;
        }
    }
}

impl<T: Element> Gradient<'_, T> {
    /// All filters of N vectors of outputs, from some rows.
    #[inline(always)]
    fn strip<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        group: usize,
        vector: usize,
        strip: &std::ops::Range<usize>,
    ) {
        let reading = &self.reading;
        let (blocks, kernel, taps) = (reading.blocks(), reading.kernel, reading.taps());
        let (height, width) = reading.places;
        let (plane, line) = (reading.plane(), reading.row());
        let outputs: [(usize, usize); N] =
            std::array::from_fn(|n| line_of::<T, S>(group, vector + n));
        let filters = blocks * kernel * taps * CHANNELS;
        let filters = &mut self.filters[group * filters..][..filters];
        for (filter, sums) in filters.as_chunks_mut::<INPUTS>().0.iter_mut().enumerate() {
            let (filter, half) = (filter / (CHANNELS / INPUTS), filter % (CHANNELS / INPUTS));
            let (block, ky, tap) = (
                filter / (kernel * taps),
                filter / taps % kernel,
                filter % taps,
            );
            let mut total: [[T::Vector<S>; N]; INPUTS] =
                std::array::from_fn(|m| vectors::<T, S, N>(&sums[m].0, vector));
            for row in strip.clone() {
                let y = row * reading.stride + ky;
                if !reading.has_row(y) {
                    continue;
                }
                let x = &self.x[block * plane + y * line + reading.tap(tap)..][..width];
                let g: [&[Line<T>]; N] = std::array::from_fn(|n| {
                    &self.g[outputs[n].0 * height * width + row * width..][..width]
                });
                for j in 0..width {
                    let g: [T::Vector<S>; N] =
                        std::array::from_fn(|n| T::vectors::<S>(&g[n][j].0)[outputs[n].1]);
                    let x = &x[j].0.as_chunks::<INPUTS>().0[half];
                    for m in 0..INPUTS {
                        let x = T::splat(simd, x[m]);
                        for n in 0..N {
                            total[m][n] = T::times_plus(simd, x, g[n], total[m][n]);
                        }
                    }
                }
            }
            for m in 0..INPUTS {
                let sums = T::vectors_mut::<S>(&mut sums[m].0);
                sums[vector..vector + N].copy_from_slice(&total[m]);
            }
        }
    }
}
