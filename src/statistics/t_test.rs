//! Whether paired differences have a mean above, below or other than zero, and how
//! many blocks that takes.

use super::distribution::{
    fewest_enough, mean_over_deviation, normal_upper_quick, student_t_critical,
};
use super::error::{StatisticsError, check_blocks};
use super::mean::mean;
use super::test_result::{Alternative, Method, TestResult};

/// Fewer blocks hardly determine a standard deviation.
const FEWEST: usize = 3;
/// More blocks than anyone has: the power is out of reach.
const MOST: f64 = 1e6;

/// Student's t test of paired differences dᵢ, one a block.
///
/// ```text
/// t = d̄ / (s/√n),   T ~ Student t(n − 1) if the mean is zero
/// ```
///
/// Exact for normal differences. The two-sided p is below 0.05 exactly when the
/// interval of [`mean`](super::mean()) excludes zero.
///
/// # Errors
/// Fewer than three blocks, a difference that is not finite, or differences that are
/// all equal.
///
/// # Reference
/// Student 1908, "The probable error of a mean".
///
/// ```
/// use rethink::statistics::{Alternative, t_test};
/// let test = t_test(&[1.0, 2.0, 3.0], Alternative::Greater)?;
/// assert!((test.statistic - 12_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn t_test(
    differences: &[f64],
    alternative: Alternative,
) -> Result<TestResult, StatisticsError> {
    check_blocks("a t test", differences.len(), FEWEST)?;
    let centre = mean(differences)?.value;
    if differences.iter().all(|d| *d == differences[0]) {
        return Err(StatisticsError::NoSpread {
            statistic: "a t test",
            value: differences[0],
        });
    }
    let n = differences.len() as f64;
    let squares: f64 = differences.iter().map(|d| (d - centre).powi(2)).sum();
    let statistic = centre / (squares / (n - 1.0) / n).sqrt();
    Ok(TestResult {
        statistic,
        p_value: alternative.student_t(statistic, n - 1.0),
        method: Method::StudentT,
        samples: differences.len(),
    })
}

/// The probability that a one-sided [`t_test`] at `level` finds a true mean `effect`
/// above zero with n `blocks`, σ the standard `deviation` of a difference.
///
/// ```text
/// P(T' ≥ t_{1−α}(n − 1)) = ∫ Φ(δ√n/σ − t u) f(u) du,   u = s/σ
/// ```
///
/// T' is Student's noncentral t. Exact for normal differences, but for a quadrature
/// error below 1e-8.
///
/// # Errors
/// Fewer than three blocks, a level outside (0, 0.5), or an effect or a deviation that
/// is not a positive number.
///
/// # Reference
/// Johnson and Welch 1940, "Applications of the non-central t-distribution".
pub fn t_test_power(
    blocks: usize,
    effect: f64,
    deviation: f64,
    level: f64,
) -> Result<f64, StatisticsError> {
    check_blocks("a t test", blocks, FEWEST)?;
    check_design(0.0, effect, deviation, level)?;
    Ok(power(blocks as f64, effect / deviation, level))
}

/// The fewest blocks with which a one-sided [`t_test`] at `level` has the `power`;
/// arguments as for [`t_test_power`].
///
/// # Errors
/// As for [`t_test_power`]; a power outside [0, 1); or more than a million blocks.
///
/// ```
/// // An effect of one standard deviation, at a seventh of 5 %:
/// let blocks = rethink::statistics::blocks_for_t_power(0.9, 1.0, 1.0, 0.05 / 7.0)?;
/// assert_eq!(blocks, 18);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn blocks_for_t_power(
    power: f64,
    effect: f64,
    deviation: f64,
    level: f64,
) -> Result<usize, StatisticsError> {
    check_design(power, effect, deviation, level)?;
    let ratio = effect / deviation;
    if self::power(MOST, ratio, level) < power {
        return Err(out_of_reach(power, effect, deviation));
    }
    Ok(fewest_enough(FEWEST, |n| {
        self::power(n as f64, ratio, level) >= power
    }))
}

/// The integral of [`t_test_power`], the effect in units of σ.
fn power(n: f64, effect: f64, level: f64) -> f64 {
    let t = student_t_critical(1.0 - 2.0 * level, n - 1.0);
    mean_over_deviation(n - 1.0, f64::INFINITY, |u| {
        normal_upper_quick(t * u - effect * n.sqrt())
    })
}

fn check_design(
    power: f64,
    effect: f64,
    deviation: f64,
    level: f64,
) -> Result<(), StatisticsError> {
    if !(level > 0.0 && level < 0.5) {
        return Err(StatisticsError::NotAProbability { value: level });
    }
    let positive = |x: f64| x > 0.0 && x.is_finite();
    if positive(effect) && positive(deviation) && (0.0..1.0).contains(&power) {
        Ok(())
    } else {
        Err(out_of_reach(power, effect, deviation))
    }
}

fn out_of_reach(power: f64, effect: f64, deviation: f64) -> StatisticsError {
    StatisticsError::EffectOutOfReach {
        power,
        effect,
        deviation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use crate::statistics::sign_flip;
    use rand_distr::{Distribution, Normal};

    #[test]
    fn tails_add_up_and_agree_with_the_interval() {
        let d = [0.3, -0.1, 0.4, 0.25, 0.02, 0.3];
        let p = |alternative| t_test(&d, alternative).unwrap().p_value;
        let (greater, less) = (p(Alternative::Greater), p(Alternative::Less));
        assert!((greater + less - 1.0).abs() < 1e-12);
        assert!((p(Alternative::TwoSided) - 2.0 * greater).abs() < 1e-12);
        let excluded = !mean(&d).unwrap().interval.unwrap().contains(0.0);
        assert_eq!(p(Alternative::TwoSided) < 0.05, excluded);
        // Normal quantiles: permutation and t agree to a few percent.
        let flipped = sign_flip(&d, Alternative::Greater, &mut stream(0, "t")).unwrap();
        assert!((flipped.p_value - greater).abs() < 0.03);
    }

    #[test]
    fn what_has_no_test_is_refused() {
        assert!(t_test(&[1.0, 2.0], Alternative::Less).is_err());
        assert!(matches!(
            t_test(&[0.5; 4], Alternative::Less),
            Err(StatisticsError::NoSpread { value: 0.5, .. })
        ));
        assert!(t_test_power(2, 1.0, 1.0, 0.05).is_err());
        for (effect, deviation, level) in [
            (0.0, 1.0, 0.05),
            (1.0, 0.0, 0.05),
            (1.0, 1.0, 0.0),
            (f64::NAN, 1.0, 0.05),
            (1.0, 1.0, 0.5),
        ] {
            assert!(blocks_for_t_power(0.9, effect, deviation, level).is_err());
        }
        assert!(blocks_for_t_power(0.9, 1e-6, 1.0, 0.05).is_err());
    }

    /// scipy 1.x: nct.sf(t.isf(a, n - 1), n - 1, d sqrt(n)).
    #[test]
    fn the_power_is_that_of_the_noncentral_t() {
        for (n, effect, level, golden) in [
            (10, 1.0, 0.05, 0.8975169943396827),
            (3, 2.0, 0.05 / 7.0, 0.16855676571458553),
            (20, 0.5, 0.05 / 7.0, 0.3487140212506162),
            (8, 1.3, 0.05 / 7.0, 0.6668831554764285),
        ] {
            let power = t_test_power(n, 3.0 * effect, 3.0, level).unwrap();
            assert!((power - golden).abs() < 1e-8, "{n}: {power} {golden}");
        }
        assert_eq!(blocks_for_t_power(0.9, 0.5, 1.0, 0.05).unwrap(), 36);
        assert_eq!(blocks_for_t_power(0.9, 4.0, 2.0, 0.05 / 7.0).unwrap(), 7);
    }

    #[test]
    fn simulated_studies_have_the_power() {
        let mut rng = stream(1, "power of the t test");
        let normal = Normal::new(0.8, 1.0).unwrap();
        let found = (0..2000)
            .filter(|_| {
                let d: Vec<f64> = (0..12).map(|_| normal.sample(&mut rng)).collect();
                t_test(&d, Alternative::Greater).unwrap().p_value <= 0.05
            })
            .count() as f64;
        let power = t_test_power(12, 0.8, 1.0, 0.05).unwrap();
        let error = (power * (1.0 - power) / 2000.0).sqrt();
        assert!((found / 2000.0 - power).abs() < 4.0 * error);
    }
}
