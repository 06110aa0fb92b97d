//! Outputs of a dense layer, and the gradient by its inputs.

// Loops over the constants R and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::Simd;

use crate::Element;
use crate::operation::Operation;
use crate::packed::{Packed, Panels, PanelsMut};
use crate::threads;
use crate::tile::{Block, Blockwise, HEIGHT, Row, WIDTH};

/// Columns contracted at a time: 128 rows of both operands are 32 KiB of first-level cache.
const COLUMNS: usize = 128;

/// Panels of 32 outputs contracted at a time, so that the same fits for them.
const PANELS: usize = 4;

/// Weights and biases of a dense layer, or numbers of that shape: its gradient, its momentum.
#[derive(Debug, Clone)]
pub struct Dense<T> {
    /// W, shape (outputs, inputs).
    pub weight: Packed<T>,
    /// b, one row for every panel of W.
    pub bias: Vec<Row<T>>,
    outputs: usize,
}

impl<T: Element> Dense<T> {
    /// The layer of a row-major W of this many inputs, and b.
    pub fn new(weight: &[T], bias: &[T], inputs: usize) -> Self {
        let row = |numbers: &[T]| {
            let mut row = Row::zero();
            row.0[..numbers.len()].copy_from_slice(numbers);
            row
        };
        Self {
            weight: Packed::of_rows(weight, inputs),
            bias: bias.chunks(WIDTH).map(row).collect(),
            outputs: bias.len(),
        }
    }

    /// Zeros of the same shape.
    pub fn zeros_like(&self) -> Self {
        Self::zeros(self.inputs(), self.outputs)
    }

    /// Zeros.
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        Self {
            weight: Packed::zeros(outputs, inputs),
            bias: vec![Row::zero(); outputs.div_ceil(WIDTH)],
            outputs,
        }
    }

    /// Columns of W.
    pub fn inputs(&self) -> usize {
        self.weight.columns()
    }

    /// Rows of W.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Gives every bias to `take`, together with a number for each.
    pub fn for_each_bias(&self, numbers: &mut [T], take: impl Fn(&mut T, T)) {
        let bias = self.bias.iter().flat_map(|row| row.0);
        numbers.iter_mut().zip(bias).for_each(|(to, b)| take(to, b));
    }

    /// y = x Wᵀ + b, or its positive part.
    ///
    /// Shapes: `x` (samples, inputs), `y` (samples, outputs).
    pub fn forward(&self, x: &Packed<T>, y: &mut Packed<T>, relu: bool) {
        self.product(x, y, relu, false);
    }

    /// The derivative of the outputs when the layer moves along a direction and its inputs along
    /// `x_dot`.
    ///
    /// ```text
    /// R y = R x Wᵀ + x Vᵀ + v
    /// ```
    ///
    /// Shapes: `x` and `x_dot` (samples, inputs), `y_dot` (samples, outputs).
    ///
    /// # Reference
    /// Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    pub fn directional(
        &self,
        direction: &Self,
        x: &Packed<T>,
        x_dot: Option<&Packed<T>>,
        y_dot: &mut Packed<T>,
    ) {
        direction.forward(x, y_dot, false);
        if let Some(x) = x_dot {
            self.product(x, y_dot, false, true);
        }
    }

    /// y = x Wᵀ + b, or its positive part; or adds x Wᵀ to y.
    fn product(&self, x: &Packed<T>, y: &mut Packed<T>, relu: bool, add: bool) {
        let panels = self.share_of(x);
        threads::run(x.parts(panels).zip(y.parts_mut(panels)), |(x, y)| {
            T::run(Operation::DenseForward(Forward {
                layer: self,
                x,
                y,
                relu,
                add,
            }));
        });
    }

    /// How many panels of 32 samples are a thread's part.
    fn share_of(&self, samples: &Packed<T>) -> usize {
        let products = WIDTH * self.inputs() * self.bias.len() * WIDTH;
        threads::share(samples.panels().len(), products)
    }

    /// The gradient by the inputs, g W.
    ///
    /// Shapes: `g` (samples, outputs), `below` (samples, inputs).
    pub fn backward(&self, g: &Packed<T>, below: &mut Packed<T>) {
        let panels = self.share_of(g);
        threads::run(
            g.parts(panels).zip(below.parts_mut(panels)),
            |(g, below)| {
                T::run(Operation::DenseBackward(Backward {
                    layer: self,
                    g,
                    below,
                }));
            },
        );
    }
}

/// Operands of the product of that name.
pub struct Forward<'a, T> {
    layer: &'a Dense<T>,
    x: Panels<'a, T>,
    y: PanelsMut<'a, T>,
    relu: bool,
    /// Adds to what `y` holds, without bias.
    add: bool,
}

impl<T: Element> Blockwise for Forward<'_, T> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self {
            layer,
            x,
            mut y,
            relu,
            add,
        } = self;
        let zero = T::splat(simd, T::default());
        let columns = layer.inputs();
        let chunks = columns.div_ceil(COLUMNS);
        for (o, (weight, bias)) in layer.weight.panels().zip(&layer.bias).enumerate() {
            for (c, weight) in weight[..columns].chunks(COLUMNS).enumerate() {
                for (x, y) in x.panels().zip(y.tiles()) {
                    let x = &x[c * COLUMNS..][..weight.len()];
                    let y = y[o * (WIDTH / HEIGHT)..].iter_mut().take(WIDTH / HEIGHT);
                    for (t, (y, bias)) in y.zip(bias.0.as_chunks::<HEIGHT>().0).enumerate() {
                        for block in Block::<T>::all::<S, R, N>() {
                            let mut sums = [[zero; N]; R];
                            let y = block.rows_mut::<R>(y);
                            if c > 0 || add {
                                for r in 0..R {
                                    sums[r] = block.of_row::<S, N>(&y[r]);
                                }
                            }
                            block.add_outer(simd, &mut sums, weight, t, x);
                            for r in 0..R {
                                let y = block.of_row_mut::<S, N>(&mut y[r]);
                                let bias = T::splat(simd, block.numbers::<R>(bias)[r]);
                                for n in 0..N {
                                    y[n] = sums[r][n];
                                    if c + 1 == chunks && !add {
                                        y[n] = T::plus(simd, y[n], bias);
                                        if relu {
                                            // What is not a number stays so.
                                            y[n] = T::where_greater(simd, [zero, y[n]], zero, y[n]);
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Operands of the product of that name.
pub struct Backward<'a, T> {
    layer: &'a Dense<T>,
    g: Panels<'a, T>,
    below: PanelsMut<'a, T>,
}

impl<T: Element> Blockwise for Backward<'_, T> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self {
            layer,
            g,
            mut below,
        } = self;
        let zero = T::splat(simd, T::default());
        let weight = &layer.weight;
        let panels = weight.panels().len();
        for first in (0..panels).step_by(PANELS) {
            for (g, below) in g.panels().zip(below.tiles()) {
                let g = &g.as_chunks::<WIDTH>().0[first..];
                for (i, below) in below.iter_mut().enumerate() {
                    for block in Block::<T>::all::<S, R, N>() {
                        let mut sums = [[zero; N]; R];
                        if first > 0 {
                            for (sums, below) in sums.iter_mut().zip(block.rows::<R>(below)) {
                                *sums = block.of_row::<S, N>(below);
                            }
                        }
                        for (weight, g) in weight.tiles().skip(first).take(PANELS).zip(g) {
                            block.add_inner(simd, &mut sums, &weight[i], g);
                        }
                        for (below, sums) in block.rows_mut::<R>(below).iter_mut().zip(sums) {
                            *block.of_row_mut::<S, N>(below) = sums;
                        }
                    }
                }
            }
        }
    }
}
