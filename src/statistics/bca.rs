//! Intervals of any statistic of blocks: the bias-corrected and accelerated
//! bootstrap.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::distribution::{bisect, normal_critical, normal_upper};
use super::error::{StatisticsError, check_blocks, check_finite};
use super::estimate::{Estimate, Interval, Kind, LEVEL};
use super::quantile::quantile;

/// Resamples drawn.
const DRAWS: usize = 10_000;
/// Two blocks have no acceleration.
const FEWEST: usize = 3;

/// What [`bca`] found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bootstrap {
    /// The statistic of the blocks, with its interval.
    pub estimate: Estimate,
    /// z₀: how far the resampled statistics lie to one side.
    pub bias_correction: f64,
    /// a: how fast the standard error changes with the statistic.
    pub acceleration: f64,
}

/// The bias-corrected and accelerated (BCa) bootstrap interval of `statistic`
/// over `blocks`, from 10,000 resamples of whole blocks drawn from `rng`.
///
/// ```text
/// z₀ = Φ⁻¹(share of resampled θ* < θ̂, ties counting half)
/// a  = Σ d³ / (6 (Σ d²)^{3/2}),   d = mean of θ₍ᵢ₎ − θ₍ᵢ₎, block i left out
/// limits: quantiles Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))) of θ*,   z = ±1.96
/// ```
///
/// Second-order accurate, yet its coverage at few blocks is below 95 %: it knows
/// no t distribution. Measured for a mean in 10,000 simulated studies of 2,000
/// resamples (binomial standard error 0.3 points):
///
/// ```text
/// blocks        10       20       60
/// normal        89.8 %   92.7 %   93.9 %
/// exponential   88.0 %   91.2 %   93.4 %
/// ```
///
/// For a mean of differences [`mean`](super::mean()) is exact; this is for
/// statistics without a formula. A statistic that jumps (a quantile of few
/// blocks) is not covered by the theory.
///
/// # Errors
/// Fewer than three blocks; a statistic that is not finite, for the blocks, a
/// resample or a sample without one block; resampled statistics that are all
/// equal; or a z₀ or a that leaves the limits undefined.
///
/// # Reference
/// Efron 1987, "Better bootstrap confidence intervals".
///
/// ```
/// use rethink::statistics::bca;
/// let mean = |blocks: &[&f64]| blocks.iter().copied().sum::<f64>() / blocks.len() as f64;
/// let mut rng = rethink::random::stream(0, "bootstrap of the mean");
/// let bootstrap = bca("a mean", &[1.0, 2.0, 4.0, 8.0, 9.0], mean, &mut rng)?;
/// assert_eq!(bootstrap.estimate.value, 4.8);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn bca<B>(
    name: &'static str,
    blocks: &[B],
    statistic: impl Fn(&[&B]) -> f64,
    rng: &mut ChaCha8Rng,
) -> Result<Bootstrap, StatisticsError> {
    bca_of(name, blocks, statistic, rng, DRAWS)
}

/// [`bca`] from as many resamples as given; simulations of many studies need
/// fewer.
pub(crate) fn bca_of<B>(
    name: &'static str,
    blocks: &[B],
    statistic: impl Fn(&[&B]) -> f64,
    rng: &mut ChaCha8Rng,
    draws: usize,
) -> Result<Bootstrap, StatisticsError> {
    let n = blocks.len();
    check_blocks(name, n, FEWEST)?;
    let mut sample: Vec<&B> = blocks.iter().collect();
    let value = statistic(&sample);
    check_finite("the statistic", &[value])?;
    let resampled: Vec<f64> = (0..draws)
        .map(|_| {
            sample.fill_with(|| &blocks[rng.random_range(0..n)]);
            statistic(&sample)
        })
        .collect();
    check_finite("the resampled statistic", &resampled)?;
    if resampled.iter().all(|theta| *theta == resampled[0]) {
        return Err(StatisticsError::NoSpread {
            statistic: name,
            value,
        });
    }
    let without = |left_out: usize| {
        let kept: Vec<&B> = (0..n)
            .filter(|&i| i != left_out)
            .map(|i| &blocks[i])
            .collect();
        statistic(&kept)
    };
    let jackknifed: Vec<f64> = (0..n).map(without).collect();
    check_finite("the statistic without a block", &jackknifed)?;
    let acceleration = acceleration(&jackknifed);
    let bias_correction = bias_correction(&resampled, value);
    let interval = limits(&resampled, bias_correction, acceleration)?;
    Ok(Bootstrap {
        estimate: Estimate {
            value,
            kind: Kind::Estimate,
            interval: Some(interval),
            samples: n,
        },
        bias_correction,
        acceleration,
    })
}

/// NaN where leaving out a block changes nothing.
fn acceleration(jackknifed: &[f64]) -> f64 {
    let mean = jackknifed.iter().sum::<f64>() / jackknifed.len() as f64;
    let power = |k: i32| jackknifed.iter().map(|v| (mean - v).powi(k)).sum::<f64>();
    power(3) / (6.0 * power(2).powf(1.5))
}

/// Infinite where all resampled statistics lie on one side of `value`.
fn bias_correction(resampled: &[f64], value: f64) -> f64 {
    let below = resampled.iter().filter(|t| **t < value).count();
    let equal = resampled.iter().filter(|t| **t == value).count();
    let share = (below as f64 + equal as f64 / 2.0) / resampled.len() as f64;
    if share <= 0.0 {
        f64::NEG_INFINITY
    } else if share >= 1.0 {
        f64::INFINITY
    } else {
        bisect(-40.0, 40.0, |z| 1.0 - normal_upper(z) < share)
    }
}

fn limits(
    resampled: &[f64],
    bias_correction: f64,
    acceleration: f64,
) -> Result<Interval, StatisticsError> {
    let limit = |z: f64| {
        let shifted = bias_correction + z;
        let stretch = 1.0 - acceleration * shifted;
        if !(bias_correction.is_finite() && stretch > 0.0) {
            return Err(StatisticsError::NoBootstrapInterval {
                bias_correction,
                acceleration,
            });
        }
        let level = 1.0 - normal_upper(bias_correction + shifted / stretch);
        quantile(resampled, level)
    };
    let z = normal_critical(LEVEL);
    Ok(Interval::new(limit(-z)?, limit(z)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand_distr::{Distribution, Exp, Normal};

    fn mean(blocks: &[&f64]) -> f64 {
        blocks.iter().copied().sum::<f64>() / blocks.len() as f64
    }

    /// SciPy's limits for the same resampled statistics.
    #[test]
    fn given_resamples_give_the_limits_of_scipy() {
        let golden = include_str!("../../tests/golden/trial_statistics.json");
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        for case in golden["bootstraps"].as_array().unwrap() {
            let numbers =
                |key: &str| -> Vec<f64> { serde_json::from_value(case[key].clone()).unwrap() };
            let expected = |key: &str| case[key].as_f64().unwrap();
            let a = acceleration(&numbers("jackknifed"));
            let resampled = numbers("resampled");
            let z = bias_correction(&resampled, expected("value"));
            let interval = limits(&resampled, z, a).unwrap();
            assert!((a - expected("acceleration")).abs() < 1e-12);
            assert!((interval.low - expected("low")).abs() < 1e-10);
            assert!((interval.high - expected("high")).abs() < 1e-10);
        }
    }

    #[test]
    fn blocks_without_an_interval_are_refused() {
        let mut rng = stream(0, "refused");
        let mut refused = |blocks: &[f64], statistic: fn(&[&f64]) -> f64| {
            bca("a mean", blocks, statistic, &mut rng).unwrap_err()
        };
        assert!(matches!(
            refused(&[1.0, 2.0], mean),
            StatisticsError::TooFewBlocks {
                blocks: 2,
                needed: 3,
                ..
            }
        ));
        assert_eq!(
            refused(&[0.5; 4], mean),
            StatisticsError::NoSpread {
                statistic: "a mean",
                value: 0.5
            }
        );
        assert!(matches!(
            refused(&[1.0, f64::NAN, 2.0], mean),
            StatisticsError::NotFinite {
                sample: "the statistic",
                ..
            }
        ));
        // Undefined as soon as a resample repeats one block only.
        let ratio = |b: &[&f64]| 1.0 / b.iter().map(|v| (*v - *b[0]).abs()).sum::<f64>();
        assert!(matches!(
            refused(&[1.0, 2.0, 3.0], ratio),
            StatisticsError::NotFinite {
                sample: "the resampled statistic",
                ..
            }
        ));
        // Distinct values: a resample can only lose some.
        let distinct = |b: &[&f64]| {
            let mut values: Vec<u64> = b.iter().map(|v| v.to_bits()).collect();
            values.sort_unstable();
            values.dedup();
            values.len() as f64
        };
        let many: Vec<f64> = (0..30).map(f64::from).collect();
        let error = refused(&many, distinct);
        assert!(
            matches!(error, StatisticsError::NoBootstrapInterval { .. }),
            "{error}"
        );
    }

    #[test]
    fn the_same_stream_gives_the_same_interval() {
        let blocks = [1.0, 2.5, 2.0, 7.0, 3.0];
        let run = |seed| bca("a mean", &blocks, mean, &mut stream(seed, "same")).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    /// Transforming the statistic transforms the limits: order statistics of
    /// the same resamples, up to the interpolation between two of them.
    #[test]
    fn the_limits_respect_transformations() {
        let blocks = [1.0, 2.5, 2.0, 7.0, 3.0, 4.0, 1.5, 2.2];
        let plain = bca("a mean", &blocks, mean, &mut stream(1, "t")).unwrap();
        let cube = |b: &[&f64]| mean(b).powi(3);
        let cubed = bca("a cube", &blocks, cube, &mut stream(1, "t")).unwrap();
        assert_eq!(plain.bias_correction, cubed.bias_correction);
        let (plain, cubed) = (
            plain.estimate.interval.unwrap(),
            cubed.estimate.interval.unwrap(),
        );
        // The acceleration is that of the tangent at the value: near, not equal.
        assert!(
            (cubed.low.cbrt() - plain.low).abs() < 0.1,
            "{plain:?} {cubed:?}"
        );
        assert!(
            (cubed.high.cbrt() - plain.high).abs() < 0.3,
            "{plain:?} {cubed:?}"
        );
    }

    fn covered(
        n: usize,
        truth: f64,
        statistic: fn(&[&f64]) -> f64,
        distribution: impl Distribution<f64>,
        purpose: &str,
    ) -> f64 {
        let mut rng = stream(6, purpose);
        let studies = 2000;
        let hits = (0..studies)
            .filter(|_| {
                let blocks: Vec<f64> = (0..n).map(|_| distribution.sample(&mut rng)).collect();
                bca_of("a statistic", &blocks, statistic, &mut rng, 500)
                    .unwrap()
                    .estimate
                    .interval
                    .unwrap()
                    .contains(truth)
            })
            .count();
        hits as f64 / studies as f64
    }

    /// The theory promises 95 % for many blocks: 93 to 97 % at 100.
    #[test]
    fn many_blocks_are_covered_as_promised() {
        let share = covered(100, 0.0, mean, Normal::new(0.0, 1.0).unwrap(), "100 normal");
        assert!((0.93..=0.97).contains(&share), "{share}");
    }

    /// Twenty blocks undercover as the documentation says.
    #[test]
    fn twenty_blocks_undercover_slightly() {
        let share = covered(20, 0.0, mean, Normal::new(0.0, 1.0).unwrap(), "20 normal");
        assert!((0.91..=0.95).contains(&share), "{share}");
        let skewed = covered(20, 1.0, mean, Exp::new(1.0).unwrap(), "20 exponential");
        assert!((0.89..=0.95).contains(&skewed), "{skewed}");
    }
}
