//! Windows that move over images: of convolutions and of pooling.

use std::ops::Range;

use crate::Shape;

/// A square window that moves over an image.
///
/// ```
/// use rethink_layers::{Geometry, Shape};
/// let geometry = Geometry { kernel: 3, stride: 2, padding: 1 };
/// let image = Shape { channels: 3, height: 28, width: 28 };
/// assert_eq!(geometry.output(image, 80), Some(Shape { channels: 80, height: 14, width: 14 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Rows and columns of the window.
    pub kernel: usize,
    /// Pixels from one place of the window to the next.
    pub stride: usize,
    /// Rows and columns around the image.
    pub padding: usize,
}

impl Geometry {
    /// The shape of what is computed at every place of the window; none if it has no place, or
    /// one in the padding alone.
    ///
    /// ```text
    /// height = ⌊(H + 2 padding − kernel) / stride⌋ + 1
    /// ```
    pub fn output(self, image: Shape, channels: usize) -> Option<Shape> {
        if self.padding >= self.kernel {
            return None;
        }
        Some(Shape {
            channels,
            height: self.outputs(image.height)?,
            width: self.outputs(image.width)?,
        })
    }

    /// The shape of a number for every channel and place of the window.
    pub(crate) fn pooled(self, image: Shape) -> Shape {
        let output = self.output(image, image.channels);
        output.expect("images are smaller than a window")
    }

    fn outputs(self, inputs: usize) -> Option<usize> {
        let rest = (inputs + 2 * self.padding).checked_sub(self.kernel)?;
        Some(rest.checked_div(self.stride)? + 1)
    }

    /// The window of output `o` of a row or column of so many inputs: its inputs, and which of the
    /// kernel's numbers the first of them is.
    #[inline(always)]
    pub(crate) fn inputs(self, o: usize, inputs: usize) -> (Range<usize>, usize) {
        let start = o * self.stride;
        let end = (start + self.kernel - self.padding).min(inputs);
        let first = self.padding.saturating_sub(start);
        (start + first - self.padding..end, first)
    }

    /// The outputs of a row or column of so many whose windows hold input `i`.
    #[inline(always)]
    pub(crate) fn holding(self, i: usize, outputs: usize) -> Range<usize> {
        let i = i + self.padding;
        let first = (i + 1).saturating_sub(self.kernel).div_ceil(self.stride);
        first..(i / self.stride + 1).min(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_inputs_that_are_in_it() {
        for (kernel, stride, padding) in [(3, 2, 1), (2, 2, 0), (3, 1, 1), (2, 3, 1), (5, 2, 0)] {
            let window = Geometry {
                kernel,
                stride,
                padding,
            };
            for inputs in kernel..9 {
                let outputs = window.outputs(inputs).expect("a place");
                for (o, i) in (0..outputs).flat_map(|o| (0..inputs).map(move |i| (o, i))) {
                    let tap = (i + padding).checked_sub(o * stride);
                    let within = tap.is_some_and(|tap| tap < kernel);
                    let (range, first) = window.inputs(o, inputs);
                    assert_eq!(range.contains(&i), within);
                    assert!(!within || tap == Some(first + i - range.start));
                    assert_eq!(window.holding(i, outputs).contains(&o), within);
                }
            }
        }
    }
}
