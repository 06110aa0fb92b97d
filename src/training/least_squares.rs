//! Gradient methods on linear least squares, in f64: the one setting in which
//! what SGD converges to is known exactly.
//!
//! With more features than samples the loss
//! `L(w) = (1/2n) ‖Φ w − y‖²` has a whole affine space of global minima. Every
//! step of (stochastic) gradient descent is a combination of rows of `Φ`, so
//! the component of `w` outside their span never changes: from zero the limit
//! is the interpolant of smallest norm, whatever the batch size and the
//! momentum. A method that rescales coordinates, such as Adam, leaves the
//! span.

use rand::seq::SliceRandom;

use crate::random;
use crate::vector::{dot, vectorized};

/// A least-squares problem: `features` Φ of shape (samples, dimension),
/// row-major, and one target per sample.
#[derive(Debug, Clone, Copy)]
pub struct LeastSquares<'a> {
    /// Φ, row-major.
    pub features: &'a [f64],
    /// y.
    pub targets: &'a [f64],
}

/// How a gradient becomes a step. The step size is chosen from the data so
/// that every method converges: see [`LeastSquares::descend`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// The whole gradient in every step.
    GradientDescent,
    /// Minibatches in a fresh order every epoch, with heavy-ball momentum.
    Sgd {
        /// Samples per step.
        batch: usize,
        /// Momentum in [0, 1).
        momentum: f64,
    },
    /// Adam with the published betas and epsilon, whole gradient.
    Adam {
        /// Step size.
        rate: f64,
    },
}

/// Where a method got to.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// The weights after the last epoch.
    pub weights: Vec<f64>,
    /// `‖Φ w − y‖ / ‖y‖` after each epoch, the start first.
    pub residuals: Vec<f64>,
}

/// A problem that is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LeastSquaresError {
    /// Numbers that do not make a matrix with one row per target.
    #[error("{features} feature numbers do not make {targets} rows of {weights} numbers")]
    Shape {
        /// Feature numbers given.
        features: usize,
        /// Targets given.
        targets: usize,
        /// Length of the starting weights.
        weights: usize,
    },
    /// A batch of no samples, or momentum outside [0, 1).
    #[error(
        "batch {batch} with momentum {momentum} is no method; give at least 1 and a momentum in [0, 1)"
    )]
    Method {
        /// The batch size.
        batch: usize,
        /// The momentum.
        momentum: f64,
    },
}

impl LeastSquares<'_> {
    /// Runs a method from `start` until the relative residual is at most
    /// `target` or `max_epochs` have passed.
    ///
    /// Step sizes: gradient descent `n / λ_max(ΦΦᵀ)`; SGD with batch b
    /// `(1 − momentum) / max over batches of λ_max(Φ_B Φ_Bᵀ)/b`, bounded by the
    /// largest squared row norm, which makes single-sample SGD the Kaczmarz
    /// method on rows of equal norm.
    ///
    /// # Errors
    /// Shapes that do not fit, an empty batch, or momentum outside [0, 1).
    pub fn descend(
        &self,
        method: Method,
        start: &[f64],
        target: f64,
        max_epochs: usize,
        seed: u64,
    ) -> Result<Descent, LeastSquaresError> {
        let (samples, dimension) = (self.targets.len(), start.len());
        if samples == 0 || dimension == 0 || self.features.len() != samples * dimension {
            return Err(LeastSquaresError::Shape {
                features: self.features.len(),
                targets: samples,
                weights: dimension,
            });
        }
        let mut rule = Rule::new(self, method, dimension)?;
        let mut weights = start.to_vec();
        let mut gradient = vec![0.0; dimension];
        let mut residuals = vec![self.relative_residual(&weights)];
        let mut order: Vec<usize> = (0..samples).collect();
        let mut stream = random::stream(seed, "least squares: batch order");
        for _ in 0..max_epochs {
            if residuals[residuals.len() - 1] <= target {
                break;
            }
            if rule.batch < samples {
                order.shuffle(&mut stream);
            }
            vectorized(
                #[inline(always)]
                || {
                    for chosen in order.chunks(rule.batch) {
                        self.gradient_into(&mut gradient, &weights, chosen);
                        rule.step(&mut weights, &gradient);
                    }
                    residuals.push(self.relative_residual(&weights));
                },
            );
        }
        Ok(Descent { weights, residuals })
    }

    /// `‖Φ w − y‖ / ‖y‖`.
    #[inline(always)]
    pub fn relative_residual(&self, weights: &[f64]) -> f64 {
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let mut errors = (0..self.targets.len()).map(|i| self.error(weights, i));
        let scale = norm(&mut self.targets.iter().copied());
        (norm(&mut errors) / scale).sqrt()
    }

    #[inline(always)]
    fn row(&self, i: usize, dimension: usize) -> &[f64] {
        &self.features[i * dimension..(i + 1) * dimension]
    }

    /// `Φ_i w − y_i`.
    #[inline(always)]
    fn error(&self, weights: &[f64], i: usize) -> f64 {
        dot(self.row(i, weights.len()), weights) - self.targets[i]
    }

    /// Gradient of the mean loss of some samples: `(1/b) Φ_Bᵀ (Φ_B w − y_B)`.
    fn gradient(&self, weights: &[f64], chosen: &[usize]) -> Vec<f64> {
        let mut gradient = vec![0.0; weights.len()];
        self.gradient_into(&mut gradient, weights, chosen);
        gradient
    }

    #[inline(always)]
    fn gradient_into(&self, gradient: &mut [f64], weights: &[f64], chosen: &[usize]) {
        gradient.fill(0.0);
        for &i in chosen {
            let scale = self.error(weights, i) / chosen.len() as f64;
            for (g, x) in gradient.iter_mut().zip(self.row(i, weights.len())) {
                *g += scale * x;
            }
        }
    }

    /// The largest eigenvalue of `ΦΦᵀ / n`, from below by the power method and
    /// then raised by 5 %, which is more than the method lacks after so many
    /// steps.
    fn largest_curvature(&self, dimension: usize) -> f64 {
        let all: Vec<usize> = (0..self.targets.len()).collect();
        let homogeneous = LeastSquares {
            features: self.features,
            targets: &vec![0.0; self.targets.len()],
        };
        let mut direction: Vec<f64> = self.row(0, dimension).to_vec();
        let mut curvature = 0.0;
        for _ in 0..100 {
            let length = dot(&direction, &direction).sqrt();
            if length == 0.0 {
                break;
            }
            direction.iter_mut().for_each(|d| *d /= length);
            let image = homogeneous.gradient(&direction, &all);
            curvature = dot(&direction, &image);
            direction = image;
        }
        1.05 * curvature
    }
}

/// The state of a method.
struct Rule {
    method: Method,
    batch: usize,
    rate: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    steps: i32,
}

impl Rule {
    fn new(
        problem: &LeastSquares<'_>,
        method: Method,
        dimension: usize,
    ) -> Result<Self, LeastSquaresError> {
        let samples = problem.targets.len();
        let (batch, rate) = match method {
            Method::GradientDescent => (samples, 1.0 / problem.largest_curvature(dimension)),
            Method::Sgd { batch, momentum } => {
                if batch == 0 || !(0.0..1.0).contains(&momentum) {
                    return Err(LeastSquaresError::Method { batch, momentum });
                }
                let batch = batch.min(samples);
                let largest_row = (0..samples)
                    .map(|i| problem.row(i, dimension))
                    .map(|row| dot(row, row))
                    .fold(0.0, f64::max);
                // A batch's curvature is at most its largest row, and for large
                // batches near that of all samples.
                let curvature = if batch == samples {
                    problem.largest_curvature(dimension)
                } else {
                    largest_row
                };
                (batch, (1.0 - momentum) / curvature)
            }
            Method::Adam { rate } => (samples, rate),
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

    #[inline(always)]
    fn step(&mut self, weights: &mut [f64], gradient: &[f64]) {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two samples in five dimensions with orthogonal rows: the min-norm
    /// solution is y_1 x_1/|x_1|² + y_2 x_2/|x_2|².
    const FEATURES: [f64; 10] = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0];
    const TARGETS: [f64; 2] = [2.0, -4.0];
    const MIN_NORM: [f64; 5] = [1.0, 1.0, -2.0, 2.0, 0.0];

    fn problem() -> LeastSquares<'static> {
        LeastSquares {
            features: &FEATURES,
            targets: &TARGETS,
        }
    }

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    proptest! {
        /// From any start, SGD with any batch and momentum ends at the min-norm
        /// solution plus the start's component outside the rows' span.
        #[test]
        fn sgd_keeps_the_null_space_component_of_its_start(
            start in proptest::collection::vec(-3.0..3.0f64, 5),
            batch in 1usize..3,
            momentum in 0.0..0.9f64,
            seed in 0u64..1000,
        ) {
            let descent = problem()
                .descend(Method::Sgd { batch, momentum }, &start, 1e-13, 5000, seed)
                .expect("a problem");
            // Null space: (1,-1,0,0,0)/√2, (0,0,1,1,0)/√2 and e5.
            let a = (start[0] - start[1]) / 2.0;
            let b = (start[2] + start[3]) / 2.0;
            let expected: Vec<f64> = MIN_NORM
                .iter()
                .zip([a, -a, b, b, start[4]])
                .map(|(w, null)| w + null)
                .collect();
            prop_assert!(distance(&descent.weights, &expected) < 1e-11);
        }
    }

    #[test]
    fn gradient_descent_from_zero_finds_the_min_norm_solution() {
        let descent = problem()
            .descend(Method::GradientDescent, &[0.0; 5], 1e-14, 10_000, 1)
            .expect("a problem");
        assert!(distance(&descent.weights, &MIN_NORM) < 1e-12);
        assert!(descent.residuals.windows(2).all(|pair| pair[1] <= pair[0]));
    }

    /// Adam scales each coordinate by its own gradient, so with rows of
    /// unequal entries it leaves their span.
    #[test]
    fn adam_interpolates_but_leaves_the_span() {
        let features = [1.0, 3.0, 0.5];
        let problem = LeastSquares {
            features: &features,
            targets: &[2.0],
        };
        let descent = problem
            .descend(Method::Adam { rate: 0.01 }, &[0.0; 3], 1e-6, 100_000, 1)
            .expect("a problem");
        assert!(descent.residuals[descent.residuals.len() - 1] <= 1e-6);
        let scale = dot(&descent.weights, &features) / dot(&features, &features);
        let in_span: Vec<f64> = features.iter().map(|x| scale * x).collect();
        assert!(distance(&descent.weights, &in_span) > 0.1);
    }

    #[test]
    fn what_is_no_problem_is_refused() {
        let start = [0.0; 4];
        let shape = problem().descend(Method::GradientDescent, &start, 0.1, 1, 1);
        assert!(matches!(shape, Err(LeastSquaresError::Shape { .. })));
        let none = Method::Sgd {
            batch: 0,
            momentum: 0.0,
        };
        let method = problem().descend(none, &[0.0; 5], 0.1, 1, 1);
        assert!(method.unwrap_err().to_string().contains("batch 0"));
    }
}
