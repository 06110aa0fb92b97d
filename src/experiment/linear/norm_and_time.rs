//! Why small norms are reached sooner: norm and hitting time are two functions of
//! how the labels lie along the spectrum of the features.

use super::hitting_times::{CORRUPTED, Labeling};
use crate::statistics::{Estimate, mean, partial_correlation, pearson, spearman_rho};

/// What the labelings of all seeds say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormAndTime {
    /// Largest difference of predicted and measured steps of any labeling.
    pub largest_error: u64,
    /// Spearman's rho of measured steps and norm over all labelings of a seed.
    pub rho: Option<Estimate>,
    /// The same within one share of random labels.
    pub rho_within: Option<Estimate>,
    /// R² of the logarithm of measured steps on that of the norm, in a seed.
    pub r_squared: Option<Estimate>,
    /// Correlation of the two logarithms given the kernel-target alignment.
    pub partial: Option<Estimate>,
    /// Most over fewest steps that targets of the norm of the true labels can take,
    /// the smallest over seeds.
    pub freedom: f64,
}

impl NormAndTime {
    /// What these labelings say, of which each seed has several.
    pub fn of(all: &[Vec<Labeling>]) -> Self {
        let errors = all
            .iter()
            .flatten()
            .map(|l| l.predicted.abs_diff(l.measured));
        let over_seeds = |statistic: &dyn Fn(&[Labeling]) -> Option<f64>| -> Option<Estimate> {
            let values: Option<Vec<f64>> = all.iter().map(|found| statistic(found)).collect();
            mean(&values?).ok()
        };
        let rho = |labelings: &[&Labeling]| -> Option<f64> {
            spearman_rho(&of(labelings, Labeling::steps), &of(labelings, |l| l.norm)).ok()
        };
        let logs = |found: &[Labeling]| -> (Vec<f64>, Vec<f64>) {
            let all: Vec<&Labeling> = found.iter().collect();
            (of(&all, |l| l.steps().ln()), of(&all, |l| l.norm.ln()))
        };
        Self {
            largest_error: errors.max().unwrap_or(0),
            rho: over_seeds(&|found| rho(&found.iter().collect::<Vec<_>>()))
                .map(|rho| rho.within(-1.0, 1.0)),
            rho_within: over_seeds(&|found| {
                let groups = CORRUPTED.map(|p| Labeling::at(found, p));
                let rhos: Vec<f64> = groups.iter().filter_map(|group| rho(group)).collect();
                mean(&rhos).ok().map(|mean| mean.value)
            })
            .map(|rho| rho.within(-1.0, 1.0)),
            r_squared: over_seeds(&|found| {
                let (steps, norms) = logs(found);
                Some(pearson(&steps, &norms).ok()?.powi(2))
            })
            .map(|r| r.within(0.0, 1.0)),
            partial: over_seeds(&|found| {
                let (steps, norms) = logs(found);
                let alignment: Vec<f64> = found.iter().map(|l| l.alignment).collect();
                partial_correlation(&steps, &norms, &alignment).ok()
            })
            .map(|rho| rho.within(-1.0, 1.0)),
            freedom: (all.iter().flatten())
                .filter(|l| l.corrupted == 0.0)
                .map(|l| l.range.1 as f64 / l.range.0 as f64)
                .fold(f64::INFINITY, f64::min),
        }
    }
}

fn of(labelings: &[&Labeling], number: fn(&Labeling) -> f64) -> Vec<f64> {
    labelings.iter().map(|l| number(l)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labelings whose steps are the square of their norm and two more than predicted.
    fn labelings(shift: f64) -> Vec<Labeling> {
        let labelings = CORRUPTED.iter().flat_map(|&corrupted| {
            [1.0, 2.0, 3.0].map(|draw| {
                let norm = 10.0 * (1.0 + corrupted) + draw + shift;
                let measured = (norm * norm) as u64;
                Labeling {
                    corrupted,
                    norm,
                    alignment: draw * (1.0 - corrupted),
                    predicted: measured - 2,
                    measured,
                    range: (10, 50 + draw as u64),
                }
            })
        });
        labelings.collect()
    }

    #[test]
    fn steps_that_are_a_power_of_the_norm_are_ordered_and_explained_by_it() {
        let norms_and_times = NormAndTime::of(&[labelings(0.0), labelings(4.0)]);
        assert_eq!(norms_and_times.largest_error, 2);
        for exact in [
            norms_and_times.rho,
            norms_and_times.rho_within,
            norms_and_times.r_squared,
            norms_and_times.partial,
        ] {
            assert!(
                (exact.unwrap().value - 1.0).abs() < 1e-4,
                "{norms_and_times:?}"
            );
        }
        // Of the labelings with true labels, the first: 51 over 10.
        assert!((norms_and_times.freedom - 5.1).abs() < 1e-12);
    }
}
