//! A solution held against a kernel matrix that is computed afresh, in f64.

use crate::classification::Errors;
use crate::linalg::{dot, norm, squared_norm};

use super::features::Points;
use super::gram::fresh_product;
use super::interpolant::InverseDiagonal;
use super::least_norm::outputs;
use super::norm::{Form, Norm, rounding};
use super::problem::Problem;

/// What a solution turns out to be.
pub(super) struct Check {
    pub product: Vec<Vec<f64>>,
    /// f(x_i): the product without the ridge.
    pub fitted: Vec<Vec<f64>>,
    pub one_norm: f64,
    pub relative_residual: f64,
    pub class_norms: Vec<Norm>,
    pub train: Errors,
}

/// What a solution is held against.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    /// Largest relative residual.
    pub tolerance: f64,
    /// Unit roundoff of the kernel matrix that was solved with.
    pub unit: f64,
    pub threads: usize,
}

impl Problem<'_> {
    /// Residual, norms and training error from one product with a fresh matrix.
    pub(super) fn check(&self, points: &Points<f64>, alpha: &[Vec<f64>], bar: Bar) -> Check {
        let (fitted, one_norm) = fresh_product(&*self.kernel, points, 0.0, alpha, bar.threads);
        let mut product = fitted.clone();
        if self.ridge > 0.0 {
            for (product, alpha) in product.iter_mut().zip(alpha) {
                let pairs = product.iter_mut().zip(alpha);
                pairs.for_each(|(p, a)| *p += self.ridge * a);
            }
        }
        let targets = self.targets.columns();
        let (mut wrong, mut whole) = (0.0, 0.0);
        for (p, y) in product.iter().zip(targets) {
            for (p, y) in p.iter().zip(y) {
                wrong += (p - y) * (p - y);
                whole += y * y;
            }
        }
        let class_norms = (0..targets.len())
            .map(|c| {
                let (a, y) = (&alpha[c], &targets[c]);
                let residual: Vec<f64> = y.iter().zip(&product[c]).map(|(y, p)| y - p).collect();
                let form = Form {
                    square: dot(a, &fitted[c]),
                    along_targets: dot(y, a),
                    along_residual: dot(&residual, a),
                    residual: relative(squared_norm(&residual), squared_norm(y)),
                    rounding: rounding(a, one_norm, bar.unit),
                    rounding_of_check: rounding(a, one_norm, f64::EPSILON / 2.0),
                };
                form.norm(bar.tolerance, self.ridge)
            })
            .collect();
        Check {
            train: self.targets.errors(|c, i| fitted[c][i]),
            fitted,
            relative_residual: relative(wrong, whole),
            class_norms,
            one_norm: one_norm + self.ridge,
            product,
        }
    }

    /// The same for weights w = Φᵀα of the features, without ΦΦᵀ:
    /// αᵀKα = ‖w‖², and rounding moves w by at most n u ‖Φ‖_F ‖α‖.
    pub(super) fn check_weights(
        &self,
        points: &Points<f64>,
        alpha: &[Vec<f64>],
        weights: &[Vec<f64>],
        bar: Bar,
    ) -> Check {
        let fitted = outputs(&points.values, points.dimension, weights);
        let targets = self.targets.columns();
        let size = points.squared_norms.iter().sum::<f64>().sqrt();
        let (mut wrong, mut whole) = (0.0, 0.0);
        let mut class_norms = Vec::new();
        for ((a, w), (y, f)) in alpha.iter().zip(weights).zip(targets.iter().zip(&fitted)) {
            let residual: Vec<f64> = y.iter().zip(f).map(|(y, f)| y - f).collect();
            let (own, all) = (squared_norm(&residual), squared_norm(y));
            let square = squared_norm(w);
            let moved = a.len() as f64 * bar.unit * size * norm(a);
            let rounding = moved * (2.0 * square.sqrt() + moved);
            let form = Form {
                square,
                along_targets: dot(y, a),
                along_residual: dot(&residual, a),
                residual: relative(own, all),
                rounding,
                rounding_of_check: rounding,
            };
            class_norms.push(form.norm(bar.tolerance, self.ridge));
            wrong += own;
            whole += all;
        }
        Check {
            train: self.targets.errors(|c, i| fitted[c][i]),
            relative_residual: relative(wrong, whole),
            class_norms,
            one_norm: size * size,
            product: fitted.clone(),
            fitted,
        }
    }

    /// Holds a function of the distinct points against the targets of all points.
    pub(super) fn against_all(&self, places: &[usize], check: &mut Check) {
        let given = self.given.columns();
        let (mut wrong, mut whole) = (0.0, 0.0);
        for (y, f) in given.iter().zip(&check.fitted) {
            for (y, &place) in y.iter().zip(places) {
                wrong += (y - f[place]) * (y - f[place]);
                whole += y * y;
            }
        }
        check.relative_residual = relative(wrong, whole);
        let fitted = |c: usize, i: usize| check.fitted[c][places[i]];
        check.train = self.given.errors(fitted);
    }

    pub(super) fn inverse_diagonal(&self, diagonal: &[f64], alpha: &[Vec<f64>]) -> InverseDiagonal {
        let targets = self.targets.columns();
        let trace: f64 = diagonal.iter().sum();
        InverseDiagonal {
            leave_one_out_error: self
                .targets
                .errors(|c, i| targets[c][i] - alpha[c][i] / diagonal[i])
                .fraction(),
            effective_dimension: diagonal.len() as f64 - self.ridge * trace,
        }
    }
}

/// Root of the ratio of two squares; of the part where the whole is 0.
fn relative(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).sqrt()
    } else {
        part.sqrt()
    }
}
