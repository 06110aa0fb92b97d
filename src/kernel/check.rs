//! A solution held against a kernel matrix that is computed afresh, in f64.

use super::features::Points;
use super::gram::fresh_product;
use super::interpolant::{InverseDiagonal, largest};
use super::problem::Problem;

/// What a solution turns out to be.
pub(super) struct Check {
    pub product: Vec<Vec<f64>>,
    /// f(x_i): the product without the ridge.
    pub fitted: Vec<Vec<f64>>,
    pub one_norm: f64,
    pub relative_residual: f64,
    pub class_norms: Vec<f64>,
    pub train_error: f64,
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
            train_error: self.error_of(|c, i| fitted[c][i]),
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

    /// Fraction of training points whose largest output is not their largest
    /// target.
    fn error_of(&self, output: impl Fn(usize, usize) -> f64) -> f64 {
        let targets = self.targets.columns();
        let n = self.targets.len();
        let wrong = (0..n).filter(|&i| {
            let best = |value: &dyn Fn(usize) -> f64| largest((0..targets.len()).map(value));
            best(&|c| output(c, i)) != best(&|c| targets[c][i])
        });
        wrong.count() as f64 / n as f64
    }

    pub(super) fn inverse_diagonal(&self, diagonal: &[f64], alpha: &[Vec<f64>]) -> InverseDiagonal {
        let targets = self.targets.columns();
        let trace: f64 = diagonal.iter().sum();
        InverseDiagonal {
            leave_one_out_error: self.error_of(|c, i| targets[c][i] - alpha[c][i] / diagonal[i]),
            effective_dimension: diagonal.len() as f64 - self.ridge * trace,
        }
    }
}
