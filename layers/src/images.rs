//! A batch of images in the layout of the layers.

use crate::Element;
use crate::threads::{self, LINE};

/// Channels of a line.
pub const CHANNELS: usize = 16;

/// Sixteen channels of one pixel: a vector of AVX-512 in single precision.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Line<T>(pub [T; CHANNELS]);

impl<T: Element> Line<T> {
    /// Zeros.
    pub fn zero() -> Self {
        Self([T::default(); CHANNELS])
    }
}

/// Shape of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl Shape {
    /// Numbers of an image.
    pub fn numbers(self) -> usize {
        self.channels * self.pixels()
    }

    /// Pixels of an image.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Blocks of [`CHANNELS`] channels.
    pub fn blocks(self) -> usize {
        self.channels.div_ceil(CHANNELS)
    }

    /// Lines of an image.
    pub fn lines(self) -> usize {
        self.blocks() * self.pixels()
    }
}

/// Images of one shape, each as blocks of sixteen channels with one [`Line`] a pixel, row after
/// row. Channels that fill up the last block are 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Images<T> {
    shape: Shape,
    lines: Vec<Line<T>>,
}

impl<T: Element> Images<T> {
    /// So many black images.
    pub fn zeros(samples: usize, shape: Shape) -> Self {
        Self {
            shape,
            lines: vec![Line::zero(); samples * shape.lines()],
        }
    }

    /// Images of numbers, shape (samples, channels, height, width).
    pub fn of_planes(numbers: &[T], shape: Shape) -> Self {
        let mut images = Self::zeros(numbers.len() / shape.numbers(), shape);
        images.fill(numbers.chunks_exact(shape.numbers()));
        images
    }

    /// Changes the number of images; what they show is then unspecified.
    pub fn resize(&mut self, samples: usize) {
        let lines = samples * self.shape.lines();
        self.lines.resize(lines, Line::zero());
    }

    /// Replaces the images by images of planes, shape (channels, height, width).
    pub fn fill<'a>(&mut self, planes: impl Iterator<Item = &'a [T]>) {
        let (shape, planes) = (self.shape, planes.collect::<Vec<_>>());
        let samples = self.share();
        let parts = self.parts_mut(samples).zip(planes.chunks(samples));
        threads::run(parts, |(part, planes)| {
            let images = part.lines.chunks_exact_mut(shape.lines());
            images.zip(planes).for_each(|(i, p)| fill(shape, i, p));
        });
    }

    /// Gives every number of the images to `take`, together with one of `numbers`, shape
    /// (samples, channels, height, width).
    pub fn for_each(&self, numbers: &mut [T], take: impl Fn(&mut T, T)) {
        let pixels = self.shape.pixels();
        let planes = numbers.chunks_exact_mut(self.shape.numbers());
        for (image, planes) in self.images().zip(planes) {
            for (block, planes) in image
                .chunks_exact(pixels)
                .zip(planes.chunks_mut(CHANNELS * pixels))
            {
                for (c, plane) in planes.chunks_exact_mut(pixels).enumerate() {
                    for (line, to) in block.iter().zip(plane) {
                        take(to, line.0[c]);
                    }
                }
            }
        }
    }

    /// The numbers of the images, shape (samples, channels, height, width).
    pub fn to_planes(&self) -> Vec<T> {
        let mut numbers = vec![T::default(); self.samples() * self.shape.numbers()];
        self.for_each(&mut numbers, |to, number| *to = number);
        numbers
    }

    /// Multiplies every number.
    pub fn scale(&mut self, by: T) {
        for x in self.lines.iter_mut().flat_map(|line| &mut line.0) {
            *x = *x * by;
        }
    }

    /// Image `i` alone.
    pub fn image(&self, i: usize) -> Self {
        let lines = self.shape.lines();
        Self {
            shape: self.shape,
            lines: self.lines[i * lines..][..lines].to_vec(),
        }
    }

    /// Adds as many images of the same shape.
    pub fn add(&mut self, other: &Self) {
        let lines = threads::share(self.lines.len(), LINE);
        let parts = self.lines.chunks_mut(lines).zip(other.lines.chunks(lines));
        threads::run(parts, |(lines, others)| {
            for (line, other) in lines.iter_mut().zip(others) {
                for (x, &y) in line.0.iter_mut().zip(&other.0) {
                    *x += y;
                }
            }
        });
    }

    /// So many images at a time.
    pub(crate) fn parts(&self, samples: usize) -> impl ExactSizeIterator<Item = Part<'_, T>> {
        let shape = self.shape;
        let parts = self.lines.chunks(samples * shape.lines());
        parts.map(move |lines| Part { shape, lines })
    }

    /// The same, to change them.
    pub(crate) fn parts_mut(
        &mut self,
        samples: usize,
    ) -> impl ExactSizeIterator<Item = PartMut<'_, T>> {
        let shape = self.shape;
        let parts = self.lines.chunks_mut(samples * shape.lines());
        parts.map(move |lines| PartMut { shape, lines })
    }

    /// How many images are a thread's part where each of their lines is read or written.
    pub(crate) fn share(&self) -> usize {
        threads::share(self.samples(), self.shape.lines() * LINE)
    }

    /// Shape of one image.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of images.
    pub fn samples(&self) -> usize {
        self.lines.len() / self.shape.lines().max(1)
    }

    /// Every line, image after image.
    pub fn lines(&self) -> &[Line<T>] {
        &self.lines
    }

    /// The same, to change them.
    pub fn lines_mut(&mut self) -> &mut [Line<T>] {
        &mut self.lines
    }

    /// The lines of every image: block after block, row after row.
    pub fn images(&self) -> impl ExactSizeIterator<Item = &[Line<T>]> {
        self.lines.chunks_exact(self.shape.lines())
    }

    /// The same, to change them.
    pub fn images_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [Line<T>]> {
        self.lines.chunks_exact_mut(self.shape.lines())
    }
}

/// Replaces an image by one of planes.
fn fill<T: Element>(shape: Shape, image: &mut [Line<T>], planes: &[T]) {
    let pixels = shape.pixels();
    let blocks = image.chunks_exact_mut(pixels);
    for (block, planes) in blocks.zip(planes.chunks(CHANNELS * pixels)) {
        for (c, plane) in planes.chunks_exact(pixels).enumerate() {
            for (line, &number) in block.iter_mut().zip(plane) {
                line.0[c] = number;
            }
        }
    }
}

/// Some images of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a, T> {
    /// Shape of one image.
    pub shape: Shape,
    /// Every line, image after image.
    pub lines: &'a [Line<T>],
}

impl<'a, T> Part<'a, T> {
    /// Image after image.
    pub fn images(self) -> impl ExactSizeIterator<Item = Part<'a, T>> {
        let shape = self.shape;
        let images = self.lines.chunks_exact(shape.lines());
        images.map(move |lines| Part { shape, lines })
    }
}

/// The same, to change them.
#[derive(Debug)]
pub struct PartMut<'a, T> {
    /// Shape of one image.
    pub shape: Shape,
    /// Every line, image after image.
    pub lines: &'a mut [Line<T>],
}

impl<'a, T> PartMut<'a, T> {
    /// Image after image.
    pub fn images(self) -> impl ExactSizeIterator<Item = PartMut<'a, T>> {
        let shape = self.shape;
        let images = self.lines.chunks_exact_mut(shape.lines());
        images.map(move |lines| PartMut { shape, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_come_back_and_the_channels_that_fill_up_are_zero() {
        let shape = Shape {
            channels: 19,
            height: 2,
            width: 3,
        };
        let numbers: Vec<f32> = (0..2 * shape.numbers()).map(|i| 1.0 + i as f32).collect();
        let images = Images::of_planes(&numbers, shape);
        assert_eq!((images.samples(), images.lines().len()), (2, 2 * 2 * 6));
        assert_eq!(images.to_planes(), numbers);
        let second = images.images().nth(1).expect("two images");
        assert_eq!(second[0].0[1], 1.0 + (shape.numbers() + 6) as f32);
        assert!(second[6..].iter().all(|line| line.0[3..] == [0.0; 13]));
    }
}
