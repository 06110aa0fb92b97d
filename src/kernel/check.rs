//! A solution held against a kernel matrix that is computed afresh, in f64.

use crate::classification::Errors;

use super::features::Points;
use super::gram::fresh_product;
use super::interpolant::InverseDiagonal;
use super::problem::Problem;

/// What a solution turns out to be.
pub(super) struct Check {
    pub product: Vec<Vec<f64>>,
    /// f(x_i): the product without the ridge.
    pub fitted: Vec<Vec<f64>>,
    pub one_norm: f64,
    pub relative_residual: f64,
    pub class_norms: Vec<f64>,
    pub train: Errors,
}

impl Problem<'_> {
    /// Residual, norms and training error from one product with a fresh matrix.
    pub(super) fn check(&self, points: &Points<f64>, alpha: &[Vec<f64>], threads: usize) -> Check {
        let (product, one_norm) = fresh_product(&*self.kernel, points, self.ridge, alpha, threads);
        let targets = self.targets.columns();
        let (mut wrong, mut whole) = (0.0, 0.0);
        for (p, y) in product.iter().zip(targets) {
            for (p, y) in p.iter().zip(y) {
                wrong += (p - y) * (p - y);
                whole += y * y;
            }
        }
        let mut fitted = product.clone();
        if self.ridge > 0.0 {
            for (fitted, alpha) in fitted.iter_mut().zip(alpha) {
                fitted
                    .iter_mut()
                    .zip(alpha)
                    .for_each(|(f, a)| *f -= self.ridge * a);
            }
        }
        let class_norms = (0..targets.len())
            .map(|c| {
                let square: f64 = alpha[c].iter().zip(&fitted[c]).map(|(a, f)| a * f).sum();
                square.max(0.0).sqrt()
            })
            .collect();
        Check {
            train: self.errors_of(|c, i| fitted[c][i]),
            fitted,
            relative_residual: if whole > 0.0 {
                (wrong / whole).sqrt()
            } else {
                wrong.sqrt()
            },
            class_norms,
            one_norm,
            product,
        }
    }

    /// Training points that are not given the class of their targets.
    fn errors_of(&self, output: impl Fn(usize, usize) -> f64) -> Errors {
        let classes = self.targets.columns().len();
        let margin = |i| self.targets.margin(i, (0..classes).map(|c| output(c, i)));
        (0..self.targets.len()).map(margin).collect()
    }

    pub(super) fn inverse_diagonal(&self, diagonal: &[f64], alpha: &[Vec<f64>]) -> InverseDiagonal {
        let targets = self.targets.columns();
        let trace: f64 = diagonal.iter().sum();
        InverseDiagonal {
            leave_one_out_error: self
                .errors_of(|c, i| targets[c][i] - alpha[c][i] / diagonal[i])
                .fraction(),
            effective_dimension: diagonal.len() as f64 - self.ridge * trace,
        }
    }
}
