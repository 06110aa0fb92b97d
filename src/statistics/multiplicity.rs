//! p-values adjusted for the number of hypotheses tested.

use super::error::StatisticsError;

/// Holm's adjusted p-values, in the order given.
///
/// ```text
/// p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎),   p₍₁₎ ≤ … ≤ p₍ₘ₎
/// ```
///
/// Rejecting where p̃ ≤ α keeps the probability of any false rejection in the
/// family below α, whatever the dependence of the tests.
///
/// # Errors
/// A value outside [0, 1].
///
/// # Reference
/// Holm 1979, "A simple sequentially rejective multiple test procedure".
///
/// ```
/// let adjusted = rethink::statistics::holm(&[0.02, 0.01, 0.5])?;
/// assert_eq!(adjusted, [0.04, 0.03, 0.5]);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        largest = largest.max(left * p_values[i]).min(1.0);
        adjusted[i] = largest;
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg's adjusted p-values, in the order given.
///
/// ```text
/// p̃₍ᵢ₎ = min over j ≥ i of min(1, m p₍ⱼ₎ / j),   p₍₁₎ ≤ … ≤ p₍ₘ₎
/// ```
///
/// Rejecting where p̃ ≤ q keeps the expected share of false rejections among
/// the rejections below q for independent or positively dependent tests.
///
/// # Errors
/// A value outside [0, 1].
///
/// # Reference
/// Benjamini and Hochberg 1995, "Controlling the false discovery rate".
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        let share = p_values.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(share * p_values[i]);
        adjusted[i] = smallest;
    }
    Ok(adjusted)
}

fn ascending(p_values: &[f64]) -> Result<Vec<usize>, StatisticsError> {
    if let Some(&value) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(StatisticsError::NotAProbability { value });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use proptest::prelude::*;
    use rand::RngExt;

    #[test]
    fn what_is_no_probability_is_refused() {
        for value in [-0.1, 1.1, f64::NAN] {
            assert!(holm(&[0.5, value]).is_err());
            assert!(benjamini_hochberg(&[0.5, value]).is_err());
        }
        assert!(holm(&[]).unwrap().is_empty());
    }

    /// Five true and five clearly false hypotheses, 2,000 families: Holm's rate
    /// of any false rejection stays below 5 %, and BH's share of false among
    /// all rejections is q times the share of true hypotheses, 2.5 %.
    #[test]
    fn the_error_rates_are_those_promised() {
        let mut rng = stream(7, "families of hypotheses");
        let (mut any, mut shares) = (0, 0.0);
        for _ in 0..2000 {
            let p: Vec<f64> = (0..10)
                .map(|i| rng.random::<f64>() * if i < 5 { 1.0 } else { 1e-6 })
                .collect();
            any += usize::from(holm(&p).unwrap()[..5].iter().any(|p| *p <= 0.05));
            let rejected = benjamini_hochberg(&p).unwrap();
            let count = |p: &[f64]| p.iter().filter(|p| **p <= 0.05).count() as f64;
            shares += count(&rejected[..5]) / count(&rejected).max(1.0);
        }
        // Once the false ones are gone, Holm tests five at 1 %: 4.9 %.
        assert!((60..=140).contains(&any), "{any} of 2000");
        assert!((0.015..=0.035).contains(&(shares / 2000.0)), "{shares}");
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_the_order_and_never_fall(
            p in prop::collection::vec(0.0..=1.0_f64, 1..12)
        ) {
            for adjusted in [holm(&p).unwrap(), benjamini_hochberg(&p).unwrap()] {
                for i in 0..p.len() {
                    prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
                    for j in 0..p.len() {
                        prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                    }
                }
            }
        }
    }
}
