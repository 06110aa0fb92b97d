//! The gradient by the filters.

// Loops over the constants M and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::forward::{line_of, vectors};
use super::reading::Reading;
use crate::Element;
use crate::images::{CHANNELS, Line};
use crate::tile::{Row, WIDTH};

/// Pixels whose inputs and gradients stay in the first-level cache for all filters.
const STRIP: usize = 196;

/// Inputs of a tile.
pub const INPUTS: usize = 8;

/// What a window reads of images, for R rows of filters at a time.
pub trait Rows<T, const R: usize> {
    /// What it reads at one place.
    type Place;

    /// Where what a tile of rows of filters of a group reads of an image begins, and which row of
    /// the window it is; none where the tile reads nothing.
    fn tile(&self, image: usize, tile: usize) -> Option<(usize, usize)>;

    /// What the tile is multiplied by at the places of a row; none in the border.
    fn row(&self, tile: (usize, usize), row: usize) -> Option<&[Self::Place]>;

    /// The numbers of a place that the tile is multiplied by.
    fn numbers(place: &Self::Place, tile: usize) -> &[T; R];
}

/// Images as blocks of sixteen numbers.
pub struct Lines<'a, T> {
    pub(super) reading: Reading,
    /// The images as they are read.
    pub(super) x: &'a [Line<T>],
    /// Lines of a row.
    pub(super) line: usize,
}

impl<T> Rows<T, INPUTS> for Lines<'_, T> {
    type Place = Line<T>;

    #[inline(always)]
    fn tile(&self, image: usize, tile: usize) -> Option<(usize, usize)> {
        let reading = &self.reading;
        let (kernel, taps) = (reading.kernel, reading.taps());
        let filter = tile / (CHANNELS / INPUTS);
        let (block, ky, tap) = (
            filter / (kernel * taps),
            filter / taps % kernel,
            filter % taps,
        );
        let block = image * reading.lines() + block * reading.plane();
        Some((block + reading.line(0, tap), ky))
    }

    #[inline(always)]
    fn row(&self, (from, ky): (usize, usize), row: usize) -> Option<&[Line<T>]> {
        let reading = &self.reading;
        let y = row * reading.stride + ky;
        let at = from + y * self.line;
        (reading.has_row(y)).then(|| &self.x[at..][..reading.places.1])
    }

    #[inline(always)]
    fn numbers(place: &Line<T>, tile: usize) -> &[T; INPUTS] {
        &place.0.as_chunks().0[tile % (CHANNELS / INPUTS)]
    }
}

/// The gradient of some images by some filters is added to a sum, R rows of filters at a time.
pub struct Gradient<'a, T, X, const R: usize> {
    pub(super) reading: Reading,
    pub(super) x: X,
    /// The gradient by the outputs: blocks of outputs, a line for every place of the window.
    pub(super) g: &'a [Line<T>],
    /// Of outputs.
    pub(super) blocks: usize,
    /// Which of all rows of filters is the first of these.
    pub(super) first: usize,
    pub(super) filters: &'a mut [Row<T>],
    /// The groups of 32 outputs whose biases these are.
    pub(super) groups: Range<usize>,
    pub(super) bias: &'a mut [Row<T>],
}

impl<T: Element, X: Rows<T, R>, const R: usize> WithSimd for Gradient<'_, T, X, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let pixels = self.reading.places.0 * self.reading.places.1;
        for (i, g) in self.g.chunks_exact(self.blocks * pixels).enumerate() {
            self.image(simd, i, g);
            for (group, bias) in self.groups.clone().zip(&mut *self.bias) {
                let g = &g[group * (WIDTH / CHANNELS) * pixels..];
                let blocks = g.chunks_exact(pixels).zip(bias.0.as_chunks_mut().0);
                for (g, bias) in blocks {
                    add(bias, g);
                }
            }
        }
    }
}

/// Adds all lines.
#[inline(always)]
fn add<T: Element>(to: &mut [T; CHANNELS], lines: &[Line<T>]) {
    let mut sums = *to;
    for line in lines {
        for (sum, &x) in sums.iter_mut().zip(&line.0) {
            *sum += x;
        }
    }
    *to = sums;
}

impl<T: Element, X: Rows<T, R>, const R: usize> Gradient<'_, T, X, R> {
    /// All filters, from one image.
    #[inline(always)]
    fn image<S: Simd>(&mut self, simd: S, image: usize, g: &[Line<T>]) {
        let (height, width) = self.reading.places;
        let of_group = self.reading.rows_of_group();
        let (first, end) = (self.first, self.first + self.filters.len());
        let rows = (STRIP / width).max(1);
        for top in (0..height).step_by(rows) {
            let strip = top..height.min(top + rows);
            for group in first / of_group..end.div_ceil(of_group) {
                let filters = first.max(group * of_group)..end.min((group + 1) * of_group);
                let lines = (self.blocks - group * (WIDTH / CHANNELS)).min(WIDTH / CHANNELS);
                let vectors = lines * CHANNELS / T::lanes::<S>();
                for vector in (0..vectors).step_by(2) {
                    let (filters, strip) = (filters.clone(), strip.clone());
                    if vector + 1 < vectors {
                        self.strip::<S, 2>(simd, (image, g), (group, vector), filters, strip);
                    } else {
                        self.strip::<S, 1>(simd, (image, g), (group, vector), filters, strip);
                    }
                }
            }
        }
    }

    /// The given filters of N vectors of outputs, from some rows of an image.
    #[inline(always)]
    fn strip<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        (image, g): (usize, &[Line<T>]),
        (group, vector): (usize, usize),
        filters: Range<usize>,
        strip: Range<usize>,
    ) {
        let (height, width) = self.reading.places;
        let outputs: [(usize, usize); N] =
            std::array::from_fn(|n| line_of::<T, S>(group, vector + n));
        let tiles = (filters.start - group * self.reading.rows_of_group()) / R..;
        let filters = &mut self.filters[filters.start - self.first..filters.end - self.first];
        for (tile, sums) in tiles.zip(filters.as_chunks_mut::<R>().0) {
            let Some(from) = self.x.tile(image, tile) else {
                continue;
            };
            let mut total: [[T::Vector<S>; N]; R] =
                std::array::from_fn(|m| vectors::<T, S, N>(&sums[m].0, vector));
            for row in strip.clone() {
                let Some(x) = self.x.row(from, row) else {
                    continue;
                };
                let g: [&[Line<T>]; N] = std::array::from_fn(|n| {
                    &g[outputs[n].0 * height * width + row * width..][..width]
                });
                for j in 0..width {
                    let g: [T::Vector<S>; N] =
                        std::array::from_fn(|n| T::vectors::<S>(&g[n][j].0)[outputs[n].1]);
                    let x = X::numbers(&x[j], tile);
                    for m in 0..R {
                        let x = T::splat(simd, x[m]);
                        for n in 0..N {
                            total[m][n] = T::times_plus(simd, x, g[n], total[m][n]);
                        }
                    }
                }
            }
            for m in 0..R {
                let sums = T::vectors_mut::<S>(&mut sums[m].0);
                sums[vector..vector + N].copy_from_slice(&total[m]);
            }
        }
    }
}
