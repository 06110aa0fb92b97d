//! From the complexity of a unit ball to a bound on the error of a function whose
//! norm was not fixed in advance.

use super::error::{ComplexityError, points, positive, probability};
use crate::measure::class_above;

/// Classes per doubling of the norm.
const FINENESS: f64 = 8.0;

/// An upper bound on the error of a binary classifier sign f, with its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginBound {
    /// The error is at most this; from 1 on, that says nothing.
    pub value: f64,
    /// Limit of norm / margin of the class that was used.
    pub limit: f64,
    /// Twice the complexity of the ramp losses of that class, in units of error.
    pub complexity: f64,
    /// Price of choosing the class after seeing the data, in nats.
    pub union: f64,
    /// What confidence 1 − δ costs, in units of error.
    pub confidence: f64,
}

/// Bounds the error of every function of a space at once.
///
/// Let r bound the empirical Rademacher complexity of the functions with norm at most
/// 1 on the n training points. With probability at least 1 − δ over these, for all f
/// and all margins ρ > 0
///
/// ```text
/// error ≤ R̂_ρ + 2 L r + 3 √((ln(2/δ) + u) / 2n)
/// ```
///
/// R̂_ρ is the fraction of yᵢ f(xᵢ) below ρ. L is ‖f‖/ρ rounded up to a grid fixed in
/// advance, 2^(j/8), and u = ln 1/p_j the price of the union over the grid: a norm that
/// was found by training is no limit of a class. Norm and margin need one grid only,
/// since f/ρ has margin 1. The ramp loss is 1/ρ-Lipschitz (contraction, Ledoux and
/// Talagrand).
///
/// ```
/// use rethink::complexity::margin_bound;
/// // A Gaussian kernel, ‖f‖ = 20 at margin 1 on 10,000 points: r = 1/√n.
/// let bound = margin_bound(0.0, 20.0, 0.01, 10_000, 0.05)?;
/// assert!(bound.limit >= 20.0 && bound.limit < 22.0 && bound.value < 0.6);
/// # Ok::<(), rethink::complexity::ComplexityError>(())
/// ```
///
/// # Errors
/// A norm over the margin or a complexity that is not a finite number above 0, fewer
/// than 2 points, or δ not between 0 and 1.
///
/// # Reference
/// Mohri, Rostamizadeh, Talwalkar 2018, "Foundations of machine learning", Theorems 3.3
/// and 5.8; the grid of norms is derived here.
pub fn margin_bound(
    margin_error: f64,
    norm_over_margin: f64,
    unit_complexity: f64,
    n: usize,
    delta: f64,
) -> Result<MarginBound, ComplexityError> {
    let ratio = positive("the norm divided by the margin", norm_over_margin)?;
    let unit = positive("the complexity of the unit ball", unit_complexity)?;
    let (n, delta) = (points(n)? as f64, probability(delta)?);
    let class = class_above(ratio.log2(), FINENESS);
    let complexity = 2.0 * class.limit() * unit;
    let confidence = 3.0 * (((2.0 / delta).ln() + class.cost) / (2.0 * n)).sqrt();
    Ok(MarginBound {
        value: margin_error + complexity + confidence,
        limit: class.limit(),
        complexity,
        union: class.cost,
        confidence,
    })
}

impl MarginBound {
    /// Whether the bound says nothing: it is 1, rounded, or more.
    pub fn is_vacuous(&self) -> bool {
        self.value >= 0.9995
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_a_limit_of_the_grid_it_is_the_bound_for_a_fixed_norm() {
        // j = 8 · 3: the share of δ is 1 / (2 · 25 · 26).
        let (n, delta) = (1000, 0.05);
        let bound = margin_bound(0.1, 8.0, 0.03, n, delta).unwrap();
        let share = delta / (2.0 * 25.0 * 26.0);
        let fixed: f64 =
            0.1 + 2.0 * 8.0 * 0.03 + 3.0 * ((2.0 / share).ln() / (2.0 * n as f64)).sqrt();
        assert!((bound.value - fixed).abs() < 1e-12);
        assert!(!bound.is_vacuous());
    }

    #[test]
    fn it_grows_with_the_norm_and_falls_with_the_sample() {
        let value = |norm, n: usize| {
            let bound = margin_bound(0.0, norm, 1.0 / (n as f64).sqrt(), n, 0.05);
            bound.unwrap().value
        };
        // Below 1 the price of the class outweighs its norm.
        let norms = [1.0, 3.0, 9.0, 30.0, 500.0];
        assert!(
            norms
                .windows(2)
                .all(|w| value(w[0], 100) < value(w[1], 100))
        );
        assert!(value(10.0, 10_000) < value(10.0, 1000));
        assert!(value(1e6, 100) > 1.0);
    }

    /// A class of constant functions ±1 and fair labels: the bound holds for the
    /// better of the two in far more than 1 − δ of the samples, though its training
    /// error is an underestimate.
    #[test]
    fn it_holds_where_training_picks_the_better_function() {
        use crate::random::stream;
        use rand::RngExt;
        let (n, delta, trials) = (20, 0.2, 500);
        let mut rng = stream(1, "test labels");
        // E sup over ±1 of (1/n) Σ σ f = E |Σσ| / n ≤ 1/√n.
        let unit = 1.0 / (n as f64).sqrt();
        let mut failures = 0;
        for _ in 0..trials {
            let ones = (0..n).filter(|_| rng.random::<bool>()).count();
            let margin_error = ones.min(n - ones) as f64 / n as f64;
            let bound = margin_bound(margin_error, 1.0, unit, n, delta).unwrap();
            assert!(bound.value < 2.5);
            failures += usize::from(bound.value < 0.5);
        }
        assert!((failures as f64) < delta * f64::from(trials));
    }

    #[test]
    fn what_is_no_norm_or_probability_is_named() {
        for (norm, unit, n, delta, word) in [
            (f64::NAN, 1.0, 10, 0.1, "norm divided by the margin"),
            (1.0, 0.0, 10, 0.1, "unit ball"),
            (1.0, 1.0, 1, 0.1, "2 points"),
            (1.0, 1.0, 10, 1.0, "probability of failure is 1"),
        ] {
            let error = margin_bound(0.0, norm, unit, n, delta).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
