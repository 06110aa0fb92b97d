//! A convolution of images without border, frequency by frequency.

use std::f64::consts::TAU;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, c64};

use super::Convolution;
use crate::linalg::{NoConvergence, Operator, largest_singular_value, product};
use crate::measure::Value;
use crate::measure::spectrum::self_adjoint_eigenvalues;

/// Fewer channels up to which all singular values of a symbol are computed.
const FEW: usize = 32;

/// Lanczos steps at most, for one frequency.
const STEPS: usize = 60;

/// The residual, relative to σ², at which the iteration ends.
const TOLERANCE: f64 = 1e-7;

/// The norm, with the interval if it was found by iteration.
pub(super) fn norm(convolution: &Convolution) -> Result<Value, NoConvergence> {
    let frequencies = convolution.frequencies();
    let exact = convolution.outputs.min(convolution.inputs) <= FEW;
    let (mut best, mut high, mut residual) = (0.0_f64, 0.0_f64, 0.0_f64);
    for &frequency in &frequencies {
        let symbol = convolution.symbol(frequency);
        // σ_max is at most the Frobenius norm: nothing to find here.
        if symbol.real.squared_norm_l2() + symbol.imaginary.squared_norm_l2() <= best * best {
            continue;
        }
        if exact {
            best = best.max(symbol.spectral_norm()?);
        } else {
            let found = largest_singular_value(&symbol, STEPS, TOLERANCE, "symbol")?;
            let failure = 0.05 / frequencies.len() as f64;
            high = high.max(found.value / (1.0 - found.shortfall(failure)));
            if found.value > best {
                (best, residual) = (found.value, found.residual);
            }
        }
    }
    Ok(if exact {
        best.into()
    } else {
        Value::estimate(best, best, high.max(best)).with("residual, relative to σ²", residual)
    })
}

impl Convolution<'_> {
    /// One of each pair of conjugate frequencies: their symbols have the same
    /// singular values. A kernel of one pixel has only one symbol.
    fn frequencies(&self) -> Vec<[usize; 2]> {
        let [height, width] = self.geometry.image;
        if self.kernel == [1, 1] {
            return vec![[0, 0]];
        }
        let all = (0..height).flat_map(|u| (0..width).map(move |v| [u, v]));
        all.filter(|&[u, v]| [u, v] <= [(height - u) % height, (width - v) % width])
            .collect()
    }

    fn symbol(&self, frequency: [usize; 2]) -> Symbol {
        let mut real = Mat::<f64>::zeros(self.outputs, self.inputs);
        let mut imaginary = real.clone();
        for a in 0..self.kernel[0] {
            for b in 0..self.kernel[1] {
                let turn = |axis: usize, offset: usize| {
                    let size = self.geometry.image[axis];
                    (frequency[axis] * (offset % size) % size) as f64 / size as f64
                };
                let (sin, cos) = (-TAU * (turn(0, a) + turn(1, b))).sin_cos();
                for c in 0..self.inputs {
                    let weights = self.weight.col(self.column(c, [a, b]));
                    let column = real
                        .col_mut(c)
                        .iter_mut()
                        .zip(imaginary.col_mut(c).iter_mut());
                    for ((real, imaginary), w) in column.zip(weights.iter()) {
                        *real += w * cos;
                        *imaginary += w * sin;
                    }
                }
            }
        }
        Symbol { real, imaginary }
    }
}

/// A complex matrix: as an operator on its real and imaginary parts, which has
/// each of its singular values twice.
struct Symbol {
    real: Mat<f64>,
    imaginary: Mat<f64>,
}

impl Symbol {
    fn spectral_norm(&self) -> Result<f64, NoConvergence> {
        let (rows, columns) = self.real.shape();
        let entry = |i, j| c64::new(self.real[(i, j)], self.imaginary[(i, j)]);
        let a = if rows <= columns {
            Mat::from_fn(rows, columns, entry)
        } else {
            Mat::from_fn(columns, rows, |i, j| entry(j, i))
        };
        let mut gram = Mat::<c64>::zeros(a.nrows(), a.nrows());
        matmul(
            gram.as_mut(),
            Accum::Replace,
            a.as_ref(),
            a.adjoint(),
            c64::new(1.0, 0.0),
            Par::Seq,
        );
        let eigenvalues = self_adjoint_eigenvalues(gram.as_ref(), Par::Seq)?;
        Ok(eigenvalues.iter().fold(0.0_f64, |m, v| m.max(v.re)).sqrt())
    }
}

impl Operator for Symbol {
    fn inputs(&self) -> usize {
        2 * self.real.ncols()
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let (re, im) = x.split_at(x.len() / 2);
        let mut y = difference(
            product(self.real.as_ref(), re),
            product(self.imaginary.as_ref(), im),
        );
        y.extend(sum(
            product(self.imaginary.as_ref(), re),
            product(self.real.as_ref(), im),
        ));
        y
    }

    fn apply_transpose(&self, y: &[f64]) -> Vec<f64> {
        let (re, im) = y.split_at(y.len() / 2);
        let (real, imaginary) = (self.real.transpose(), self.imaginary.transpose());
        let mut x = sum(product(real, re), product(imaginary, im));
        x.extend(difference(product(real, im), product(imaginary, re)));
        x
    }
}

fn sum(mut a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

fn difference(mut a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    a
}
