//! The gradient of a dense layer, and the step along it.

// Loops over the constants R and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::Simd;

use super::descent::Step;
use super::layer::Dense;
use crate::Element;
use crate::operation::Operation;
use crate::packed::{Packed, Panels, PanelsMut};
use crate::threads;
use crate::tile::{Block, Blockwise, HEIGHT, Row, WIDTH, transpose};

impl<T: Element> Dense<T> {
    /// Adds the gradient of a layer to this one: gᵀ x to the weights, the sum of the rows of g to
    /// the biases.
    ///
    /// Shapes: `x` (samples, inputs), `g` (samples, outputs).
    pub fn add_gradient(&mut self, x: &Packed<T>, g: &Packed<T>) {
        let panels = self.share(x.panels().len());
        let parts = self.parts_mut(panels).map(Sink::Sum);
        gradient(x, g, panels, parts);
    }

    /// Moves the weights along their gradient, which is never stored: each block of it is applied
    /// in the registers that it was summed in.
    ///
    /// `v` is the momentum, none for μ = 0; `sum` the gradient of other examples, which is added.
    /// Shapes: `x` (samples, inputs), `g` (samples, outputs).
    pub fn descend(
        &mut self,
        v: Option<&mut Dense<T>>,
        sum: Option<&Dense<T>>,
        x: &Packed<T>,
        g: &Packed<T>,
        step: Step<T>,
    ) {
        let panels = self.share(x.panels().len());
        let mut v = v.map(|v| v.parts_mut(panels));
        let mut sum = sum.map(|sum| sum.parts(panels));
        let parts = self.parts_mut(panels).map(|w| Sink::Step {
            w,
            v: v.as_mut().and_then(Iterator::next),
            sum: sum.as_mut().and_then(Iterator::next),
            step,
        });
        gradient(x, g, panels, parts);
    }

    /// How many panels of 32 outputs are a thread's part, of so many panels of samples.
    fn share(&self, samples: usize) -> usize {
        threads::share(self.bias.len(), samples * WIDTH * WIDTH * self.inputs())
    }

    /// So many panels of 32 outputs at a time.
    fn parts(&self, panels: usize) -> impl Iterator<Item = Part<'_, T>> {
        let parts = self.weight.parts(panels).zip(self.bias.chunks(panels));
        parts.map(|(weight, bias)| Part { weight, bias })
    }

    /// The same, to change them.
    fn parts_mut(&mut self, panels: usize) -> impl Iterator<Item = PartMut<'_, T>> {
        let weight = self.weight.parts_mut(panels);
        let parts = weight.zip(self.bias.chunks_mut(panels));
        parts.map(|(weight, bias)| PartMut { weight, bias })
    }
}

/// The gradient by so many panels of 32 outputs goes to each of some places.
fn gradient<'a, T: Element>(
    x: &'a Packed<T>,
    g: &'a Packed<T>,
    panels: usize,
    to: impl Iterator<Item = Sink<'a, T>>,
) {
    threads::run((0..).step_by(panels).zip(to), |(first, to)| {
        T::run(Operation::DenseGradient(Gradient { x, g, first, to }));
    });
}

/// Some panels of a layer.
pub struct Part<'a, T> {
    weight: Panels<'a, T>,
    bias: &'a [Row<T>],
}

/// The same, to change them.
pub struct PartMut<'a, T> {
    weight: PanelsMut<'a, T>,
    bias: &'a mut [Row<T>],
}

/// Where the gradient by some panels goes.
pub enum Sink<'a, T> {
    Sum(PartMut<'a, T>),
    Step {
        w: PartMut<'a, T>,
        v: Option<PartMut<'a, T>>,
        sum: Option<Part<'a, T>>,
        step: Step<T>,
    },
}

impl<T: Element> Sink<'_, T> {
    /// How many there are.
    fn panels(&self) -> usize {
        match self {
            Sink::Sum(sum) => sum.bias.len(),
            Sink::Step { w, .. } => w.bias.len(),
        }
    }

    /// Takes a block of tile `i` of panel `o`.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const N: usize>(
        &mut self,
        simd: S,
        (o, i): (usize, usize),
        block: Block<T>,
        mut gradient: [[T::Vector<S>; N]; R],
    ) {
        match self {
            Sink::Sum(sum) => {
                let sum = block.rows_mut::<R>(sum.weight.tile(o, i));
                for r in 0..R {
                    add::<T, S>(simd, block.of_row_mut::<S, N>(&mut sum[r]), &gradient[r]);
                }
            }
            Sink::Step { w, v, sum, step } => {
                if let Some(sum) = sum {
                    let sum = block.rows::<R>(sum.weight.tile(o, i));
                    for r in 0..R {
                        add::<T, S>(simd, &mut gradient[r], &block.of_row::<S, N>(&sum[r]));
                    }
                }
                let w = block.rows_mut::<R>(w.weight.tile(o, i));
                match v {
                    Some(v) => {
                        let v = block.rows_mut::<R>(v.weight.tile(o, i));
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
    fn bias<S: Simd>(&mut self, simd: S, o: usize, mut gradient: Row<T>) {
        let gradient = T::vectors_mut::<S>(&mut gradient.0);
        match self {
            Sink::Sum(sum) => add::<T, S>(simd, T::vectors_mut::<S>(&mut sum.bias[o].0), gradient),
            Sink::Step { w, v, sum, step } => {
                if let Some(sum) = sum {
                    add::<T, S>(simd, gradient, T::vectors::<S>(&sum.bias[o].0));
                }
                let w = T::vectors_mut::<S>(&mut w.bias[o].0);
                let v = v.as_mut();
                let v = v.map(|v| T::vectors_mut::<S>(&mut v.bias[o].0));
                step.apply(simd, gradient, w, v);
            }
        }
    }
}

/// to += x.
#[inline(always)]
fn add<T: Element, S: Simd>(simd: S, to: &mut [T::Vector<S>], x: &[T::Vector<S>]) {
    for (to, &x) in to.iter_mut().zip(x) {
        *to = T::plus(simd, *to, x);
    }
}

/// Operands of the product of that name.
pub struct Gradient<'a, T> {
    x: &'a Packed<T>,
    g: &'a Packed<T>,
    /// Panel of outputs that goes to the first one of the sink.
    first: usize,
    to: Sink<'a, T>,
}

impl<T: Element> Blockwise for Gradient<'_, T> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self {
            x,
            g,
            first,
            mut to,
        } = self;
        // A panel of g in the order of the contraction: a row for every sample.
        let mut samples = vec![[Row::zero(); WIDTH]; g.panels().len()];
        for o in 0..to.panels() {
            let mut bias = Row::zero();
            for (g, samples) in g.panels().zip(&mut samples) {
                transpose(&g.as_chunks().0[first + o], samples);
                for sample in samples {
                    let sum = T::vectors_mut::<S>(&mut bias.0);
                    add::<T, S>(simd, sum, T::vectors::<S>(&sample.0));
                }
            }
            to.bias(simd, o, bias);
            for i in 0..x.columns().div_ceil(HEIGHT) {
                for block in Block::<T>::all::<S, R, N>() {
                    let mut sums = [[T::splat(simd, T::default()); N]; R];
                    for (x, samples) in x.tiles().zip(&samples) {
                        block.add_inner(simd, &mut sums, &x[i], samples);
                    }
                    to.block(simd, (o, i), block, sums);
                }
            }
        }
    }
}
