//! What a method does to the component outside the span of the training
//! features, and how far it ends from the smallest norm.

use super::{Descent, LeastSquares, LeastSquaresError, Method, Until};
use crate::linalg::{RowSpan, norm_wide};
use crate::text::number::significant;

/// The largest share `|P w| / |w|` that counts as rounding.
const ROUNDING: f64 = 1e-12;

/// Iterates that are projected at once.
const BLOCK: usize = 64;

/// A descent seen from the interpolant `w*` of smallest norm; `P` projects on
/// what is outside the span of the rows of Φ.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Largest `‖P w‖ / ‖w‖` of the weights after each step of the first epoch
    /// and after every epoch: every step of a method that uses all samples in
    /// each.
    pub largest_share: f64,
    /// `‖w − w*‖ / ‖w*‖` at the end.
    pub distance: f64,
    /// What the residual at the end allows in the span:
    /// `‖Φ w − y‖ / (s_min ‖w*‖)`.
    pub allowed: f64,
    /// How it went.
    pub descent: Descent,
}

/// In what a descent departs from the theorem.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Departure {
    /// A component outside the span.
    #[error(
        "a share of {} of the weights lies outside the span of the rows; start inside the span, \
         at zero, with a method that moves within it",
        significant(*.share, 2)
    )]
    OutsideSpan {
        /// The largest `‖P w‖ / ‖w‖`.
        share: f64,
    },
    /// Farther from the smallest norm than the residual allows.
    #[error(
        "the relative distance {} from the smallest norm exceeds the {} that the \
         residual allows; check the smallest singular value of the features",
        significant(*.distance, 2),
        significant(*.allowed, 2)
    )]
    Far {
        /// The relative distance.
        distance: f64,
        /// What the residual allows.
        allowed: f64,
    },
}

impl Followed {
    /// Checks the theorem on methods whose steps are combinations of rows,
    /// started in the span of the rows, up to rounding:
    ///
    /// ```text
    /// P w = 0 in every step,   ‖w − w*‖ ≤ ‖Φ w − y‖ / s_min
    /// ```
    ///
    /// The second follows from the first: `Φ (w − w*) = Φ w − y`, and a vector
    /// of the span is stretched by at least s_min.
    ///
    /// # Errors
    /// Which of the two fails, and by how much.
    pub fn check(&self) -> Result<(), Departure> {
        let share = self.largest_share;
        if share.is_nan() || share >= ROUNDING {
            return Err(Departure::OutsideSpan { share });
        }
        let (distance, allowed) = (self.distance, self.allowed);
        if distance.is_nan() || distance > allowed + ROUNDING {
            return Err(Departure::Far { distance, allowed });
        }
        Ok(())
    }
}

/// Runs a method and projects its iterates; `span` is that of the features.
///
/// # Errors
/// As for [`LeastSquares::descend`], or singular values that do not converge.
///
/// # Panics
/// If `span` does not have the shape of the features.
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, section 5 (SGD stays in the span).
pub fn follow(
    problem: &LeastSquares<'_>,
    span: &RowSpan,
    method: Method,
    start: &[f64],
    until: Until,
    seed: u64,
) -> Result<Followed, LeastSquaresError> {
    let (smallest, _) = span
        .singular_values()
        .ok_or(LeastSquaresError::SingularValues)?;
    let least = span.min_norm(&[problem.targets.to_vec()]).remove(0);
    let mut shares = Shares {
        span,
        waiting: Vec::with_capacity(BLOCK),
        largest: 0.0,
    };
    let descent = problem.descend_along(method, start, until, seed, &mut |iterate| {
        if iterate.epoch == 1 || iterate.ends_epoch {
            shares.add(iterate.weights);
        }
    })?;
    shares.project();
    let off: Vec<f64> = descent
        .weights
        .iter()
        .zip(&least)
        .map(|(w, l)| w - l)
        .collect();
    let residual = problem.relative_residual(&descent.weights) * norm_wide(problem.targets);
    Ok(Followed {
        largest_share: shares.largest,
        distance: norm_wide(&off) / norm_wide(&least),
        allowed: residual / (smallest * norm_wide(&least)),
        descent,
    })
}

/// The largest share outside the span, of weights that are projected in blocks.
struct Shares<'a> {
    span: &'a RowSpan,
    waiting: Vec<Vec<f64>>,
    largest: f64,
}

impl Shares<'_> {
    fn add(&mut self, weights: &[f64]) {
        self.waiting.push(weights.to_vec());
        if self.waiting.len() == BLOCK {
            self.project();
        }
    }

    fn project(&mut self) {
        let weights: Vec<&[f64]> = self.waiting.iter().map(Vec::as_slice).collect();
        for (outside, weights) in self
            .span
            .null_components(&weights)
            .iter()
            .zip(&self.waiting)
        {
            let length = norm_wide(weights);
            if length > 0.0 {
                self.largest = self.largest.max(norm_wide(outside) / length);
            }
        }
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand::RngExt;

    const SAMPLES: usize = 80;
    const DIMENSION: usize = 320;

    fn random(numbers: usize, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "test of the span");
        (0..numbers).map(|_| rng.random::<f64>() - 0.5).collect()
    }

    /// Follows a method from a multiple of a vector outside the span.
    fn from(method: Method, outside: f64, seed: u64) -> Followed {
        let features = random(SAMPLES * DIMENSION, seed);
        let targets = random(SAMPLES, seed + 100);
        let span = RowSpan::new(&features, SAMPLES, DIMENSION).expect("independent");
        let start: Vec<f64> = (span.null_component(&random(DIMENSION, seed + 200)).iter())
            .map(|v| outside * v)
            .collect();
        let problem = LeastSquares {
            features: &features,
            targets: &targets,
        };
        let until = Until {
            residual: 1e-10,
            epochs: 5000,
        };
        follow(&problem, &span, method, &start, until, seed).expect("a problem")
    }

    fn inside() -> Vec<Method> {
        let sgd = |batch, momentum| Method::Sgd { batch, momentum };
        let mut methods: Vec<Method> = [1, 8, 64, SAMPLES].map(|batch| sgd(batch, 0.0)).into();
        methods.extend([
            Method::GradientDescent,
            Method::Kaczmarz,
            sgd(8, 0.9),
            sgd(SAMPLES, 0.9),
        ]);
        methods
    }

    #[test]
    fn from_zero_methods_of_rows_end_at_the_smallest_norm() {
        for method in inside() {
            for seed in 1..3 {
                let followed = from(method, 0.0, seed);
                followed
                    .check()
                    .unwrap_or_else(|e| panic!("{method:?}: {e}"));
                let residuals = &followed.descent.residuals;
                assert!(residuals[residuals.len() - 1] <= 1e-10, "{method:?}");
                assert!(followed.distance < 1e-9, "{method:?}");
            }
        }
    }

    /// The bug that the check is there to find.
    #[test]
    fn a_start_outside_the_span_fails_the_check() {
        for method in inside() {
            let departure = from(method, 1e-9, 1).check().unwrap_err();
            assert!(matches!(departure, Departure::OutsideSpan { share } if share > 1e-11));
        }
    }

    #[test]
    fn diagonal_methods_fail_the_check_from_zero() {
        for method in [
            Method::Adam { rate: 0.001 },
            Method::AdaGrad { rate: 0.01 },
            Method::SignDescent,
        ] {
            let followed = from(method, 0.0, 1);
            assert!(followed.check().is_err(), "{method:?}");
            assert!(followed.distance > 0.01, "{method:?}");
        }
    }

    /// With a wrong singular value the second inequality fails.
    #[test]
    fn a_distance_beyond_the_residuals_is_found() {
        let mut followed = from(Method::GradientDescent, 0.0, 1);
        followed.allowed *= 0.1;
        assert!(matches!(followed.check(), Err(Departure::Far { .. })));
    }
}
