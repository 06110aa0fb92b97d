//! Images as rows of a matrix.

use pulp::{Simd, WithSimd};

use crate::images::{CHANNELS, Images, Part, PartMut};
use crate::operation::Operation;
use crate::packed::{Panels, PanelsMut};
use crate::threads;
use crate::tile::{Row, WIDTH, transpose};
use crate::{Element, Packed};

/// Pixels whose channels fill a row of memory.
const PIXELS: usize = WIDTH / CHANNELS;

/// Images as the rows of a matrix, in the order (channel, row, column).
///
/// The layer is linear: its derivative along a direction is this of the direction.
///
/// Shapes: `y` (samples, channels · height · width).
pub fn flatten<T: Element>(x: &Images<T>, y: &mut Packed<T>) {
    assert_eq!(y.columns(), x.shape().numbers());
    y.resize(x.samples());
    let panels = x.share().div_ceil(WIDTH);
    let parts = x.parts(panels * WIDTH).zip(y.parts_mut(panels));
    threads::run(parts, |(x, y)| T::run(Operation::Flatten(Flatten { x, y })));
}

/// The rows of a matrix as images: the gradient by the inputs of [`flatten`] from that by its
/// outputs.
///
/// Shapes: `g` (samples, channels · height · width), `below` of as many samples.
pub fn unflatten<T: Element>(g: &Packed<T>, below: &mut Images<T>) {
    assert_eq!(g.columns(), below.shape().numbers());
    assert!(below.samples() <= g.panels().len() * WIDTH);
    let panels = below.share().div_ceil(WIDTH);
    let parts = g.parts(panels).zip(below.parts_mut(panels * WIDTH));
    threads::run(parts, |(g, below)| {
        T::run(Operation::Unflatten(Unflatten { g, below }));
    });
}

/// Operands of the operation of that name.
pub struct Flatten<'a, T> {
    x: Part<'a, T>,
    y: PanelsMut<'a, T>,
}

impl<T: Element> WithSimd for Flatten<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, mut y } = self;
        let shape = x.shape;
        let (pixels, lines) = (shape.pixels(), shape.lines());
        let images = x.lines.chunks(WIDTH * lines);
        for (panel, images) in y.panels().zip(images) {
            let (columns, rest) = panel.split_at_mut(shape.numbers());
            rest.fill(Row::zero());
            // Samples that fill up the last panel stay 0.
            let (mut from, mut to) = ([Row::zero(); WIDTH], [Row::zero(); WIDTH]);
            for (b, planes) in columns.chunks_mut(CHANNELS * pixels).enumerate() {
                for first in (0..pixels).step_by(PIXELS) {
                    let line = b * pixels + first;
                    let count = PIXELS.min(pixels - first);
                    for (row, image) in from.iter_mut().zip(images.chunks_exact(lines)) {
                        let parts = row.0.as_chunks_mut().0;
                        for (part, line) in parts.iter_mut().zip(&image[line..line + count]) {
                            *part = line.0;
                        }
                    }
                    transpose(&from, &mut to);
                    for (c, plane) in planes.chunks_exact_mut(pixels).enumerate() {
                        let rows = to[c..].iter().step_by(CHANNELS);
                        for (number, row) in plane[first..first + count].iter_mut().zip(rows) {
                            *number = *row;
                        }
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Unflatten<'a, T> {
    g: Panels<'a, T>,
    below: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Unflatten<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { g, below } = self;
        let shape = below.shape;
        let (pixels, lines) = (shape.pixels(), shape.lines());
        let images = below.lines.chunks_mut(WIDTH * lines);
        for (panel, images) in g.panels().zip(images) {
            let planes = panel[..shape.numbers()].chunks(CHANNELS * pixels);
            for (b, planes) in planes.enumerate() {
                // Channels that fill up the last block stay 0.
                let (mut from, mut to) = ([Row::zero(); WIDTH], [Row::zero(); WIDTH]);
                for first in (0..pixels).step_by(PIXELS) {
                    let line = b * pixels + first;
                    let count = PIXELS.min(pixels - first);
                    for (c, plane) in planes.chunks_exact(pixels).enumerate() {
                        let rows = from[c..].iter_mut().step_by(CHANNELS);
                        for (number, row) in plane[first..first + count].iter().zip(rows) {
                            *row = *number;
                        }
                    }
                    transpose(&from, &mut to);
                    for (row, image) in to.iter().zip(images.chunks_exact_mut(lines)) {
                        let parts = row.0.as_chunks().0;
                        for (part, line) in parts.iter().zip(&mut image[line..line + count]) {
                            line.0 = *part;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHANNEL_COUNTS, assert_filled_up, random, shape};

    #[test]
    fn rows_are_the_planes_and_images_come_back() {
        for channels in CHANNEL_COUNTS {
            for (samples, height, width) in [(3, 3, 5), (33, 2, 2), (64, 1, 1)] {
                let x = random(samples, shape(channels, height, width), 1);
                let columns = x.shape().numbers();
                // Of more samples, which must leave nothing behind.
                let mut y = Packed::of_rows(&vec![1.0; 70 * columns], columns);
                flatten(&x, &mut y);
                let panels = samples.div_ceil(WIDTH);
                assert_eq!(y.to_rows(samples), x.to_planes());
                let after = y.to_rows(panels * WIDTH);
                assert!(after[samples * columns..].iter().all(|&x| x == 0.0));
                let rows = y.panels().flat_map(|panel| &panel[columns..]);
                assert!(rows.flat_map(|row| row.0).all(|x| x == 0.0));

                let mut below = random(samples, x.shape(), 2);
                unflatten(&y, &mut below);
                assert_eq!(below, x);
                assert_filled_up(&below);
            }
        }
    }
}
