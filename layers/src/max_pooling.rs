//! Max pooling.

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{CHANNELS, Images, Line, Part, PartMut, Shape};
use crate::lanes::{Lanes, registers};
use crate::operation::Operation;
use crate::threads;
use crate::window::Geometry;

/// Maxima over square windows.
///
/// ```text
/// y_c,i,j = max_{0 ≤ u,v < k} x_c,(si + u − p),(sj + v − p)
/// ```
///
/// Padding is minus infinity and never wins. Of equal numbers the first of the window wins, in
/// row-major order; what is not a number wins over all that are.
///
/// Shapes: of (h, w) inputs there are (⌊(h + 2p − k) / s⌋ + 1, ⌊(w + 2p − k) / s⌋ + 1) outputs.
///
/// # Reference
///
/// D. Scherer, A. Müller and S. Behnke, "Evaluation of Pooling Operations in Convolutional
/// Architectures for Object Recognition", ICANN 2010.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPooling(Geometry);

/// Which number of each window won: u k + v, for every output.
pub type Winners = Vec<[u8; CHANNELS]>;

impl MaxPooling {
    /// Maxima over windows of kernel × kernel numbers, every stride numbers, of images with a
    /// border of so much padding: at most half the kernel, so that no window lies in it.
    pub fn new(kernel: usize, stride: usize, padding: usize) -> Self {
        assert!((1..=15).contains(&kernel) && stride > 0 && 2 * padding <= kernel);
        Self(Geometry {
            kernel,
            stride,
            padding,
        })
    }

    /// The window.
    pub fn window(self) -> Geometry {
        self.0
    }

    /// Shape of the outputs.
    pub fn output(self, input: Shape) -> Shape {
        self.0.pooled(input)
    }

    /// The outputs, and which inputs they are.
    pub fn forward<T: Element>(self, x: &Images<T>, y: &mut Images<T>, winners: &mut Winners) {
        assert_eq!(y.shape(), self.output(x.shape()));
        y.resize(x.samples());
        winners.resize(y.lines().len(), [0; CHANNELS]);
        let (window, samples) = (self.0, x.share());
        let winners = winners.chunks_mut(samples * y.shape().lines());
        let parts = x.parts(samples).zip(y.parts_mut(samples)).zip(winners);
        threads::run(parts, |((x, y), winners)| {
            T::run(Operation::MaxPooling(Forward {
                window,
                x,
                y,
                winners,
            }));
        });
    }

    /// The gradient by the inputs: each gets those of the outputs that it is.
    ///
    /// Shapes: `g` as the outputs, `below` as the inputs.
    pub fn backward<T: Element>(self, g: &Images<T>, winners: &Winners, below: &mut Images<T>) {
        assert_eq!(g.shape(), self.output(below.shape()));
        assert_eq!(g.lines().len(), winners.len());
        below.resize(g.samples());
        let (window, samples) = (self.0, below.share());
        let winners = winners.chunks(samples * g.shape().lines());
        let parts = g.parts(samples).zip(winners).zip(below.parts_mut(samples));
        threads::run(parts, |((g, winners), below)| {
            T::run(Operation::MaxPoolingBackward(Backward {
                window,
                g,
                winners,
                below,
            }));
        });
    }

    /// The derivative of the outputs along a direction d of the inputs: the numbers of d where the
    /// inputs won. It is the transpose of the backward pass.
    ///
    /// Shapes: `d` as the inputs, `to` as the outputs.
    pub fn directional<T: Element>(self, d: &Images<T>, winners: &Winners, to: &mut Images<T>) {
        assert_eq!(to.shape(), self.output(d.shape()));
        to.resize(d.samples());
        assert_eq!(to.lines().len(), winners.len());
        let (window, samples) = (self.0, d.share());
        let winners = winners.chunks(samples * to.shape().lines());
        let parts = d.parts(samples).zip(winners).zip(to.parts_mut(samples));
        threads::run(parts, |((d, winners), to)| {
            T::run(Operation::MaxPoolingDirectional(Directional {
                window,
                d,
                winners,
                to,
            }));
        });
    }
}

/// Operands of the operation of that name.
pub struct Forward<'a, T> {
    window: Geometry,
    x: Part<'a, T>,
    y: PartMut<'a, T>,
    winners: &'a mut [[u8; CHANNELS]],
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            window,
            x,
            y,
            winners,
        } = self;
        let low = Lanes::constant(simd, f64::NEG_INFINITY);
        let taps: Vec<T> = (0..window.kernel * window.kernel)
            .map(|tap| T::from_f64(tap as f64))
            .collect();
        let (from, to) = (x.shape, y.shape);
        let blocks = x.lines.chunks_exact(from.pixels());
        let outputs = y.lines.chunks_exact_mut(to.pixels());
        let winners = winners.chunks_exact_mut(to.pixels());
        for ((x, y), winners) in blocks.zip(outputs).zip(winners) {
            let rows = y.chunks_exact_mut(to.width);
            let rows = rows.zip(winners.chunks_exact_mut(to.width));
            for (i, (y, winners)) in rows.enumerate() {
                let (rows, u) = window.inputs(i, from.height);
                let x = &x[rows.start * from.width..rows.end * from.width];
                for (j, (y, winner)) in y.iter_mut().zip(winners).enumerate() {
                    let (columns, v) = window.inputs(j, from.width);
                    let first = u * window.kernel + v;
                    let mut won = Line::zero();
                    for n in registers::<T, S>() {
                        // In registers: neither is read back from memory.
                        let (mut top, mut which) = (low, Lanes::splat(simd, taps[first]));
                        let mut first = first;
                        for x in x.chunks_exact(from.width) {
                            for (&tap, x) in taps[first..].iter().zip(&x[columns.clone()]) {
                                let (tap, x) = (Lanes::splat(simd, tap), Lanes::of(simd, &x.0, n));
                                which = tap.where_greater(x, top, which).where_number(x, tap);
                                top = x.where_greater(x, top, top).where_number(x, x);
                            }
                            first += window.kernel;
                        }
                        top.store(&mut y.0, n);
                        which.store(&mut won.0, n);
                    }
                    for (winner, won) in winner.iter_mut().zip(won.0) {
                        *winner = won.to_byte();
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
    winners: &'a [[u8; CHANNELS]],
    below: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            window,
            g,
            winners,
            below,
        } = self;
        let (from, to) = (g.shape, below.shape);
        let mut columns = Vec::with_capacity(to.width);
        for j in 0..to.width {
            columns.push((j, window.holding(j, from.width)));
        }
        let outputs = g.lines.chunks_exact(from.pixels());
        let outputs = outputs.zip(winners.chunks_exact(from.pixels()));
        let blocks = below.lines.chunks_exact_mut(to.pixels());
        for ((g, winners), below) in outputs.zip(blocks) {
            for (i, below) in below.chunks_exact_mut(to.width).enumerate() {
                let rows = window.holding(i, from.height);
                for (below, (j, columns)) in below.iter_mut().zip(&columns) {
                    let mut sum = Line::zero();
                    for row in rows.clone() {
                        let u = i + window.padding - row * window.stride;
                        let (g, winners) = (&g[row * from.width..], &winners[row * from.width..]);
                        let outputs = g[columns.clone()].iter().zip(&winners[columns.clone()]);
                        let mut v = j + window.padding - columns.start * window.stride;
                        for (g, winner) in outputs {
                            add_where_won(&mut sum, g, winner, (u * window.kernel + v) as u8);
                            v = v.wrapping_sub(window.stride);
                        }
                    }
                    *below = sum;
                }
            }
        }
    }
}

/// to += x, where that number of the window won.
#[inline(always)]
fn add_where_won<T: Element>(to: &mut Line<T>, x: &Line<T>, won: &[u8; CHANNELS], tap: u8) {
    for ((to, &x), &won) in to.0.iter_mut().zip(&x.0).zip(won) {
        *to += if won == tap { x } else { T::default() };
    }
}

/// Operands of the operation of that name.
pub struct Directional<'a, T> {
    window: Geometry,
    d: Part<'a, T>,
    winners: &'a [[u8; CHANNELS]],
    to: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Directional<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            window,
            d,
            winners,
            to,
        } = self;
        let (from, shape) = (d.shape, to.shape);
        let blocks = d.lines.chunks_exact(from.pixels());
        let outputs = to.lines.chunks_exact_mut(shape.pixels());
        let winners = winners.chunks_exact(shape.pixels());
        for ((d, to), winners) in blocks.zip(outputs).zip(winners) {
            let rows = to.chunks_exact_mut(shape.width);
            let rows = rows.zip(winners.chunks_exact(shape.width));
            for (i, (to, winners)) in rows.enumerate() {
                let (rows, u) = window.inputs(i, from.height);
                let d = &d[rows.start * from.width..rows.end * from.width];
                for (j, (to, winner)) in to.iter_mut().zip(winners).enumerate() {
                    let (columns, v) = window.inputs(j, from.width);
                    let mut sum = Line::zero();
                    for (u, d) in (u..).zip(d.chunks_exact(from.width)) {
                        for (v, d) in (v..).zip(&d[columns.clone()]) {
                            add_where_won(&mut sum, d, winner, (u * window.kernel + v) as u8);
                        }
                    }
                    *to = sum;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{Golden, assert_golden};
    use crate::testing::{
        CHANNEL_COUNTS, assert_close, assert_filled_up, assert_same, differences, dot, gradient,
        moved, random, shape, single,
    };

    fn forward<T: Element>(layer: MaxPooling, x: &Images<T>) -> (Images<T>, Winners) {
        let mut y = Images::zeros(0, layer.output(x.shape()));
        let mut winners = Winners::new();
        layer.forward(x, &mut y, &mut winners);
        (y, winners)
    }

    #[test]
    fn passes_are_those_of_pytorch() {
        for file in [
            include_str!("golden/max_pooling_3_stride_2.txt"),
            include_str!("golden/max_pooling_2.txt"),
        ] {
            let golden = Golden(file);
            let [k, s, p] = ["kernel", "stride", "padding"].map(|name| golden.integer(name));
            let layer = MaxPooling::new(k, s, p);
            let x = golden.images("x", golden.shape());
            let (y, winners) = forward(layer, &x);
            assert_golden(&y.to_planes(), &golden.numbers("y"));
            let mut below = random(1, x.shape(), 1);
            layer.backward(&golden.images("g", y.shape()), &winners, &mut below);
            assert_golden(&below.to_planes(), &golden.numbers("gx"));
        }
    }

    #[test]
    fn the_gradient_and_the_derivative_along_a_direction_are_those_of_differences() {
        let layers = [(3, 2, 1), (2, 2, 0), (3, 1, 1), (2, 3, 1), (5, 2, 0)];
        for (channels, (k, s, p)) in CHANNEL_COUNTS.into_iter().zip(layers) {
            let layer = MaxPooling::new(k, s, p);
            let [x, d] = [1, 2].map(|seed| random(2, shape(channels, 7, 6), seed));
            let (y, winners) = forward(layer, &x);
            let g = random(2, y.shape(), 3);
            let (mut below, mut direction) = (x.clone(), y.clone());
            layer.backward(&g, &winners, &mut below);
            layer.directional(&d, &winners, &mut direction);
            for images in [&y, &below, &direction] {
                assert_filled_up(images);
            }
            let loss = |planes: &[f64]| {
                let x = Images::of_planes(planes, x.shape());
                dot(&forward(layer, &x).0.to_planes(), &g.to_planes())
            };
            let by_differences = gradient(&x.to_planes(), loss);
            assert_close(&below.to_planes(), &by_differences, 1e-9);
            let along = differences(|step| forward(layer, &moved(&x, &d, step)).0.to_planes());
            assert_close(&direction.to_planes(), &along, 1e-9);
            let one = dot(&direction.to_planes(), &g.to_planes());
            assert!((one - dot(&d.to_planes(), &below.to_planes())).abs() < 1e-10);
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let layer = MaxPooling::new(3, 2, 1);
        let x = random(3, shape(19, 6, 5), 1);
        let ((y, winners), (single, single_winners)) =
            (forward(layer, &x), forward(layer, &single(&x)));
        assert_same(&single, &y, 1e-7);
        assert_eq!(winners, single_winners);
    }

    #[test]
    fn the_first_of_equals_wins_and_what_is_not_a_number_over_all() {
        let layer = MaxPooling::new(2, 2, 1);
        let low = f64::NEG_INFINITY;
        let x = Images::of_planes(&[low, 1.0, 1.0, f64::NAN, 2.0, 2.0], shape(1, 1, 6));
        let (y, winners) = forward(layer, &x);
        let y = y.to_planes();
        assert!(y[2].is_nan());
        assert_eq!([y[0], y[1], y[3]], [low, 1.0, 2.0]);
        let winners: Vec<u8> = winners.iter().map(|winner| winner[0]).collect();
        assert_eq!(winners, [3, 2, 2, 2]);
    }
}
