//! The layer.

use crate::Element;
use crate::images::{CHANNELS, Images, Line};
use crate::operation::Operation;
use crate::threads;

use super::passes::{Backward, BackwardDirectional, Directional, Forward};

/// Local response normalization across channels, with the exponent β = 3/4 of its authors.
///
/// ```text
/// y_c = x_c s_c^(−β),   s_c = k + α/n Σ_{|c' − c| ≤ (n − 1)/2} x_c'²
/// ```
///
/// Channels that do not exist are 0. As s^(−1/4) = 1/√√s, nothing is raised to a power.
///
/// # Reference
///
/// A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet Classification with Deep Convolutional
/// Neural Networks", NeurIPS 2012, section 3.3. Their α is α/n here, as in PyTorch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalResponse {
    /// (n − 1)/2.
    pub(super) reach: usize,
    /// α/n.
    pub(super) share: f64,
    /// k.
    pub(super) constant: f64,
}

impl LocalResponse {
    /// Normalization by windows of `size` channels: n, odd and at most 33; α; k, positive.
    pub fn new(size: usize, alpha: f64, constant: f64) -> Self {
        assert!(size % 2 == 1 && size / 2 <= CHANNELS && alpha >= 0.0 && constant > 0.0);
        Self {
            reach: size / 2,
            share: alpha / size as f64,
            constant,
        }
    }

    /// The outputs, and z = s^(−1/4), which the other passes read.
    ///
    /// Shapes: `x` and `y` are images of one shape.
    pub fn forward<T: Element>(self, x: &Images<T>, roots: &mut Roots<T>, y: &mut Images<T>) {
        assert_eq!(x.shape(), y.shape());
        y.resize(x.samples());
        roots.resize(x.lines().len(), Line::zero());
        let (layer, samples) = (self, x.share());
        let roots = roots.chunks_mut(samples * x.shape().lines());
        let parts = x.parts(samples).zip(roots).zip(y.parts_mut(samples));
        threads::run(parts, |((x, roots), y)| {
            T::run(Operation::LocalResponse(Forward { layer, x, roots, y }));
        });
    }

    /// The gradient by the inputs.
    ///
    /// ```text
    /// b_c = g_c z_c³ − 2βα/n x_c Σ_c' g_c' x_c' z_c'⁷
    /// ```
    ///
    /// Shapes: `x`, `g` and `below` are images of one shape.
    pub fn backward<T: Element>(
        self,
        x: &Images<T>,
        roots: &Roots<T>,
        g: &Images<T>,
        below: &mut Images<T>,
    ) {
        assert!(x.shape() == g.shape() && x.shape() == below.shape());
        below.resize(x.samples());
        let (layer, samples) = (self, x.share());
        let roots = roots.chunks(samples * x.shape().lines());
        let parts = x.parts(samples).zip(roots).zip(g.parts(samples));
        let parts = parts.zip(below.parts_mut(samples));
        threads::run(parts, |(((x, roots), g), below)| {
            T::run(Operation::LocalResponseBackward(Backward {
                layer,
                x,
                roots,
                g,
                below,
            }));
        });
    }

    /// The derivative of the outputs along a direction ẋ of the inputs.
    ///
    /// ```text
    /// ẏ_c = ẋ_c z_c³ − 2βα/n x_c z_c⁷ Σ_c' x_c' ẋ_c'
    /// ```
    ///
    /// Shapes: `x`, `d`, which is ẋ, and `to` are images of one shape.
    pub fn directional<T: Element>(
        self,
        x: &Images<T>,
        roots: &Roots<T>,
        d: &Images<T>,
        to: &mut Images<T>,
    ) {
        assert!(x.shape() == d.shape() && x.shape() == to.shape());
        to.resize(x.samples());
        let (layer, samples) = (self, x.share());
        let roots = roots.chunks(samples * x.shape().lines());
        let parts = x.parts(samples).zip(roots).zip(d.parts(samples));
        let parts = parts.zip(to.parts_mut(samples));
        threads::run(parts, |(((x, roots), d), to)| {
            T::run(Operation::LocalResponseDirectional(Directional {
                layer,
                x,
                roots,
                d,
                to,
            }));
        });
    }

    /// The derivative of the backward pass along a direction ẋ of the inputs and ġ of the gradient
    /// by the outputs.
    ///
    /// ```text
    /// ḃ_c = ġ_c z_c³ − βg_c z_c⁷ q_c − 2βα/n (ẋ_c Σ_c' g_c' x_c' z_c'⁷
    ///       + x_c Σ_c' (ġ_c' x_c' + g_c' ẋ_c' − (β + 1) g_c' x_c' z_c'⁴ q_c') z_c'⁷)
    /// q_c = 2α/n Σ_c' x_c' ẋ_c', the derivative of s_c
    /// ```
    ///
    /// Shapes: `x`, `g`, both directions and `to` are images of one shape.
    ///
    /// # Reference
    ///
    /// B. A. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6(1), 1994.
    pub fn backward_directional<T: Element>(
        self,
        x: &Images<T>,
        roots: &Roots<T>,
        g: &Images<T>,
        [x_dot, g_dot]: [&Images<T>; 2],
        to: &mut Images<T>,
    ) {
        assert!(x.shape() == x_dot.shape() && x.shape() == g_dot.shape());
        assert!(x.shape() == g.shape() && x.shape() == to.shape());
        to.resize(x.samples());
        let (layer, samples) = (self, x.share());
        let roots = roots.chunks(samples * x.shape().lines());
        let parts = x.parts(samples).zip(roots).zip(g.parts(samples));
        let dots = x_dot.parts(samples).zip(g_dot.parts(samples));
        let parts = parts.zip(dots).zip(to.parts_mut(samples));
        threads::run(parts, |((((x, roots), g), (x_dot, g_dot)), to)| {
            T::run(Operation::LocalResponseBackwardDirectional(
                BackwardDirectional {
                    layer,
                    x,
                    roots,
                    g,
                    x_dot,
                    g_dot,
                    to,
                },
            ));
        });
    }
}

/// z = s^(−1/4) of every number.
pub type Roots<T> = Vec<Line<T>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{Golden, assert_golden};
    use crate::testing::{
        CHANNEL_COUNTS, assert_close, assert_filled_up, assert_same, differences, dot, gradient,
        moved, random, shape, single,
    };

    const LAYERS: [(usize, f64, f64); 5] = [
        (5, 0.5, 2.0),
        (3, 2.0, 1.0),
        (9, 1.0, 1.0),
        (33, 3.0, 0.5),
        (1, 1.0, 1.0),
    ];

    fn forward<T: Element>(layer: LocalResponse, x: &Images<T>) -> (Images<T>, Roots<T>) {
        let (mut y, mut roots) = (Images::zeros(0, x.shape()), Roots::new());
        layer.forward(x, &mut roots, &mut y);
        (y, roots)
    }

    fn backward<T: Element>(layer: LocalResponse, x: &Images<T>, g: &Images<T>) -> Images<T> {
        let mut below = x.clone();
        layer.backward(x, &forward(layer, x).1, g, &mut below);
        below
    }

    #[test]
    fn passes_are_those_of_pytorch() {
        for file in [
            include_str!("../golden/local_response_5.txt"),
            include_str!("../golden/local_response_9.txt"),
            include_str!("../golden/local_response_5_of_3.txt"),
        ] {
            let golden = Golden(file);
            let (alpha, k) = (golden.numbers("alpha")[0], golden.numbers("k")[0]);
            let layer = LocalResponse::new(golden.integer("size"), alpha, k);
            let x = golden.images("x", golden.shape());
            assert_golden(&forward(layer, &x).0.to_planes(), &golden.numbers("y"));
            let below = backward(layer, &x, &golden.images("g", x.shape()));
            assert_golden(&below.to_planes(), &golden.numbers("gx"));
        }
    }

    #[test]
    fn passes_and_their_derivatives_along_directions_are_those_of_differences() {
        for (channels, (size, alpha, k)) in CHANNEL_COUNTS.into_iter().zip(LAYERS) {
            let layer = LocalResponse::new(size, alpha, k);
            // Two strips, the second of which is not full.
            let shape = shape(channels, 3, 7);
            let [x, g, x_dot, g_dot] = [1, 2, 3, 4].map(|seed| random(2, shape, seed));
            let (y, roots) = forward(layer, &x);
            let below = backward(layer, &x, &g);
            let (mut y_dot, mut below_dot) = (x.clone(), x.clone());
            layer.directional(&x, &roots, &x_dot, &mut y_dot);
            layer.backward_directional(&x, &roots, &g, [&x_dot, &g_dot], &mut below_dot);
            for images in [&y, &below, &y_dot, &below_dot] {
                assert_filled_up(images);
            }
            let loss = |planes: &[f64]| {
                let y = forward(layer, &Images::of_planes(planes, shape)).0;
                dot(&y.to_planes(), &g.to_planes())
            };
            assert_close(&below.to_planes(), &gradient(&x.to_planes(), loss), 1e-8);
            let along = differences(|step| forward(layer, &moved(&x, &x_dot, step)).0.to_planes());
            assert_close(&y_dot.to_planes(), &along, 1e-9);
            let along = differences(|step| {
                let (x, g) = (moved(&x, &x_dot, step), moved(&g, &g_dot, step));
                backward(layer, &x, &g).to_planes()
            });
            assert_close(&below_dot.to_planes(), &along, 1e-8);
            let one = dot(&y_dot.to_planes(), &g.to_planes());
            assert!((one - dot(&x_dot.to_planes(), &below.to_planes())).abs() < 1e-10);
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let layer = LocalResponse::new(5, 1.0, 1.0);
        let [x, g, x_dot, g_dot] = [1, 2, 3, 4].map(|seed| random(3, shape(35, 4, 3), seed));
        let (mut y_dot, mut below_dot) = (x.clone(), x.clone());
        let (y, roots) = forward(layer, &x);
        layer.directional(&x, &roots, &x_dot, &mut y_dot);
        layer.backward_directional(&x, &roots, &g, [&x_dot, &g_dot], &mut below_dot);
        let below = backward(layer, &x, &g);
        let [x, g, x_dot, g_dot] = [&x, &g, &x_dot, &g_dot].map(single);
        let (mut to, roots) = forward(layer, &x);
        assert_same(&to, &y, 1e-6);
        layer.directional(&x, &roots, &x_dot, &mut to);
        assert_same(&to, &y_dot, 1e-6);
        layer.backward_directional(&x, &roots, &g, [&x_dot, &g_dot], &mut to);
        assert_same(&to, &below_dot, 2e-6);
        assert_same(&backward(layer, &x, &g), &below, 1e-6);
    }
}
