//! A convolution with stride and zero padding, applied and transposed.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::Convolution;
use crate::linalg::{NoConvergence, Operator, largest_singular_value};
use crate::measure::Value;

/// Numbers of the matrix of windows held at once.
const WINDOW_NUMBERS: usize = 1 << 22;

/// Lanczos steps at most.
const STEPS: usize = 100;

/// The residual, relative to σ², at which the iteration ends.
const TOLERANCE: f64 = 1e-7;

/// The norm, with its residual and interval.
pub(super) fn norm(convolution: &Convolution) -> Result<Value, NoConvergence> {
    let found = largest_singular_value(convolution, STEPS, TOLERANCE, "convolution")?;
    let high = found.value / (1.0 - found.shortfall(0.05));
    Ok(Value::estimate(found.value, found.value, high)
        .with("residual, relative to σ²", found.residual)
        .with("Lanczos steps before a restart", found.steps as f64))
}

impl Convolution<'_> {
    /// Calls `visit` with the place in the window matrix and in the image of every
    /// weight and pixel that meet in the windows `from..to`.
    fn meet(&self, from: usize, to: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let [height, width] = self.geometry.image;
        let inside = |window: usize, axis: usize, offset: usize| {
            let place = window * self.geometry.stride[axis] + offset;
            place
                .checked_sub(self.geometry.padding[axis])
                .filter(|&pixel| pixel < self.geometry.image[axis])
        };
        for window in from..to {
            let (row, column) = (window / self.windows[1], window % self.windows[1]);
            for a in 0..self.kernel[0] {
                let Some(y) = inside(row, 0, a) else { continue };
                for b in 0..self.kernel[1] {
                    let Some(x) = inside(column, 1, b) else {
                        continue;
                    };
                    for c in 0..self.inputs {
                        let pixel = (c * height + y) * width + x;
                        visit(self.column(c, [a, b]), window - from, pixel);
                    }
                }
            }
        }
    }

    /// Ranges of windows that fit in memory together.
    fn chunks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let windows = self.windows[0] * self.windows[1];
        let chunk = (WINDOW_NUMBERS / self.weight.ncols().max(1)).max(1);
        (0..windows)
            .step_by(chunk)
            .map(move |from| (from, windows.min(from + chunk)))
    }
}

/// Images are stored by channel, row and column; outputs by window and channel.
impl Operator for Convolution<'_> {
    fn inputs(&self) -> usize {
        self.inputs * self.geometry.image[0] * self.geometry.image[1]
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut output = vec![0.0; self.outputs * self.windows[0] * self.windows[1]];
        for (from, to) in self.chunks() {
            let mut windows = Mat::<f64>::zeros(self.weight.ncols(), to - from);
            self.meet(from, to, |weight, window, pixel| {
                windows[(weight, window)] = x[pixel];
            });
            let part = &mut output[from * self.outputs..to * self.outputs];
            matmul(
                MatMut::from_column_major_slice_mut(part, self.outputs, to - from),
                Accum::Replace,
                self.weight,
                windows.as_ref(),
                1.0,
                Par::Seq,
            );
        }
        output
    }

    fn apply_transpose(&self, y: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; Operator::inputs(self)];
        for (from, to) in self.chunks() {
            let part = &y[from * self.outputs..to * self.outputs];
            let mut windows = Mat::<f64>::zeros(self.weight.ncols(), to - from);
            matmul(
                windows.as_mut(),
                Accum::Replace,
                self.weight.transpose(),
                MatRef::from_column_major_slice(part, self.outputs, to - from),
                1.0,
                Par::Seq,
            );
            self.meet(from, to, |weight, window, pixel| {
                image[pixel] += windows[(weight, window)];
            });
        }
        image
    }
}
