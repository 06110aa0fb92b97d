//! Whether weight decay helps optimization: claim C5 of the review, after Krizhevsky et al. 2012.

use crate::experiment::Study;
use crate::experiment::run::StoredRun;
use crate::network::Zoo;
use crate::statistics::{Alternative, Estimate, StatisticsError, holm, t_test};

/// A network trained with weight decay of this coefficient; 0 is without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The network.
    pub network: Zoo,
    /// Coefficient λ of the weight decay.
    pub weight_decay: f64,
}

/// By what optimization is judged. Either is better when smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Training cross-entropy, without the penalty, after the same number of updates.
    Loss,
    /// Updates until the training cross-entropy, without the penalty, is at most the target.
    Updates,
}

impl Measure {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Loss, Self::Updates];

    /// Its value for a run: after `epochs`, or until the loss is at most `target`.
    fn of(self, run: &StoredRun, epochs: usize, target: f64) -> Option<f64> {
        match self {
            Self::Loss => run.curve.get(epochs).map(|point| point.train_loss),
            Self::Updates => {
                let mut curve = run.curve.iter();
                let arrived = curve.find(|point| point.train_loss <= target);
                arrived.map(|point| point.step as f64)
            }
        }
    }
}

/// Weight decay of one coefficient beside none.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimized {
    /// The network and the coefficient.
    pub with: Coefficient,
    /// By what they are compared.
    pub measure: Measure,
    /// With weight decay over without, geometric mean within seeds; below 1 weight decay helps.
    /// None where a training of either never met the target.
    pub ratio: Option<Estimate>,
    /// p of the one-sided t test on the logarithms of the ratios that weight decay does not help; 1
    /// where there is no ratio for every seed, or they do not differ.
    pub p_value: f64,
    /// The same, adjusted by Holm's method over all rows.
    pub adjusted: f64,
}

/// Each coefficient but 0 beside 0, for both measures, with p-values adjusted over all of them.
/// `epochs` says after how many the losses of a network are compared.
///
/// # Errors
/// [`StatisticsError`] for p-values outside [0, 1], which do not occur.
pub fn optimized(
    study: &Study<Coefficient, StoredRun>,
    epochs: impl Fn(Zoo) -> usize,
    target: f64,
) -> Result<Vec<Optimized>, StatisticsError> {
    let with = study.cells().filter(|cell| cell.weight_decay > 0.0);
    let mut rows: Vec<Optimized> = with
        .flat_map(|&with| Measure::ALL.map(|measure| (with, measure)))
        .map(|(with, measure)| {
            let value = |run: &StoredRun| measure.of(run, epochs(with.network), target);
            let without = Coefficient {
                weight_decay: 0.0,
                ..with
            };
            let values = [with, without].map(|cell| study.values(&cell, value));
            Optimized {
                with,
                measure,
                ratio: study.ratio(&with, &without, value),
                p_value: match values {
                    [Some(with), Some(without)] => not_smaller(&with, &without),
                    _ => 1.0,
                },
                adjusted: 1.0,
            }
        })
        .collect();
    let p_values: Vec<f64> = rows.iter().map(|row| row.p_value).collect();
    for (row, adjusted) in rows.iter_mut().zip(holm(&p_values)?) {
        row.adjusted = adjusted;
    }
    Ok(rows)
}

/// p that positive numbers are not smaller than those they are paired with.
fn not_smaller(with: &[f64], without: &[f64]) -> f64 {
    let logs = (with.iter().zip(without)).map(|(with, without)| (with / without).ln());
    let logs: Vec<f64> = logs.collect();
    t_test(&logs, Alternative::Less).map_or(1.0, |test| test.p_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The logarithms are −1, −2, −3: t = −2/(1/√3) = −√12 with 2 degrees of freedom, whose
    /// one-sided p is (1 − √12/√(2 + 12))/2.
    #[test]
    fn p_is_that_of_the_logarithms() {
        let without = [1.0, 2.0, 3.0];
        let with: Vec<f64> = (without.iter().zip([-1.0_f64, -2.0, -3.0]))
            .map(|(x, log)| x * log.exp())
            .collect();
        let expected = (1.0 - (12.0_f64 / 14.0).sqrt()) / 2.0;
        assert!((not_smaller(&with, &without) - expected).abs() < 1e-9);
        assert!((not_smaller(&without, &with) - (1.0 - expected)).abs() < 1e-9);
        assert_eq!(not_smaller(&without, &without), 1.0);
    }
}
