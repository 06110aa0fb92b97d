//! Whether a measure predicts the effect of one factor at a time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{StatisticsError, check_count, check_finite};
use super::quantile::quantile;

/// One run of a factorial experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The block (seed) it belongs to.
    pub block: usize,
    /// Its level of every factor.
    pub levels: Vec<usize>,
    /// What should predict.
    pub measure: f64,
    /// What should be predicted: the gap, or the test error.
    pub outcome: f64,
}

/// The granulated Kendall coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Granulated {
    /// ψᵢ of every factor.
    pub factors: Vec<f64>,
    /// Ψ, their mean.
    pub psi: f64,
}

/// Kendall's coefficient with one factor varied at a time.
///
/// ```text
/// ψᵢ = mean over settings of block and all factors but i of τ,
/// τ = mean over pairs of runs of sign(Δ measure) sign(Δ outcome),   Ψ = mean ψᵢ
/// ```
///
/// A pair differs in factor i only, so a measure that follows one factor alone
/// cannot borrow its success for the others. τ is not corrected for ties (a tie
/// counts 0), as in the reference.
///
/// # Errors
/// No runs, different numbers of levels, a value that is not finite, two runs
/// with the same block and levels, or a factor that no pair varies alone.
///
/// # Reference
/// Jiang et al. 2020, "Fantastic generalization measures and where to find
/// them", arXiv 1912.02178.
pub fn granulated_tau(runs: &[Run]) -> Result<Granulated, StatisticsError> {
    let factors = check_runs(runs)?;
    let psi = |factor| {
        let taus: Vec<f64> = cells(runs, factor)
            .into_values()
            .map(|cell| {
                let signs: Vec<f64> = pairs(&cell).map(|(a, b)| agreement(a, b)).collect();
                signs.iter().sum::<f64>() / signs.len() as f64
            })
            .collect();
        if taus.is_empty() {
            return Err(StatisticsError::FactorNotVaried { factor });
        }
        Ok(taus.iter().sum::<f64>() / taus.len() as f64)
    };
    let factors = (0..factors).map(psi).collect::<Result<Vec<f64>, _>>()?;
    Ok(Granulated {
        psi: factors.iter().sum::<f64>() / factors.len() as f64,
        factors,
    })
}

/// How often the measure has the wrong sign when one factor goes from one level
/// to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Environment {
    /// The factor.
    pub factor: usize,
    /// The smaller level.
    pub from: usize,
    /// The larger level.
    pub to: usize,
    /// The weighted share of wrong signs, from 0 to 1.
    pub sign_error: f64,
    /// (Σw)²/Σw²: how many pairs of full weight the share is worth.
    pub effective_pairs: f64,
}

/// The sign errors over all environments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SignErrors {
    /// Every environment kept, the worst first.
    pub environments: Vec<Environment>,
    /// The largest sign error.
    pub maximum: f64,
    /// The 0.9-quantile of the sign errors.
    pub percentile_90: f64,
    /// Environments left out for too few effective pairs.
    pub left_out: usize,
}

/// The sign error of every environment: a pair of levels of one factor.
///
/// ```text
/// error = Σ w ½(1 − sign(Δ measure) sign(Δ outcome)) / Σ w
/// w = max(0, 1 − 2 exp(−2 N (Δ outcome/2)²))²
/// ```
///
/// Pairs share their block and all other levels. With `test_samples` N, w is
/// the Hoeffding weight of a pair whose outcomes are error rates on N test
/// samples each: pairs whose difference may be noise hardly count. (On one
/// shared test set the differences are less noisy than the weight allows for.)
/// Without, w = 1. Environments with fewer than `fewest_pairs` effective pairs
/// are left out and counted.
///
/// # Errors
/// No runs, different numbers of levels, a value that is not finite, two runs
/// with the same block and levels, or no environment left.
///
/// # Reference
/// Dziugaite et al. 2020, "In search of robust measures of generalization",
/// arXiv 2010.11924; the weight and the rule of effective pairs (12 there) are
/// those of the code of its authors.
pub fn sign_errors(
    runs: &[Run],
    test_samples: Option<usize>,
    fewest_pairs: f64,
) -> Result<SignErrors, StatisticsError> {
    let factors = check_runs(runs)?;
    let weight = |a: &Run, b: &Run| match test_samples {
        Some(n) => {
            let half = (a.outcome - b.outcome) / 2.0;
            (1.0 - 2.0 * (-2.0 * n as f64 * half * half).exp())
                .max(0.0)
                .powi(2)
        }
        None => 1.0,
    };
    // (factor, from, to) to (Σw, Σw², Σw·wrong)
    let mut sums = BTreeMap::<(usize, usize, usize), [f64; 3]>::new();
    for factor in 0..factors {
        for cell in cells(runs, factor).into_values() {
            for (a, b) in pairs(&cell) {
                let (x, y) = (a.levels[factor], b.levels[factor]);
                let w = weight(a, b);
                let sum = sums.entry((factor, x.min(y), x.max(y))).or_default();
                sum[0] += w;
                sum[1] += w * w;
                sum[2] += w * (1.0 - agreement(a, b)) / 2.0;
            }
        }
    }
    let all = sums.len();
    let mut environments: Vec<Environment> = sums
        .into_iter()
        .filter(|(_, [weights, _, _])| *weights > 0.0)
        .map(
            |((factor, from, to), [weights, squares, wrong])| Environment {
                factor,
                from,
                to,
                sign_error: wrong / weights,
                effective_pairs: weights * weights / squares,
            },
        )
        // Sums of equal weights round: 12 pairs are 12.
        .filter(|e| e.effective_pairs >= fewest_pairs * (1.0 - 1e-12))
        .collect();
    environments.sort_by(|a, b| b.sign_error.total_cmp(&a.sign_error));
    let errors: Vec<f64> = environments.iter().map(|e| e.sign_error).collect();
    let Some(&maximum) = errors.first() else {
        return Err(StatisticsError::NoEnvironment {
            environments: all,
            fewest_pairs,
        });
    };
    Ok(SignErrors {
        maximum,
        percentile_90: quantile(&errors, 0.9)?,
        left_out: all - environments.len(),
        environments,
    })
}

/// sign(Δ measure) sign(Δ outcome).
fn agreement(a: &Run, b: &Run) -> f64 {
    let sign = |a: f64, b: f64| f64::from(i8::from(a > b) - i8::from(a < b));
    sign(a.measure, b.measure) * sign(a.outcome, b.outcome)
}

/// Runs that differ in `factor` only, where there are at least two.
fn cells(runs: &[Run], factor: usize) -> BTreeMap<(usize, Vec<usize>), Vec<&Run>> {
    let mut cells = BTreeMap::<_, Vec<&Run>>::new();
    for run in runs {
        let mut others = run.levels.clone();
        others.remove(factor);
        cells.entry((run.block, others)).or_default().push(run);
    }
    cells.retain(|_, cell| cell.len() > 1);
    cells
}

fn pairs<'a>(cell: &'a [&'a Run]) -> impl Iterator<Item = (&'a Run, &'a Run)> {
    cell.iter()
        .enumerate()
        .flat_map(move |(i, &a)| cell[..i].iter().map(move |&b| (a, b)))
}

/// Refuses runs that cannot be compared; the number of factors.
fn check_runs(runs: &[Run]) -> Result<usize, StatisticsError> {
    check_count("a comparison of runs", runs.len(), 2)?;
    let values = |f: fn(&Run) -> f64| runs.iter().map(f).collect::<Vec<f64>>();
    check_finite("measures", &values(|r| r.measure))?;
    check_finite("outcomes", &values(|r| r.outcome))?;
    let factors = runs[0].levels.len();
    check_count("a comparison's list of factors", factors, 1)?;
    let mut seen = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        if run.levels.len() != factors {
            return Err(StatisticsError::Unpaired {
                left: factors,
                right: run.levels.len(),
            });
        }
        if let Some(first) = seen.insert((run.block, &run.levels), index) {
            return Err(StatisticsError::SameRun {
                first,
                second: index,
            });
        }
    }
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two factors of three levels in `blocks` blocks.
    fn grid(blocks: usize, value: impl Fn(usize, usize, usize) -> (f64, f64)) -> Vec<Run> {
        let mut runs = Vec::new();
        for block in 0..blocks {
            for a in 0..3 {
                for b in 0..3 {
                    let (measure, outcome) = value(block, a, b);
                    runs.push(Run {
                        block,
                        levels: vec![a, b],
                        measure,
                        outcome,
                    });
                }
            }
        }
        runs
    }

    /// A measure that follows factor 0 and opposes factor 1, which matters less:
    /// Kendall's tau over all is positive, Ψ is zero.
    #[test]
    fn one_factor_cannot_borrow_from_another() {
        let runs = grid(2, |_, a, b| {
            let (a, b) = (a as f64, b as f64);
            (10.0 * a - b, 10.0 * a + b)
        });
        let granulated = granulated_tau(&runs).unwrap();
        assert_eq!(granulated.factors, [1.0, -1.0]);
        assert_eq!(granulated.psi, 0.0);
        let errors = sign_errors(&runs, None, 1.0).unwrap();
        assert_eq!((errors.maximum, errors.percentile_90), (1.0, 1.0));
        assert_eq!(errors.environments.len(), 6);
        let wrong: Vec<f64> = errors.environments.iter().map(|e| e.sign_error).collect();
        assert_eq!(wrong, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert!(errors.environments.iter().all(|e| e.effective_pairs == 6.0));
    }

    /// Against the definition, written as one loop over all pairs of runs.
    #[test]
    fn brute_force_agrees() {
        let runs = grid(4, |s, a, b| {
            let hash = (s * 31 + a * 17 + b * 7) % 11;
            (hash as f64, ((hash * 5 + a + 2 * b) % 7) as f64 / 100.0)
        });
        let errors = sign_errors(&runs, Some(10_000), 0.0).unwrap();
        for e in &errors.environments {
            let (mut weights, mut wrong) = (0.0, 0.0);
            for p in &runs {
                for q in &runs {
                    let other = 1 - e.factor;
                    let alike = p.block == q.block && p.levels[other] == q.levels[other];
                    if alike && p.levels[e.factor] == e.from && q.levels[e.factor] == e.to {
                        let (dm, dy) = (p.measure - q.measure, p.outcome - q.outcome);
                        let w = (1.0 - 2.0 * (-2.0 * 1e4 * (dy / 2.0).powi(2)).exp()).max(0.0);
                        weights += w * w;
                        let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
                        wrong += w * w * 0.5 * (1.0 - sign(dm) * sign(dy));
                    }
                }
            }
            assert!((e.sign_error - wrong / weights).abs() < 1e-14);
        }
    }

    #[test]
    fn differences_within_noise_have_no_weight() {
        let tiny = grid(2, |_, a, b| (a as f64, 1e-4 * (a + b) as f64));
        let error = sign_errors(&tiny, Some(10_000), 1.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "none of 6 environments is worth 1 pairs of runs; add blocks, or ask for fewer pairs"
        );
        assert!(sign_errors(&tiny, None, 7.0).is_err());
        assert_eq!(sign_errors(&tiny, None, 6.0).unwrap().left_out, 0);
    }

    #[test]
    fn runs_that_cannot_be_compared_are_refused() {
        let runs = grid(1, |_, a, b| (a as f64, b as f64));
        let mut twice = runs.clone();
        twice.push(runs[4].clone());
        assert_eq!(
            granulated_tau(&twice).unwrap_err(),
            StatisticsError::SameRun {
                first: 4,
                second: 9
            }
        );
        assert_eq!(
            granulated_tau(&runs[..3]).unwrap_err(),
            StatisticsError::FactorNotVaried { factor: 0 }
        );
        let mut short = runs.clone();
        short[3].levels.pop();
        assert!(granulated_tau(&short).is_err());
        let mut odd = runs;
        odd[3].measure = f64::NAN;
        assert!(sign_errors(&odd, None, 1.0).is_err());
        assert!(sign_errors(&[], None, 1.0).is_err());
    }
}
