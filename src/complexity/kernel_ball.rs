//! The ball of a reproducing kernel Hilbert space.

use faer::MatRef;

use super::class::{FunctionClass, Sandwich};
use super::draws::Weights;
use super::error::{ComplexityError, positive};
use super::gram::Gram;

/// Functions with ‖f‖_H ≤ B in the space of a kernel.
///
/// ```text
/// sup = (B/n) √(wᵀ K w),   attained by f = B Σᵢ wᵢ k(xᵢ, ·) / √(wᵀ K w)
/// c (B/n) √(tr K) ≤ R̂ ≤ (B/n) √(tr K)
/// ```
///
/// c = 1/√2 for signs, √(2/π) for normal weights. Where k(x, x) = 1, R̂ ≤ B/√n.
///
/// # Reference
///
/// Bartlett, Mendelson 2002, "Rademacher and Gaussian complexities", Lemma 22 (upper
/// bound); Latała, Oleszkiewicz 1994, "On the best constant in the Khinchin-Kahane
/// inequality" (lower bound).
pub struct KernelBall<'a> {
    gram: &'a Gram,
    radius: f64,
}

impl<'a> KernelBall<'a> {
    /// The ball of radius B.
    ///
    /// # Errors
    ///
    /// A radius that is not finite and above 0.
    pub fn new(gram: &'a Gram, radius: f64) -> Result<Self, ComplexityError> {
        let radius = positive("the radius of the ball", radius)?;
        Ok(Self { gram, radius })
    }
}

impl FunctionClass for KernelBall<'_> {
    fn points(&self) -> usize {
        self.gram.len()
    }

    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let scale = self.radius / self.gram.len() as f64;
        let forms = self.gram.forms(weights)?.into_iter();
        Ok(forms.map(|form| scale * form.sqrt()).collect())
    }

    fn sandwich(&self, weights: Weights) -> Sandwich {
        let upper = self.radius * self.gram.trace().sqrt() / self.gram.len() as f64;
        Sandwich::hilbert(upper, weights)
    }

    fn radii(&self) -> Vec<f64> {
        let diagonal = self.gram.diagonal().iter();
        diagonal.map(|k| self.radius * k.max(0.0).sqrt()).collect()
    }

    fn largest_norm(&self) -> f64 {
        self.radius * self.gram.largest_eigenvalue_bound().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Complexity, Draws, complexity};
    use crate::kernel::{Features, Gaussian, Precision};
    use rand::RngExt;

    fn of(gram: &Gram, radius: f64, draws: &Draws, threads: usize) -> Complexity {
        let ball = KernelBall::new(gram, radius).unwrap();
        complexity(&ball, draws, 0.05, threads).unwrap()
    }

    fn cloud(n: usize, seed: u64) -> Features {
        let mut rng = crate::random::stream(seed, "kernel ball");
        Features::new((0..2 * n).map(|_| rng.random_range(0.0..1.0)).collect(), 2).unwrap()
    }

    #[test]
    fn the_identity_kernel_has_radius_over_root_n_for_every_sign_vector() {
        let n = 40;
        let identity: Vec<f64> = (0..n * n)
            .map(|i| f64::from(u8::from(i % (n + 1) == 0)))
            .collect();
        let gram = Gram::from_matrix(&identity).unwrap();
        let result = of(&gram, 3.0, &Draws::signs(n, 20, 1).unwrap(), 1);
        let expected = 3.0 / (n as f64).sqrt();
        assert!(result.suprema.iter().all(|s| (s - expected).abs() < 1e-14));
        assert!((result.sandwich.upper - expected).abs() < 1e-14);
    }

    #[test]
    fn a_rank_one_kernel_is_a_random_walk() {
        // E|Σ w| over 16 signs is 16 C(15, 7) / 2^15 (de Moivre); about √(2n/π).
        let gram = Gram::from_matrix(&[0.25; 256]).unwrap();
        let result = of(&gram, 2.0, &Draws::all_signs(16).unwrap(), 2);
        let walk = 16.0 * 6435.0 / 32768.0;
        let expected = 2.0 / 16.0 * 0.5 * walk;
        assert!((result.value.value - expected).abs() < 1e-13);
        assert_eq!(result.value.interval, None);
        let asymptotic = 2.0 * 0.5 * (2.0 / (std::f64::consts::PI * 16.0)).sqrt();
        assert!((result.value.value / asymptotic - 1.0).abs() < 0.02);
        assert!(result.value.value >= result.sandwich.lower);
    }

    #[test]
    fn suprema_are_those_of_the_definition_across_blocks_and_threads() {
        // Two panels; the maximizer's norm is B and its value the supremum.
        let (n, radius) = (530, 1.5);
        let x = cloud(n, 2);
        let kernel = Gaussian::new(0.3).unwrap();
        let gram = Gram::new(&kernel, &x, Precision::F64, 2).unwrap();
        let draws = Draws::signs(n, 515, 7).unwrap();
        let result = of(&gram, radius, &draws, 1);
        assert_eq!(result, of(&gram, radius, &draws, 3));
        let k = gram.matrix();
        let signs = draws.block(513..515);
        for (c, supremum) in [513, 514].into_iter().enumerate() {
            let w = signs.col(c);
            let product = &k * w;
            let form: f64 = w.transpose() * &product;
            // f = B Σ w_i k(x_i, ·) / √(wᵀKw)
            let a = faer::Scale(radius / form.sqrt()) * w;
            let squared_norm: f64 = a.transpose() * &k * &a;
            let values = &k * &a;
            let value: f64 = w.transpose() * &values;
            assert!((squared_norm - radius * radius).abs() < 1e-12);
            assert!((result.suprema[supremum] - value / n as f64).abs() < 1e-13);
        }
        let trace: f64 = (0..n).map(|i| k[(i, i)]).sum();
        assert_eq!(gram.trace(), trace);
        assert!((gram.frobenius() / k.norm_l2() - 1.0).abs() < 1e-13);
    }

    #[test]
    fn single_precision_is_close_to_double() {
        let x = cloud(530, 3);
        let kernel = Gaussian::new(0.1).unwrap();
        let draws = Draws::signs(530, 64, 7).unwrap();
        let [single, double] = [Precision::F32, Precision::F64]
            .map(|precision| Gram::new(&kernel, &x, precision, 1).unwrap());
        let weights = draws.block(0..64);
        let pairs = single.forms(weights.as_ref()).unwrap().into_iter();
        for (s, d) in pairs.zip(double.forms(weights.as_ref()).unwrap()) {
            assert!((s - d).abs() < 2e-6 * double.trace(), "{s} {d}");
            assert!((s - d).abs() < single.rounding(), "{s} {d}");
        }
    }

    #[test]
    fn doubling_the_radius_doubles_the_complexity() {
        let gram = Gram::from_matrix(&[1.0, 0.3, 0.3, 2.0]).unwrap();
        let draws = Draws::normals(2, 9, 1).unwrap();
        let (one, two) = (of(&gram, 1.0, &draws, 1), of(&gram, 2.0, &draws, 1));
        assert_eq!(two.value.value, 2.0 * one.value.value);
        assert_eq!(two.sandwich.lower, 2.0 * one.sandwich.lower);
    }

    #[test]
    fn what_is_no_ball_is_named() {
        let gram = Gram::from_matrix(&[1.0, 2.0, 2.0, 1.0]).unwrap();
        for radius in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(KernelBall::new(&gram, radius).is_err());
        }
        // w = (1, -1) has wᵀKw = -2.
        let ball = KernelBall::new(&gram, 1.0).unwrap();
        let draws = Draws::all_signs(2).unwrap();
        let error = complexity(&ball, &draws, 0.05, 1).unwrap_err();
        assert!(error.to_string().contains("is −2,"), "{error}");
        assert!(complexity(&ball, &draws, 1.0, 1).is_err());
        let other = Draws::all_signs(3).unwrap();
        let error = complexity(&ball, &other, 0.05, 1).unwrap_err();
        assert_eq!(error, ComplexityError::Points { class: 2, draws: 3 });
        assert!(Gram::from_matrix(&[1.0, f64::NAN, 0.0, 1.0]).is_err());
        assert!(Gram::from_matrix(&[1.0]).is_err());
    }
}
