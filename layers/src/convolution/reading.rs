//! What a convolution reads of an image, and in which order.

use crate::Element;
use crate::images::{CHANNELS, Line, Part, Shape};
use crate::threads;

/// An image as a window of given stride reads it: with a border of zeros and, for the backward
/// pass of a stride, with zeros between its pixels.
///
/// Zeros between pixels are not multiplied: rows of them are left out, and the places of the
/// window along a row are taken in phases, every `spread`-th place at a time, which read pixels
/// with the same taps.
///
/// Blocks of sixteen numbers are contracted at a time, so for images of other numbers of channels
/// the numbers of a row of the window take the place of the channels: 3 channels under a window of
/// 5 columns are one block of 15.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The image.
    pub image: Shape,
    pub kernel: usize,
    pub stride: usize,
    /// Rows and columns of zeros before the image.
    pub before: usize,
    /// Distance of adjacent pixels; it or the stride is 1.
    pub spread: usize,
    /// Places of the window.
    pub places: (usize, usize),
}

/// Sixteen numbers that the window reads at one step along a row.
#[derive(Debug)]
pub(super) struct Tap {
    /// Their line of the row at the first place of a phase.
    pub line: usize,
    /// Which sixteen filters of a row of the window are theirs.
    pub filters: usize,
}

impl Reading {
    /// Whether a row of the window is contracted as one.
    pub fn unfolded(&self) -> bool {
        !self.image.channels.is_multiple_of(CHANNELS)
    }

    /// Blocks of sixteen numbers that are contracted for every row and tap of the window.
    pub fn blocks(&self) -> usize {
        match self.unfolded() {
            true => (self.kernel * self.image.channels).div_ceil(CHANNELS),
            false => self.image.blocks(),
        }
    }

    /// Steps along a row of the window.
    pub fn taps(&self) -> usize {
        if self.unfolded() { 1 } else { self.kernel }
    }

    /// Zeros that complete the border before a row to whole distances of pixels.
    fn lead(&self) -> usize {
        self.before.next_multiple_of(self.spread) - self.before
    }

    /// Lines of a row of which the window reads every stride-th one.
    fn phase(&self) -> usize {
        (self.places.1 - 1 + (self.kernel - 1) / self.stride + self.lead()) / self.spread + 1
    }

    /// Lines of a row.
    pub fn row(&self) -> usize {
        match self.unfolded() {
            true => self.spread * self.places_of(0),
            false => self.stride.min(self.kernel) * self.phase(),
        }
    }

    /// Places of a row from the given one on, a distance of pixels apart.
    pub fn places_of(&self, phase: usize) -> usize {
        self.places.1.saturating_sub(phase).div_ceil(self.spread)
    }

    /// The line of a row that a tap reads at the first place of a phase.
    pub fn line(&self, phase: usize, tap: usize) -> usize {
        if self.unfolded() {
            return phase * self.places_of(0);
        }
        let column = (phase + tap + self.lead()) / self.spread;
        column % self.stride * self.phase() + column / self.stride
    }

    /// What is read of a row at the places of a phase, for every block.
    pub fn taps_of(self, phase: usize) -> impl Iterator<Item = Vec<Tap>> {
        (0..self.blocks()).map(move |block| {
            let taps = (0..self.taps()).filter(|&tap| self.reads(phase, block, tap));
            let taps = taps.map(|tap| Tap {
                line: self.line(phase, tap),
                filters: tap,
            });
            taps.collect()
        })
    }

    /// Whether a tap reads any pixel at the places of a phase, and not only zeros between them.
    fn reads(&self, phase: usize, block: usize, tap: usize) -> bool {
        let is_pixel = |column: usize| (phase + column + self.lead()).is_multiple_of(self.spread);
        if !self.unfolded() {
            return is_pixel(tap);
        }
        let numbers = block * CHANNELS..self.image.channels * self.kernel;
        let mut columns = numbers.take(CHANNELS).map(|i| i / self.image.channels);
        columns.any(is_pixel)
    }

    /// Lines of a block.
    pub fn plane(&self) -> usize {
        ((self.places.0 - 1) * self.stride + self.kernel) * self.row()
    }

    /// Lines of an image.
    pub fn lines(&self) -> usize {
        self.blocks() * self.plane()
    }

    /// Rows of filters for 32 outputs.
    pub fn rows_of_group(&self) -> usize {
        self.blocks() * self.kernel * self.taps() * CHANNELS
    }

    /// Whether a row, counted with the border, is one of the image's.
    #[inline(always)]
    pub fn has_row(&self, row: usize) -> bool {
        row >= self.before
            && (row - self.before).is_multiple_of(self.spread)
            && (row - self.before) / self.spread < self.image.height
    }

    /// Where filter (c, ky, kx) is: block, tap and number of the block.
    pub fn place(&self, channel: usize, column: usize) -> (usize, usize, usize) {
        match self.unfolded() {
            true => {
                let number = column * self.image.channels + channel;
                (number / CHANNELS, 0, number % CHANNELS)
            }
            false => (channel / CHANNELS, column, channel % CHANNELS),
        }
    }

    /// The lines of images as they are read: themselves where that is all the same, or copies in
    /// `lines`, whose border is 0.
    pub fn of<'a, T: Element>(
        &self,
        images: Part<'a, T>,
        lines: &'a mut [Line<T>],
    ) -> &'a [Line<T>] {
        let places = (self.image.height, self.image.width);
        if self.kernel == 1 && self.before == 0 && self.places == places && !self.unfolded() {
            return images.lines;
        }
        let copies = lines.chunks_exact_mut(self.lines());
        threads::run(images.images().zip(copies), |(image, copy)| {
            self.fill(image.lines, copy);
        });
        lines
    }

    fn fill<T: Element>(&self, image: &[Line<T>], lines: &mut [Line<T>]) {
        if self.unfolded() {
            self.fill_unfolded(image, lines);
            return;
        }
        let (width, row) = (self.image.width, self.row());
        let blocks = image.chunks_exact(self.image.pixels());
        for (block, lines) in blocks.zip(lines.chunks_exact_mut(self.plane())) {
            for (y, from) in block.chunks_exact(width).enumerate() {
                let at = (y * self.spread + self.before) * row;
                let Some(to) = lines.get_mut(at..at + row) else {
                    break; // rows that no place of the window reads
                };
                if self.stride == 1 {
                    let to = &mut to[self.before.div_ceil(self.spread)..];
                    let read = to.len().min(width);
                    to[..read].copy_from_slice(&from[..read]);
                    continue;
                }
                for (phase, to) in to.chunks_exact_mut(self.phase()).enumerate() {
                    // The first line of the phase that holds a pixel, and that pixel.
                    let first = self.before.saturating_sub(phase).div_ceil(self.stride);
                    let x = phase + first * self.stride - self.before;
                    let pixels = from.iter().skip(x).step_by(self.stride);
                    for (to, pixel) in to[first..].iter_mut().zip(pixels) {
                        *to = *pixel;
                    }
                }
            }
        }
    }

    fn fill_unfolded<T: Element>(&self, image: &[Line<T>], lines: &mut [Line<T>]) {
        let (channels, width) = (self.image.channels, self.image.width);
        let (row, plane, pixels) = (self.row(), self.plane(), self.image.pixels());
        let columns = (self.places.1 - 1) * self.stride + self.kernel;
        let mut numbers = vec![T::default(); columns * channels];
        for y in 0..self.image.height {
            let at = (y * self.spread + self.before) * row;
            if at >= plane {
                break;
            }
            for x in 0..width {
                let column = x * self.spread + self.before;
                let Some(to) = numbers.get_mut(column * channels..(column + 1) * channels) else {
                    break;
                };
                for (block, to) in to.chunks_mut(CHANNELS).enumerate() {
                    to.copy_from_slice(&image[block * pixels + y * width + x].0[..to.len()]);
                }
            }
            for phase in 0..self.spread {
                let to = at + self.line(phase, 0);
                for place in 0..self.places_of(phase) {
                    let x = (phase + place * self.spread) * self.stride;
                    let window = &numbers[x * channels..][..self.kernel * channels];
                    for (block, from) in window.chunks(CHANNELS).enumerate() {
                        lines[block * plane + to + place].0[..from.len()].copy_from_slice(from);
                    }
                }
            }
        }
    }
}
