//! Growth exponents: how a norm grows with the number of training samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{StatisticsError, check_count};
use super::estimate::Estimate;
use super::mean::{mean, paired_difference};
use super::ratio::logarithms;
use super::regression::least_squares;

/// One trained network: its seed, training-set size and norm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GrowthPoint {
    /// The seed: the unit of replication.
    pub seed: u64,
    /// Number of training samples, n > 0.
    pub samples: usize,
    /// The norm, > 0.
    pub norm: f64,
}

/// The exponents of norm ∝ n^slope for true and for random labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GrowthExponents {
    /// Exponent with true labels.
    pub true_labels: Estimate,
    /// Exponent with random labels.
    pub random_labels: Estimate,
    /// Random minus true, paired by seed.
    pub difference: Estimate,
}

/// Estimates both growth exponents and their difference.
///
/// ```text
/// ln norm = a_{seed,labels} + slope_{seed,labels} · ln n      (least squares within each seed)
/// slope_labels = mean over seeds ± t interval;   difference paired by seed
/// ```
///
/// The networks of one seed share initial weights and data, so the residuals
/// at its different n are not independent: a regression that pools all runs
/// counts each run as a fresh observation, and its interval is too narrow. One
/// slope per seed is one observation per independent unit, and the t interval
/// over them needs no model of what happens inside a seed. With the same sizes
/// at every seed the value equals that of the pooled regression with a fixed
/// effect per seed.
///
/// Seeds must appear in both arms; a single seed gives no intervals.
///
/// # Errors
/// No observations, a seed with fewer than two different sizes in an arm, or a
/// norm that is not finite or not positive.
pub fn growth_exponents(
    true_labels: &[GrowthPoint],
    random_labels: &[GrowthPoint],
) -> Result<GrowthExponents, StatisticsError> {
    let by_seed = |observations: &[GrowthPoint]| {
        let mut seeds = BTreeMap::<u64, Vec<GrowthPoint>>::new();
        for observation in observations {
            seeds
                .entry(observation.seed)
                .or_default()
                .push(*observation);
        }
        seeds
    };
    let (true_seeds, random_seeds) = (by_seed(true_labels), by_seed(random_labels));
    let seeds: Vec<u64> = true_seeds
        .keys()
        .chain(random_seeds.keys())
        .copied()
        .collect();
    check_count("a growth exponent", seeds.len(), 1)?;
    let slopes = |arm: &BTreeMap<u64, Vec<GrowthPoint>>, labels: &'static str| {
        let mut seeds = seeds.clone();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
            .into_iter()
            .map(|seed| slope(seed, labels, arm.get(&seed).map_or(&[][..], Vec::as_slice)))
            .collect::<Result<Vec<f64>, _>>()
    };
    let true_slopes = slopes(&true_seeds, "true")?;
    let random_slopes = slopes(&random_seeds, "random")?;
    Ok(GrowthExponents {
        true_labels: mean(&true_slopes)?,
        random_labels: mean(&random_slopes)?,
        difference: paired_difference(&random_slopes, &true_slopes)?,
    })
}

/// The slope of ln norm on ln n within one seed.
fn slope(
    seed: u64,
    labels: &'static str,
    observations: &[GrowthPoint],
) -> Result<f64, StatisticsError> {
    let mut sizes: Vec<usize> = observations.iter().map(|o| o.samples).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 2 {
        return Err(StatisticsError::TooFewSizes {
            seed,
            labels,
            sizes: sizes.len(),
        });
    }
    let values = |f: fn(&GrowthPoint) -> f64| observations.iter().map(f).collect::<Vec<f64>>();
    let log_n = logarithms("samples", &values(|o| o.samples as f64))?;
    let log_norm = logarithms("norms", &values(|o| o.norm))?;
    let fit = least_squares(&[vec![1.0; log_n.len()], log_n], &log_norm)?;
    Ok(fit.coefficients[1].value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, Normal};

    const SIZES: [usize; 4] = [250, 500, 1000, 4000];

    /// Runs with exponent `slope`, a random level per seed, a random slope per
    /// seed, and noise.
    fn runs(slope: f64, seeds: u64, noise: f64, purpose: &str) -> Vec<GrowthPoint> {
        let mut rng = crate::random::stream(5, purpose);
        let normal = Normal::new(0.0, 1.0).unwrap();
        let mut all = Vec::new();
        for seed in 0..seeds {
            let level: f64 = normal.sample(&mut rng);
            let own = slope + 2.0 * noise * normal.sample(&mut rng);
            for samples in SIZES {
                let log = level + own * (samples as f64).ln() + noise * normal.sample(&mut rng);
                all.push(GrowthPoint {
                    seed,
                    samples,
                    norm: log.exp(),
                });
            }
        }
        all
    }

    #[test]
    fn exact_power_laws_give_their_exponents() {
        let growth = growth_exponents(&runs(0.25, 3, 0.0, "t"), &runs(0.5, 3, 0.0, "r")).unwrap();
        assert!((growth.true_labels.value - 0.25).abs() < 1e-12);
        assert!((growth.random_labels.value - 0.5).abs() < 1e-12);
        assert!((growth.difference.value - 0.25).abs() < 1e-12);
        assert_eq!(growth.difference.samples, 3);
    }

    /// The pooled regression with a level per seed and a slope per arm is the
    /// oracle for the value; its interval is narrower, as the text says.
    #[test]
    fn the_value_is_that_of_the_regression_with_seed_effects() {
        let all = runs(0.3, 6, 0.1, "pooled");
        let mut columns: Vec<Vec<f64>> = (0..6)
            .map(|s| {
                all.iter()
                    .map(|o| f64::from(u8::from(o.seed == s)))
                    .collect()
            })
            .collect();
        columns.push(all.iter().map(|o| (o.samples as f64).ln()).collect());
        let logs: Vec<f64> = all.iter().map(|o| o.norm.ln()).collect();
        let pooled = least_squares(&columns, &logs).unwrap().coefficients[6];
        let growth = growth_exponents(&all, &runs(0.3, 6, 0.1, "other")).unwrap();
        assert!((growth.true_labels.value - pooled.value).abs() < 1e-12);
        let width = |e: Estimate| e.interval.map(|i| i.high - i.low).unwrap();
        assert!(width(pooled) < width(growth.true_labels));
    }

    #[test]
    fn the_difference_covers_the_truth_in_95_percent_of_studies() {
        let covered = (0..1000)
            .filter(|study| {
                let a = runs(0.2, 5, 0.1, &format!("true {study}"));
                let b = runs(0.5, 5, 0.1, &format!("random {study}"));
                let difference = growth_exponents(&a, &b).unwrap().difference;
                difference.interval.unwrap().contains(0.3)
            })
            .count();
        assert!((925..=975).contains(&covered), "{covered} of 1000");
    }

    #[test]
    fn a_seed_without_a_slope_is_named() {
        let all = runs(0.3, 2, 0.0, "x");
        let error = growth_exponents(&all, &all[..5]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "seed 1 has 1 different sample sizes with random labels; a growth exponent needs at least 2"
        );
        assert!(growth_exponents(&[], &[]).is_err());
        let one = growth_exponents(&all[..4], &all[..4]).unwrap();
        assert_eq!(one.difference.interval, None);
    }
}
