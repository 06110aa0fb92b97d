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
/// Talagrand). f has one real output: margins of several need the steps that bounds
/// such as the measure `golowich-2018` take.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parts_are_those_of_the_formula() {
        // 8 log₂ 3 = 12.7, so j = 13: L = 2^(13/8) and u = ln(2 · 14 · 15). By hand,
        // 0.05 + 2 · 3.0844216508 · 0.01 + 3 √((ln 100 + ln 420) / 10,000).
        let bound = margin_bound(0.05, 3.0, 0.01, 5000, 0.02).unwrap();
        for (part, expected) in [
            (bound.limit, 3.084_421_650_815_882),
            (bound.union, 6.040_254_711_277_414),
            (bound.complexity, 0.061_688_433_016_317_63),
            (bound.confidence, 0.097_881_982_037_242_05),
            (bound.value, 0.209_570_415_053_559_58),
        ] {
            assert!((part - expected).abs() < 1e-12, "{part} {expected}");
        }
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

    /// One point is drawn with probability 0.85, every other only once and with a fair
    /// label; the kernel is 1 on the diagonal. Its interpolant remembers the m points that
    /// are drawn once, has norm √(m + 1), and errs on half of those to come: more than
    /// the confidence term allows, so that without its complexity the bound would fail.
    #[test]
    fn it_is_informative_and_holds_for_a_kernel_that_remembers_labels() {
        use crate::random::stream;
        use rand::RngExt;
        let (n, once) = (20_000, 0.15);
        let mut rng = stream(1, "test labels");
        for _ in 0..20 {
            let remembered = (0..n).filter(|_| rng.random_bool(once)).count();
            let norm = ((remembered + 1) as f64).sqrt();
            let bound = margin_bound(0.0, norm, 1.0 / (n as f64).sqrt(), n, 0.01).unwrap();
            let error = once / 2.0;
            assert!(bound.confidence < error && error < bound.value, "{bound:?}");
            assert!(bound.value < 0.95, "{bound:?}");
        }
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
