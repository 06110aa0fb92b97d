//! Windows of pooling.

use std::ops::Range;

use crate::Shape;

/// Square windows on images with a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Window {
    /// Shape of the outputs: one for every window.
    pub fn output(self, input: Shape) -> Shape {
        Shape {
            channels: input.channels,
            height: self.outputs(input.height),
            width: self.outputs(input.width),
        }
    }

    fn outputs(self, inputs: usize) -> usize {
        let padded = inputs + 2 * self.padding;
        assert!(padded >= self.kernel, "images are smaller than a window");
        (padded - self.kernel) / self.stride + 1
    }

    /// The window of output `o` of a row or column of so many inputs: its inputs, and which of the
    /// kernel's numbers the first of them is.
    #[inline(always)]
    pub fn inputs(self, o: usize, inputs: usize) -> (Range<usize>, usize) {
        let start = o * self.stride;
        let end = (start + self.kernel - self.padding).min(inputs);
        let first = self.padding.saturating_sub(start);
        (start + first - self.padding..end, first)
    }

    /// The outputs of a row or column of so many whose windows hold input `i`.
    #[inline(always)]
    pub fn holding(self, i: usize, outputs: usize) -> Range<usize> {
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
            let window = Window {
                kernel,
                stride,
                padding,
            };
            for inputs in kernel..9 {
                let outputs = window.outputs(inputs);
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
