//! Why small norms are reached sooner: norm and hitting time are two functions of
//! how the labels lie along the spectrum of the features.

use rethink::experiment::linear::hitting_times::{CORRUPTED, Labeling};
use rethink::statistics::{Estimate, mean, partial_correlation, pearson, spearman_rho};

use crate::show::{correlation, within};

/// What the labelings of all seeds say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
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

impl Reach {
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
            spearman_rho(&of(labelings, steps), &of(labelings, |l| l.norm)).ok()
        };
        let logs = |found: &[Labeling]| -> (Vec<f64>, Vec<f64>) {
            let all: Vec<&Labeling> = found.iter().collect();
            (of(&all, |l| steps(l).ln()), of(&all, |l| l.norm.ln()))
        };
        Self {
            largest_error: errors.max().unwrap_or(0),
            rho: over_seeds(&|found| rho(&found.iter().collect::<Vec<_>>())).map(correlation),
            rho_within: over_seeds(&|found| {
                let groups = CORRUPTED.map(|p| at(found, p));
                let rhos: Vec<f64> = groups.iter().filter_map(|group| rho(group)).collect();
                mean(&rhos).ok().map(|mean| mean.value)
            })
            .map(correlation),
            r_squared: over_seeds(&|found| {
                let (steps, norms) = logs(found);
                Some(pearson(&steps, &norms).ok()?.powi(2))
            })
            .map(|r| within(r, 0.0, 1.0)),
            partial: over_seeds(&|found| {
                let (steps, norms) = logs(found);
                let alignment: Vec<f64> = found.iter().map(|l| l.alignment).collect();
                partial_correlation(&steps, &norms, &alignment).ok()
            })
            .map(correlation),
            freedom: (all.iter().flatten())
                .filter(|l| l.corrupted == 0.0)
                .map(|l| l.range.1 as f64 / l.range.0 as f64)
                .fold(f64::INFINITY, f64::min),
        }
    }
}

/// The measured steps.
pub fn steps(labeling: &Labeling) -> f64 {
    labeling.measured as f64
}

/// The labelings at one share of random labels.
pub fn at(found: &[Labeling], corrupted: f64) -> Vec<&Labeling> {
    found.iter().filter(|l| l.corrupted == corrupted).collect()
}

fn of(labelings: &[&Labeling], number: fn(&Labeling) -> f64) -> Vec<f64> {
    labelings.iter().map(|l| number(l)).collect()
}
