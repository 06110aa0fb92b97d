//! Why small norms are reached sooner: norm and hitting time are two functions of
//! how the labels lie along the spectrum of the features.

use anyhow::Context;
use rethink::dataset::Dataset;
use rethink::kernel::RandomFourier;
use rethink::linalg::RowSpan;
use rethink::statistics::{Estimate, mean, partial_correlation, pearson, spearman_rho};
use rethink::store::{Holds, Kind};
use rethink::training::least_squares::{LeastSquares, Method};
use rethink::treatment::Treatment;
use serde::{Deserialize, Serialize};

use super::half_of_the_classes;
use crate::interpolation::world::{Examples, draw};
use crate::show::{correlation, within};

/// The kind of its records.
pub const KIND: Kind = Kind {
    name: "linear-mechanism",
    holds: Holds::Numbers,
};

/// What the experiment is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MechanismSpec {
    pub checksum: String,
    pub train: usize,
    pub features: usize,
    /// Shares of labels that are replaced by random ones.
    pub corrupted: Vec<f64>,
    /// Labelings at each share of random labels.
    pub draws: usize,
    pub bandwidth: f64,
    /// Relative residual that is to be reached.
    pub residual: f64,
    /// Steps after which gradient descent is given up.
    pub max_steps: usize,
    pub seed: u64,
}

/// Shares of labels that are replaced by random ones.
pub const CORRUPTED: [f64; 5] = [0.0, 0.1, 0.25, 0.5, 1.0];

/// One labeling of the images of a seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labeling {
    /// Probability that a label is replaced.
    pub corrupted: f64,
    /// Norm of the interpolant of smallest norm, from the spectrum.
    pub norm: f64,
    /// Kernel-target alignment.
    pub alignment: f64,
    /// Steps of gradient descent from zero to the residual, from the spectrum.
    pub predicted: u64,
    /// The same, of gradient descent on the weights.
    pub measured: u64,
    /// Fewest and most steps of any targets with this norm, on these features.
    pub range: (u64, u64),
}

/// The labelings of one seed, all on the same images and features.
pub type Found = Vec<Labeling>;

/// Predicts and measures every labeling of one seed.
pub fn find(spec: &MechanismSpec, dataset: &Dataset) -> anyhow::Result<Found> {
    let (classes, shape) = (dataset.classes(), dataset.shape());
    let draw = draw(dataset, (spec.train, 0, 1), spec.seed)?;
    let map = RandomFourier::new(
        draw.train.features(),
        spec.features,
        spec.bandwidth,
        spec.seed,
    );
    let train = Examples::of(&draw.train, &map);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let spectrum = span
        .gram_spectrum()
        .context("the singular values of the features do not converge")?;
    let start = vec![0.0; spec.features];
    let mut found = Vec::new();
    for &corrupted in &spec.corrupted {
        let draws = if corrupted == 0.0 { 1 } else { spec.draws };
        for place in 0..draws {
            let treatment = Treatment::CorruptedLabels {
                probability: corrupted,
            };
            let seed = spec.seed.wrapping_add((place as u64) << 32);
            let treated = treatment.apply(&draw.train, &draw.test, classes, shape, seed)?;
            let targets = half_of_the_classes(treated.train.labels(), classes);
            let problem = LeastSquares {
                features: &train.features,
                targets: &targets,
            };
            let step = problem.gradient_descent_rate() / train.len() as f64;
            let method = Method::GradientDescent;
            let end = problem.descend(method, &start, spec.residual, spec.max_steps, seed)?;
            let steps = end.residuals.len() - 1;
            let reached = end.residuals[steps] <= spec.residual;
            let labels = spectrum.of(&targets);
            let limit = || format!("gradient descent needs more than {steps} steps");
            found.push(Labeling {
                corrupted,
                norm: labels.least_norm(),
                alignment: labels.alignment(),
                predicted: labels
                    .hitting_time(step, spec.residual)
                    .with_context(limit)?,
                measured: reached.then_some(steps as u64).with_context(limit)?,
                range: labels
                    .hitting_times_at_this_norm(step, spec.residual)
                    .with_context(limit)?,
            });
        }
    }
    Ok(found)
}

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
    pub fn of(all: &[Found]) -> Self {
        let errors = all
            .iter()
            .flatten()
            .map(|l| l.predicted.abs_diff(l.measured));
        let over_seeds = |statistic: &dyn Fn(&Found) -> Option<f64>| -> Option<Estimate> {
            let values: Option<Vec<f64>> = all.iter().map(statistic).collect();
            mean(&values?).ok()
        };
        let rho = |labelings: &[&Labeling]| -> Option<f64> {
            spearman_rho(&of(labelings, steps), &of(labelings, |l| l.norm)).ok()
        };
        let logs = |found: &Found| -> (Vec<f64>, Vec<f64>) {
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
pub fn at(found: &Found, corrupted: f64) -> Vec<&Labeling> {
    found.iter().filter(|l| l.corrupted == corrupted).collect()
}

fn of(labelings: &[&Labeling], number: fn(&Labeling) -> f64) -> Vec<f64> {
    labelings.iter().map(|l| number(l)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{dataset, pin};

    #[test]
    fn pins() {
        let spec = MechanismSpec {
            checksum: dataset().checksum().to_owned(),
            train: 15,
            features: 60,
            corrupted: CORRUPTED.to_vec(),
            draws: 2,
            bandwidth: 5.0,
            residual: 0.3,
            max_steps: 10_000,
            seed: 1,
        };
        pin(
            "linear-mechanism",
            KIND,
            &spec,
            &find(&spec, dataset()).unwrap(),
        );
    }
}
