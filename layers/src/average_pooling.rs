//! Average pooling.

use pulp::{Simd, WithSimd};

use crate::images::{CHANNELS, Images, Line, Part, PartMut, Shape};
use crate::lanes::{Lanes, registers};
use crate::operation::Operation;
use crate::threads;
use crate::window::Geometry;
use crate::{Element, Packed};

/// Means over square windows.
///
/// ```text
/// y_c,i,j = 1/k² Σ_{0 ≤ u,v < k} x_c,(si + u),(sj + v)
/// ```
///
/// The layer is linear: its derivative along a direction is the forward pass of the direction.
///
/// Shapes: of (h, w) inputs there are (⌊(h − k) / s⌋ + 1, ⌊(w − k) / s⌋ + 1) outputs.
///
/// # Reference
///
/// Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-Based Learning Applied to Document
/// Recognition", Proceedings of the IEEE 86(11), 1998, section II.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AveragePooling(Geometry);

impl AveragePooling {
    /// Means over windows of kernel × kernel numbers, every stride numbers.
    pub fn new(kernel: usize, stride: usize) -> Self {
        assert!(kernel > 0 && stride > 0);
        Self(Geometry {
            kernel,
            stride,
            padding: 0,
        })
    }

    /// Means over the places of a window; what lies in its padding counts as 0.
    pub fn over(window: Geometry) -> Self {
        Self(window)
    }

    /// Shape of the outputs.
    pub fn output(self, input: Shape) -> Shape {
        self.0.pooled(input)
    }

    /// The outputs.
    pub fn forward<T: Element>(self, x: &Images<T>, y: &mut Images<T>) {
        assert_eq!(y.shape(), self.output(x.shape()));
        y.resize(x.samples());
        let (window, samples) = (self.0, x.share());
        threads::run(x.parts(samples).zip(y.parts_mut(samples)), |(x, y)| {
            T::run(Operation::AveragePooling(Forward { window, x, y }));
        });
    }

    /// The gradient by the inputs: each gets 1/k² of those of the outputs whose windows hold it.
    ///
    /// Shapes: `g` as the outputs, `below` as the inputs.
    pub fn backward<T: Element>(self, g: &Images<T>, below: &mut Images<T>) {
        assert_eq!(g.shape(), self.output(below.shape()));
        below.resize(g.samples());
        let (window, samples) = (self.0, below.share());
        let parts = g.parts(samples).zip(below.parts_mut(samples));
        threads::run(parts, |(g, below)| {
            T::run(Operation::AveragePoolingBackward(Backward {
                window,
                g,
                below,
            }));
        });
    }

    /// 1/k².
    #[inline(always)]
    fn share(window: Geometry) -> f64 {
        1.0 / (window.kernel * window.kernel) as f64
    }
}

/// Operands of the operation of that name.
pub struct Forward<'a, T> {
    window: Geometry,
    x: Part<'a, T>,
    y: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, x, y } = self;
        let (from, to) = (x.shape, y.shape);
        let share = Lanes::constant(simd, AveragePooling::share(window));
        let blocks = x.lines.chunks_exact(from.pixels());
        for (x, y) in blocks.zip(y.lines.chunks_exact_mut(to.pixels())) {
            for (i, y) in y.chunks_exact_mut(to.width).enumerate() {
                let (rows, _) = window.inputs(i, from.height);
                let x = &x[rows.start * from.width..rows.end * from.width];
                for (j, y) in y.iter_mut().enumerate() {
                    let (columns, _) = window.inputs(j, from.width);
                    for n in registers::<T, S>() {
                        let mut sum = Lanes::splat(simd, T::default());
                        for x in x.chunks_exact(from.width) {
                            for x in &x[columns.clone()] {
                                sum = sum + Lanes::of(simd, &x.0, n);
                            }
                        }
                        (sum * share).store(&mut y.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Backward<'a, T> {
    window: Geometry,
    g: Part<'a, T>,
    below: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, g, below } = self;
        let (from, to) = (g.shape, below.shape);
        let share = Lanes::constant(simd, AveragePooling::share(window));
        let mut columns = Vec::with_capacity(to.width);
        for j in 0..to.width {
            columns.push(window.holding(j, from.width));
        }
        let blocks = g.lines.chunks_exact(from.pixels());
        for (g, below) in blocks.zip(below.lines.chunks_exact_mut(to.pixels())) {
            for (i, below) in below.chunks_exact_mut(to.width).enumerate() {
                let rows = window.holding(i, from.height);
                for (below, columns) in below.iter_mut().zip(&columns) {
                    for n in registers::<T, S>() {
                        let mut sum = Lanes::splat(simd, T::default());
                        for row in rows.clone() {
                            for g in &g[row * from.width..][columns.clone()] {
                                sum = sum + Lanes::of(simd, &g.0, n);
                            }
                        }
                        (sum * share).store(&mut below.0, n);
                    }
                }
            }
        }
    }
}

/// Means over all pixels.
///
/// ```text
/// y_i,c = 1/(h w) Σ_j x_i,c,j
/// ```
///
/// The layer is linear: its derivative along a direction is this of the direction.
///
/// Shapes: `y` (samples, channels).
///
/// # Reference
///
/// M. Lin, Q. Chen and S. Yan, "Network In Network", ICLR 2014, section 3.2.
pub fn global_average<T: Element>(x: &Images<T>, y: &mut Packed<T>) {
    let channels = x.shape().channels;
    assert_eq!(y.columns(), channels);
    let mut means = vec![Line::zero(); x.samples() * x.shape().blocks()];
    let samples = x.share();
    let parts = means.chunks_mut(samples * x.shape().blocks());
    threads::run(x.parts(samples).zip(parts), |(x, to)| {
        T::run(Operation::GlobalAverage(GlobalAverage { x, to }));
    });
    let mut rows = vec![T::default(); x.samples() * channels];
    let lines = means.chunks_exact(x.shape().blocks());
    for (row, lines) in rows.chunks_exact_mut(channels).zip(lines) {
        for (row, line) in row.chunks_mut(CHANNELS).zip(lines) {
            row.copy_from_slice(&line.0[..row.len()]);
        }
    }
    y.resize(x.samples());
    y.fill(rows.chunks_exact(channels));
}

/// The gradient by the inputs of [`global_average`]: 1/(h w) of that by its outputs everywhere.
///
/// Shapes: `g` (samples, channels), `below` as the inputs, of as many samples.
pub fn global_average_backward<T: Element>(g: &Packed<T>, below: &mut Images<T>) {
    let shape = below.shape();
    assert_eq!(g.columns(), shape.channels);
    let share = T::from_f64(1.0 / shape.pixels() as f64);
    let rows = g.to_rows(below.samples());
    for (image, row) in below.images_mut().zip(rows.chunks_exact(shape.channels)) {
        let blocks = image.chunks_exact_mut(shape.pixels());
        for (block, row) in blocks.zip(row.chunks(CHANNELS)) {
            let mut line = Line::zero();
            for (to, &g) in line.0.iter_mut().zip(row) {
                *to = g * share;
            }
            block.fill(line);
        }
    }
}

/// Operands of the operation of that name.
pub struct GlobalAverage<'a, T> {
    x: Part<'a, T>,
    to: &'a mut [Line<T>],
}

impl<T: Element> WithSimd for GlobalAverage<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pixels = self.x.shape.pixels();
        let share = Lanes::constant(simd, 1.0 / pixels as f64);
        for (block, to) in self.x.lines.chunks_exact(pixels).zip(self.to) {
            for n in registers::<T, S>() {
                let mut sum = Lanes::splat(simd, T::default());
                for x in block {
                    sum = sum + Lanes::of(simd, &x.0, n);
                }
                (sum * share).store(&mut to.0, n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{Golden, assert_golden};
    use crate::testing::{
        CHANNEL_COUNTS, assert_close, assert_filled_up, assert_same, dot, gradient, noise, random,
        shape, single,
    };

    fn forward<T: Element>(layer: AveragePooling, x: &Images<T>) -> Images<T> {
        let mut y = Images::zeros(0, layer.output(x.shape()));
        layer.forward(x, &mut y);
        y
    }

    fn global<T: Element>(x: &Images<T>) -> Vec<T> {
        let mut y = Packed::zeros(1, x.shape().channels);
        global_average(x, &mut y);
        y.to_rows(x.samples())
    }

    #[test]
    fn passes_are_those_of_pytorch() {
        for file in [
            include_str!("golden/average_pooling_3_stride_2.txt"),
            include_str!("golden/average_pooling_2.txt"),
        ] {
            let golden = Golden(file);
            let layer = AveragePooling::new(golden.integer("kernel"), golden.integer("stride"));
            let x = golden.images("x", golden.shape());
            let y = forward(layer, &x);
            assert_golden(&y.to_planes(), &golden.numbers("y"));
            let mut below = random(1, x.shape(), 1);
            layer.backward(&golden.images("g", y.shape()), &mut below);
            assert_golden(&below.to_planes(), &golden.numbers("gx"));
        }
    }

    #[test]
    fn global_means_are_those_of_pytorch() {
        let golden = Golden(include_str!("golden/global_average.txt"));
        let mut x = golden.images("x", golden.shape());
        assert_golden(&global(&x), &golden.numbers("y"));
        let g = Packed::of_rows(&golden.numbers("g"), x.shape().channels);
        global_average_backward(&g, &mut x);
        assert_golden(&x.to_planes(), &golden.numbers("gx"));
        assert_filled_up(&x);
    }

    #[test]
    fn the_gradient_is_that_of_differences_and_the_transpose() {
        let layers = [(3, 2), (2, 2), (3, 1), (2, 3), (5, 2)];
        for (channels, (k, s)) in CHANNEL_COUNTS.into_iter().zip(layers) {
            let layer = AveragePooling::new(k, s);
            let [x, d] = [1, 2].map(|seed| random(2, shape(channels, 7, 6), seed));
            let g = random(2, layer.output(x.shape()), 3);
            let mut below = x.clone();
            layer.backward(&g, &mut below);
            let direction = forward(layer, &d);
            assert_filled_up(&below);
            assert_filled_up(&direction);
            let loss = |planes: &[f64]| {
                let x = Images::of_planes(planes, x.shape());
                dot(&forward(layer, &x).to_planes(), &g.to_planes())
            };
            let by_differences = gradient(&x.to_planes(), loss);
            assert_close(&below.to_planes(), &by_differences, 1e-9);
            let one = dot(&direction.to_planes(), &g.to_planes());
            assert!((one - dot(&d.to_planes(), &below.to_planes())).abs() < 1e-10);
        }
    }

    #[test]
    fn the_gradient_of_global_means_is_the_transpose() {
        for channels in CHANNEL_COUNTS {
            // More samples than a panel has rows.
            let d = random(33, shape(channels, 3, 5), 1);
            let rows = noise(33 * channels, 2);
            let mut below = random(33, d.shape(), 3);
            global_average_backward(&Packed::of_rows(&rows, channels), &mut below);
            assert_filled_up(&below);
            let one = dot(&global(&d), &rows);
            assert!((one - dot(&d.to_planes(), &below.to_planes())).abs() < 1e-10);
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let layer = AveragePooling::new(3, 2);
        let x = random(3, shape(19, 6, 5), 1);
        assert_same(&forward(layer, &single(&x)), &forward(layer, &x), 1e-6);
        let means: Vec<f64> = global(&single(&x)).iter().map(|&x| x.into()).collect();
        assert_close(&means, &global(&x), 1e-6);
    }
}
