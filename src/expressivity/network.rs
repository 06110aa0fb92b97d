//! Theorem 1: the two-layer network that fits a sample.

use rayon::prelude::*;

use super::ExpressivityError;
use super::direction::{Direction, project};
use super::sample::FiniteSample;

/// A two-layer ReLU network on one direction:
///
/// ```text
/// c(z) = Σ_{j=1..n} w_j max(⟨a, z⟩ − b_j, 0),   a ∈ R^d, b ∈ R^n, w_j ∈ R^k
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteSampleNetwork {
    /// a, shape (d).
    pub direction: Vec<f64>,
    /// b, ascending, shape (n).
    pub biases: Vec<f64>,
    /// w, row-major, shape (n, k).
    pub output_weights: Vec<f64>,
}

/// The numbers that a, b and w are chosen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// All f64.
    Double,
    /// Those that f32 holds, so that a checkpoint holds the network exactly.
    Single,
}

impl Precision {
    pub(super) fn name(self) -> &'static str {
        match self {
            Precision::Double => "double",
            Precision::Single => "single",
        }
    }

    fn round(self, x: f64) -> f64 {
        match self {
            Precision::Double => x,
            Precision::Single => f64::from(x as f32),
        }
    }

    /// The smallest number not below `x`.
    pub(super) fn round_up(self, x: f64) -> f64 {
        match self {
            Precision::Double => x,
            Precision::Single if f64::from(x as f32) < x => f64::from((x as f32).next_up()),
            Precision::Single => f64::from(x as f32),
        }
    }
}

/// The two-layer network that has the targets of a sample at its points.
///
/// With projections x_1 < … < x_n on a direction a and biases x_{j−1} ≤ b_j < x_j
/// the matrix max(x_i − b_j, 0) is lower triangular with positive diagonal, so there
/// is exactly one w. Zhang et al. put b_j anywhere between the projections; at
/// b_j = x_{j−1} the network is the broken line through the targets and w_j is its
/// change of slope, while midpoints make the slopes alternate and grow. So b_j is
/// x_{j−1}, or the next number above it that the precision has.
///
/// The substitution runs along the line: with value V and slope S of the network so
/// far at x_j, w_j = (y_j − V) / (x_j − b_j). V and S are those of the weights as
/// rounded, so each weight makes up for the rounding of those before it. Output
/// weights are of the order of 1 / (x_j − b_j), up to n² divided by the range of the
/// projections; the errors of a forward pass are that times the rounding error of a
/// projection.
///
/// # Errors
/// Points that no direction tried tells apart in this precision.
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, Theorem 1 and Lemma 1 (appendix C); the
/// choice of biases and the substitution are derived here.
///
/// ```
/// use rethink::expressivity::{FiniteSample, Precision, interpolate};
/// let points = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]; // three points in the plane
/// let sample = FiniteSample::new(&points, 2, &[5.0, -1.0, 2.5], 1)?;
/// let network = interpolate(&sample, Precision::Double, 1)?;
/// let outputs = network.outputs(&points);
/// assert!((outputs[1] - -1.0).abs() < 1e-12);
/// assert_eq!(network.free_numbers(), 2 * 3 + 2);
/// # Ok::<(), rethink::expressivity::ExpressivityError>(())
/// ```
pub fn interpolate(
    sample: &FiniteSample,
    precision: Precision,
    seed: u64,
) -> Result<FiniteSampleNetwork, ExpressivityError> {
    let Direction {
        vector,
        order,
        projections,
        biases,
    } = Direction::choose(sample, precision, seed)?;
    let k = sample.outputs();
    let mut output_weights = Vec::with_capacity(order.len() * k);
    let (mut values, mut slopes) = (vec![0.0; k], vec![0.0; k]);
    let mut before = projections[0];
    for (j, &point) in order.iter().enumerate() {
        let (x, length) = (projections[j], projections[j] - biases[j]);
        for (c, &target) in sample.target(point).iter().enumerate() {
            let value = values[c] + slopes[c] * (x - before);
            let weight = precision.round((target - value) / length);
            values[c] = value + weight * length;
            slopes[c] += weight;
            output_weights.push(weight);
        }
        before = x;
    }
    Ok(FiniteSampleNetwork {
        direction: vector,
        biases,
        output_weights,
    })
}

impl FiniteSampleNetwork {
    /// Hidden units: n.
    pub fn width(&self) -> usize {
        self.biases.len()
    }

    /// Outputs: k.
    pub fn outputs_per_point(&self) -> usize {
        self.output_weights.len() / self.biases.len()
    }

    /// Numbers that were chosen: n(k + 1) + d, with one output 2n + d.
    pub fn free_numbers(&self) -> usize {
        self.direction.len() + self.biases.len() + self.output_weights.len()
    }

    /// The network's outputs, shape (points, k), on points of shape (points, d): the
    /// sum over the hidden units, one after the other, in f64.
    ///
    /// # Panics
    /// When the numbers are no whole number of points.
    pub fn outputs(&self, points: &[f32]) -> Vec<f64> {
        assert_eq!(points.len() % self.direction.len(), 0, "whole points");
        let k = self.outputs_per_point();
        let points: Vec<f64> = points.iter().copied().map(f64::from).collect();
        let projections = project(&self.direction, &points);
        let mut outputs = vec![0.0; projections.len() * k];
        (outputs.par_chunks_mut(k).zip(projections)).for_each(|(sums, x)| {
            let active = self.biases.iter().take_while(|&&b| x > b);
            for (b, weights) in active.zip(self.output_weights.chunks_exact(k)) {
                for (sum, w) in sums.iter_mut().zip(weights) {
                    *sum += w * (x - b);
                }
            }
        });
        outputs
    }

    /// The same with every number and every operation in single precision.
    ///
    /// # Panics
    /// When the numbers are no whole number of points.
    pub fn outputs_in_single_precision(&self, points: &[f32]) -> Vec<f32> {
        assert_eq!(points.len() % self.direction.len(), 0, "whole points");
        let single = |numbers: &[f64]| -> Vec<f32> { numbers.iter().map(|&x| x as f32).collect() };
        let (a, b) = (single(&self.direction), single(&self.biases));
        let w = single(&self.output_weights);
        let k = self.outputs_per_point();
        let mut outputs = vec![0.0; points.len() / a.len() * k];
        (outputs.par_chunks_mut(k).zip(points.par_chunks(a.len()))).for_each(|(sums, point)| {
            let x: f32 = a.iter().zip(point).map(|(a, z)| a * z).sum();
            for (b, weights) in b.iter().zip(w.chunks_exact(k)) {
                let hidden = (x - b).max(0.0);
                for (sum, w) in sums.iter_mut().zip(weights) {
                    *sum += w * hidden;
                }
            }
        });
        outputs
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random;

    /// Points in the unit cube with real targets.
    fn noise(n: usize, d: usize, k: usize) -> (Vec<f32>, Vec<f64>) {
        let mut rng = random::stream(5, "test points");
        let points = (0..n * d).map(|_| rng.random::<f32>()).collect();
        let targets = (0..n * k).map(|_| rng.random_range(-3.0..3.0)).collect();
        (points, targets)
    }

    fn worst(outputs: &[f64], targets: &[f64]) -> f64 {
        let errors = outputs.iter().zip(targets).map(|(f, y)| (f - y).abs());
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn any_targets_are_fitted_with_2n_plus_d_numbers() {
        for (n, d, k) in [(2, 1, 1), (50, 3, 1), (400, 20, 5)] {
            let (points, targets) = noise(n, d, k);
            let sample = FiniteSample::new(&points, d, &targets, k).unwrap();
            let network = interpolate(&sample, Precision::Double, 1).unwrap();
            assert!(worst(&network.outputs(&points), &targets) < 1e-8);
            assert_eq!(
                (network.width(), network.free_numbers()),
                (n, n * (k + 1) + d)
            );
        }
    }

    /// The weights solve the triangular system of the paper's proof.
    #[test]
    fn the_weights_are_those_of_forward_substitution() {
        let (points, targets) = noise(30, 4, 1);
        let sample = FiniteSample::new(&points, 4, &targets, 1).unwrap();
        let network = interpolate(&sample, Precision::Double, 3).unwrap();
        let points: Vec<f64> = points.iter().copied().map(f64::from).collect();
        let mut rows: Vec<(f64, f64)> = project(&network.direction, &points)
            .into_iter()
            .zip(targets)
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut w: Vec<f64> = Vec::new();
        for &(x, y) in &rows {
            let terms = w.iter().zip(&network.biases).map(|(w, b)| w * (x - b));
            let rest = y - terms.sum::<f64>();
            w.push(rest / (x - network.biases[w.len()]));
        }
        for (w, ours) in w.iter().zip(&network.output_weights) {
            assert!((w - ours).abs() <= 1e-7 * (1.0 + w.abs()), "{w} {ours}");
        }
    }

    /// The oracle between the points: the broken line.
    #[test]
    fn between_neighbours_on_the_direction_the_network_is_linear() {
        let points = [0.0_f32, 1.0, 3.0];
        let sample = FiniteSample::new(&points, 1, &[2.0, -1.0, 7.0], 1).unwrap();
        let network = interpolate(&sample, Precision::Double, 1).unwrap();
        let between = network.outputs(&[0.5, 2.0]);
        assert!(worst(&between, &[0.5, 3.0]) < 1e-12, "{between:?}");
    }

    #[test]
    fn single_precision_numbers_make_up_for_their_rounding() {
        let (points, targets) = noise(300, 10, 3);
        let sample = FiniteSample::new(&points, 10, &targets, 3).unwrap();
        let network = interpolate(&sample, Precision::Single, 1).unwrap();
        let numbers = (network.direction.iter())
            .chain(&network.biases)
            .chain(&network.output_weights);
        assert!(numbers.into_iter().all(|&x| f64::from(x as f32) == x));
        assert!(worst(&network.outputs(&points), &targets) < 1e-3);
        // Rounded only at the end, it does not fit.
        let mut rounded = interpolate(&sample, Precision::Double, 1).unwrap();
        for number in (rounded.biases.iter_mut()).chain(&mut rounded.output_weights) {
            *number = f64::from(*number as f32);
        }
        let at_the_end = worst(&rounded.outputs(&points), &targets);
        assert!(at_the_end > 10.0 * worst(&network.outputs(&points), &targets));
    }

    #[test]
    fn ten_thousand_images_are_fitted_to_one_in_a_million() {
        let n = if cfg!(debug_assertions) {
            2_000
        } else {
            10_000
        };
        let (points, _) = noise(n, 64, 1);
        let targets: Vec<f64> = (0..n * 10)
            .map(|i| f64::from(u8::from(i % 10 == i / 10 * 7 % 10)))
            .collect();
        let sample = FiniteSample::new(&points, 64, &targets, 10).unwrap();
        let network = interpolate(&sample, Precision::Double, 1).unwrap();
        assert!(worst(&network.outputs(&points), &targets) < 1e-6);
    }
}
