//! Quantiles of a sample.

use super::error::{StatisticsError, check_count, check_finite};

/// The `q`-quantile by linear interpolation between order statistics.
///
/// ```text
/// h = (n − 1) q,   x₍⌊h⌋₎ + (h − ⌊h⌋)(x₍⌊h⌋+1₎ − x₍⌊h⌋₎),   x₍₀₎ ≤ … ≤ x₍ₙ₋₁₎
/// ```
///
/// This is type 7 of Hyndman and Fan, the default of NumPy and R. The `q`-th
/// percentile is the `q/100`-quantile.
///
/// # Errors
/// No values, a value that is not finite, or `q` outside [0, 1].
///
/// # Reference
/// Hyndman and Fan 1996, "Sample quantiles in statistical packages".
///
/// ```
/// let tenth = rethink::statistics::quantile(&[3.0, 1.0, 2.0], 0.1)?;
/// assert!((tenth - 1.2).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn quantile(values: &[f64], q: f64) -> Result<f64, StatisticsError> {
    check_count("a quantile", values.len(), 1)?;
    check_finite("values", values)?;
    if !(0.0..=1.0).contains(&q) {
        return Err(StatisticsError::NotAProbability { value: q });
    }
    let position = (values.len() - 1) as f64 * q;
    let below = position.floor() as usize;
    let mut sorted = values.to_vec();
    let (_, &mut low, above) = sorted.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Ok(low + (position - below as f64) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_and_the_middle() {
        let values = [5.0, 1.0, 4.0, 2.0];
        assert_eq!(quantile(&values, 0.0).unwrap(), 1.0);
        assert_eq!(quantile(&values, 1.0).unwrap(), 5.0);
        assert_eq!(quantile(&values, 0.5).unwrap(), 3.0);
        assert_eq!(quantile(&[7.0], 0.3).unwrap(), 7.0);
    }

    #[test]
    fn what_has_no_quantile_is_refused() {
        assert!(quantile(&[], 0.5).is_err());
        assert!(quantile(&[f64::NAN], 0.5).is_err());
        assert!(quantile(&[1.0], 1.5).is_err());
        assert!(quantile(&[1.0], f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn at_most_a_fraction_q_lies_below(
            values in prop::collection::vec(-9..9_i8, 1..30), q in 0.0..=1.0_f64
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let x = quantile(&values, q).unwrap();
            let count = |keep: fn(&f64, f64) -> bool| values.iter().filter(|v| keep(v, x)).count();
            let h = (values.len() - 1) as f64 * q;
            prop_assert!(count(|v, x| *v < x) as f64 <= h.floor() + 1.0);
            prop_assert!(count(|v, x| *v > x) as f64 <= values.len() as f64 - 1.0 - h.floor());
        }
    }
}
