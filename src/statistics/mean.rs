//! Means with Student t intervals.

use super::distribution::student_t_critical;
use super::error::{StatisticsError, check_count, check_finite, check_paired};
use super::estimate::{Estimate, Interval, Kind, LEVEL};

/// The mean of independent samples, with its Student t interval.
///
/// ```text
/// x̄ ± t₀.₉₇₅(n−1) · s/√n,   s² = Σ(xᵢ − x̄)²/(n−1)
/// ```
///
/// One sample gives no interval. Samples that are all equal give an interval
/// of zero width: the t interval knows no other spread than the sample's. For
/// counts out of n, [`proportion`](super::proportion()) does better.
///
/// # Errors
/// No samples, or one that is not finite.
///
/// # Reference
/// Student 1908, "The probable error of a mean".
///
/// ```
/// let mean = rethink::statistics::mean(&[4.0, 6.0, 8.0])?;
/// assert_eq!(mean.to_string(), "6.0 [1.0, 11.0]");
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn mean(values: &[f64]) -> Result<Estimate, StatisticsError> {
    check_count("a mean", values.len(), 1)?;
    check_finite("values", values)?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let interval = (values.len() > 1).then(|| {
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let half = student_t_critical(LEVEL, n - 1.0) * (variance / n).sqrt();
        Interval::new(mean - half, mean + half)
    });
    Ok(Estimate {
        value: mean,
        kind: Kind::Estimate,
        interval,
        samples: values.len(),
    })
}

/// The mean of the differences `left[i] - right[i]`, with the t interval over
/// the pairs.
///
/// Pairing by seed removes what the two conditions share.
///
/// # Errors
/// Samples of different length, no samples, or a value that is not finite.
pub fn paired_difference(left: &[f64], right: &[f64]) -> Result<Estimate, StatisticsError> {
    check_paired(left, right)?;
    check_finite("left", left)?;
    check_finite("right", right)?;
    let differences: Vec<f64> = left.iter().zip(right).map(|(l, r)| l - r).collect();
    mean(&differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_samples_have_the_cauchy_quantile() {
        let estimate = mean(&[1.0, 3.0]).unwrap();
        let half = (std::f64::consts::PI * 0.475).tan(); // t₀.₉₇₅(1), and s/√n = 1
        let interval = estimate.interval.unwrap();
        assert!((interval.low - (2.0 - half)).abs() < 1e-11);
        assert!((interval.high - (2.0 + half)).abs() < 1e-11);
    }

    #[test]
    fn one_sample_has_no_interval_and_none_is_an_error() {
        assert_eq!(mean(&[7.0]).unwrap().interval, None);
        assert_eq!(
            mean(&[]).unwrap_err().to_string(),
            "a mean needs at least 1 samples, but got 0; add seeds"
        );
    }

    #[test]
    fn a_diverged_run_is_named() {
        let error = mean(&[1.0, f64::NAN]).unwrap_err();
        assert!(matches!(error, StatisticsError::NotFinite { index: 1, .. }));
    }

    #[test]
    fn pairing_removes_what_is_shared() {
        let difference = paired_difference(&[101.0, 52.0, 13.0], &[100.0, 51.0, 12.0]).unwrap();
        assert_eq!(difference.value, 1.0);
        assert_eq!(difference.interval.unwrap(), Interval::new(1.0, 1.0));
        assert!(matches!(
            paired_difference(&[1.0], &[]),
            Err(StatisticsError::Unpaired { left: 1, right: 0 })
        ));
    }
}
