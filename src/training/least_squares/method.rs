//! How a gradient becomes a step.

use serde::{Deserialize, Serialize};

use super::{LeastSquares, LeastSquaresError};
use crate::linalg::dot_wide;

/// A gradient method. Step sizes that are not given are chosen from the data
/// so that the method converges.
///
/// Gradient descent, SGD, momentum and Kaczmarz move within the span of the
/// rows of `Φ`; the others do not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Method {
    /// The whole gradient in every step, of step size `n / λ_max(ΦΦᵀ)`.
    GradientDescent,
    /// Minibatches in a fresh order every epoch, with heavy-ball momentum.
    ///
    /// The step size with batch b is (1 − momentum) over a bound of the
    /// largest curvature `λ_max(Φ_B Φ_Bᵀ)/b` of any batch B: the smaller of
    /// the largest squared row norm and `λ_max(ΦΦᵀ)/b`.
    Sgd {
        /// Samples per step.
        batch: usize,
        /// Momentum in [0, 1).
        momentum: f64,
    },
    /// Projects on the hyperplane of one sample after the other, in a fresh
    /// order every epoch: `w ← w − (φ_i·w − y_i) φ_i / ‖φ_i‖²`. SGD on single
    /// samples with a step size for each.
    ///
    /// # Reference
    /// Kaczmarz 1937; Strohmer and Vershynin 2009, arXiv math/0702226, who
    /// draw the samples.
    Kaczmarz,
    /// Adam with the published betas and epsilon, whole gradient.
    ///
    /// # Reference
    /// Kingma and Ba 2015, arXiv 1412.6980, Algorithm 1.
    Adam {
        /// Step size.
        rate: f64,
    },
    /// AdaGrad, whole gradient: `w ← w − rate g / (√(Σ g²) + 10⁻⁸)`, the sum
    /// over all steps until now.
    ///
    /// # Reference
    /// Duchi, Hazan, Singer 2011, "Adaptive subgradient methods for online
    /// learning and stochastic optimization".
    AdaGrad {
        /// Step size.
        rate: f64,
    },
    /// Along the sign of the whole gradient, as far as the loss falls. With a
    /// constant step size signSGD ends at a distance of that size; the exact
    /// line search makes it converge.
    ///
    /// # Reference
    /// Bernstein, Wang, Azizzadenesheli, Anandkumar 2018, arXiv 1802.04434
    /// (signSGD; the line search is ours).
    SignDescent,
}

/// The state of a method.
pub(super) struct Rule {
    method: Method,
    batch: usize,
    rate: f64,
    /// Velocity, or first moment.
    first: Vec<f64>,
    /// Second moment, or sum of squares.
    second: Vec<f64>,
    steps: i32,
}

impl Rule {
    pub(super) fn new(
        problem: &LeastSquares<'_>,
        method: Method,
        dimension: usize,
    ) -> Result<Self, LeastSquaresError> {
        let samples = problem.targets.len();
        let (batch, rate) = match method {
            Method::GradientDescent => (samples, problem.gradient_descent_rate()),
            Method::Sgd { batch, momentum } => {
                if batch == 0 || !(0.0..1.0).contains(&momentum) {
                    return Err(LeastSquaresError::Method { batch, momentum });
                }
                let batch = batch.min(samples);
                let largest_row = (0..samples)
                    .map(|i| problem.row(i, dimension))
                    .map(|row| dot_wide(row, row))
                    .fold(0.0, f64::max);
                // Φ_B Φ_Bᵀ is a principal block of ΦΦᵀ, so its largest eigenvalue is at
                // most that of the whole, and at most its trace.
                let whole = problem.largest_curvature(dimension) * samples as f64 / batch as f64;
                (batch, (1.0 - momentum) / whole.min(largest_row))
            }
            Method::Kaczmarz => (1, 1.0),
            Method::Adam { rate } | Method::AdaGrad { rate } => (samples, rate),
            Method::SignDescent => (samples, 1.0),
        };
        Ok(Self {
            method,
            batch,
            rate,
            first: vec![0.0; dimension],
            second: vec![0.0; dimension],
            steps: 0,
        })
    }

    /// Samples per step.
    #[inline(always)]
    pub(super) fn batch(&self) -> usize {
        self.batch
    }

    /// A step against the gradient of the chosen samples.
    #[inline(always)]
    pub(super) fn step(
        &mut self,
        problem: &LeastSquares<'_>,
        weights: &mut [f64],
        gradient: &[f64],
        chosen: &[usize],
    ) {
        self.steps += 1;
        match self.method {
            Method::GradientDescent => {
                for (w, g) in weights.iter_mut().zip(gradient) {
                    *w -= self.rate * g;
                }
            }
            Method::Sgd { momentum, .. } => {
                for ((w, g), v) in weights.iter_mut().zip(gradient).zip(&mut self.first) {
                    *v = momentum * *v + g;
                    *w -= self.rate * *v;
                }
            }
            Method::Kaczmarz => {
                let row = problem.row(chosen[0], weights.len());
                let square = dot_wide(row, row);
                // A row of zeros has the gradient zero.
                let rate = if square > 0.0 { 1.0 / square } else { 0.0 };
                for (w, g) in weights.iter_mut().zip(gradient) {
                    *w -= rate * g;
                }
            }
            Method::Adam { rate } => {
                let (beta1, beta2, epsilon) = (0.9_f64, 0.999_f64, 1e-8);
                let corrected1 = 1.0 - beta1.powi(self.steps);
                let corrected2 = 1.0 - beta2.powi(self.steps);
                let moments = self.first.iter_mut().zip(&mut self.second);
                for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
                    *m = beta1 * *m + (1.0 - beta1) * g;
                    *v = beta2 * *v + (1.0 - beta2) * g * g;
                    *w -= rate * (*m / corrected1) / ((*v / corrected2).sqrt() + epsilon);
                }
            }
            Method::AdaGrad { rate } => {
                for ((w, g), sum) in weights.iter_mut().zip(gradient).zip(&mut self.second) {
                    *sum += g * g;
                    *w -= rate * g / (sum.sqrt() + 1e-8);
                }
            }
            Method::SignDescent => {
                // signum of zero is one.
                let sign = |g: f64| if g == 0.0 { 0.0 } else { g.signum() };
                for (d, g) in self.first.iter_mut().zip(gradient) {
                    *d = sign(*g);
                }
                let curvature = problem.curvature_along(&self.first);
                let rate = dot_wide(gradient, &self.first) / curvature;
                // Without curvature the gradient is zero too.
                if curvature > 0.0 {
                    for (w, d) in weights.iter_mut().zip(&self.first) {
                        *w -= rate * d;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LeastSquares, Method};
    use crate::linalg::dot_wide;

    /// Two samples with rows of unequal norm that are not orthogonal.
    const FEATURES: [f64; 6] = [1.0, 3.0, 0.5, 2.0, -1.0, 1.0];
    const TARGETS: [f64; 2] = [2.0, 1.0];

    fn problem() -> LeastSquares<'static> {
        LeastSquares {
            features: &FEATURES,
            targets: &TARGETS,
        }
    }

    /// The min-norm solution by Cramer's rule on ΦΦᵀ a = y, w = Φᵀ a.
    fn min_norm() -> Vec<f64> {
        let (x, z) = FEATURES.split_at(3);
        let (xx, xz, zz) = (dot_wide(x, x), dot_wide(x, z), dot_wide(z, z));
        let determinant = xx * zz - xz * xz;
        let a = (TARGETS[0] * zz - TARGETS[1] * xz) / determinant;
        let b = (TARGETS[1] * xx - TARGETS[0] * xz) / determinant;
        x.iter().zip(z).map(|(x, z)| a * x + b * z).collect()
    }

    fn distance(weights: &[f64]) -> f64 {
        let squares = weights.iter().zip(min_norm()).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    #[test]
    fn a_step_of_kaczmarz_solves_its_sample() {
        let one = LeastSquares {
            features: &FEATURES[..3],
            targets: &TARGETS[..1],
        };
        let descent = one
            .descend(Method::Kaczmarz, &[0.3, -0.2, 0.9], 1e-14, 1, 1)
            .expect("a problem");
        assert!(descent.residuals[1] < 1e-14);
    }

    #[test]
    fn kaczmarz_ends_at_the_min_norm_solution_whatever_the_rows() {
        let descent = problem()
            .descend(Method::Kaczmarz, &[0.0; 3], 1e-14, 1000, 1)
            .expect("a problem");
        assert!(distance(&descent.weights) < 1e-12);
    }

    /// Diagonal methods converge too, elsewhere.
    #[test]
    fn diagonal_methods_interpolate_but_leave_the_span() {
        for method in [
            Method::Adam { rate: 0.01 },
            Method::AdaGrad { rate: 0.5 },
            Method::SignDescent,
        ] {
            let descent = problem()
                .descend(method, &[0.0; 3], 1e-6, 100_000, 1)
                .expect("a problem");
            assert!(descent.residuals[descent.residuals.len() - 1] <= 1e-6);
            assert!(distance(&descent.weights) > 0.01, "{method:?}");
        }
    }

    #[test]
    fn the_line_search_of_sign_descent_never_raises_the_loss() {
        let descent = problem()
            .descend(Method::SignDescent, &[1.0, -2.0, 0.5], 1e-12, 200, 1)
            .expect("a problem");
        assert!(descent.residuals.windows(2).all(|r| r[1] <= r[0] + 1e-15));
    }
}
