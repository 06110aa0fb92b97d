//! Whether paired differences are equivalent to zero: two one-sided tests.

use serde::{Deserialize, Serialize};

use super::distribution::{
    fewest_enough, mean_over_deviation, normal_upper_quick, student_t_critical, student_t_two_sided,
};
use super::error::{StatisticsError, check_blocks, check_finite};
use super::estimate::{Estimate, Interval};
use super::mean::mean;

/// The size of each one-sided test, and of the test of a difference.
const SIZE: f64 = 0.05;
/// Fewer blocks hardly determine a standard deviation.
const FEWEST: usize = 3;

/// What an equivalence study says; the four cases are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The 90 % interval lies inside the margin; the 95 % one contains 0.
    Equivalent,
    /// The 95 % interval excludes 0; the 90 % one leaves the margin.
    Different,
    /// Different from 0, but by less than the margin: real and negligible.
    Both,
    /// Neither shown: the study is too small.
    Neither,
}

/// What [`tost`] found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Equivalence {
    /// The mean difference with its 95 % interval.
    pub difference: Estimate,
    /// The 90 % interval, which decides on equivalence.
    pub interval_90: Interval,
    /// The margin m: differences inside (−m, m) are negligible.
    pub margin: f64,
    /// The larger p-value of the two one-sided tests.
    pub p_equivalence: f64,
    /// The two-sided p-value of the paired t test of zero difference.
    pub p_difference: f64,
    /// What follows at 5 %.
    pub decision: Decision,
}

/// Two one-sided t tests of equivalence of paired differences dᵢ, one a block.
///
/// ```text
/// null: |δ| ≥ m,   t₋ = (d̄ + m)/(s/√n),   t₊ = (d̄ − m)/(s/√n)
/// p = max(P(T ≥ t₋), P(T ≤ t₊)),   T ~ Student t(n − 1)
/// ```
///
/// p < 0.05 exactly when the 90 % interval d̄ ± t₀.₉₅ s/√n lies inside (−m, m),
/// so the size is at most 5 %, and 5 % at |δ| = m once s/√n is small against m.
/// Exact for normal differences; for factors give differences of logarithms and
/// the logarithm of the negligible factor.
///
/// # Errors
/// Fewer than three blocks, a difference that is not finite, differences that
/// are all equal, or a margin that is not a positive number.
///
/// # Reference
/// Schuirmann 1987, "A comparison of the two one-sided tests procedure and the
/// power approach for assessing the equivalence of average bioavailability".
///
/// ```
/// use rethink::statistics::{Decision, tost};
/// let test = tost(&[0.1, -0.2, 0.05, 0.02, -0.03], 0.5)?;
/// assert_eq!(test.decision, Decision::Equivalent);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn tost(differences: &[f64], margin: f64) -> Result<Equivalence, StatisticsError> {
    check_margin(margin)?;
    check_blocks("a test of equivalence", differences.len(), FEWEST)?;
    let difference = mean(differences)?;
    if differences.iter().all(|d| *d == differences[0]) {
        return Err(StatisticsError::NoSpread {
            statistic: "a test of equivalence",
            value: differences[0],
        });
    }
    let n = differences.len() as f64;
    let centre = difference.value;
    let squares: f64 = differences.iter().map(|d| (d - centre).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    // P(T ≥ t); the distance to the nearer limit gives the larger p-value.
    let t = (margin - centre.abs()) / error;
    let beyond = student_t_two_sided(t, n - 1.0) / 2.0;
    let p_equivalence = if t < 0.0 { 1.0 - beyond } else { beyond };
    let p_difference = student_t_two_sided(centre / error, n - 1.0);
    let half = student_t_critical(1.0 - 2.0 * SIZE, n - 1.0) * error;
    Ok(Equivalence {
        difference,
        interval_90: Interval {
            low: centre - half,
            high: centre + half,
            level: 1.0 - 2.0 * SIZE,
        },
        margin,
        p_equivalence,
        p_difference,
        decision: match (p_equivalence < SIZE, p_difference < SIZE) {
            (true, true) => Decision::Both,
            (true, false) => Decision::Equivalent,
            (false, true) => Decision::Different,
            (false, false) => Decision::Neither,
        },
    })
}

/// The probability that [`tost`] finds equivalence with n `blocks`.
///
/// ```text
/// ∫ [Φ((m − δ)√n/σ − t u) − Φ(t u − (m + δ)√n/σ)] f(u) du,   0 ≤ u ≤ m√n/(σ t)
/// ```
///
/// σ is the standard deviation of a paired difference, δ its true mean, t =
/// t₀.₉₅(n − 1), and f the density of u = s/σ, so that (n − 1)u² is χ² with
/// n − 1 degrees of freedom (Owen's Q in another form). Exact for normal
/// differences, but for a quadrature error below 1e-8 (Simpson's rule).
///
/// # Errors
/// Fewer than three blocks, a margin that is not positive, or a difference or
/// deviation that [`blocks_for_power`] refuses.
///
/// # Reference
/// Phillips 1990, "Power of the two one-sided tests procedure in
/// bioequivalence"; the integral is derived here.
pub fn equivalence_power(
    blocks: usize,
    margin: f64,
    deviation: f64,
    difference: f64,
) -> Result<f64, StatisticsError> {
    check_margin(margin)?;
    check_finite("the true difference", &[difference])?;
    check_blocks("a test of equivalence", blocks, FEWEST)?;
    if !(deviation > 0.0 && deviation <= 1e5 * margin) {
        return Err(StatisticsError::PowerOutOfReach {
            power: 0.0,
            difference,
            margin,
            deviation,
        });
    }
    Ok(power(
        blocks as f64,
        margin / deviation,
        difference / deviation,
    ))
}

/// The fewest blocks with which [`tost`] finds equivalence with probability
/// `power`; arguments as for [`equivalence_power`].
///
/// # Errors
/// A margin that is not positive, a power outside (0.05, 1), a difference not
/// inside the margin, or a deviation that is not positive or above 10⁵ margins.
///
/// ```
/// // 90 % power if nothing differs and a paired difference varies by the margin:
/// assert_eq!(rethink::statistics::blocks_for_power(0.9, 1.0, 1.0, 0.0)?, 13);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn blocks_for_power(
    power: f64,
    margin: f64,
    deviation: f64,
    difference: f64,
) -> Result<usize, StatisticsError> {
    check_margin(margin)?;
    let reachable = power > SIZE && power < 1.0 && difference.abs() < margin * (1.0 - 1e-5);
    if !(reachable && deviation > 0.0 && deviation <= 1e5 * margin) {
        return Err(StatisticsError::PowerOutOfReach {
            power,
            difference,
            margin,
            deviation,
        });
    }
    let enough =
        |n: usize| self::power(n as f64, margin / deviation, difference / deviation) >= power;
    Ok(fewest_enough(FEWEST, enough))
}

/// The integral of [`equivalence_power`], margin and difference in units of σ.
fn power(n: f64, margin: f64, difference: f64) -> f64 {
    let df = n - 1.0;
    let t = student_t_critical(1.0 - 2.0 * SIZE, df);
    let root = n.sqrt();
    mean_over_deviation(df, margin * root / t, |u| {
        let above = normal_upper_quick(t * u - (margin - difference) * root);
        let below = normal_upper_quick((margin + difference) * root - t * u);
        above - below
    })
}

fn check_margin(margin: f64) -> Result<(), StatisticsError> {
    if margin > 0.0 && margin.is_finite() {
        Ok(())
    } else {
        Err(StatisticsError::NotAMargin { value: margin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand_distr::{Distribution, Normal};

    #[test]
    fn the_four_decisions() {
        let decide = |centre: f64, spread: f64| {
            let d: Vec<f64> = [-1.0, 0.0, 1.0, 0.5, -0.5]
                .map(|e| centre + spread * e)
                .to_vec();
            tost(&d, 1.0).unwrap()
        };
        assert_eq!(decide(0.0, 0.1).decision, Decision::Equivalent);
        assert_eq!(decide(3.0, 0.1).decision, Decision::Different);
        assert_eq!(decide(0.5, 0.1).decision, Decision::Both);
        assert_eq!(decide(0.5, 5.0).decision, Decision::Neither);
        for (centre, spread) in [(0.3, 0.2), (0.3, 0.7), (-0.8, 0.3), (-0.4, 0.55)] {
            let test = decide(centre, spread);
            let inside = test.interval_90.low > -1.0 && test.interval_90.high < 1.0;
            assert_eq!(test.p_equivalence < 0.05, inside);
            let excluded = !test.difference.interval.unwrap().contains(0.0);
            assert_eq!(test.p_difference < 0.05, excluded);
        }
    }

    #[test]
    fn what_decides_nothing_is_refused() {
        assert_eq!(
            tost(&[1.0, 2.0], 1.0).unwrap_err().to_string(),
            "a test of equivalence needs at least 3 blocks, but got 2; add seeds (a block is one seed under every treatment)"
        );
        assert!(matches!(
            tost(&[0.5; 4], 1.0),
            Err(StatisticsError::NoSpread { value: 0.5, .. })
        ));
        assert!(matches!(
            tost(&[0.5, f64::NAN, 1.0], 1.0),
            Err(StatisticsError::NotFinite { index: 1, .. })
        ));
        for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(tost(&[1.0, 2.0, 3.0], margin).is_err());
            assert!(blocks_for_power(0.9, margin, 1.0, 0.0).is_err());
        }
        for (power, deviation, difference) in [
            (1.0, 1.0, 0.0),
            (0.01, 1.0, 0.0),
            (0.9, 0.0, 0.0),
            (0.9, 1.0, 1.0),
            (0.9, 1.0, f64::NAN),
        ] {
            assert!(blocks_for_power(power, 1.0, deviation, difference).is_err());
        }
        assert!(equivalence_power(5, 1.0, f64::NAN, 0.0).is_err());
    }

    #[test]
    fn the_fewest_blocks_have_the_power_and_one_fewer_has_not() {
        for (deviation, difference) in [(1.0, 0.0), (0.5, 0.3), (2.0, 0.0), (30.0, 0.0)] {
            let n = blocks_for_power(0.9, 1.0, deviation, difference).unwrap();
            assert!(equivalence_power(n, 1.0, deviation, difference).unwrap() >= 0.9);
            assert!(equivalence_power(n - 1, 1.0, deviation, difference).unwrap() < 0.9);
        }
        assert_eq!(blocks_for_power(0.5, 1.0, 0.01, 0.0).unwrap(), 3);
    }

    fn equivalent(n: usize, deviation: f64, difference: f64, purpose: &str) -> usize {
        let mut rng = stream(4, purpose);
        let normal = Normal::new(difference, deviation).unwrap();
        (0..4000)
            .filter(|_| {
                let d: Vec<f64> = (0..n).map(|_| normal.sample(&mut rng)).collect();
                tost(&d, 1.0).unwrap().p_equivalence < 0.05
            })
            .count()
    }

    /// Where the truth lies on the margin, 5 % of 4,000 studies.
    #[test]
    fn the_size_at_the_margin_is_five_percent() {
        let found = equivalent(10, 0.5, 1.0, "size of tost");
        assert!((120..=280).contains(&found), "{found} of 4000");
    }

    #[test]
    fn simulated_studies_have_the_computed_power() {
        for (n, deviation, difference) in [(13, 1.0, 0.0), (6, 0.75, 0.2), (4, 1.0, 0.0)] {
            let power = equivalence_power(n, 1.0, deviation, difference).unwrap();
            let share = equivalent(n, deviation, difference, "power of tost") as f64 / 4000.0;
            let error = (power * (1.0 - power) / 4000.0).sqrt();
            assert!((share - power).abs() < 4.5 * error, "{share} {power}");
        }
    }
}
