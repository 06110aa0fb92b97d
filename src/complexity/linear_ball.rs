//! Linear functions with weights in a ball of an lp norm or in an ellipsoid.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::LltError;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::*;
use faer::{Accum, Mat, MatRef, Par, Side};
use statrs::function::gamma::ln_gamma;

use super::class::{FunctionClass, Sandwich};
use super::draws::Weights;
use super::error::{ComplexityError, finite, points, positive};
use crate::kernel::Features;
use crate::linalg::decompose_on_one_thread;

/// Functions x ↦ <v, x> with |v|_p ≤ B.
///
/// ```text
/// sup = (B/n) |Xᵀw|_q,  1/p + 1/q = 1
/// c (B/n) |s|_q ≤ R̂ ≤ (B/n) K_q |s|_q,   s_j = |column j of X|₂
/// ```
///
/// with c = 1/√2 for signs and √(2/π) for normal weights. K_q = (E|g|^q)^(1/q), g
/// standard normal, is the constant of Khintchine's inequality for q ≥ 2, and 1 for
/// q ≤ 2; for p = 1, q = ∞, it is √(2 ln 2d).
///
/// # Reference
///
/// Szarek 1976 and Haagerup 1981, "The best constants in the Khintchine inequality";
/// Kakade, Sridharan, Tewari 2008, "On the complexity of linear prediction" for p = 1.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearBall {
    /// Row-major, shape (n, dimension).
    x: Vec<f64>,
    dimension: usize,
    p: f64,
    radius: f64,
}

impl LinearBall {
    /// The ball of radius B of the norm |·|_p, 1 ≤ p ≤ ∞.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, an exponent below 1, or a radius that is not finite and above 0.
    ///
    /// ```
    /// use rethink::complexity::{Draws, LinearBall, complexity};
    /// use rethink::kernel::Features;
    ///
    /// let x = Features::new(vec![3.0, 0.0, 0.0, 4.0], 2)?;
    /// let draws = Draws::all_signs(2)?;
    /// // Maximum, root of squares and sum of 3 and 4, by n = 2.
    /// for (p, expected) in [(1.0, 2.0), (2.0, 2.5), (f64::INFINITY, 3.5)] {
    ///     let ball = LinearBall::new(&x, p, 1.0)?;
    ///     let exact = complexity(&ball, &draws, 0.05, 1)?;
    ///     assert!((exact.value.value - expected).abs() < 1e-12);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(features: &Features, p: f64, radius: f64) -> Result<Self, ComplexityError> {
        if p.is_nan() || p < 1.0 {
            return Err(ComplexityError::Exponent { value: p });
        }
        points(features.len())?;
        Ok(Self {
            x: features.values().iter().map(|&x| f64::from(x)).collect(),
            dimension: features.dimension(),
            p,
            radius: positive("the radius of the ball", radius)?,
        })
    }

    /// The ellipsoid vᵀ M v ≤ B².
    ///
    /// With M = L Lᵀ it is the l2 ball of Lᵀ v on the points L⁻¹ x.
    ///
    /// Shapes: `matrix` (dimension, dimension), row after row; its lower triangle is read.
    ///
    /// # Errors
    ///
    /// Besides those of [`new`](Self::new), a matrix that is not positive definite.
    ///
    /// ```
    /// use rethink::complexity::{Draws, LinearBall, complexity};
    /// use rethink::kernel::Features;
    ///
    /// let x = Features::new(vec![3.0, 0.0, 0.0, 4.0], 2)?;
    /// // 9 v₁² + 16 v₂² ≤ 1 on these points is |u| ≤ 1 on the unit vectors.
    /// let ball = LinearBall::ellipsoid(&x, &[9.0, 0.0, 0.0, 16.0], 1.0)?;
    /// let exact = complexity(&ball, &Draws::all_signs(2)?, 0.05, 1)?;
    /// assert!((exact.value.value - 1.0 / 2_f64.sqrt()).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ellipsoid(
        features: &Features,
        matrix: &[f64],
        radius: f64,
    ) -> Result<Self, ComplexityError> {
        let mut ball = Self::new(features, 2.0, radius)?;
        let d = ball.dimension;
        if matrix.len() != d * d {
            return Err(ComplexityError::Length {
                what: "the matrix of the ellipsoid",
                given: matrix.len(),
                expected: d * d,
            });
        }
        finite("the matrix of the ellipsoid", matrix, d)?;
        decompose_on_one_thread();
        let factor = MatRef::from_row_major_slice(matrix, d, d)
            .llt(Side::Lower)
            .map_err(|LltError::NonPositivePivot { index }| {
                ComplexityError::NotPositiveDefinite { pivot: index }
            })?;
        let points = MatMut::from_column_major_slice_mut(&mut ball.x, d, features.len());
        solve_lower_triangular_in_place(factor.L(), points, Par::Seq);
        Ok(ball)
    }

    pub(super) fn radius(&self) -> f64 {
        self.radius
    }

    /// X, one row per point.
    pub(super) fn matrix(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.x, self.points(), self.dimension)
    }

    /// q with 1/p + 1/q = 1.
    fn dual(&self) -> f64 {
        if self.p == 1.0 {
            f64::INFINITY
        } else {
            1.0 / (1.0 - 1.0 / self.p)
        }
    }

    /// The l2 norm of every column.
    fn column_norms(&self) -> Vec<f64> {
        let mut squares = vec![0.0; self.dimension];
        for row in self.x.chunks_exact(self.dimension) {
            squares.iter_mut().zip(row).for_each(|(s, x)| *s += x * x);
        }
        squares.into_iter().map(f64::sqrt).collect()
    }

    /// At least the largest singular value of X.
    fn spectral_norm_bound(&self) -> f64 {
        let x = self.matrix();
        let (left, right) = if x.nrows() < x.ncols() {
            (x, x.transpose())
        } else {
            (x.transpose(), x)
        };
        let mut gram = Mat::zeros(left.nrows(), left.nrows());
        matmul(gram.as_mut(), Accum::Replace, left, right, 1.0, Par::Seq);
        let sums = gram.col_iter().map(|column| column.norm_l1());
        sums.fold(0.0, f64::max).min(gram.norm_l2()).sqrt()
    }
}

impl FunctionClass for LinearBall {
    fn points(&self) -> usize {
        self.x.len() / self.dimension
    }

    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let mut sums = Mat::<f64>::zeros(self.dimension, weights.ncols());
        let x = self.matrix().transpose();
        matmul(sums.as_mut(), Accum::Replace, x, weights, 1.0, Par::Seq);
        let scale = self.radius / self.points() as f64;
        let q = self.dual();
        let norms = (0..weights.ncols()).map(|k| scale * norm(sums.col_as_slice(k), q));
        Ok(norms.collect())
    }

    fn sandwich(&self, weights: Weights) -> Sandwich {
        let q = self.dual();
        let scale = self.radius / self.points() as f64;
        let size = scale * norm(&self.column_norms(), q);
        if q == 2.0 {
            return Sandwich::hilbert(size, weights);
        }
        let (factor, upper_by) = if q.is_infinite() {
            let d = self.dimension as f64;
            (
                (2.0 * (2.0 * d).ln()).sqrt(),
                "(B/n) max s √(2 ln 2d), Massart",
            )
        } else if q > 2.0 {
            // E|g|^q = 2^(q/2) Γ((q+1)/2) / √π
            let moment = ln_gamma((q + 1.0) / 2.0) - std::f64::consts::PI.ln() / 2.0;
            let factor = 2_f64.sqrt() * (moment / q).exp();
            (factor, "(B/n) (E|g|^q)^(1/q) |s|_q, Haagerup 1981")
        } else {
            (1.0, "(B/n) |s|_q, Jensen")
        };
        Sandwich {
            lower: weights.khintchine() * size,
            lower_by: match weights {
                Weights::Rademacher => "(B/√2n) |s|_q, Szarek 1976",
                Weights::Gaussian => "√(2/π) (B/n) |s|_q, Jensen",
            },
            upper: factor * size,
            upper_by,
        }
    }

    fn radii(&self) -> Vec<f64> {
        let q = self.dual();
        let rows = self.x.chunks_exact(self.dimension);
        rows.map(|row| self.radius * norm(row, q)).collect()
    }

    fn largest_norm(&self) -> f64 {
        if self.p == 1.0 {
            // The vertices are multiples of columns.
            return self.radius * norm(&self.column_norms(), f64::INFINITY);
        }
        // |v|₂ ≤ d^(1/2 - 1/p) |v|_p for p ≥ 2, and |v|₂ ≤ |v|_p below.
        let stretch = (self.dimension as f64).powf((0.5 - 1.0 / self.p).max(0.0));
        self.radius * stretch * self.spectral_norm_bound()
    }
}

/// The norm |v|_q, scaled so that no power overflows.
fn norm(values: &[f64], q: f64) -> f64 {
    let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    if q.is_infinite() || largest == 0.0 {
        return largest;
    }
    let power = |v: &f64| {
        let ratio = v.abs() / largest;
        if q == 2.0 {
            ratio * ratio
        } else {
            ratio.powf(q)
        }
    };
    largest * values.iter().map(power).sum::<f64>().powf(1.0 / q)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, Gram, KernelBall, complexity};
    use crate::kernel::{Linear, Precision};
    use proptest::prelude::*;
    use rand::RngExt;

    fn cloud(n: usize, d: usize, seed: u64) -> Features {
        let mut rng = crate::random::stream(seed, "linear ball");
        let values = (0..n * d).map(|_| rng.random_range(-1.0..1.0)).collect();
        Features::new(values, d).unwrap()
    }

    #[test]
    fn the_l2_ball_is_the_ball_of_the_linear_kernel() {
        let x = cloud(30, 7, 1);
        let gram = Gram::new(&Linear, &x, Precision::F64, 1).unwrap();
        let draws = Draws::normals(30, 20, 2).unwrap();
        let kernel = KernelBall::new(&gram, 2.0).unwrap();
        let kernel = complexity(&kernel, &draws, 0.05, 1).unwrap();
        let linear = LinearBall::new(&x, 2.0, 2.0).unwrap();
        let linear = complexity(&linear, &draws, 0.05, 1).unwrap();
        for (k, l) in kernel.suprema.iter().zip(&linear.suprema) {
            assert!((k / l - 1.0).abs() < 1e-12);
        }
        assert!((kernel.sandwich.upper / linear.sandwich.upper - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_ellipsoid_is_a_ball_of_other_features() {
        // M = diag(4, 1/9): v = (v₁, v₂) with |(2 v₁, v₂/3)| ≤ B sees (x₁/2, 3 x₂).
        let x = cloud(20, 2, 3);
        let ellipsoid = LinearBall::ellipsoid(&x, &[4.0, 0.0, 0.0, 1.0 / 9.0], 1.5).unwrap();
        let other = x.values().chunks(2).flat_map(|x| [x[0] / 2.0, 3.0 * x[1]]);
        let other = Features::new(other.collect(), 2).unwrap();
        let ball = LinearBall::new(&other, 2.0, 1.5).unwrap();
        let draws = Draws::signs(20, 10, 2).unwrap().block(0..10);
        let pairs = ellipsoid.suprema(draws.as_ref()).unwrap().into_iter();
        for (e, b) in pairs.zip(ball.suprema(draws.as_ref()).unwrap()) {
            assert!((e / b - 1.0).abs() < 1e-6); // features are f32
        }
        // A full M: the maximizer v = B M⁻¹s/√(sᵀM⁻¹s), s = Xᵀw, has vᵀMv = B² and <v,s> = n sup.
        let m = [2.0, 0.7, 0.7, 1.0];
        let ellipsoid = LinearBall::ellipsoid(&x, &m, 1.5).unwrap();
        let supremum = ellipsoid.suprema(draws.as_ref()).unwrap()[0];
        let mut s = [0.0; 2];
        for (x, w) in x.values().chunks(2).zip(draws.col(0).iter()) {
            s[0] += f64::from(x[0]) * w;
            s[1] += f64::from(x[1]) * w;
        }
        let determinant = m[0] * m[3] - m[1] * m[2];
        let form =
            (m[3] * s[0] * s[0] - 2.0 * m[1] * s[0] * s[1] + m[0] * s[1] * s[1]) / determinant;
        assert!((supremum - 1.5 / 20.0 * form.sqrt()).abs() < 1e-13);
        let indefinite = LinearBall::ellipsoid(&x, &[1.0, 2.0, 2.0, 1.0], 1.0).unwrap_err();
        assert_eq!(
            indefinite,
            ComplexityError::NotPositiveDefinite { pivot: 1 }
        );
    }

    #[test]
    fn no_point_of_the_ball_exceeds_the_supremum_and_one_attains_it() {
        let (n, d, radius) = (12, 4, 1.3);
        let x = cloud(n, d, 5);
        let w = Draws::signs(n, 1, 4).unwrap().block(0..1);
        let sums: Vec<f64> = (0..d)
            .map(|j| (0..n).map(|i| f64::from(x.row(i)[j]) * w[(i, 0)]).sum())
            .collect();
        let value = |v: &[f64]| v.iter().zip(&sums).map(|(v, s)| v * s).sum::<f64>() / n as f64;
        let mut rng = crate::random::stream(6, "linear ball");
        for p in [1.0, 1.2, 2.0, 3.5, f64::INFINITY] {
            let ball = LinearBall::new(&x, p, radius).unwrap();
            let supremum = ball.suprema(w.as_ref()).unwrap()[0];
            for _ in 0..2000 {
                let mut v: Vec<f64> = (0..d).map(|_| rng.random_range(-1.0..1.0)).collect();
                let size = norm(&v, p);
                v.iter_mut().for_each(|v| *v *= radius / size);
                assert!(value(&v) <= supremum * (1.0 + 1e-12));
            }
            // Equality in Hölder's inequality: |v_j| ∝ |s_j|^(q-1).
            let q = ball.dual();
            let largest = norm(&sums, f64::INFINITY);
            let mut v: Vec<f64> = sums
                .iter()
                .map(|s| match q.is_infinite() {
                    true if s.abs() < largest => 0.0,
                    true => s.signum(),
                    false => s.signum() * s.abs().powf(q - 1.0),
                })
                .collect();
            let size = norm(&v, p);
            v.iter_mut().for_each(|v| *v *= radius / size);
            assert!((value(&v) / supremum - 1.0).abs() < 1e-12, "p = {p}");
        }
    }

    #[test]
    fn what_is_no_ball_is_named() {
        let x = cloud(5, 2, 1);
        assert!(LinearBall::new(&x, 0.5, 1.0).is_err());
        assert!(LinearBall::new(&x, f64::NAN, 1.0).is_err());
        assert!(LinearBall::new(&x, 2.0, -1.0).is_err());
        let one = Features::new(vec![1.0, 2.0], 2).unwrap();
        let error = LinearBall::new(&one, 2.0, 1.0).unwrap_err();
        assert_eq!(error, ComplexityError::TooFewPoints { given: 1 });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_complexity_is_within_its_sandwich(
            seed: u64, n in 2..9_usize, d in 1..5_usize, p in 1.0..6.0_f64, choice in 0..3_usize,
        ) {
            let p = [p, 1.0, f64::INFINITY][choice];
            let ball = LinearBall::new(&cloud(n, d, seed), p, 1.0).unwrap();
            let exact = complexity(&ball, &Draws::all_signs(n).unwrap(), 0.05, 1).unwrap();
            let rounding = 1.0 + 1e-12;
            prop_assert!(exact.sandwich.lower <= exact.value.value * rounding);
            prop_assert!(exact.value.value <= exact.sandwich.upper * rounding);
            // Radii and reach bound what single sign vectors can give.
            let radii = ball.radii().iter().sum::<f64>() / n as f64;
            let largest_norm = ball.largest_norm() / (n as f64).sqrt();
            let largest = exact.suprema.iter().copied().fold(0.0, f64::max);
            prop_assert!(largest <= radii.min(largest_norm) * rounding);
        }
    }
}
