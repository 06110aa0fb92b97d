//! A direction on which all points are told apart, and the biases between them.

use rand_distr::{Distribution, StandardNormal};

use super::ExpressivityError;
use super::network::Precision;
use super::sample::FiniteSample;
use crate::linalg::{dot_wide, vectorized};
use crate::random;

/// Directions that are tried; the best is taken.
const ATTEMPTS: usize = 16;

/// A direction, the points in the order of their projections, and a bias below each
/// projection and not below the one before.
pub(super) struct Direction {
    /// a, shape (features).
    pub vector: Vec<f64>,
    /// Indices of the points, in the order of their projections.
    pub order: Vec<usize>,
    /// ⟨a, z⟩, ascending.
    pub projections: Vec<f64>,
    /// b, ascending: x_{j−1} ≤ b_j < x_j.
    pub biases: Vec<f64>,
}

impl Direction {
    /// The best of several Gaussian directions: that with the largest smallest
    /// x_j − b_j relative to the range.
    ///
    /// The output weights are of the order of 1 / (x_j − b_j), and the rounding error
    /// of the network with them. The entries of a are single precision numbers in
    /// any case.
    pub fn choose(
        sample: &FiniteSample,
        precision: Precision,
        seed: u64,
    ) -> Result<Self, ExpressivityError> {
        let mut rng = random::stream(seed, "finite-sample direction");
        let mut best: Option<(f64, Self)> = None;
        let mut met = (0, 0);
        for _ in 0..ATTEMPTS {
            let vector: Vec<f64> = (0..sample.features())
                .map(|_| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    f64::from(z as f32)
                })
                .collect();
            match Self::along(sample, vector, precision) {
                Ok((gap, direction)) => {
                    if best.as_ref().is_none_or(|(largest, _)| gap > *largest) {
                        best = Some((gap, direction));
                    }
                }
                Err(pair) => met = pair,
            }
        }
        let places = [met.0, met.1].map(|point| sample.place(point));
        best.map(|(_, direction)| direction)
            .ok_or(ExpressivityError::Coincide {
                attempts: ATTEMPTS,
                precision: precision.name(),
                first: places[0].min(places[1]),
                second: places[0].max(places[1]),
                remedy: match precision {
                    Precision::Single => "use double precision or fewer points",
                    Precision::Double => "scale the data or remove one of the two",
                },
            })
    }

    /// The direction and its smallest gap relative to the range, or two points
    /// between which there is no bias.
    fn along(
        sample: &FiniteSample,
        vector: Vec<f64>,
        precision: Precision,
    ) -> Result<(f64, Self), (usize, usize)> {
        let points = project(&vector, sample.points());
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&i, &j| points[i].total_cmp(&points[j]));
        let projections: Vec<f64> = order.iter().map(|&i| points[i]).collect();
        let (first, last) = (projections[0], projections[projections.len() - 1]);
        // Below the first point a bias as far as the points are from each other on average.
        let below = first - (last - first) / (projections.len() - 1) as f64;
        let lower = std::iter::once(below).chain(projections.iter().copied());
        let biases: Vec<f64> = lower
            .zip(&projections)
            .map(|(lower, _)| precision.round_up(lower))
            .collect();
        let mut smallest = f64::INFINITY;
        for (j, (x, b)) in projections.iter().zip(&biases).enumerate() {
            // Not `x <= b`: a projection that overflowed is no number.
            if !(x - b > 0.0 && x.is_finite()) {
                return Err((order[j.saturating_sub(1)], order[j]));
            }
            smallest = smallest.min(x - b);
        }
        let direction = Self {
            vector,
            order,
            projections,
            biases,
        };
        Ok((smallest / (last - first), direction))
    }
}

/// ⟨a, z⟩ for points of shape (n, features).
pub(super) fn project(vector: &[f64], points: &[f64]) -> Vec<f64> {
    let mut projections = Vec::with_capacity(points.len() / vector.len());
    vectorized(
        #[inline(always)]
        || {
            let points = points.chunks_exact(vector.len());
            projections.extend(points.map(|point| dot_wide(vector, point)));
        },
    );
    projections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_lie_between_the_projections() {
        let points: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin()).collect();
        let sample = FiniteSample::new(&points, 3, &[0.0; 20], 1).unwrap();
        for precision in [Precision::Double, Precision::Single] {
            let direction = Direction::choose(&sample, precision, 1).unwrap();
            let (x, b) = (&direction.projections, &direction.biases);
            assert!((0..20).all(|j| b[j] < x[j]));
            assert!((1..20).all(|j| x[j - 1] <= b[j]));
            if precision == Precision::Single {
                assert!(b.iter().all(|&b| f64::from(b as f32) == b));
            }
        }
    }

    #[test]
    fn points_that_no_direction_tells_apart_are_named() {
        // 10³⁰ swallows the second coordinate whatever the direction.
        let points = [1e30, 0.0, 2.0, 5.0, 1e30, 1.0];
        let sample = FiniteSample::new(&points, 2, &[0.0, 1.0, 2.0], 1).unwrap();
        let error = Direction::choose(&sample, Precision::Double, 1)
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(error.contains("16 random directions"), "{error}");
        assert!(error.contains("points 0 and 2"), "{error}");
        // What single precision cannot separate, double precision can.
        let close = [1.0, 1.0 + f32::EPSILON, 5.0];
        let sample = FiniteSample::new(&close, 1, &[0.0, 1.0, 2.0], 1).unwrap();
        assert!(Direction::choose(&sample, Precision::Double, 1).is_ok());
    }
}
