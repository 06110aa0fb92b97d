//! Estimates from examples drawn without replacement from finitely many.

use statrs::function::beta::beta_reg;

use super::distribution::student_t_critical;
use super::error::{StatisticsError, check_count, check_finite};
use super::estimate::{Estimate, Interval, Kind};

/// The mean over N examples, from m of them that were drawn without replacement.
///
/// ```text
/// x̄ ± t(m−1) √(1 − m/N) s/√m,   s² = Σ(xᵢ − x̄)²/(m−1)
/// ```
///
/// With all examples it is exact. The interval is one of normal theory: it is too
/// narrow where few examples carry most of the mean.
///
/// # Errors
/// No examples, or one that is not finite.
///
/// # Reference
/// Cochran 1977, "Sampling Techniques", sections 2.6 to 2.8 (finite population
/// correction).
///
/// ```
/// use rethink::statistics::mean_of_drawn;
/// assert_eq!(mean_of_drawn(&[4.0, 6.0, 8.0], 3, 0.95)?.interval, None);
/// let drawn = mean_of_drawn(&[4.0, 6.0, 8.0], 12, 0.95)?;
/// assert_eq!(drawn.to_string(), "6.0 [1.7, 10.3]");
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn mean_of_drawn(values: &[f64], of: usize, level: f64) -> Result<Estimate, StatisticsError> {
    check_count("a mean", values.len(), 1)?;
    let (m, sum) = (values.len() as f64, values.iter().sum::<f64>());
    let left_out: Vec<f64> = values.iter().map(|x| (sum - x) / (m - 1.0)).collect();
    jackknife_of_drawn(sum / m, &left_out, of, level)
}

/// A smooth function of means over N examples, from m of them that were drawn without
/// replacement: the function's value, and its values with each example left out.
///
/// ```text
/// θ ± t(m−1) √(1 − m/N) √((m−1)/m Σ (θ₋ᵢ − θ̄₋)²)
/// ```
///
/// With all examples it is exact. Of a mean this is [`mean_of_drawn`].
///
/// # Errors
/// No examples, or a value that is not finite.
///
/// # Reference
/// Miller 1974, "The jackknife: a review"; Efron and Stein 1981, "The jackknife
/// estimate of variance" (on average not too small).
pub fn jackknife_of_drawn(
    value: f64,
    left_out: &[f64],
    of: usize,
    level: f64,
) -> Result<Estimate, StatisticsError> {
    check_count("a jackknife", left_out.len(), 1)?;
    check_finite("the value", &[value])?;
    let m = left_out.len() as f64;
    if left_out.len() >= of {
        return Ok(Estimate {
            samples: left_out.len(),
            ..Estimate::exact(value)
        });
    }
    let interval = if left_out.len() > 1 {
        check_finite("values without an example", left_out)?;
        let mean = left_out.iter().sum::<f64>() / m;
        let squares: f64 = left_out.iter().map(|x| (x - mean).powi(2)).sum();
        let variance = (1.0 - m / of as f64) * (m - 1.0) / m * squares;
        let half = student_t_critical(level, m - 1.0) * variance.sqrt();
        Some(Interval {
            low: value - half,
            high: value + half,
            level,
        })
    } else {
        None
    };
    Ok(Estimate {
        value,
        kind: Kind::Estimate,
        interval,
        samples: left_out.len(),
    })
}

/// An interval for the median of the numbers that these were drawn from; `None` where
/// they are too few for the level.
///
/// ```text
/// [x₍ₖ₎, x₍ₘ₊₁₋ₖ₎],   k the largest with P(Bin(m, ½) < k) ≤ (1 − level)/2
/// ```
///
/// It holds for independent draws, and so for draws without replacement, whose counts
/// vary less.
///
/// # Errors
/// A number that is not finite.
///
/// # Reference
/// Thompson 1936, "On confidence ranges for the median and other expectation
/// distributions for populations of unknown distribution form".
pub fn median_interval(values: &[f64], level: f64) -> Result<Option<Interval>, StatisticsError> {
    check_finite("values", values)?;
    let m = values.len();
    let tail = (1.0 - level) / 2.0;
    // P(Bin(m, ½) < k).
    let below = |k: usize| beta_reg((m - k + 1) as f64, k as f64, 0.5);
    let (mut good, mut bad) = (0, m / 2 + 1);
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        match below(middle) <= tail {
            true => good = middle,
            false => bad = middle,
        }
    }
    if good == 0 {
        return Ok(None);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(Some(Interval {
        low: sorted[good - 1],
        high: sorted[m - good],
        level,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use crate::statistics::mean;
    use rand::RngExt;
    use rand::seq::SliceRandom;

    /// 400 numbers with a long tail.
    fn population() -> Vec<f64> {
        let mut rng = stream(1, "population");
        (0..400).map(|_| -rng.random::<f64>().ln()).collect()
    }

    /// The share of 2,000 draws of 100 whose interval covers.
    fn coverage(truth: f64, interval: impl Fn(&[f64]) -> Interval) -> f64 {
        let (mut all, mut rng) = (population(), stream(2, "draws"));
        let covers = (0..2000).filter(|_| {
            all.shuffle(&mut rng);
            interval(&all[..100]).contains(truth)
        });
        covers.count() as f64 / 2000.0
    }

    #[test]
    fn from_an_infinite_population_the_interval_is_students() {
        let values = [1.0, 3.0, 4.5];
        let expected = mean(&values).unwrap().interval.unwrap();
        let found = mean_of_drawn(&values, usize::MAX, 0.95).unwrap();
        let interval = found.interval.unwrap();
        assert!((interval.low - expected.low).abs() < 1e-12);
        assert!((interval.high - expected.high).abs() < 1e-12);
    }

    /// Without the finite population correction, 95 % would be 97.6 %.
    #[test]
    fn the_interval_of_a_mean_covers_it() {
        let all = population();
        let truth = all.iter().sum::<f64>() / 400.0;
        let covered = coverage(truth, |x| {
            mean_of_drawn(x, 400, 0.95).unwrap().interval.unwrap()
        });
        assert!((0.925..0.965).contains(&covered), "{covered}");
        let all = mean_of_drawn(&all, 400, 0.95).unwrap();
        assert_eq!((all.kind, all.interval), (Kind::Exact, None));
    }

    #[test]
    fn the_interval_of_a_median_covers_it() {
        let mut all = population();
        all.sort_by(f64::total_cmp);
        let truth = 0.5 * (all[199] + all[200]);
        let covered = coverage(truth, |x| median_interval(x, 0.95).unwrap().unwrap());
        assert!(covered > 0.95, "{covered}");
    }

    /// Of 6 numbers the smallest and the largest: 1 − 2/64 = 96.9 %; of 5, 93.75 %.
    #[test]
    fn the_interval_of_a_median_is_that_of_the_tables() {
        let interval = |m: usize| {
            let values: Vec<f64> = (1..=m).rev().map(|x| x as f64).collect();
            let found = median_interval(&values, 0.95).unwrap();
            found.map(|i| (i.low, i.high))
        };
        assert_eq!((interval(0), interval(5)), (None, None));
        assert_eq!(interval(6), Some((1.0, 6.0)));
        assert_eq!(interval(20), Some((6.0, 15.0)));
        assert_eq!(interval(100), Some((40.0, 61.0)));
    }

    /// √(mean): by the delta method s / (2 x̄ √m).
    #[test]
    fn the_jackknife_of_a_root_is_the_delta_method() {
        let values: Vec<f64> = (0..500).map(|i| 2.0 + (i as f64).sin()).collect();
        let m = values.len() as f64;
        let (sum, squares) = values
            .iter()
            .fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        let left_out: Vec<f64> = values
            .iter()
            .map(|x| ((sum - x) / (m - 1.0)).sqrt())
            .collect();
        let found = jackknife_of_drawn((sum / m).sqrt(), &left_out, 1000, 0.95).unwrap();
        let interval = found.interval.unwrap();
        let deviation = (squares / m - (sum / m).powi(2)).sqrt() * 0.5_f64.sqrt();
        let expected = 1.965 * deviation / (2.0 * (sum / m).sqrt() * m.sqrt());
        let half = 0.5 * (interval.high - interval.low);
        assert!((half / expected - 1.0).abs() < 0.01, "{half} {expected}");
    }
}
