//! The loops of the passes.

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{Images, Line, Part, PartMut};
use crate::lanes::{Lanes, registers};
use crate::relu::positive_part;

use super::moments::{Normalizer, PIXELS, double};
use super::scales::Scales;

/// What the layer makes of the channels.
#[derive(Clone, Copy)]
pub struct Channels<'a, T> {
    pub by: &'a Normalizer<T>,
    pub scales: &'a Scales<T>,
    pub relu: bool,
}

impl<T: Element> Channels<'_, T> {
    /// A register of the channels of a block.
    #[inline(always)]
    fn register<S: Simd>(&self, simd: S, block: usize, n: usize) -> Register<T, S> {
        let [mean, inverse, gamma, beta] = Lanes::all(
            simd,
            [
                &self.by.mean[block].0,
                &self.by.inverse[block].0,
                &self.scales.gamma[block].0,
                &self.scales.beta[block].0,
            ],
            n,
        );
        Register {
            mean,
            inverse,
            scale: gamma * inverse,
            beta,
            relu: self.relu,
        }
    }
}

/// The same in a register.
#[derive(Clone, Copy)]
struct Register<T: Element, S: Simd> {
    mean: Lanes<T, S>,
    inverse: Lanes<T, S>,
    /// γ times the inverse.
    scale: Lanes<T, S>,
    beta: Lanes<T, S>,
    relu: bool,
}

impl<T: Element, S: Simd> Register<T, S> {
    /// γ x̂ + β.
    #[inline(always)]
    fn output(self, x: Lanes<T, S>) -> Lanes<T, S> {
        (x - self.mean) * self.scale + self.beta
    }

    /// g where the positive part passes it on: the output is computed again, which is faster than
    /// to read it.
    #[inline(always)]
    fn masked(self, g: Lanes<T, S>, x: Lanes<T, S>) -> Lanes<T, S> {
        if self.relu {
            g.where_positive(self.output(x))
        } else {
            g
        }
    }
}

/// Operands of the operation of that name.
pub struct Forward<'a, T> {
    pub x: Part<'a, T>,
    pub channels: Channels<'a, T>,
    pub y: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, channels, y } = self;
        let (pixels, blocks) = (x.shape.pixels(), x.shape.blocks());
        let images = x
            .lines
            .chunks_exact(pixels)
            .zip(y.lines.chunks_exact_mut(pixels));
        for ((x, y), block) in images.zip((0..blocks).cycle()) {
            let strips = x.chunks(PIXELS).zip(y.chunks_mut(PIXELS));
            for (x, y) in strips {
                for n in registers::<T, S>() {
                    let channels = channels.register(simd, block, n);
                    for (x, y) in x.iter().zip(y.iter_mut()) {
                        let [x] = Lanes::all(simd, [&x.0], n);
                        let output = channels.output(x);
                        let output = if channels.relu {
                            positive_part(simd, output)
                        } else {
                            output
                        };
                        output.store(&mut y.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name, for some blocks of channels.
pub struct Gradient<'a, T> {
    pub x: &'a Images<T>,
    pub channels: Channels<'a, T>,
    pub g: &'a Images<T>,
    pub first: usize,
    pub gamma: &'a mut [Line<f64>],
    pub beta: &'a mut [Line<f64>],
}

impl<T: Element> WithSimd for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            channels,
            g,
            first,
            gamma,
            beta,
        } = self;
        let pixels = x.shape().pixels();
        for (x, g) in x.images().zip(g.images()) {
            let [x, g] = [x, g].map(|image| image[first * pixels..].chunks_exact(pixels));
            let to = gamma.iter_mut().zip(&mut *beta);
            for (((x, g), (gamma, beta)), block) in x.zip(g).zip(to).zip(first..) {
                for (x, g) in x.chunks(PIXELS).zip(g.chunks(PIXELS)) {
                    let (mut by_gamma, mut by_beta) = (Line::<T>::zero(), Line::<T>::zero());
                    for n in registers::<T, S>() {
                        let channels = channels.register(simd, block, n);
                        let mut sums = Lanes::splat(simd, T::default());
                        let mut products = sums;
                        for (x, g) in x.iter().zip(g) {
                            let [x, g] = Lanes::all(simd, [&x.0, &g.0], n);
                            let g = channels.masked(g, x);
                            products = products + g * (x - channels.mean);
                            sums = sums + g;
                        }
                        (products * channels.inverse).store(&mut by_gamma.0, n);
                        sums.store(&mut by_beta.0, n);
                    }
                    add(gamma, &by_gamma);
                    add(beta, &by_beta);
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Backward<'a, T> {
    pub x: Part<'a, T>,
    pub channels: Channels<'a, T>,
    pub means: &'a [[Line<T>; 2]],
    pub g: Part<'a, T>,
    pub below: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            channels,
            means,
            g,
            below,
        } = self;
        let (pixels, blocks) = (x.shape.pixels(), x.shape.blocks());
        let images = x
            .lines
            .chunks_exact(pixels)
            .zip(g.lines.chunks_exact(pixels))
            .zip(below.lines.chunks_exact_mut(pixels));
        for (((x, g), below), block) in images.zip((0..blocks).cycle()) {
            let strips = x
                .chunks(PIXELS)
                .zip(g.chunks(PIXELS))
                .zip(below.chunks_mut(PIXELS));
            for ((x, g), below) in strips {
                for n in registers::<T, S>() {
                    let channels = channels.register(simd, block, n);
                    let [mean, slope] = &means[block];
                    let [mean, slope] = Lanes::all(simd, [&mean.0, &slope.0], n);
                    for ((x, g), below) in x.iter().zip(g).zip(below.iter_mut()) {
                        let [x, g] = Lanes::all(simd, [&x.0, &g.0], n);
                        let g = channels.masked(g, x);
                        let g = g - mean - (x - channels.mean) * slope;
                        (g * channels.scale).store(&mut below.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Directional<'a, T> {
    pub x: &'a Images<T>,
    pub channels: Channels<'a, T>,
    pub d: &'a Images<T>,
    pub direction: &'a Scales<T>,
    pub to: &'a mut Images<T>,
}

impl<T: Element> WithSimd for Directional<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            channels,
            d,
            direction,
            to,
        } = self;
        let (pixels, blocks) = (x.shape().pixels(), x.shape().blocks());
        let images = x
            .lines()
            .chunks_exact(pixels)
            .zip(d.lines().chunks_exact(pixels))
            .zip(to.lines_mut().chunks_exact_mut(pixels));
        for (((x, d), to), block) in images.zip((0..blocks).cycle()) {
            let strips = x
                .chunks(PIXELS)
                .zip(d.chunks(PIXELS))
                .zip(to.chunks_mut(PIXELS));
            for ((x, d), to) in strips {
                for n in registers::<T, S>() {
                    let channels = channels.register(simd, block, n);
                    let lines = [&direction.gamma[block].0, &direction.beta[block].0];
                    let [gamma, beta] = Lanes::all(simd, lines, n);
                    let scale = gamma * channels.inverse;
                    for ((x, d), to) in x.iter().zip(d).zip(to.iter_mut()) {
                        let [x, d] = Lanes::all(simd, [&x.0, &d.0], n);
                        let y_dot = d * channels.scale + (x - channels.mean) * scale + beta;
                        channels.masked(y_dot, x).store(&mut to.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct BackwardDirectional<'a, T> {
    pub x: &'a Images<T>,
    pub channels: Channels<'a, T>,
    pub direction: &'a Scales<T>,
    pub g: &'a Images<T>,
    pub x_dot: &'a Images<T>,
    pub g_dot: &'a Images<T>,
    pub to: &'a mut Images<T>,
    pub scales: &'a mut Scales<f64>,
}

impl<T: Element> WithSimd for BackwardDirectional<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            channels,
            direction,
            g,
            x_dot,
            g_dot,
            to,
            scales,
        } = self;
        let (pixels, blocks) = (x.shape().pixels(), x.shape().blocks());
        let images = x
            .lines()
            .chunks_exact(pixels)
            .zip(g.lines().chunks_exact(pixels))
            .zip(x_dot.lines().chunks_exact(pixels))
            .zip(g_dot.lines().chunks_exact(pixels))
            .zip(to.lines_mut().chunks_exact_mut(pixels));
        for (((((x, g), x_dot), g_dot), to), block) in images.zip((0..blocks).cycle()) {
            let strips = x
                .chunks(PIXELS)
                .zip(g.chunks(PIXELS))
                .zip(x_dot.chunks(PIXELS))
                .zip(g_dot.chunks(PIXELS))
                .zip(to.chunks_mut(PIXELS));
            for ((((x, g), x_dot), g_dot), to) in strips {
                let (mut by_gamma, mut by_beta) = (Line::<T>::zero(), Line::<T>::zero());
                for n in registers::<T, S>() {
                    let channels = channels.register(simd, block, n);
                    let gamma = Lanes::of(simd, &direction.gamma[block].0, n);
                    let scale = gamma * channels.inverse;
                    let mut sums = Lanes::splat(simd, T::default());
                    let mut products = sums;
                    for ((((x, g), x_dot), g_dot), to) in
                        x.iter().zip(g).zip(x_dot).zip(g_dot).zip(to.iter_mut())
                    {
                        let [x, g, x_dot, g_dot] =
                            Lanes::all(simd, [&x.0, &g.0, &x_dot.0, &g_dot.0], n);
                        let [g, g_dot] = [channels.masked(g, x), channels.masked(g_dot, x)];
                        products = products + g_dot * (x - channels.mean) + g * x_dot;
                        sums = sums + g_dot;
                        (g_dot * channels.scale + g * scale).store(&mut to.0, n);
                    }
                    (products * channels.inverse).store(&mut by_gamma.0, n);
                    sums.store(&mut by_beta.0, n);
                }
                add(&mut scales.gamma[block], &by_gamma);
                add(&mut scales.beta[block], &by_beta);
            }
        }
    }
}

/// sums += x.
#[inline(always)]
fn add<T: Element>(sums: &mut Line<f64>, x: &Line<T>) {
    for (sum, x) in sums.0.iter_mut().zip(double(x).0) {
        *sum += x;
    }
}
