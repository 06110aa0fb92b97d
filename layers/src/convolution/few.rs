//! Images of which a window reads few numbers a row: one block of sixteen at most.
//!
//! Blocks of sixteen would be mostly zeros: of one channel under a window of 3 columns, thirteen.
//! These are read as fours instead. Sums have the order that they have over a block.

// Loops over the constants M and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::Simd;

use super::forward::{Window, vectors};
use super::gradient::Rows;
use super::reading::Reading;
use crate::Element;
use crate::images::{CHANNELS, Line, Part};
use crate::threads;
use crate::tile::Row;

/// Numbers that are read together.
pub const FOUR: usize = 4;

/// How few numbers are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Few {
    reading: Reading,
    /// Fours of a row of the window.
    fours: usize,
}

impl Few {
    /// Where a window with no zeros between pixels reads few numbers a row.
    pub fn of(reading: Reading) -> Option<Self> {
        let numbers = reading.kernel * reading.image.channels;
        let few = reading.unfolded() && reading.blocks() == 1 && reading.spread == 1;
        // A zero behind the numbers makes a sum that is −0 a 0, as it does where there are sixteen.
        let fours = (numbers / FOUR + 1).min(CHANNELS / FOUR);
        few.then_some(Self { reading, fours })
    }

    /// Fours of an image.
    fn len(self) -> usize {
        self.reading.image.height * self.fours * self.reading.places.1
    }

    /// Room for what the window reads of so many images.
    pub fn fours<T: Element>(self, images: usize) -> Vec<[T; FOUR]> {
        vec![[T::default(); FOUR]; images * self.len()]
    }

    /// How many of the products with all sixteen numbers of a block are computed.
    pub fn of_sixteen(self, products: usize) -> usize {
        products * self.fours / (CHANNELS / FOUR)
    }

    /// Room for a row of an image with its border, and for a whole number of fours behind it.
    pub fn row<T: Element>(self) -> Vec<T> {
        let (image, reading) = (self.reading.image, self.reading);
        let columns = (reading.places.1 - 1) * reading.stride + reading.kernel;
        let columns = columns.max(reading.before + image.width);
        vec![T::default(); columns * image.channels + CHANNELS]
    }

    /// What the window reads of images, into `to`.
    pub fn read<T: Element>(self, images: Part<'_, T>, to: &mut [[T; FOUR]]) {
        let copies = to.chunks_exact_mut(self.len());
        threads::run(images.images().zip(copies), |(image, copy)| {
            self.fill(image.lines, &mut self.row(), copy);
        });
    }

    /// What the window reads of every row of an image: for each four of numbers, the places of
    /// the row.
    pub fn fill<T: Element>(self, image: &[Line<T>], room: &mut [T], to: &mut [[T; FOUR]]) {
        let Reading { before, stride, .. } = self.reading;
        let (shape, places) = (self.reading.image, self.reading.places.1);
        let (channels, numbers) = (shape.channels, self.reading.kernel * shape.channels);
        let rows = to.chunks_exact_mut(self.fours * places);
        for (pixels, row) in image.chunks_exact(shape.width).zip(rows) {
            for (x, pixel) in pixels.iter().enumerate() {
                // The zeros that fill up a pixel are overwritten by the next.
                let to = &mut room[(before + x) * channels..];
                for (to, four) in (to.as_chunks_mut::<FOUR>().0.iter_mut())
                    .zip(pixel.0.as_chunks::<FOUR>().0)
                    .take(channels.div_ceil(FOUR))
                {
                    *to = *four;
                }
            }
            for (four, row) in row.chunks_exact_mut(places).enumerate() {
                let read = numbers.saturating_sub(four * FOUR);
                for (to, place) in row.iter_mut().zip(0..) {
                    let from = &room[place * stride * channels + four * FOUR..][..FOUR];
                    *to = std::array::from_fn(|i| if i < read { from[i] } else { T::default() });
                }
            }
        }
    }

    /// Where what a row of the window reads at a row of places begins; none in the border.
    #[inline(always)]
    fn at(self, row: usize, ky: usize) -> Option<usize> {
        let (y, before) = (row * self.reading.stride + ky, self.reading.before);
        (self.reading.has_row(y)).then(|| (y - before) * self.fours * self.reading.places.1)
    }
}

/// Images as fours of numbers.
pub struct Fours<'a, T> {
    pub(super) few: Few,
    pub(super) x: &'a [[T; FOUR]],
}

impl<T: Element> Window<T> for Fours<'_, T> {
    #[inline(always)]
    fn sums<S: Simd, const M: usize, const N: usize>(
        &self,
        simd: S,
        filters: &[Row<T>],
        (group, vector): (usize, usize),
        (row, _, place): (usize, usize, usize),
    ) -> [[T::Vector<S>; M]; N] {
        let Few { reading, fours } = self.few;
        let filters = &filters[group * reading.rows_of_group()..][..reading.rows_of_group()];
        let filters: &[[Row<T>; CHANNELS]] = filters.as_chunks().0;
        let mut sums = [[T::splat(simd, T::default()); M]; N];
        for (ky, filters) in filters.iter().enumerate() {
            let Some(at) = self.few.at(row, ky) else {
                continue;
            };
            let x = self.x[at..][..fours * reading.places.1].chunks_exact(reading.places.1);
            let filters: &[[Row<T>; FOUR]] = filters.as_chunks().0;
            for (x, filters) in x.zip(filters) {
                let x: &[[T; FOUR]; M] = x[place..].first_chunk().expect("as many as places");
                for (i, filter) in filters.iter().enumerate() {
                    let filter: [T::Vector<S>; N] = vectors::<T, S, N>(&filter.0, vector);
                    for m in 0..M {
                        let x = T::splat(simd, x[m][i]);
                        for n in 0..N {
                            sums[n][m] = T::times_plus(simd, x, filter[n], sums[n][m]);
                        }
                    }
                }
            }
        }
        sums
    }
}

impl<T: Element> Rows<T, FOUR> for Fours<'_, T> {
    type Place = [T; FOUR];

    #[inline(always)]
    fn tile(&self, image: usize, tile: usize) -> Option<(usize, usize)> {
        let (ky, four) = (tile / (CHANNELS / FOUR), tile % (CHANNELS / FOUR));
        let from = image * self.few.len() + four * self.few.reading.places.1;
        (four < self.few.fours).then_some((from, ky))
    }

    #[inline(always)]
    fn row(&self, (from, ky): (usize, usize), row: usize) -> Option<&[[T; FOUR]]> {
        let at = from + self.few.at(row, ky)?;
        Some(&self.x[at..][..self.few.reading.places.1])
    }

    #[inline(always)]
    fn numbers(place: &[T; FOUR], _: usize) -> &[T; FOUR] {
        place
    }
}
