//! Proportions with Wilson score intervals.

use super::distribution::normal_critical;
use super::error::StatisticsError;
use super::estimate::{Estimate, Interval, Kind, LEVEL};

/// The proportion of `successes` in `trials`, with Wilson's score interval.
///
/// ```text
/// (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n),   z = z₀.₉₇₅
/// ```
///
/// Unlike p̂ ± z·√(p̂(1−p̂)/n) it stays in [0, 1] and has a positive width at 0
/// of n and n of n.
///
/// # Errors
/// No trials, or more successes than trials.
///
/// # Reference
/// Wilson 1927, "Probable inference, the law of succession, and statistical
/// inference".
///
/// ```
/// let error = rethink::statistics::proportion(0, 100)?;
/// assert_eq!(error.to_string(), "0.000 [0.000, 0.037]");
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn proportion(successes: u64, trials: u64) -> Result<Estimate, StatisticsError> {
    if trials == 0 {
        return Err(StatisticsError::TooFewSamples {
            statistic: "a proportion",
            samples: 0,
            needed: 1,
        });
    }
    if successes > trials {
        return Err(StatisticsError::MoreSuccessesThanTrials { successes, trials });
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z2 = normal_critical(LEVEL).powi(2);
    let centre = p + z2 / (2.0 * n);
    let half = (z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))).sqrt();
    let scale = 1.0 + z2 / n;
    // At the ends the formula gives exactly 0 or 1; rounding must not miss it.
    let low = if successes == 0 {
        0.0
    } else {
        (centre - half) / scale
    };
    let high = if successes == trials {
        1.0
    } else {
        (centre + half) / scale
    };
    Ok(Estimate {
        value: p,
        kind: Kind::Estimate,
        interval: Some(Interval::new(low, high)),
        samples: trials as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_counts_are_refused() {
        assert!(matches!(
            proportion(0, 0),
            Err(StatisticsError::TooFewSamples { .. })
        ));
        assert!(matches!(
            proportion(3, 2),
            Err(StatisticsError::MoreSuccessesThanTrials {
                successes: 3,
                trials: 2
            })
        ));
    }

    proptest! {
        /// The limits are the p at which the observed proportion lies z
        /// standard errors away: the definition, not the formula.
        #[test]
        fn the_limits_solve_the_score_equation(trials in 1..500_u64, share in 0.0..=1.0_f64) {
            let successes = (share * trials as f64) as u64;
            let estimate = proportion(successes, trials).unwrap();
            let interval = estimate.interval.unwrap();
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.low <= estimate.value && estimate.value <= interval.high);
            for limit in [interval.low, interval.high] {
                if limit > 0.0 && limit < 1.0 {
                    let error = (limit * (1.0 - limit) / trials as f64).sqrt();
                    let z = (estimate.value - limit).abs() / error;
                    prop_assert!((z - 1.959_963_984_540_054).abs() < 1e-7, "{z}");
                }
            }
        }
    }
}
