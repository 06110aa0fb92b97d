//! Whether paired differences are centred on zero: the sign-flip test.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::error::{StatisticsError, check_count, check_finite};
use super::tails::Tails;
use super::test_result::{Alternative, Method, TestResult};

/// Up to this many differences all 2ⁿ sign patterns are tried.
const EXACT_UP_TO: usize = 20;
/// Random sign patterns drawn beyond that.
const DRAWS: usize = 10_000;
/// Sums closer than this, relative to Σ|dᵢ|, are equal but for rounding.
const ROUNDING: f64 = 1e-12;

/// The sign-flip permutation test of paired differences.
///
/// ```text
/// statistic = mean dᵢ,   null: each dᵢ is as likely as −dᵢ
/// ```
///
/// If the labels of a pair mean nothing, every pattern of signs is equally
/// likely. Up to 20 differences all patterns are tried and the p-value is
/// exact: the smallest possible is 2⁻ⁿ one-sided and 2¹⁻ⁿ two-sided. Beyond
/// that 10,000 patterns are drawn from `rng` and p = (1 + extreme)/(1 + draws),
/// which keeps the size of the test.
///
/// # Errors
/// No differences, or one that is not finite.
///
/// # Reference
/// Fisher 1935, "The design of experiments", section 21; Phipson and Smyth
/// 2010, arXiv 1603.05766 (the added one).
///
/// ```
/// use rethink::statistics::{Alternative, sign_flip};
/// let mut rng = rethink::random::stream(0, "sign flip");
/// let test = sign_flip(&[1.0, 2.0, 3.0, 4.0], Alternative::Greater, &mut rng)?;
/// assert_eq!(test.p_value, 1.0 / 16.0);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn sign_flip(
    differences: &[f64],
    alternative: Alternative,
    rng: &mut ChaCha8Rng,
) -> Result<TestResult, StatisticsError> {
    sign_flip_of(differences, alternative, rng, EXACT_UP_TO, DRAWS)
}

/// [`sign_flip`] with all patterns up to as many differences, and as many random ones,
/// as given; simulations of many studies need fewer.
pub(crate) fn sign_flip_of(
    differences: &[f64],
    alternative: Alternative,
    rng: &mut ChaCha8Rng,
    exact_up_to: usize,
    draws: usize,
) -> Result<TestResult, StatisticsError> {
    check_count("a sign-flip test", differences.len(), 1)?;
    check_finite("differences", differences)?;
    let observed: f64 = differences.iter().sum();
    let tolerance = ROUNDING * differences.iter().map(|d| d.abs()).sum::<f64>();
    let mut tails = Tails::new(observed, tolerance);
    let (p_value, method) = if differences.len() <= exact_up_to {
        every_sum(differences, 0.0, &mut tails);
        (tails.p_value(alternative), Method::Exact)
    } else {
        tails.count(observed);
        for _ in 0..draws {
            tails.count(random_sum(differences, rng));
        }
        (tails.p_value(alternative), Method::MonteCarlo { draws })
    };
    let samples = differences.len();
    Ok(TestResult {
        statistic: observed / samples as f64,
        p_value,
        method,
        samples,
    })
}

/// Counts the sums of all sign patterns; depth first, so that every sum is
/// rounded at most n times.
fn every_sum(differences: &[f64], sum: f64, tails: &mut Tails) {
    match differences.split_first() {
        None => tails.count(sum),
        Some((d, rest)) => {
            every_sum(rest, sum + d, tails);
            every_sum(rest, sum - d, tails);
        }
    }
}

/// The sum under one random sign pattern, 64 signs to a word.
fn random_sum(differences: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let flip = |chunk: &[f64]| {
        let signs = rng.next_u64();
        let flipped = |(i, d): (usize, &f64)| if signs >> i & 1 == 1 { -d } else { *d };
        chunk.iter().enumerate().map(flipped).sum::<f64>()
    };
    differences.chunks(64).map(flip).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand_distr::{Distribution, Normal};

    fn p(differences: &[f64], alternative: Alternative) -> f64 {
        sign_flip(differences, alternative, &mut stream(0, "test"))
            .unwrap()
            .p_value
    }

    #[test]
    fn small_samples_have_closed_forms() {
        let d = [1.0, 2.0, 3.0];
        assert_eq!(p(&d, Alternative::Greater), 0.125);
        assert_eq!(p(&d, Alternative::Less), 1.0);
        assert_eq!(p(&d, Alternative::TwoSided), 0.25);
        // sums of ±1 ±2 ±3: 6 4 2 0 0 -2 -4 -6; observed 0
        assert_eq!(p(&[1.0, 2.0, -3.0], Alternative::Greater), 5.0 / 8.0);
        assert_eq!(p(&[0.0, 0.0], Alternative::TwoSided), 1.0);
    }

    #[test]
    fn rounding_does_not_split_equal_sums() {
        // 0.1 + 0.2 and 0.3 differ by one bit: all eight sums of equal size tie.
        assert_eq!(p(&[0.1, 0.2, -0.3], Alternative::Greater), 5.0 / 8.0);
    }

    #[test]
    fn random_patterns_agree_with_all_patterns() {
        let d: Vec<f64> = (0..20).map(|i| f64::from(i % 7) - 2.2).collect();
        let exact = p(&d, Alternative::TwoSided);
        // A zero difference adds a pattern bit and changes no sum.
        let drawn = p(&[&d[..], &[0.0]].concat(), Alternative::TwoSided);
        assert!((exact - drawn).abs() < 4.0 * (exact * (1.0 - exact) / 1e4).sqrt());
        let clear: Vec<f64> = vec![1.0; 100];
        assert!(p(&clear, Alternative::Greater) >= 1.0 / 10_001.0);
    }

    /// Under the null hypothesis 5 % of 2,000 studies should reject at 5 %.
    #[test]
    fn the_size_is_five_percent() {
        let mut rng = stream(2, "size of the sign-flip test");
        let normal = Normal::new(0.0, 1.0).unwrap();
        for alternative in [Alternative::TwoSided, Alternative::Greater] {
            let rejected = (0..2000)
                .filter(|_| {
                    let d: Vec<f64> = (0..8).map(|_| normal.sample(&mut rng)).collect();
                    p(&d, alternative) <= 0.05
                })
                .count();
            assert!(
                (60..=140).contains(&rejected),
                "{alternative:?}: {rejected} of 2000"
            );
        }
    }
}
