//! Sums over windows of channels.

use std::ops::Range;

use pulp::Simd;

use crate::Element;
use crate::images::{CHANNELS, Part};
use crate::lanes::{Lanes, registers};

use super::layer::LocalResponse;

/// Pixels whose windows are summed at a time: those of one are written long before they are read.
const PIXELS: usize = 16;

/// Adjacent pixels of one image.
pub struct Strip {
    /// The line of the first pixel in the first block.
    first: usize,
    /// How many there are.
    count: usize,
}

/// The strips of images, one after the other.
#[inline(always)]
pub fn strips<T: Element>(images: Part<'_, T>) -> impl Iterator<Item = Strip> {
    let (pixels, lines) = (images.shape.pixels(), images.shape.lines());
    let starts = (0..pixels).step_by(PIXELS);
    (0..images.lines.len() / lines).flat_map(move |image| {
        starts.clone().map(move |start| Strip {
            first: image * lines + start,
            count: PIXELS.min(pixels - start),
        })
    })
}

/// Numbers of all channels of a strip, and their sums over windows of channels.
pub struct Windows<T> {
    pub blocks: usize,
    /// Lines of a block of an image.
    pixels: usize,
    /// Pixel after pixel, its blocks between two of 0.
    numbers: Vec<[T; CHANNELS]>,
    /// From the window of the first lane to that of the last one, in the numbers of the block
    /// before, the block and the one behind.
    window: Range<usize>,
}

impl<T: Element> Windows<T> {
    #[inline(always)]
    pub fn new(layer: LocalResponse, images: Part<'_, T>) -> Self {
        let blocks = images.shape.blocks();
        Self {
            blocks,
            pixels: images.shape.pixels(),
            numbers: vec![[T::default(); CHANNELS]; PIXELS * (blocks + 2)],
            window: CHANNELS - layer.reach..2 * CHANNELS + layer.reach,
        }
    }

    /// The lines of a block of a strip.
    #[inline(always)]
    pub fn lines(&self, strip: &Strip, block: usize) -> Range<usize> {
        let first = strip.first + block * self.pixels;
        first..first + strip.count
    }

    /// The numbers of a block of the strip, to change them.
    #[inline(always)]
    pub fn numbers_mut(&mut self, block: usize) -> impl Iterator<Item = &mut [T; CHANNELS]> {
        let lines = self.blocks + 2;
        self.numbers[block + 1..].iter_mut().step_by(lines)
    }

    /// The numbers of each pixel of the strip that the sums of a block are of.
    #[inline(always)]
    pub fn near(&self, block: usize) -> impl Iterator<Item = &[T]> {
        let numbers =
            self.numbers.as_flattened()[CHANNELS * block..].chunks(CHANNELS * (self.blocks + 2));
        let window = self.window.clone();
        numbers.map(move |numbers| &numbers[window.clone()])
    }
}

/// A register of the sums over the windows of a block of a pixel.
#[inline(always)]
pub fn sums<T: Element, S: Simd>(simd: S, near: &[T], n: usize) -> Lanes<T, S> {
    let mut sums = Lanes::splat(simd, T::default());
    for shifted in near.windows(CHANNELS) {
        sums = sums + Lanes::of(simd, shifted, n);
    }
    sums
}

/// Fills windows with a b.
#[inline(always)]
pub fn fill_with_products<T: Element, S: Simd>(
    simd: S,
    windows: &mut Windows<T>,
    strip: &Strip,
    a: Part<'_, T>,
    b: Part<'_, T>,
) {
    for block in 0..windows.blocks {
        let lines = windows.lines(strip, block);
        let lines = a.lines[lines.clone()].iter().zip(&b.lines[lines]);
        for (to, (a, b)) in windows.numbers_mut(block).zip(lines) {
            for n in registers::<T, S>() {
                let [a, b] = Lanes::all(simd, [&a.0, &b.0], n);
                (a * b).store(to, n);
            }
        }
    }
}
