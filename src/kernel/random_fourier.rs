//! Random Fourier features: a finite-dimensional stand-in for the Gaussian
//! kernel.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::random;

/// `φ_j(x) = √(2/N) cos(v_j · x + b_j)` with `v_j ~ N(0, I/s²)` and `b_j`
/// uniform on [0, 2π), j = 1 … N.
///
/// `φ(x) · φ(z)` tends to `exp(−‖x − z‖² / 2s²)` as N grows. The first
/// features of a larger map are those of a smaller one up to the factor
/// `√(2/N)`.
///
/// # Reference
/// Rahimi and Recht 2007, "Random features for large-scale kernel machines",
/// Algorithm 1.
#[derive(Debug, Clone)]
pub struct RandomFourier {
    inputs: usize,
    features: usize,
    directions: Vec<f64>,
    phases: Vec<f64>,
}

impl RandomFourier {
    /// A map from `inputs` numbers to `features`, of bandwidth s > 0.
    pub fn new(inputs: usize, features: usize, bandwidth: f64, seed: u64) -> Self {
        let mut directions_stream = random::stream(seed, "random Fourier features: directions");
        let mut phases_stream = random::stream(seed, "random Fourier features: phases");
        let directions = (0..inputs * features)
            .map(|_| {
                let z: f64 = StandardNormal.sample(&mut directions_stream);
                z / bandwidth
            })
            .collect();
        let phases = (0..features)
            .map(|_| std::f64::consts::TAU * phases_stream.random::<f64>())
            .collect();
        Self {
            inputs,
            features,
            directions,
            phases,
        }
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The features of points, shape (points, features), row-major; `points`
    /// has shape (points, inputs).
    pub fn apply(&self, points: &[f32]) -> Vec<f64> {
        let count = points.len() / self.inputs;
        let wide: Vec<f64> = points.iter().map(|&x| f64::from(x)).collect();
        let x = faer::MatRef::from_row_major_slice(&wide, count, self.inputs);
        let v = faer::MatRef::from_row_major_slice(&self.directions, self.features, self.inputs);
        let mut values = vec![0.0; count * self.features];
        faer::linalg::matmul::matmul(
            faer::MatMut::from_row_major_slice_mut(&mut values, count, self.features),
            faer::Accum::Replace,
            x,
            v.transpose(),
            1.0,
            faer::Par::Seq,
        );
        let scale = (2.0 / self.features as f64).sqrt();
        for row in values.chunks_exact_mut(self.features) {
            for (value, phase) in row.iter_mut().zip(&self.phases) {
                *value = scale * (*value + phase).cos();
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dot;

    #[test]
    fn inner_products_are_the_gaussian_kernel() {
        let (features, bandwidth) = (20_000, 1.5);
        let map = RandomFourier::new(3, features, bandwidth, 1);
        let points = [0.0f32, 0.5, 1.0, 1.0, -0.5, 0.2];
        let values = map.apply(&points);
        let (a, b) = values.split_at(features);
        let inner = dot(a, b);
        let distance: f64 = (0..3)
            .map(|k| f64::from(points[k] - points[3 + k]).powi(2))
            .sum();
        let kernel = (-distance / (2.0 * bandwidth * bandwidth)).exp();
        // Each of the N terms has variance at most 1, so 5 standard errors.
        assert!((inner - kernel).abs() < 5.0 / (features as f64).sqrt());
    }

    #[test]
    fn a_larger_map_begins_with_the_smaller_one() {
        let points = [0.1f32, 0.7];
        let small = RandomFourier::new(2, 3, 1.0, 4).apply(&points);
        let large = RandomFourier::new(2, 12, 1.0, 4).apply(&points);
        for (s, l) in small.iter().zip(&large) {
            assert!((s / 2.0 - l).abs() < 1e-15);
        }
    }
}
