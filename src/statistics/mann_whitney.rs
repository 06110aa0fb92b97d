//! Whether one group tends to larger values: the Mann-Whitney test.

use super::auc::u_statistic;
use super::distribution::{normal_two_sided, normal_upper};
use super::error::{StatisticsError, check_count, check_finite};
use super::rank::{doubled_midranks, tie_sizes};
use super::test_result::{Alternative, Method, TestResult};

/// Up to this many observations the null distribution is computed in full.
const EXACT_UP_TO: usize = 100;

/// The Mann-Whitney test of two independent groups.
///
/// ```text
/// U = #{(i, j) : xᵢ > yⱼ} + ½ #{(i, j) : xᵢ = yⱼ},   AUC = U / (n_x n_y)
/// ```
///
/// Under the null hypothesis every choice of n_x of the pooled observations as
/// x is equally likely. Up to 100 observations all choices are counted, by
/// dynamic programming over the sum of midranks, so the p-value is exact and,
/// with ties, conditional on them. Beyond that it is the normal approximation
/// with tie-corrected variance and continuity correction. The two-sided
/// p-value is twice the smaller tail.
///
/// # Errors
/// An empty group, or a value that is not finite.
///
/// # Reference
/// Mann and Whitney 1947, "On a test of whether one of two random variables is
/// stochastically larger than the other".
///
/// ```
/// use rethink::statistics::{Alternative, mann_whitney};
/// let test = mann_whitney(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0], Alternative::Greater)?;
/// assert_eq!(test.p_value, 1.0 / 20.0); // one of (6 choose 3) orders
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn mann_whitney(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
) -> Result<TestResult, StatisticsError> {
    check_count("a Mann-Whitney test", x.len().min(y.len()), 1)?;
    check_finite("x", x)?;
    check_finite("y", y)?;
    let pooled = [x, y].concat();
    let u = u_statistic(x, y);
    let (p_value, method) = if pooled.len() <= EXACT_UP_TO {
        let (lower, upper) = exact_tails(&doubled_midranks(&pooled), x.len());
        (alternative.p_value(lower, upper), Method::Exact)
    } else {
        (
            normal_p_value(u, &pooled, x.len(), alternative),
            Method::Normal,
        )
    };
    Ok(TestResult {
        statistic: u,
        p_value,
        method,
        samples: pooled.len(),
    })
}

/// P(S ≤ s) and P(S ≥ s), where S is the rank sum of a uniformly random choice
/// of `chosen` observations and s that of the first `chosen` ones.
///
/// Probabilities instead of counts, since (100 choose 50) exceeds 2⁵³:
/// `table[c][s]` is the probability that, of the observations seen so far, c
/// are chosen and their doubled midranks sum to s.
fn exact_tails(ranks: &[usize], chosen: usize) -> (f64, f64) {
    let observed: usize = ranks[..chosen].iter().sum();
    let total: usize = ranks.iter().sum();
    let mut table = vec![vec![0.0_f64; total + 1]; chosen + 1];
    table[0][0] = 1.0;
    for (seen, &rank) in ranks.iter().enumerate() {
        let left = (ranks.len() - seen) as f64;
        for already in (0..=chosen.min(seen)).rev() {
            // Sampling without replacement: the next one is chosen with
            // probability (still to choose) / (left).
            let take = (chosen - already) as f64 / left;
            for sum in (0..=total).rev() {
                let mass = table[already][sum];
                if mass > 0.0 {
                    table[already][sum] = mass * (1.0 - take);
                    if take > 0.0 {
                        table[already + 1][sum + rank] += mass * take;
                    }
                }
            }
        }
    }
    let lower = table[chosen][..=observed].iter().sum();
    let upper = table[chosen][observed..].iter().sum();
    (lower, upper)
}

fn normal_p_value(u: f64, pooled: &[f64], n_x: usize, alternative: Alternative) -> f64 {
    let (n, n_x) = (pooled.len() as f64, n_x as f64);
    let n_y = n - n_x;
    let ties: f64 = tie_sizes(pooled).iter().map(|t| t.powi(3) - t).sum();
    let variance = n_x * n_y / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return 1.0; // all observations equal
    }
    let excess = u - n_x * n_y / 2.0;
    let deviation = variance.sqrt();
    match alternative {
        Alternative::TwoSided => normal_two_sided(((excess.abs() - 0.5) / deviation).max(0.0)),
        Alternative::Greater => normal_upper((excess - 0.5) / deviation),
        Alternative::Less => normal_upper((-excess - 0.5) / deviation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same tails by listing every subset.
    fn enumerated(ranks: &[usize], chosen: usize) -> (f64, f64) {
        let observed: usize = ranks[..chosen].iter().sum();
        let (mut all, mut lower, mut upper) = (0.0, 0.0, 0.0);
        for subset in 0_u32..1 << ranks.len() {
            if subset.count_ones() as usize == chosen {
                let sum: usize = (0..ranks.len())
                    .filter(|i| subset >> i & 1 == 1)
                    .map(|i| ranks[i])
                    .sum();
                all += 1.0;
                lower += f64::from(u8::from(sum <= observed));
                upper += f64::from(u8::from(sum >= observed));
            }
        }
        (lower / all, upper / all)
    }

    #[test]
    fn equal_observations_are_no_evidence() {
        for n in [3, 80] {
            let same = vec![1.0; n];
            for alternative in [
                Alternative::TwoSided,
                Alternative::Greater,
                Alternative::Less,
            ] {
                let test = mann_whitney(&same, &same, alternative).unwrap();
                assert!(test.p_value > 0.5 && test.p_value <= 1.0, "{test:?}");
            }
        }
    }

    #[test]
    fn an_empty_group_is_refused() {
        assert!(mann_whitney(&[], &[1.0], Alternative::TwoSided).is_err());
    }

    proptest! {
        #[test]
        fn the_recursion_counts_every_subset(
            values in prop::collection::vec(0..6_i8, 2..10), split in 0.0..1.0_f64
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let chosen = 1 + (split * (values.len() - 1) as f64) as usize;
            let ranks = doubled_midranks(&values);
            let (lower, upper) = exact_tails(&ranks, chosen);
            let (l, u) = enumerated(&ranks, chosen);
            prop_assert!((lower - l).abs() < 1e-12 && (upper - u).abs() < 1e-12);
        }
    }
}
