//! Rank correlations: whether a curve is monotone.

use super::distribution::normal_two_sided;
use super::error::{StatisticsError, check_count, check_finite, check_paired};
use super::test_result::{Method, TestResult};
use crate::linalg::{dot, norm};

/// Without ties, up to this many pairs the null distribution is exact.
const EXACT_UP_TO: usize = 60;

/// Kendall's tau-b and the two-sided test that it is zero.
///
/// ```text
/// τ_b = (P − Q) / √((P + Q + T_x)(P + Q + T_y))
/// ```
///
/// P and Q count concordant and discordant pairs, T_x pairs tied in x only and
/// T_y pairs tied in y only. ±1 means monotone (up to joint ties). Without ties
/// and up to 60 pairs the p-value is exact, from the distribution of the number
/// of inversions of a random permutation; otherwise it is the normal
/// approximation with tie-corrected variance.
///
/// # Errors
/// Samples of different length, fewer than two pairs, a value that is not
/// finite, or a sample of equal values.
///
/// # Reference
/// Kendall 1945, "The treatment of ties in ranking problems".
///
/// ```
/// let test = rethink::statistics::kendall_tau_b(&[1.0, 2.0, 3.0], &[1.0, 4.0, 9.0])?;
/// assert_eq!((test.statistic, test.p_value), (1.0, 1.0 / 3.0));
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> Result<TestResult, StatisticsError> {
    let pairs = Pairs::of(x, y)?;
    let (n, score) = (x.len(), pairs.score());
    let (ties_x, ties_y) = (tie_sizes(x), tie_sizes(y));
    let no_ties = ties_x.iter().chain(&ties_y).all(|&t| t == 1.0);
    let (p_value, method) = if no_ties && n <= EXACT_UP_TO {
        (
            inversions_p_value(n, pairs.concordant.min(pairs.discordant) as usize),
            Method::Exact,
        )
    } else {
        (
            normal_two_sided(score / score_variance(n, &ties_x, &ties_y).sqrt()),
            Method::Normal,
        )
    };
    Ok(TestResult {
        statistic: pairs.tau_b(),
        p_value,
        method,
        samples: n,
    })
}

/// The tau of [`kendall_tau_b`] without its test, which takes longer: for resamples.
pub(crate) fn tau_b(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    Ok(Pairs::of(x, y)?.tau_b())
}

/// How the pairs of two samples are ordered.
struct Pairs {
    concordant: u64,
    discordant: u64,
    only_x: u64,
    only_y: u64,
}

impl Pairs {
    fn of(x: &[f64], y: &[f64]) -> Result<Self, StatisticsError> {
        check_rankable("Kendall's tau-b", x, y)?;
        let (mut concordant, mut discordant, mut only_x, mut only_y) = (0, 0, 0, 0);
        for i in 0..x.len() {
            for j in 0..i {
                let (dx, dy) = (x[i] - x[j], y[i] - y[j]);
                match (dx == 0.0, dy == 0.0) {
                    (true, true) => {}
                    (true, false) => only_x += 1,
                    (false, true) => only_y += 1,
                    _ if (dx > 0.0) == (dy > 0.0) => concordant += 1,
                    _ => discordant += 1,
                }
            }
        }
        Ok(Self {
            concordant,
            discordant,
            only_x,
            only_y,
        })
    }

    /// P − Q.
    fn score(&self) -> f64 {
        self.concordant as f64 - self.discordant as f64
    }

    fn tau_b(&self) -> f64 {
        let untied = (self.concordant + self.discordant) as f64;
        let (only_x, only_y) = (self.only_x as f64, self.only_y as f64);
        let tau = self.score() / ((untied + only_x) * (untied + only_y)).sqrt();
        tau.clamp(-1.0, 1.0)
    }
}

/// Spearman's rho: the correlation of the ranks, ties sharing their mean rank.
///
/// # Errors
/// As for [`kendall_tau_b`].
///
/// # Reference
/// Spearman 1904, "The proof and measurement of association between two
/// things".
pub fn spearman_rho(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check_rankable("Spearman's rho", x, y)?;
    // Doubled midranks are whole and have mean n + 1, so the sums are exact.
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.len() as f64 + 1.0;
        doubled_midranks(values)
            .into_iter()
            .map(|rank| rank as f64 - mean)
            .collect()
    };
    let (x, y) = (centred(x), centred(y));
    Ok((dot(&x, &y) / (norm(&x) * norm(&y))).clamp(-1.0, 1.0))
}

/// Twice the rank of each value in its sample, 2 to 2n; ties share their mean.
pub(super) fn doubled_midranks(values: &[f64]) -> Vec<usize> {
    let below = |v: f64| values.iter().filter(|w| **w < v).count();
    let equal = |v: f64| values.iter().filter(|w| **w == v).count();
    values
        .iter()
        .map(|&v| 2 * below(v) + equal(v) + 1)
        .collect()
}

/// The sizes of the groups of equal values, ungrouped values counting 1.
pub(super) fn tie_sizes(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .chunk_by(|a, b| a == b)
        .map(|group| group.len() as f64)
        .collect()
}

pub(super) fn check_rankable(
    statistic: &'static str,
    x: &[f64],
    y: &[f64],
) -> Result<(), StatisticsError> {
    check_sample(statistic, x, y, 2)?;
    for (sample, values) in [("x", x), ("y", y)] {
        if values.iter().all(|v| *v == values[0]) {
            return Err(StatisticsError::Constant {
                sample,
                value: values[0],
            });
        }
    }
    Ok(())
}

/// Refuses pairs that are fewer than `needed`, incomplete or not finite.
pub(super) fn check_sample(
    statistic: &'static str,
    x: &[f64],
    y: &[f64],
    needed: usize,
) -> Result<(), StatisticsError> {
    check_paired(x, y)?;
    check_count(statistic, x.len(), needed)?;
    check_finite("x", x)?;
    check_finite("y", y)
}

/// P(inversions ≤ `few` or ≥ all pairs − `few`) for a random permutation of n.
fn inversions_p_value(n: usize, few: usize) -> f64 {
    // probability[k]: a random permutation of the first m items has k
    // inversions; item m adds 0 to m − 1, each equally likely.
    let mut probability = vec![0.0; few + 1];
    probability[0] = 1.0;
    for m in 2..=n {
        let before = probability.clone();
        for k in 0..=few {
            let from = (k + 1).saturating_sub(m);
            probability[k] = before[from..=k].iter().sum::<f64>() / m as f64;
        }
    }
    (2.0 * probability.iter().sum::<f64>()).min(1.0)
}

/// The variance of P − Q under independence, given the ties.
fn score_variance(n: usize, ties_x: &[f64], ties_y: &[f64]) -> f64 {
    let n = n as f64;
    let sum = |ties: &[f64], f: fn(f64) -> f64| ties.iter().map(|&t| f(t)).sum::<f64>();
    let pairs = |t: f64| t * (t - 1.0);
    let triples = |t: f64| t * (t - 1.0) * (t - 2.0);
    let weighted = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let mut variance = (weighted(n) - sum(ties_x, weighted) - sum(ties_y, weighted)) / 18.0
        + sum(ties_x, pairs) * sum(ties_y, pairs) / (2.0 * pairs(n));
    if n > 2.0 {
        variance += sum(ties_x, triples) * sum(ties_y, triples) / (9.0 * triples(n));
    }
    variance
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reversed_pair_in_four_has_known_tau_and_p() {
        // One inversion of four: P(≤ 1) = (1 + 3)/24, both tails.
        let test = kendall_tau_b(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 4.0, 3.0]).unwrap();
        assert!((test.statistic - 4.0 / 6.0).abs() < 1e-15);
        assert!((test.p_value - 8.0 / 24.0).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_ranks_is_refused() {
        let error = kendall_tau_b(&[1.0, 2.0], &[3.0, 3.0]).unwrap_err();
        assert_eq!(
            error,
            StatisticsError::Constant {
                sample: "y",
                value: 3.0
            }
        );
        assert!(spearman_rho(&[1.0], &[1.0]).is_err());
        assert!(spearman_rho(&[1.0, 2.0], &[1.0]).is_err());
    }

    #[test]
    fn midranks_sum_to_the_triangular_number() {
        assert_eq!(doubled_midranks(&[5.0, 1.0, 5.0, 2.0]), [7, 2, 7, 4]);
        assert_eq!(tie_sizes(&[5.0, 1.0, 5.0, 2.0]), [1.0, 1.0, 2.0]);
    }

    proptest! {
        #[test]
        fn only_the_order_matters(values in prop::collection::hash_set(-50..50_i32, 3..15)) {
            let x: Vec<f64> = values.into_iter().map(f64::from).collect();
            let up: Vec<f64> = x.iter().map(|v| (v / 10.0).exp()).collect();
            let down: Vec<f64> = x.iter().map(|v| -v.powi(3)).collect();
            prop_assert_eq!(kendall_tau_b(&x, &up).unwrap().statistic, 1.0);
            prop_assert_eq!(kendall_tau_b(&x, &down).unwrap().statistic, -1.0);
            prop_assert!((spearman_rho(&x, &up).unwrap() - 1.0).abs() < 1e-12);
            prop_assert!((spearman_rho(&x, &down).unwrap() + 1.0).abs() < 1e-12);
        }
    }
}
