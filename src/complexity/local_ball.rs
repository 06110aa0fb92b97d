//! Functions of a kernel ball that are small on the sample.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::class::{FunctionClass, Sandwich};
use super::draws::Weights;
use super::error::{ComplexityError, positive};
use super::gram::Gram;
use crate::linalg::decompose_on_one_thread;

/// Halvings of the interval of the multiplier t: to the last bit.
const HALVINGS: usize = 60;

/// Eigenvalues λ_j of K/n, descending, with their vectors.
///
/// One decomposition, O(n³) and n² numbers, serves every radius and level.
pub struct Spectrum {
    eigenvalues: Vec<f64>,
    /// One column per eigenvalue.
    vectors: Mat<f64>,
    diagonal: Vec<f64>,
}

/// Where the local complexity of a kernel ball equals its level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    /// r* = ψ(r*) of the upper bound ψ.
    pub level: f64,
    /// Eigenvalues B² λ_j that are at least r*.
    pub dimension: usize,
}

impl Spectrum {
    /// Decomposes a kernel matrix, in f64 on one thread.
    ///
    /// # Errors
    ///
    /// An eigenvalue below zero by more than rounding.
    pub fn new(gram: &Gram) -> Result<Self, ComplexityError> {
        decompose_on_one_thread();
        let n = gram.len() as f64;
        let decomposition = gram
            .matrix()
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| ComplexityError::NoConvergence)?;
        let values = decomposition.S().column_vector();
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let rounding = gram.rounding().max(n * f64::EPSILON * gram.frobenius());
        if smallest < -rounding {
            return Err(ComplexityError::NegativeEigenvalue {
                value: smallest,
                rounding,
            });
        }
        Ok(Self {
            // From ascending to descending order.
            eigenvalues: values.iter().rev().map(|v| v.max(0.0) / n).collect(),
            vectors: decomposition.U().reverse_cols().to_owned(),
            diagonal: gram.diagonal().to_vec(),
        })
    }

    /// The eigenvalues λ_j of K/n, descending.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// The fixed point r* of the sub-root function ψ(r) = √((2/n) Σ_j min(r, B² λ_j)).
    ///
    /// ```text
    /// r* = min_{0 ≤ h ≤ n} h/n + √((h/n)² + (2/n) Σ_{j>h} B² λ_j)
    /// ```
    ///
    /// since h r + Σ_{j>h} B² λ_j is the sum for the best h and above it for others. The
    /// local complexity is between ψ/2 and ψ, so its own fixed point is between r*/4 and
    /// r*: ψ(r*/4) ≥ ψ(r*)/2. It is the rate of least squares in the ball, to be read by how
    /// it falls with n.
    ///
    /// # Errors
    ///
    /// A radius that is not finite and above 0.
    ///
    /// # Reference
    ///
    /// Bartlett, Bousquet, Mendelson 2005, "Local Rademacher complexities", Corollary 6.7
    /// (recalled, there with a constant); the closed form derived here.
    ///
    /// ```
    /// use rethink::complexity::{Gram, Spectrum};
    /// // Two of four eigenvalues of K/n are 2, the others 0: r* = 2h/n = 1.
    /// let k = [8.0, 0., 0., 0., 0., 8.0, 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.];
    /// let fixed = Spectrum::new(&Gram::from_matrix(&k)?)?.fixed_point(1.0)?;
    /// assert!((fixed.level - 1.0).abs() < 1e-12);
    /// assert_eq!(fixed.dimension, 2);
    /// # Ok::<(), rethink::complexity::ComplexityError>(())
    /// ```
    pub fn fixed_point(&self, radius: f64) -> Result<FixedPoint, ComplexityError> {
        let radius = positive("the radius of the ball", radius)?;
        let n = self.eigenvalues.len() as f64;
        let squared = radius * radius;
        let mut tail = 0.0;
        let mut level = f64::INFINITY;
        // From the smallest eigenvalue, so that the tail is summed without cancellation.
        for h in (0..=self.eigenvalues.len()).rev() {
            if let Some(&value) = self.eigenvalues.get(h) {
                tail += squared * value;
            }
            let share = h as f64 / n;
            level = level.min(share + (share * share + 2.0 * tail / n).sqrt());
        }
        let values = self.eigenvalues.iter();
        let dimension = values.take_while(|&&v| squared * v >= level).count();
        Ok(FixedPoint { level, dimension })
    }
}

/// Functions with ‖f‖_H ≤ B and (1/n) Σᵢ f(xᵢ)² ≤ r.
///
/// With λ_j the eigenvalues of K/n, z = Uᵀw and a_j = B² λ_j
///
/// ```text
/// sup² = min_{0 ≤ t ≤ 1} (1/n) Σ_j z_j² a_j r / (t r + (1 - t) a_j)
/// (1/n) Σ_j z_j² min(r, a_j) ≤ sup² ≤ (2/n) Σ_j z_j² min(r, a_j)
/// c √((1/n) Σ_j min(r, a_j)) ≤ R̂ ≤ √((2/n) Σ_j min(r, a_j))
/// ```
///
/// c = 1/√2 for signs, √(2/π) for normal weights. A linear function on two ellipsoids of
/// the same axes is at most its maximum on any mixture t of both, and the best
/// mixture attains it (Lagrange duality; derived here). t is found by bisection on the
/// derivative of a convex function.
///
/// # Reference
///
/// Bartlett, Bousquet, Mendelson 2005, Theorem 6.5 and Lemma 6.6 (upper bound; recalled).
pub struct LocalBall<'a> {
    spectrum: &'a Spectrum,
    radius: f64,
    level: f64,
}

impl<'a> LocalBall<'a> {
    /// The ball of radius B, cut at mean square r.
    ///
    /// # Errors
    ///
    /// A radius or a level that is not finite and above 0.
    pub fn new(spectrum: &'a Spectrum, radius: f64, level: f64) -> Result<Self, ComplexityError> {
        Ok(Self {
            spectrum,
            radius: positive("the radius of the ball", radius)?,
            level: positive("the mean square r", level)?,
        })
    }

    /// The squared axes a_j above 0.
    fn axes(&self) -> Vec<f64> {
        let squared = self.radius * self.radius;
        let axes = self.spectrum.eigenvalues.iter().map(|v| squared * v);
        axes.take_while(|&a| a > 0.0).collect()
    }

    /// The minimum over t, and where it is.
    fn minimum(&self, axes: &[f64], squares: &[f64]) -> (f64, f64) {
        let r = self.level;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let t = (low + high) / 2.0;
            let terms = axes.iter().zip(squares).map(|(&a, &z)| {
                let mixed = t * r + (1.0 - t) * a;
                z * a * (r - a) / (mixed * mixed)
            });
            // Minus the derivative, by r.
            if terms.sum::<f64>() > 0.0 {
                low = t;
            } else {
                high = t;
            }
        }
        let t = (low + high) / 2.0;
        let terms = axes.iter().zip(squares);
        let sum: f64 = terms
            .map(|(&a, &z)| z * a * r / (t * r + (1.0 - t) * a))
            .sum();
        (sum, t)
    }
}

impl FunctionClass for LocalBall<'_> {
    fn points(&self) -> usize {
        self.spectrum.eigenvalues.len()
    }

    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let n = self.points();
        let axes = self.axes();
        let mut z = Mat::<f64>::zeros(n, weights.ncols());
        let vectors = self.spectrum.vectors.transpose();
        matmul(z.as_mut(), Accum::Replace, vectors, weights, 1.0, Par::Seq);
        let supremum = |k: usize| {
            let column = z.col_as_slice_mut(k);
            column.iter_mut().for_each(|z| *z *= *z);
            (self.minimum(&axes, column).0 / n as f64).sqrt()
        };
        Ok((0..weights.ncols()).map(supremum).collect())
    }

    fn sandwich(&self, weights: Weights) -> Sandwich {
        let sum: f64 = self.axes().into_iter().map(|a| a.min(self.level)).sum();
        let size = (sum / self.points() as f64).sqrt();
        Sandwich {
            lower: weights.khintchine() * size,
            lower_by: match weights {
                Weights::Rademacher => "√((1/2n) Σ min(r, B² λ)), derived here",
                Weights::Gaussian => "√((2/πn) Σ min(r, B² λ)), derived here",
            },
            upper: 2_f64.sqrt() * size,
            upper_by: "√((2/n) Σ min(r, B² λ)), Bartlett, Bousquet, Mendelson 2005",
        }
    }

    fn radii(&self) -> Vec<f64> {
        let small = (self.points() as f64 * self.level).sqrt();
        let diagonal = self.spectrum.diagonal.iter();
        let radius = |k: &f64| (self.radius * k.max(0.0).sqrt()).min(small);
        diagonal.map(radius).collect()
    }

    fn largest_norm(&self) -> f64 {
        let largest = self.axes().first().copied().unwrap_or(0.0);
        (self.points() as f64 * largest.min(self.level)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, KernelBall, complexity};
    use crate::kernel::{Features, Gaussian, Precision};
    use rand::RngExt;

    fn gram(n: usize, bandwidth: f64) -> Gram {
        let mut rng = crate::random::stream(1, "local ball");
        let x = (0..2 * n).map(|_| rng.random_range(0.0..1.0)).collect();
        let x = Features::new(x, 2).unwrap();
        Gram::new(&Gaussian::new(bandwidth).unwrap(), &x, Precision::F64, 1).unwrap()
    }

    #[test]
    fn duality_has_no_gap() {
        // For the best t the maximizer of the mixture is in both sets, and attains the minimum.
        let n = 25;
        let gram = gram(n, 0.4);
        let spectrum = Spectrum::new(&gram).unwrap();
        let weights = Draws::signs(n, 20, 3).unwrap().block(0..20);
        let k = gram.matrix();
        let (radius, mut active) = (1.7, 0);
        for level in [1e-4, 1e-2, 0.3, 100.0] {
            let ball = LocalBall::new(&spectrum, radius, level).unwrap();
            let axes = ball.axes();
            let suprema = ball.suprema(weights.as_ref()).unwrap();
            for (w, supremum) in weights.col_iter().zip(suprema) {
                let z = spectrum.vectors.transpose() * w;
                let squares: Vec<f64> = z.iter().map(|z| z * z).collect();
                let (_, t) = ball.minimum(&axes, &squares);
                active += usize::from(t > 0.01 && t < 0.99);
                // Values f = U g, g_j ∝ z_j a_j r / (t r + (1 - t) a_j) on the sample.
                let g: Vec<f64> = axes
                    .iter()
                    .zip(z.iter())
                    .map(|(&a, z)| z * a * level / (t * level + (1.0 - t) * a))
                    .collect();
                let value: f64 = g.iter().zip(z.iter()).map(|(g, z)| g * z).sum();
                let scale = supremum * n as f64 / value;
                let f = spectrum.vectors.subcols(0, g.len())
                    * faer::Col::from_fn(g.len(), |j| scale * g[j]);
                let attained: f64 = w.transpose() * &f;
                assert!((attained / n as f64 / supremum - 1.0).abs() < 1e-9);
                assert!(f.squared_norm_l2() / n as f64 <= level * (1.0 + 1e-6));
                // ‖f‖² = Σ (scale g_j)² / (n λ_j)
                let norm: f64 = g
                    .iter()
                    .zip(&axes)
                    .map(|(g, a)| (scale * g).powi(2) * radius * radius / (n as f64 * a))
                    .sum();
                assert!(norm <= radius * radius * (1.0 + 1e-6), "{norm}");
            }
        }
        assert!(active > 10, "{active} with both constraints active");
        assert!((k.norm_l2() / gram.frobenius() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn no_function_found_by_search_exceeds_the_supremum_and_search_comes_near() {
        // K = diag(4, 1) and n = 2: f = (f₁, f₂) with f₁²/4 + f₂² ≤ B², (f₁² + f₂²)/2 ≤ r.
        let spectrum = Spectrum::new(&Gram::from_matrix(&[4.0, 0.0, 0.0, 1.0]).unwrap()).unwrap();
        let weights = Draws::normals(2, 6, 5).unwrap().block(0..6);
        for level in [0.2, 0.8, 1.4, 3.0] {
            let ball = LocalBall::new(&spectrum, 1.0, level).unwrap();
            let suprema = ball.suprema(weights.as_ref()).unwrap();
            for (w, supremum) in weights.col_iter().zip(suprema) {
                let value = |angle: f64| {
                    let (f2, f1) = angle.sin_cos();
                    let size = (f1 * f1 / 4.0 + f2 * f2).max((f1 * f1 + f2 * f2) / (2.0 * level));
                    (w[0] * f1 + w[1] * f2) / size.sqrt() / 2.0
                };
                let steps = 0..20_000;
                let found = steps
                    .map(|i| value(f64::from(i) * std::f64::consts::TAU / 20_000.0))
                    .fold(0.0, f64::max);
                assert!(found <= supremum * (1.0 + 1e-12));
                assert!(found >= supremum * (1.0 - 1e-3), "{found} {supremum}");
            }
        }
    }

    #[test]
    fn levels_lie_between_the_sandwich_and_end_in_the_whole_ball() {
        let n = 30;
        let gram = gram(n, 0.4);
        let spectrum = Spectrum::new(&gram).unwrap();
        let draws = Draws::signs(n, 200, 1).unwrap();
        let mut before = 0.0;
        for level in [1e-3, 1e-2, 0.1, 10.0] {
            let ball = LocalBall::new(&spectrum, 1.0, level).unwrap();
            let local = complexity(&ball, &draws, 0.05, 1).unwrap();
            let value = local.value.value;
            assert!(local.sandwich.lower <= value && value <= local.sandwich.upper);
            assert!(value > before);
            before = value;
        }
        let whole = KernelBall::new(&gram, 1.0).unwrap();
        let whole = complexity(&whole, &draws, 0.05, 1).unwrap();
        assert!((before / whole.value.value - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_fixed_point_is_one() {
        let n = 40;
        let spectrum = Spectrum::new(&gram(n, 0.2)).unwrap();
        for radius in [0.1, 1.0, 10.0] {
            let fixed = spectrum.fixed_point(radius).unwrap();
            let ball = LocalBall::new(&spectrum, radius, fixed.level).unwrap();
            let psi = ball.sandwich(Weights::Rademacher).upper;
            assert!((psi / fixed.level - 1.0).abs() < 1e-12, "{psi} {fixed:?}");
        }
    }

    #[test]
    fn a_negative_eigenvalue_is_named() {
        let gram = Gram::from_matrix(&[1.0, 2.0, 2.0, 1.0]).unwrap();
        let error = Spectrum::new(&gram).err().unwrap();
        assert!(error.to_string().contains("eigenvalue −1,"), "{error}");
        let spectrum = Spectrum::new(&Gram::from_matrix(&[1.0, 0.0, 0.0, 1.0]).unwrap()).unwrap();
        assert!(LocalBall::new(&spectrum, 1.0, 0.0).is_err());
        assert!(spectrum.fixed_point(f64::NAN).is_err());
    }
}
