//! Geometric means of positive quantities, such as norms, and of their ratios.

use super::error::{StatisticsError, check_paired};
use super::estimate::{Estimate, Interval};
use super::mean::mean;

/// The geometric mean, with interval.
///
/// ```text
/// exp(mean ln xᵢ ± t₀.₉₇₅(n−1) · s/√n),   s² the variance of ln xᵢ
/// ```
///
/// # Errors
/// No samples, or a value that is not finite or not positive.
///
/// ```
/// let mean = rethink::statistics::geometric_mean(&[1.0, 4.0])?;
/// assert!((mean.value - 2.0).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn geometric_mean(values: &[f64]) -> Result<Estimate, StatisticsError> {
    Ok(exponential(mean(&logarithms("values", values)?)?))
}

/// The geometric mean of `numerators[i] / denominators[i]`, with interval.
///
/// ```text
/// exp(mean dᵢ ± t₀.₉₇₅(n−1) · s_d/√n),   dᵢ = ln(numeratorᵢ / denominatorᵢ)
/// ```
///
/// Norms vary by factors, so their logarithms are nearer to normal than they
/// are, and the ratio of a to b is the inverse of the ratio of b to a, which
/// arithmetic means of ratios do not give.
///
/// # Errors
/// Samples of different length, no pairs, or a value that is not finite or not
/// positive (the error says which).
///
/// ```
/// let ratio = rethink::statistics::geometric_mean_ratio(&[2.0, 8.0], &[1.0, 1.0])?;
/// assert!((ratio.value - 4.0).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn geometric_mean_ratio(
    numerators: &[f64],
    denominators: &[f64],
) -> Result<Estimate, StatisticsError> {
    check_paired(numerators, denominators)?;
    let numerators = logarithms("numerators", numerators)?;
    let denominators = logarithms("denominators", denominators)?;
    let logs: Vec<f64> = numerators
        .iter()
        .zip(&denominators)
        .map(|(n, d)| n - d)
        .collect();
    Ok(exponential(mean(&logs)?))
}

/// The estimate of e to the power of what is estimated.
fn exponential(log: Estimate) -> Estimate {
    let interval = log.interval;
    Estimate {
        value: log.value.exp(),
        interval: interval.map(|i| Interval::new(i.low.exp(), i.high.exp())),
        ..log
    }
}

/// Natural logarithms, refusing values that have none.
pub(super) fn logarithms(
    sample: &'static str,
    values: &[f64],
) -> Result<Vec<f64>, StatisticsError> {
    let log = |(index, &value): (usize, &f64)| {
        if !value.is_finite() {
            Err(StatisticsError::NotFinite {
                sample,
                index,
                value,
            })
        } else if value <= 0.0 {
            Err(StatisticsError::NotPositive {
                sample,
                index,
                value,
            })
        } else {
            Ok(value.ln())
        }
    };
    values.iter().enumerate().map(log).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_distr::{Distribution, Normal};

    #[test]
    fn values_without_a_logarithm_are_named() {
        let error = geometric_mean_ratio(&[1.0, 1.0], &[1.0, 0.0]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "denominators[1] is 0, but a logarithm needs values > 0; compare differences instead"
        );
        assert!(geometric_mean_ratio(&[f64::INFINITY], &[1.0]).is_err());
    }

    /// 95 % intervals of 2,000 simulated studies; 93 to 97 % is more than four
    /// binomial standard deviations on each side.
    #[test]
    fn the_interval_covers_the_true_ratio_in_95_percent_of_studies() {
        let mut rng = crate::random::stream(1, "coverage of the ratio");
        let shared = Normal::new(3.0, 1.0).unwrap();
        let noise = Normal::new(0.0, 0.2).unwrap();
        let covered = (0..2000)
            .filter(|_| {
                let (a, b): (Vec<f64>, Vec<f64>) = (0..6)
                    .map(|_| {
                        let seed = shared.sample(&mut rng);
                        let numerator = seed + 1.5_f64.ln() + noise.sample(&mut rng);
                        (numerator.exp(), (seed + noise.sample(&mut rng)).exp())
                    })
                    .unzip();
                geometric_mean_ratio(&a, &b)
                    .unwrap()
                    .interval
                    .unwrap()
                    .contains(1.5)
            })
            .count();
        assert!((1860..=1940).contains(&covered), "{covered} of 2000");
    }

    proptest! {
        #[test]
        fn swapping_the_samples_inverts_the_ratio(
            pairs in prop::collection::vec((1e-3..1e3_f64, 1e-3..1e3_f64), 2..8)
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let ratio = geometric_mean_ratio(&a, &b).unwrap();
            let inverse = geometric_mean_ratio(&b, &a).unwrap();
            prop_assert!((ratio.value * inverse.value - 1.0).abs() < 1e-10);
            let (r, i) = (ratio.interval.unwrap(), inverse.interval.unwrap());
            prop_assert!((r.low * i.high - 1.0).abs() < 1e-9);
        }
    }
}
