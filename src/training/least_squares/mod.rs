//! Gradient methods on linear least squares, in f64: the one setting in which
//! what SGD converges to is known exactly.
//!
//! With more features than samples the loss
//! `L(w) = (1/2n) ‖Φ w − y‖²` has a whole affine space of global minima. Every
//! step of (stochastic) gradient descent is a combination of rows of `Φ`, so
//! the component of `w` outside their span never changes: from zero the limit
//! is the interpolant of smallest norm, whatever the batch size and the
//! momentum. A method that rescales coordinates, such as Adam, leaves the
//! span. [`follow`] checks both along a descent.

mod follow;
mod method;

use rand::seq::SliceRandom;

use crate::linalg::{dot_wide, norm_wide, squared_norm, vectorized};
use crate::random;

pub use follow::{Departure, Followed, follow};
pub use method::Method;
use method::Rule;

/// A least-squares problem: `features` Φ of shape (samples, dimension),
/// row-major, and one target per sample.
#[derive(Debug, Clone, Copy)]
pub struct LeastSquares<'a> {
    /// Φ, row-major.
    pub features: &'a [f64],
    /// y.
    pub targets: &'a [f64],
}

/// Where a method got to.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// The weights after the last epoch.
    pub weights: Vec<f64>,
    /// `‖Φ w − y‖ / ‖y‖` after each epoch, the start first.
    pub residuals: Vec<f64>,
}

/// When a descent ends: at whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Until {
    /// `‖Φ w − y‖ / ‖y‖` is at most this.
    pub residual: f64,
    /// So many epochs have passed.
    pub epochs: usize,
}

/// The weights after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iterate<'a> {
    /// The weights.
    pub weights: &'a [f64],
    /// The epoch of the step, from 1.
    pub epoch: usize,
    /// Whether it was the epoch's last step.
    pub ends_epoch: bool,
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
    /// Singular values that cannot be computed.
    #[error("the singular values of the features do not converge; check that they are finite")]
    SingularValues,
}

impl LeastSquares<'_> {
    /// Runs a method from `start` until the relative residual is at most
    /// `target` or `max_epochs` have passed; step sizes as documented at
    /// [`Method`].
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
        let until = Until {
            residual: target,
            epochs: max_epochs,
        };
        self.descend_along(method, start, until, seed, &mut |_| {})
    }

    /// The same, showing the weights after every step.
    ///
    /// # Errors
    /// As for [`descend`](Self::descend).
    pub fn descend_along(
        &self,
        method: Method,
        start: &[f64],
        until: Until,
        seed: u64,
        observe: &mut dyn FnMut(Iterate<'_>),
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
        for epoch in 1..=until.epochs {
            if residuals[residuals.len() - 1] <= until.residual {
                break;
            }
            if rule.batch() < samples {
                order.shuffle(&mut stream);
            }
            vectorized(
                #[inline(always)]
                || {
                    for (step, chosen) in order.chunks(rule.batch()).enumerate() {
                        self.gradient_into(&mut gradient, &weights, chosen);
                        rule.step(self, &mut weights, &gradient, chosen);
                        observe(Iterate {
                            weights: &weights,
                            epoch,
                            ends_epoch: (step + 1) * rule.batch() >= samples,
                        });
                    }
                    residuals.push(self.relative_residual(&weights));
                },
            );
        }
        Ok(Descent { weights, residuals })
    }

    /// The step size of gradient descent: `n / λ_max(ΦΦᵀ)`, the eigenvalue
    /// from the power method and raised by 5 %.
    pub fn gradient_descent_rate(&self) -> f64 {
        1.0 / self.largest_curvature(self.features.len() / self.targets.len())
    }

    /// `‖Φ w − y‖ / ‖y‖`.
    #[inline(always)]
    pub fn relative_residual(&self, weights: &[f64]) -> f64 {
        let errors = (0..self.targets.len()).map(|i| self.error(weights, i));
        let square = errors.map(|error| error * error).sum::<f64>();
        (square / squared_norm(self.targets)).sqrt()
    }

    #[inline(always)]
    fn row(&self, i: usize, dimension: usize) -> &[f64] {
        &self.features[i * dimension..(i + 1) * dimension]
    }

    /// `Φ_i w − y_i`.
    #[inline(always)]
    fn error(&self, weights: &[f64], i: usize) -> f64 {
        dot_wide(self.row(i, weights.len()), weights) - self.targets[i]
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

    /// `‖Φ d‖² / n`.
    #[inline(always)]
    fn curvature_along(&self, direction: &[f64]) -> f64 {
        let samples = self.targets.len();
        let images = (0..samples).map(|i| dot_wide(self.row(i, direction.len()), direction));
        images.map(|image| image * image).sum::<f64>() / samples as f64
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
            let length = norm_wide(&direction);
            if length == 0.0 {
                break;
            }
            direction.iter_mut().for_each(|d| *d /= length);
            let image = homogeneous.gradient(&direction, &all);
            curvature = dot_wide(&direction, &image);
            direction = image;
        }
        1.05 * curvature
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
