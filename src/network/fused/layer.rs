//! Outputs of a dense layer, and the gradient by its inputs.

// Loops over the constants R and N are unrolled, several arrays at a time.
#![allow(clippy::needless_range_loop)]

use pulp::Simd;

use super::packed::Packed;
use super::tile::{Block, Blockwise, HEIGHT, Row, WIDTH, in_registers};

/// Columns contracted at a time: 128 rows of both operands are 32 KiB of first-level cache.
const COLUMNS: usize = 128;

/// Panels of 32 outputs contracted at a time, so that the same fits for them.
const PANELS: usize = 4;

/// Weights and biases of a dense layer, or numbers of that shape: its gradient, its momentum.
#[derive(Debug, Clone)]
pub struct Layer {
    /// W, shape (outputs, inputs).
    pub weight: Packed,
    /// b, one row for every panel of W.
    pub bias: Vec<Row>,
    outputs: usize,
}

impl Layer {
    /// The layer of a row-major W of this many inputs, and b.
    pub fn new(weight: &[f32], bias: &[f32], inputs: usize) -> Self {
        let row = |numbers: &[f32]| {
            let mut row = Row::ZERO;
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
            bias: vec![Row::ZERO; outputs.div_ceil(WIDTH)],
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
    pub fn for_each_bias(&self, numbers: &mut [f32], take: impl Fn(&mut f32, f32)) {
        let bias = self.bias.iter().flat_map(|row| row.0);
        numbers.iter_mut().zip(bias).for_each(|(to, b)| take(to, b));
    }

    /// y = x Wᵀ + b, or its positive part.
    ///
    /// Shapes: `x` (samples, inputs), `y` (samples, outputs).
    pub fn forward(&self, x: &Packed, y: &mut Packed, relu: bool) {
        in_registers(Forward {
            layer: self,
            x,
            y,
            relu,
        });
    }

    /// The gradient by the inputs, g W; where units are given, it is 0 at those that are not
    /// positive.
    ///
    /// Shapes: `g` (samples, outputs), `units` and `below` (samples, inputs).
    pub fn backward(&self, g: &Packed, units: Option<&Packed>, below: &mut Packed) {
        in_registers(Backward {
            layer: self,
            g,
            units,
            below,
        });
    }
}

struct Forward<'a> {
    layer: &'a Layer,
    x: &'a Packed,
    y: &'a mut Packed,
    relu: bool,
}

impl Blockwise for Forward<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self { layer, x, y, relu } = self;
        let zero = simd.splat_f32s(0.0);
        let columns = x.columns();
        let chunks = columns.div_ceil(COLUMNS);
        for (o, (weight, bias)) in layer.weight.panels().zip(&layer.bias).enumerate() {
            for (c, weight) in weight[..columns].chunks(COLUMNS).enumerate() {
                for (x, y) in x.panels().zip(y.tiles_mut()) {
                    let x = &x[c * COLUMNS..][..weight.len()];
                    let y = y[o * (WIDTH / HEIGHT)..].iter_mut().take(WIDTH / HEIGHT);
                    for (t, (y, bias)) in y.zip(bias.0.as_chunks::<HEIGHT>().0).enumerate() {
                        for block in Block::all::<S, R, N>() {
                            let mut sums = [[zero; N]; R];
                            let y = block.rows_mut::<R>(y);
                            if c > 0 {
                                for r in 0..R {
                                    sums[r] = block.of_row::<S, N>(&y[r]);
                                }
                            }
                            block.add_outer(simd, &mut sums, weight, t, x);
                            for r in 0..R {
                                let y = block.of_row_mut::<S, N>(&mut y[r]);
                                let bias = simd.splat_f32s(block.numbers::<R>(bias)[r]);
                                for n in 0..N {
                                    y[n] = sums[r][n];
                                    if c + 1 == chunks {
                                        y[n] = simd.add_f32s(y[n], bias);
                                        if relu {
                                            y[n] = simd.max_f32s(y[n], zero);
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

struct Backward<'a> {
    layer: &'a Layer,
    g: &'a Packed,
    units: Option<&'a Packed>,
    below: &'a mut Packed,
}

impl Blockwise for Backward<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let Self {
            layer,
            g,
            units,
            below,
        } = self;
        let zero = simd.splat_f32s(0.0);
        let weight = &layer.weight;
        let panels = weight.panels().len();
        for first in (0..panels).step_by(PANELS) {
            let last = first + PANELS >= panels;
            for (p, (g, below)) in g.panels().zip(below.tiles_mut()).enumerate() {
                let g = &g.as_chunks::<WIDTH>().0[first..];
                for (i, below) in below.iter_mut().enumerate() {
                    for block in Block::all::<S, R, N>() {
                        let mut sums = [[zero; N]; R];
                        if first > 0 {
                            for (sums, below) in sums.iter_mut().zip(block.rows::<R>(below)) {
                                *sums = block.of_row::<S, N>(below);
                            }
                        }
                        for (weight, g) in weight.tiles().skip(first).take(PANELS).zip(g) {
                            block.add_inner(simd, &mut sums, &weight[i], g);
                        }
                        if let Some(units) = units
                            && last
                        {
                            let units = block.rows::<R>(units.tile(p, i));
                            for (sums, unit) in sums.iter_mut().zip(units) {
                                let unit = block.of_row::<S, N>(unit);
                                for n in 0..N {
                                    let active = simd.greater_than_f32s(unit[n], zero);
                                    sums[n] = simd.select_f32s(active, sums[n], zero);
                                }
                            }
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
