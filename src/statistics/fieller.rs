//! The ratio of two means over the same blocks, with Fieller's interval.

use super::distribution::student_t_critical;
use super::error::{StatisticsError, check_blocks, check_finite, check_paired};
use super::estimate::{Estimate, Interval, Kind, LEVEL};

/// Fewer blocks hardly determine two deviations.
const FEWEST: usize = 3;

/// The mean of the numerators over the mean of the denominators, paired by block.
///
/// The interval holds every θ that the t test of the differences xᵢ − θ yᵢ does not reject:
///
/// ```text
/// θ = (b ± √(b² − a c)) / a,   t = t₀.₉₇₅(n−1)
/// a = ȳ² − t² s_yy/n,   b = x̄ȳ − t² s_xy/n,   c = x̄² − t² s_xx/n
/// ```
///
/// There is none where a ≤ 0, that is where the mean of the denominators is not
/// significantly different from zero: what is not rejected is then no interval.
///
/// # Errors
/// Samples of different length, fewer than three blocks, a value that is not finite, or a
/// mean of the denominators of zero.
///
/// # Reference
/// Fieller 1954, "Some problems in interval estimation".
///
/// ```
/// use rethink::statistics::ratio_of_means;
/// let ratio = ratio_of_means(&[1.0, 2.0, 3.0], &[4.0, 4.0, 4.0])?;
/// assert_eq!(ratio.value, 0.5);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn ratio_of_means(
    numerators: &[f64],
    denominators: &[f64],
) -> Result<Estimate, StatisticsError> {
    check_paired(numerators, denominators)?;
    check_blocks("a ratio of means", numerators.len(), FEWEST)?;
    check_finite("numerators", numerators)?;
    check_finite("denominators", denominators)?;
    let n = numerators.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (above, below) = (mean(numerators), mean(denominators));
    check_finite("the ratio of the means", &[above / below])?;
    let product = |x: &[f64], x_mean: f64, y: &[f64], y_mean: f64| {
        let terms = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean));
        terms.sum::<f64>() / (n - 1.0)
    };
    let t = student_t_critical(LEVEL, n - 1.0);
    let wide = t * t / n;
    let a = below * below - wide * product(denominators, below, denominators, below);
    let b = above * below - wide * product(numerators, above, denominators, below);
    let c = above * above - wide * product(numerators, above, numerators, above);
    // Not negative where a > 0, but for rounding.
    let root = (b * b - a * c).max(0.0).sqrt();
    Ok(Estimate {
        value: above / below,
        kind: Kind::Estimate,
        interval: (a > 0.0).then(|| Interval::new((b - root) / a, (b + root) / a)),
        samples: numerators.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use crate::statistics::{Alternative, mean, t_test};
    use rand_distr::{Distribution, StandardNormal};

    const REMOVED: [f64; 5] = [1.0, 2.5, 1.5, 3.0, 2.0];
    const EXCESS: [f64; 5] = [3.0, 4.0, 2.5, 5.0, 3.5];

    /// The limits are where the test of the linear form is at 5 %.
    #[test]
    fn the_limits_are_those_of_the_test() {
        let ratio = ratio_of_means(&REMOVED, &EXCESS).unwrap();
        assert!((ratio.value - 2.0 / 3.6).abs() < 1e-15);
        let interval = ratio.interval.unwrap();
        assert!(interval.low < ratio.value && ratio.value < interval.high);
        for limit in [interval.low, interval.high] {
            let form: Vec<f64> = (REMOVED.iter().zip(EXCESS))
                .map(|(x, y)| x - limit * y)
                .collect();
            let test = t_test(&form, Alternative::TwoSided).unwrap();
            assert!((test.p_value - 0.05).abs() < 1e-9, "{test:?}");
        }
    }

    /// A constant denominator leaves the t interval of the mean.
    #[test]
    fn a_constant_denominator_leaves_the_t_interval() {
        let ratio = ratio_of_means(&REMOVED, &[4.0; 5]).unwrap();
        let plain = mean(&REMOVED).unwrap().interval.unwrap();
        let interval = ratio.interval.unwrap();
        assert!((interval.low - plain.low / 4.0).abs() < 1e-12);
        assert!((interval.high - plain.high / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_denominator_about_zero_has_no_interval() {
        let ratio = ratio_of_means(&REMOVED, &[-1.0, 2.0, -1.5, 1.0, 0.0]).unwrap();
        assert_eq!(ratio.interval, None);
        assert!(ratio_of_means(&REMOVED, &[-1.0, 1.0, -2.0, 2.0, 0.0]).is_err());
        assert!(ratio_of_means(&REMOVED[..2], &EXCESS[..2]).is_err());
        assert!(ratio_of_means(&REMOVED, &EXCESS[..4]).is_err());
    }

    /// 95 % of 2,000 studies of eight blocks.
    #[test]
    fn the_interval_covers_the_true_ratio() {
        let mut rng = stream(3, "coverage of the ratio of means");
        let mut normal = |mean: f64, deviation: f64| {
            let z: f64 = StandardNormal.sample(&mut rng);
            mean + deviation * z
        };
        let covered = (0..2000)
            .filter(|_| {
                let excess: Vec<f64> = (0..8).map(|_| normal(4.0, 1.0)).collect();
                let removed: Vec<f64> = excess.iter().map(|y| 0.6 * y + normal(0.0, 0.5)).collect();
                let ratio = ratio_of_means(&removed, &excess).unwrap();
                ratio.interval.unwrap().contains(0.6)
            })
            .count();
        assert!((1860..=1940).contains(&covered), "{covered} of 2000");
    }
}
