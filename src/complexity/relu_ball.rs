//! Two-layer ReLU networks with bounded path norm.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rand_distr::{Distribution, StandardNormal};

use super::class::{FunctionClass, Sandwich};
use super::draws::Weights;
use super::error::ComplexityError;
use super::linear_ball::LinearBall;
use crate::kernel::Features;
use crate::random::stream;
use crate::statistics::Kind;

/// How the best neuron is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Random directions to start from, besides ±Xᵀw.
    pub starts: usize,
    /// Steps of gradient ascent from each.
    pub steps: usize,
    /// Seed of the directions.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            starts: 8,
            steps: 60,
            seed: 0,
        }
    }
}

/// Networks Σ_j a_j relu(<v_j, x>) of any width with Σ_j |a_j| |v_j|₂ ≤ B.
///
/// One neuron attains the supremum:
///
/// ```text
/// sup = (B/n) max_{|v| ≤ 1} |Σᵢ wᵢ relu(<v, xᵢ>)|
/// ```
///
/// which is not convex in v: gradient ascent on the sphere from several directions finds a
/// value that is attained, so the mean is a lower bound of the complexity. No start finds less
/// than |Xᵀw| B/2n, the supremum over linear functions in the class: of ±Xᵀw one gives it.
///
/// ```text
/// c (B/2n) √(tr XXᵀ) ≤ R̂ ≤ (2B/n) √(tr XXᵀ)
/// ```
///
/// c = 1/√2 for signs, √(2/π) for normal weights. Below, <v, x> = relu(<v, x>) -
/// relu(<-v, x>) has path norm 2|v|; above, relu contracts and the absolute value costs 2.
///
/// # Reference
///
/// Neyshabur, Tomioka, Srebro 2015, "Norm-based capacity control in neural networks" (path norm);
/// Ledoux, Talagrand 1991, Theorem 4.12 (contraction); both bounds derived here.
#[derive(Debug, Clone, PartialEq)]
pub struct ReluBall {
    /// The linear functions with |v|₂ ≤ B.
    linear: LinearBall,
    search: Search,
}

impl ReluBall {
    /// The networks of path norm at most B.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, or a radius that is not finite and above 0.
    pub fn new(features: &Features, radius: f64, search: Search) -> Result<Self, ComplexityError> {
        Ok(Self {
            linear: LinearBall::new(features, 2.0, radius)?,
            search,
        })
    }
}

/// Unit directions, one column per vector of weights, with what they attain.
struct Ascent<'a> {
    x: MatRef<'a, f64>,
    weights: MatRef<'a, f64>,
    /// Outputs before and after the ReLU, shape (n, vectors).
    outputs: Mat<f64>,
}

impl Ascent<'_> {
    /// Σᵢ wᵢ relu(<v, xᵢ>) and its gradient for every column.
    fn evaluate(&mut self, v: MatRef<'_, f64>) -> (Vec<f64>, Mat<f64>) {
        let out = self.outputs.as_mut();
        matmul(out, Accum::Replace, self.x, v, 1.0, Par::Seq);
        let value = |k: usize| {
            let mut sum = 0.0;
            let outputs = self.outputs.col_as_slice_mut(k).iter_mut();
            for (output, &w) in outputs.zip(self.weights.col(k).iter()) {
                sum += w * output.max(0.0);
                *output = if *output > 0.0 { w } else { 0.0 };
            }
            sum
        };
        let values = (0..v.ncols()).map(value).collect();
        let mut gradient = Mat::zeros(v.nrows(), v.ncols());
        let out = gradient.as_mut();
        let x = self.x.transpose();
        matmul(out, Accum::Replace, x, &self.outputs, 1.0, Par::Seq);
        (values, gradient)
    }

    /// The largest |Σᵢ wᵢ relu(<v, xᵢ>)| on the way from these directions.
    ///
    /// The step along the gradient, in lengths of v, doubles when it was uphill and
    /// shrinks to a third, and is taken back, when it was not.
    fn climb(&mut self, mut v: Mat<f64>, steps: usize) -> Vec<f64> {
        normalize(&mut v);
        let (mut values, mut gradient) = self.evaluate(v.as_ref());
        let uphill: Vec<f64> = values.iter().map(|v| v.signum()).collect();
        let mut lengths = vec![1.0; values.len()];
        for _ in 0..steps {
            let mut moved = v.clone();
            for (k, length) in lengths.iter().enumerate() {
                let size = gradient.col(k).norm_l2();
                if size > 0.0 {
                    let step = uphill[k] * length / size;
                    let gradient = gradient.col_as_slice(k).iter();
                    let moved = moved.col_as_slice_mut(k).iter_mut();
                    moved.zip(gradient).for_each(|(v, g)| *v += step * g);
                }
            }
            normalize(&mut moved);
            let (new_values, new_gradient) = self.evaluate(moved.as_ref());
            for k in 0..values.len() {
                if new_values[k].abs() > values[k].abs() && new_values[k] * uphill[k] > 0.0 {
                    values[k] = new_values[k];
                    v.col_mut(k).copy_from(moved.col(k));
                    gradient.col_mut(k).copy_from(new_gradient.col(k));
                    lengths[k] *= 2.0;
                } else {
                    lengths[k] /= 3.0;
                }
            }
        }
        values.into_iter().map(f64::abs).collect()
    }
}

/// Scales every column that is not 0 to length 1.
fn normalize(v: &mut Mat<f64>) {
    for k in 0..v.ncols() {
        let size = v.col(k).norm_l2();
        if size > 0.0 {
            v.col_as_slice_mut(k).iter_mut().for_each(|v| *v /= size);
        }
    }
}

impl FunctionClass for ReluBall {
    fn points(&self) -> usize {
        self.linear.points()
    }

    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let x = self.linear.matrix();
        let mut ascent = Ascent {
            x,
            weights,
            outputs: Mat::zeros(x.nrows(), weights.ncols()),
        };
        let along = x.transpose() * weights;
        let mut directions = vec![-&along, along];
        let mut rng = stream(self.search.seed, "first neurons");
        for _ in 0..self.search.starts {
            let v: Vec<f64> = StandardNormal
                .sample_iter(&mut rng)
                .take(x.ncols())
                .collect();
            directions.push(Mat::from_fn(x.ncols(), weights.ncols(), |j, _| v[j]));
        }
        let mut best = vec![0.0; weights.ncols()];
        for v in directions {
            for (best, found) in best.iter_mut().zip(ascent.climb(v, self.search.steps)) {
                *best = found.max(*best);
            }
        }
        let scale = self.linear.radius() / self.points() as f64;
        Ok(best.into_iter().map(|value| scale * value).collect())
    }

    fn sandwich(&self, weights: Weights) -> Sandwich {
        let linear = self.linear.sandwich(weights);
        Sandwich {
            lower: linear.lower / 2.0,
            lower_by: "half of linear functions of norm B, derived here",
            upper: 2.0 * linear.upper,
            upper_by: "(2B/n) √(tr XXᵀ), contraction",
        }
    }

    fn radii(&self) -> Vec<f64> {
        self.linear.radii()
    }

    fn largest_norm(&self) -> f64 {
        self.linear.largest_norm()
    }

    fn kind(&self) -> Kind {
        Kind::LowerBound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, complexity};
    use rand::RngExt;

    fn cloud(n: usize, d: usize, seed: u64) -> Features {
        let mut rng = stream(seed, "relu ball");
        Features::new((0..n * d).map(|_| rng.random_range(-1.0..1.0)).collect(), d).unwrap()
    }

    /// In the plane the sum is linear between the directions that are orthogonal to a point: its
    /// maximum is along the gradient of a sector, or at an end of it.
    fn exact_in_the_plane(x: &Features, w: &[f64]) -> f64 {
        use std::f64::consts::{FRAC_PI_2, PI, TAU};
        let points: Vec<[f64; 2]> = x
            .values()
            .chunks(2)
            .map(|x| [x[0].into(), x[1].into()])
            .collect();
        let value = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            let outputs = points.iter().map(|x| (x[0] * cos + x[1] * sin).max(0.0));
            outputs.zip(w).map(|(o, w)| o * w).sum::<f64>().abs()
        };
        let mut ends: Vec<f64> = points
            .iter()
            .flat_map(|x| {
                [FRAC_PI_2, -FRAC_PI_2].map(|turn| (x[1].atan2(x[0]) + turn).rem_euclid(TAU))
            })
            .collect();
        ends.sort_by(f64::total_cmp);
        ends.push(ends[0] + TAU);
        let mut best = 0.0_f64;
        for pair in ends.windows(2) {
            let middle = (pair[0] + pair[1]) / 2.0;
            let (sin, cos) = middle.sin_cos();
            let mut gradient = [0.0; 2];
            for (x, w) in points
                .iter()
                .zip(w)
                .filter(|(x, _)| x[0] * cos + x[1] * sin > 0.0)
            {
                gradient[0] += w * x[0];
                gradient[1] += w * x[1];
            }
            let along = gradient[1].atan2(gradient[0]);
            for angle in [along, along + PI] {
                let angle = pair[0] + (angle - pair[0]).rem_euclid(TAU);
                if angle <= pair[1] {
                    best = best.max(value(angle));
                }
            }
            best = best.max(value(pair[0]));
        }
        best
    }

    #[test]
    fn in_the_plane_ascent_finds_nearly_all_there_is_and_never_more() {
        let (n, radius) = (12, 1.5);
        let x = cloud(n, 2, 1);
        let ball = ReluBall::new(&x, radius, Search::default()).unwrap();
        let draws = Draws::signs(n, 200, 1).unwrap();
        let signs = draws.block(0..200);
        let found = ball.suprema(signs.as_ref()).unwrap();
        let (mut sum, mut all) = (0.0, 0.0);
        for (k, found) in found.iter().enumerate() {
            let exact = radius / n as f64 * exact_in_the_plane(&x, signs.col_as_slice(k));
            assert!(*found <= exact * (1.0 + 1e-12), "{found} {exact}");
            sum += found;
            all += exact;
        }
        assert!(sum >= 0.99 * all, "{sum} of {all}");
    }

    #[test]
    fn with_positive_data_and_weights_it_is_linear() {
        // All outputs positive along the mean: the sum is <v, Σ xᵢ>, at most its norm.
        let x = Features::new(vec![1.0, 2.0, 2.0, 1.0, 1.0, 1.0], 2).unwrap();
        let ball = ReluBall::new(&x, 3.0, Search::default()).unwrap();
        let ones = Mat::from_fn(3, 1, |_, _| 1.0);
        let value = ball.suprema(ones.as_ref()).unwrap()[0];
        assert!((value - 32_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn it_is_a_lower_bound_within_the_sandwich_and_above_half_the_linear_functions() {
        let x = cloud(40, 5, 2);
        let draws = Draws::signs(40, 100, 3).unwrap();
        let search = Search {
            starts: 2,
            steps: 20,
            seed: 1,
        };
        let ball = ReluBall::new(&x, 1.0, search).unwrap();
        let relu = complexity(&ball, &draws, 0.05, 1).unwrap();
        assert_eq!(relu, complexity(&ball, &draws, 0.05, 2).unwrap());
        assert_eq!(relu.value.kind, Kind::LowerBound);
        assert_eq!(relu.certificates.len(), 1);
        assert!(relu.sandwich.lower <= relu.value.value);
        assert!(relu.value.value <= relu.sandwich.upper);
        let linear = LinearBall::new(&x, 2.0, 1.0).unwrap();
        let linear = complexity(&linear, &draws, 0.05, 1).unwrap();
        for (r, l) in relu.suprema.iter().zip(&linear.suprema) {
            assert!(*r >= l / 2.0 * (1.0 - 1e-12));
        }
    }
}
