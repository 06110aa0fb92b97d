//! What a convolution reads of an image, and in which order.

use crate::Element;
use crate::images::{CHANNELS, Line, Part, Shape};
use crate::threads;

/// An image as a window of given stride reads it: with a border of zeros and, for the backward
/// pass of a stride, with zeros between its pixels.
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
    /// Distance of adjacent pixels.
    pub spread: usize,
    /// Places of the window.
    pub places: (usize, usize),
}

impl Reading {
    /// Whether a row of the window is contracted as one.
    fn unfolded(&self) -> bool {
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

    /// Lines of a row of which the window reads every stride-th one.
    fn phase(&self) -> usize {
        self.places.1 + (self.kernel - 1) / self.stride
    }

    /// Lines of a row.
    pub fn row(&self) -> usize {
        match self.unfolded() {
            true => self.places.1,
            false => self.stride.min(self.kernel) * self.phase(),
        }
    }

    /// The line of a row that a tap reads at the first place.
    pub fn tap(&self, tap: usize) -> usize {
        tap % self.stride * self.phase() + tap / self.stride
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
                if self.stride == 1 && self.spread == 1 {
                    let to = &mut to[self.before..];
                    let read = to.len().min(width);
                    to[..read].copy_from_slice(&from[..read]);
                    continue;
                }
                for (x, from) in from.iter().enumerate() {
                    let column = x * self.spread + self.before;
                    let (phase, index) = (column % self.stride, column / self.stride);
                    if phase < self.kernel && index < self.phase() {
                        to[phase * self.phase() + index] = *from;
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
            for x in 0..row {
                let window = &numbers[x * self.stride * channels..][..self.kernel * channels];
                for (block, from) in window.chunks(CHANNELS).enumerate() {
                    lines[block * plane + at + x].0[..from.len()].copy_from_slice(from);
                }
            }
        }
    }
}
