//! The sums of a window over an image.

// Loops over the constants M and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::{Simd, WithSimd};

use super::reading::{Reading, Tap};
use crate::Element;
use crate::images::{CHANNELS, Line};
use crate::tile::{Row, WIDTH};

/// Pixels whose sums are in registers at a time: rows of the paper's images are 28, 14 and 7.
const PIXELS: usize = 7;

/// What a window reads of an image.
pub trait Window<T: Element> {
    /// The sums of N vectors of filters of a group, from the given one on, at M places of a phase
    /// of a row, from the given one on.
    fn sums<S: Simd, const M: usize, const N: usize>(
        &self,
        simd: S,
        filters: &[Row<T>],
        vectors: (usize, usize),
        places: (usize, usize, usize),
    ) -> [[T::Vector<S>; M]; N];
}

/// An image as blocks of sixteen numbers.
pub struct Lines<'a, T> {
    pub(super) reading: Reading,
    /// What is read of a row, for every phase of places and block.
    pub(super) taps: &'a [Vec<Tap>],
    /// The image as it is read.
    pub(super) x: &'a [Line<T>],
    /// Lines of a block of it and of a row.
    pub(super) plane: usize,
    pub(super) line: usize,
}

/// One image under the filters of a layer.
pub struct Forward<'a, T, W> {
    pub(super) reading: Reading,
    pub(super) x: W,
    pub(super) filters: &'a [Row<T>],
    /// Added to the sums; without, they are added to what `y` holds.
    pub(super) bias: Option<&'a [Row<T>]>,
    /// Blocks of outputs, each with a line for every place of the window.
    pub(super) y: &'a mut [Line<T>],
    pub(super) relu: bool,
}

impl<T: Element, W: Window<T>> WithSimd for Forward<'_, T, W> {
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

impl<T: Element, W: Window<T>> Forward<'_, T, W> {
    /// N vectors of outputs of a group, from the given one on.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(&mut self, simd: S, group: usize, vector: usize) {
        let reading = self.reading;
        for row in 0..reading.places.0 {
            for phase in 0..reading.spread {
                let (places, mut place) = (reading.places_of(phase), 0);
                while place < places {
                    let at = (row, phase, place);
                    place += match places - place {
                        PIXELS.. => self.tile::<S, PIXELS, N>(simd, group, vector, at),
                        4.. => self.tile::<S, 4, N>(simd, group, vector, at),
                        2.. => self.tile::<S, 2, N>(simd, group, vector, at),
                        _ => self.tile::<S, 1, N>(simd, group, vector, at),
                    };
                }
            }
        }
    }

    /// N vectors of M places of a phase, from the given one on; returns M.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        group: usize,
        vector: usize,
        at: (usize, usize, usize),
    ) -> usize {
        let (x, filters) = (&self.x, self.filters);
        let sums = x.sums::<S, M, N>(simd, filters, (group, vector), at);
        // N is 1 or 2. As a loop this is not unrolled, and all sums are in memory after every tap.
        self.write(simd, group, vector, at, &sums[0]);
        if N > 1 {
            self.write(simd, group, vector + 1, at, &sums[N - 1]);
        }
        M
    }

    /// One vector of M places of a phase, from the given one on.
    #[inline(always)]
    fn write<S: Simd, const M: usize>(
        &mut self,
        simd: S,
        group: usize,
        vector: usize,
        (row, phase, place): (usize, usize, usize),
        sums: &[T::Vector<S>; M],
    ) {
        let ((height, width), spread) = (self.reading.places, self.reading.spread);
        let (output, part) = line_of::<T, S>(group, vector);
        let y = &mut self.y[(output * height + row) * width..][..width];
        let y = &mut y[phase + place * spread..];
        let zero = T::splat(simd, T::default());
        let bias = self
            .bias
            .map(|bias| T::vectors::<S>(&bias[group].0)[vector]);
        for m in 0..M {
            let y = &mut T::vectors_mut::<S>(&mut y[m * spread].0)[part];
            *y = match bias {
                Some(bias) => T::plus(simd, sums[m], bias),
                None => T::plus(simd, *y, sums[m]),
            };
            if self.relu {
                // What is not a number stays so.
                *y = T::where_greater(simd, [zero, *y], zero, *y);
            }
        }
    }
}

impl<T: Element> Window<T> for Lines<'_, T> {
    #[inline(always)]
    fn sums<S: Simd, const M: usize, const N: usize>(
        &self,
        simd: S,
        filters: &[Row<T>],
        (group, vector): (usize, usize),
        (row, phase, place): (usize, usize, usize),
    ) -> [[T::Vector<S>; M]; N] {
        let reading = &self.reading;
        let (blocks, kernel) = (reading.blocks(), reading.kernel);
        let filters_of_row = reading.taps() * CHANNELS;
        let (plane, line) = (self.plane, self.line);
        let mut sums = [[T::splat(simd, T::default()); M]; N];
        let taps = &self.taps[phase * blocks..][..blocks];
        for (block, taps) in taps.iter().enumerate() {
            for ky in 0..kernel {
                let y = row * reading.stride + ky;
                if !reading.has_row(y) {
                    continue; // zeros of the border or between pixels
                }
                let filter = ((group * blocks + block) * kernel + ky) * filters_of_row;
                let filters = filters[filter..][..filters_of_row].as_chunks().0;
                let x = &self.x[block * plane + y * line..][..line];
                for tap in taps {
                    let x = &x[tap.line + place..];
                    let x: &[Line<T>; M] = x.first_chunk().expect("as many as places");
                    let filters: &[Row<T>; CHANNELS] = &filters[tap.filters];
                    for (i, filter) in filters.iter().enumerate() {
                        let filter: [T::Vector<S>; N] = vectors::<T, S, N>(&filter.0, vector);
                        for m in 0..M {
                            let x = T::splat(simd, x[m].0[i]);
                            for n in 0..N {
                                sums[n][m] = T::times_plus(simd, x, filter[n], sums[n][m]);
                            }
                        }
                    }
                }
            }
        }
        sums
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
