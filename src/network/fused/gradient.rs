//! The gradient of a dense layer, and the step along it.

// Loops over the constants R and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::Simd;

use super::layer::Layer;
use super::packed::Packed;
use super::tile::{Block, Blockwise, HEIGHT, Row, WIDTH, in_registers, transpose};

/// A step of gradient descent with momentum.
///
/// ```text
/// v ← g + μ v,   w ← w − η v
/// ```
#[derive(Clone, Copy)]
pub struct Step {
    /// μ.
    pub momentum: f32,
    /// η.
    pub rate: f32,
}

impl Step {
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        gradient: &[S::f32s],
        w: &mut [S::f32s],
        v: Option<&mut [S::f32s]>,
    ) {
        let [momentum, rate] = [self.momentum, self.rate].map(|x| simd.splat_f32s(x));
        match v {
            Some(v) => {
                for ((&g, w), v) in gradient.iter().zip(w).zip(v) {
                    *v = simd.add_f32s(g, simd.mul_f32s(momentum, *v));
                    *w = simd.sub_f32s(*w, simd.mul_f32s(*v, rate));
                }
            }
            None => {
                for (&g, w) in gradient.iter().zip(w) {
                    *w = simd.sub_f32s(*w, simd.mul_f32s(g, rate));
                }
            }
        }
    }
}

impl Layer {
    /// Adds the gradient of a layer to this one: gᵀ x to the weights, the sum of the rows of g to
    /// the biases.
    ///
    /// Shapes: `x` (samples, inputs), `g` (samples, outputs).
    pub fn add_gradient(&mut self, x: &Packed, g: &Packed) {
        let to = Sink::Sum(self);
        in_registers(Gradient { x, g, to });
    }

    /// Moves the weights along their gradient, which is never stored: each block of it is applied
    /// in the registers that it was summed in.
    ///
    /// `v` is the momentum, none for μ = 0; `sum` the gradient of other examples, which is added.
    /// Shapes: `x` (samples, inputs), `g` (samples, outputs).
    pub fn descend(
        &mut self,
        v: Option<&mut Layer>,
        sum: Option<&Layer>,
        x: &Packed,
        g: &Packed,
        step: Step,
    ) {
        let w = self;
        let to = Sink::Step { w, v, sum, step };
        in_registers(Gradient { x, g, to });
    }
}

/// Where a gradient goes.
enum Sink<'a> {
    Sum(&'a mut Layer),
    Step {
        w: &'a mut Layer,
        v: Option<&'a mut Layer>,
        sum: Option<&'a Layer>,
        step: Step,
    },
}

impl Sink<'_> {
    /// Takes a block of tile `i` of panel `o`.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const N: usize>(
        &mut self,
        simd: S,
        (o, i): (usize, usize),
        block: Block,
        mut gradient: [[S::f32s; N]; R],
    ) {
        match self {
            Sink::Sum(sum) => {
                let sum = block.rows_mut::<R>(sum.weight.tile_mut(o, i));
                for r in 0..R {
                    add(simd, block.of_row_mut::<S, N>(&mut sum[r]), &gradient[r]);
                }
            }
            Sink::Step { w, v, sum, step } => {
                if let Some(sum) = sum {
                    let sum = block.rows::<R>(sum.weight.tile(o, i));
                    for r in 0..R {
                        add(simd, &mut gradient[r], &block.of_row::<S, N>(&sum[r]));
                    }
                }
                let w = block.rows_mut::<R>(w.weight.tile_mut(o, i));
                match v {
                    Some(v) => {
                        let v = block.rows_mut::<R>(v.weight.tile_mut(o, i));
                        for r in 0..R {
                            let w = block.of_row_mut::<S, N>(&mut w[r]);
                            let v = block.of_row_mut::<S, N>(&mut v[r]);
                            step.apply(simd, &gradient[r], w, Some(v));
                        }
                    }
                    None => {
                        for r in 0..R {
                            let w = block.of_row_mut::<S, N>(&mut w[r]);
                            step.apply(simd, &gradient[r], w, None);
                        }
                    }
                }
            }
        }
    }

    /// Takes the gradient of the biases of panel `o`.
    #[inline(always)]
    fn bias<S: Simd>(&mut self, simd: S, o: usize, mut gradient: Row) {
        let gradient = S::as_mut_simd_f32s(&mut gradient.0).0;
        match self {
            Sink::Sum(sum) => add(simd, S::as_mut_simd_f32s(&mut sum.bias[o].0).0, gradient),
            Sink::Step { w, v, sum, step } => {
                if let Some(sum) = sum {
                    add(simd, gradient, S::as_simd_f32s(&sum.bias[o].0).0);
                }
                let w = S::as_mut_simd_f32s(&mut w.bias[o].0).0;
                let v = v.as_mut();
                let v = v.map(|v| S::as_mut_simd_f32s(&mut v.bias[o].0).0);
                step.apply(simd, gradient, w, v);
            }
        }
    }
}

/// to += x.
#[inline(always)]
fn add<S: Simd>(simd: S, to: &mut [S::f32s], x: &[S::f32s]) {
    for (to, &x) in to.iter_mut().zip(x) {
        *to = simd.add_f32s(*to, x);
    }
}

struct Gradient<'a> {
    x: &'a Packed,
    g: &'a Packed,
    to: Sink<'a>,
}

impl Blockwise for Gradient<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self { x, g, mut to } = self;
        // A panel of g in the order of the contraction: a row for every sample.
        let mut samples = vec![[Row::ZERO; WIDTH]; g.panels().len()];
        for o in 0..g.columns().div_ceil(WIDTH) {
            let mut bias = Row::ZERO;
            for (g, samples) in g.panels().zip(&mut samples) {
                transpose(&g.as_chunks().0[o], samples);
                for sample in samples {
                    let sum = S::as_mut_simd_f32s(&mut bias.0).0;
                    add(simd, sum, S::as_simd_f32s(&sample.0).0);
                }
            }
            to.bias(simd, o, bias);
            for i in 0..x.columns().div_ceil(HEIGHT) {
                for block in Block::all::<S, R, N>() {
                    let mut sums = [[simd.splat_f32s(0.0); N]; R];
                    for (x, samples) in x.tiles().zip(&samples) {
                        block.add_inner(simd, &mut sums, &x[i], samples);
                    }
                    to.block(simd, (o, i), block, sums);
                }
            }
        }
    }
}
