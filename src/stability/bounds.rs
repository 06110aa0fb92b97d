//! What theory says of uniform stability. None of it looks at the labels.

use crate::dataset::Split;

/// Constants of the cross-entropy of a linear model with biases,
/// `ℓ(W; x, y) = ln Σ_k exp (W x̃)_k − (W x̃)_y` with `x̃ = (x, 1)`.
///
/// ```text
/// ‖∇ℓ‖ = ‖p − e_y‖ ‖x̃‖ ≤ √2 ‖x̃‖ = L
/// ‖∇²ℓ‖ = ‖diag p − p pᵀ‖ ‖x̃‖² ≤ ½ ‖x̃‖² = β
/// ```
///
/// # Reference
/// The ½: Böhning 1992, "Multinomial logistic regression algorithm" (recalled);
/// L is derived here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxRegression {
    /// L, for every label and all weights.
    pub lipschitz: f64,
    /// β, for all weights.
    pub smoothness: f64,
}

impl SoftmaxRegression {
    /// The constants over these images.
    pub fn of(images: &Split) -> Self {
        let squared = |i: usize| -> f64 {
            let image = images.image(i).iter();
            1.0 + image.map(|&x| f64::from(x).powi(2)).sum::<f64>()
        };
        let largest = (0..images.len()).map(squared).fold(0.0, f64::max);
        Self {
            lipschitz: (2.0 * largest).sqrt(),
            smoothness: largest / 2.0,
        }
    }

    /// The constants over both sets of images.
    pub fn and(self, other: Self) -> Self {
        Self {
            lipschitz: self.lipschitz.max(other.lipschitz),
            smoothness: self.smoothness.max(other.smoothness),
        }
    }
}

/// Upper bounds on what one replaced example does under SGD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdBound {
    /// On `‖w_T − w'_T‖₂`.
    pub distance: f64,
    /// On `|ℓ(w_T; z) − ℓ(w'_T; z)|` at every z.
    pub stability: f64,
}

/// SGD with a constant step size η ≤ 2/β on losses that are convex, L-Lipschitz
/// and β-smooth, in batches of b without replacement.
///
/// ```text
/// ‖w_T − w'_T‖ ≤ 2 L η · epochs / b,   uniform stability ≤ L times that = (2 L² / n) Σ_t η
/// ```
///
/// A step on the same examples does not move the two runs apart, since η ≤ 2/β;
/// the step that has the replaced example, one per epoch, by at most 2 L η / b.
/// So it holds for every order of the batches, not only on average. `batch` is
/// the smallest batch of an epoch.
///
/// `None` where η > 2/β: then a step on the same examples may move them apart.
///
/// # Reference
/// Hardt, Recht, Singer 2016, arXiv 1509.01240, Theorem 3.8 (recalled; batches of
/// one, b = 1 and T = n · epochs); for batches derived here.
///
/// ```
/// use rethink::stability::bounds::convex_sgd;
/// let bound = convex_sgd(2.0, 4.0, 0.5, 10, 20).expect("0.5 is 2/β");
/// assert_eq!((bound.distance, bound.stability), (1.0, 2.0));
/// assert!(convex_sgd(2.0, 4.0, 0.51, 10, 20).is_none());
/// ```
pub fn convex_sgd(
    lipschitz: f64,
    smoothness: f64,
    step_size: f64,
    epochs: usize,
    batch: usize,
) -> Option<SgdBound> {
    let distance = 2.0 * lipschitz * step_size * epochs as f64 / batch as f64;
    (step_size <= 2.0 / smoothness).then_some(SgdBound {
        distance,
        stability: lipschitz * distance,
    })
}

/// The bound for losses in [0, 1] that are L-Lipschitz and β-smooth but not
/// convex, with step sizes of at most c/t.
///
/// ```text
/// (1 + 1/(βc)) / (n − 1) · (2 c L²)^(1/(βc+1)) · T^(βc/(βc+1))
/// ```
///
/// A constant step size η over T steps has c = η T.
///
/// # Reference
/// Hardt, Recht, Singer 2016, arXiv 1509.01240, Theorem 3.12 (recalled).
///
/// ```
/// use rethink::stability::bounds::non_convex_sgd;
/// // Many steps per example on a function that is anything but flat.
/// let bound = non_convex_sgd(10.0, 100.0, 0.1, 600, 101);
/// assert!((bound - 6.0).abs() < 0.1);
/// ```
pub fn non_convex_sgd(
    lipschitz: f64,
    smoothness: f64,
    step_size: f64,
    steps: usize,
    n: usize,
) -> f64 {
    let t = steps as f64;
    let c = step_size * t;
    let q = smoothness * c;
    (1.0 + 1.0 / q) / (n as f64 - 1.0)
        * (2.0 * c * lipschitz.powi(2)).powf(1.0 / (q + 1.0))
        * t.powf(q / (q + 1.0))
}

/// What [`non_convex_sgd`] cannot fall below, whatever β is, if L is at least
/// `lipschitz` and `2 η L² ≥ 1`: then `(2 c L²)^(1/(q+1)) T^(q/(q+1)) =
/// T (2 η L²)^(1/(q+1)) ≥ T` with q = βc, so the bound exceeds `T / (n − 1)`.
///
/// `None` where `2 η L² < 1`. Derived here.
pub fn non_convex_at_least(lipschitz: f64, step_size: f64, steps: usize, n: usize) -> Option<f64> {
    (2.0 * step_size * lipschitz.powi(2) >= 1.0).then(|| steps as f64 / (n as f64 - 1.0))
}

/// Uniform stability of kernel ridge regression `min (1/n) Σ (f(x_i) − y_i)² + λ‖f‖²`
/// under the removal of an example, for outputs and targets in [0, 1] and
/// k(x, x) ≤ κ².
///
/// ```text
/// β ≤ 2 κ² / (λ n)
/// ```
///
/// `ridge` is λ n, what stands on the diagonal of the kernel matrix.
///
/// # Reference
/// Bousquet and Elisseeff 2002, Theorem 22 (recalled) with σ = 2.
pub fn ridge_regression(kappa_squared: f64, ridge: f64) -> f64 {
    2.0 * kappa_squared / ridge
}

/// Upper bound on risk minus empirical risk that holds with probability 1 − δ
/// for an algorithm of uniform stability β under removal, and a loss in [0, 1].
///
/// ```text
/// 2 β + (4 n β + 1) √(ln(1/δ) / 2n)
/// ```
///
/// # Reference
/// Bousquet and Elisseeff 2002, Theorem 12 (recalled).
pub fn generalization(stability: f64, n: usize, delta: f64) -> f64 {
    let n = n as f64;
    2.0 * stability + (4.0 * n * stability + 1.0) * ((1.0 / delta).ln() / (2.0 * n)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_constants_of_softmax_bound_finite_differences() {
        // Two classes, weights far apart on one image: the gradient is nearly
        // √2 ‖x̃‖; at equal logits the curvature along (1, −1)/√2 is ½ ‖x̃‖².
        let images = Split::new(vec![3.0, 0.0, 1.0, 1.0], vec![0, 1], 2).expect("two images");
        let constants = SoftmaxRegression::of(&images);
        assert!((constants.lipschitz - 20f64.sqrt()).abs() < 1e-12);
        let loss = |t: f64| (1.0 + (-2f64.sqrt() * t * 10f64.sqrt()).exp()).ln();
        let h = 1e-3;
        let slope = (loss(-50.0 + h) - loss(-50.0 - h)) / (2.0 * h);
        let curvature = (loss(h) - 2.0 * loss(0.0) + loss(-h)) / (h * h);
        assert!((-slope - constants.lipschitz).abs() < 1e-6, "{slope}");
        assert!(
            (curvature - constants.smoothness).abs() < 1e-3,
            "{curvature}"
        );
    }

    proptest! {
        #[test]
        fn no_smoothness_takes_the_non_convex_bound_below_its_floor(
            lipschitz in 0.1..100.0_f64, log_beta in -9.0..9.0_f64, step in 1e-4..1.0_f64,
            steps in 1..10_000_usize, n in 2..5000_usize
        ) {
            if let Some(floor) = non_convex_at_least(lipschitz, step, steps, n) {
                let bound = non_convex_sgd(lipschitz, log_beta.exp(), step, steps, n);
                prop_assert!(bound >= floor * (1.0 - 1e-12), "{bound} {floor}");
            }
        }
    }

    #[test]
    fn a_perfectly_stable_algorithm_keeps_the_deviation_of_a_mean() {
        let hoeffding = (20f64.ln() / 200.0).sqrt();
        assert!((generalization(0.0, 100, 0.05) - hoeffding).abs() < 1e-12);
    }

    /// ln(1/δ) = 2 and n = 100 make the root 0.1; 4 n β = 4. So 0.02 + 5 · 0.1.
    #[test]
    fn the_gap_of_a_stable_algorithm_by_hand() {
        let bound = generalization(0.01, 100, (-2.0_f64).exp());
        assert!((bound - 0.52).abs() < 1e-12, "{bound}");
    }
}
