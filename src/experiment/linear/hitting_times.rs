//! Why small norms are reached sooner: norm and hitting time are two functions of
//! how the labels lie along the spectrum of the features.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::examples::{Examples, draw, half_of_the_classes};
use crate::dataset::Dataset;
use crate::kernel::RandomFourier;
use crate::linalg::RowSpan;
use crate::random::seed_of;
use crate::statistics::{Estimate, geometric_mean};
use crate::store::{Holds, Kind};
use crate::training::least_squares::{LeastSquares, Method};
use crate::treatment::Treatment;

/// Norm and steps of gradient descent for many labelings of the same images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HittingTimes {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Random Fourier features.
    pub features: usize,
    /// Shares of labels that are replaced by random ones.
    pub corrupted: Vec<f64>,
    /// Labelings at each share of random labels.
    pub draws: usize,
    /// Bandwidth of the Gaussian kernel that the features approximate.
    pub bandwidth: f64,
    /// Relative residual that is to be reached.
    pub residual: f64,
    /// Steps after which gradient descent is given up.
    pub max_steps: usize,
    /// Seed of the images and of everything drawn.
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

impl Labeling {
    /// The measured steps.
    pub fn steps(&self) -> f64 {
        self.measured as f64
    }

    /// The labelings at one share of random labels.
    pub fn at(found: &[Self], corrupted: f64) -> Vec<&Self> {
        found.iter().filter(|l| l.corrupted == corrupted).collect()
    }

    /// A number at one share of random labels: geometric mean over the labelings of each
    /// seed, then over seeds.
    pub fn averaged(
        all: &[Vec<Self>],
        corrupted: f64,
        number: fn(&Self) -> f64,
    ) -> Option<Estimate> {
        let of_seed = |found: &Vec<Self>| {
            let labelings = Self::at(found, corrupted).into_iter();
            let values: Vec<f64> = labelings.map(number).collect();
            Some(geometric_mean(&values).ok()?.value)
        };
        let seeds: Option<Vec<f64>> = all.iter().map(of_seed).collect();
        geometric_mean(&seeds?).ok()
    }
}

impl Experiment for HittingTimes {
    const KIND: Kind = Kind {
        name: "hitting-times",
        holds: Holds::Numbers,
    };
    type Output = Vec<Labeling>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Labeling>, ExperimentError> {
        labelings(self, context.dataset(&self.checksum)?)
    }
}

/// Predicts and measures every labeling.
fn labelings(spec: &HittingTimes, dataset: &Dataset) -> Result<Vec<Labeling>, ExperimentError> {
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
    let spectrum = span.gram_spectrum().ok_or(ExperimentError::NoSpectrum)?;
    let start = vec![0.0; spec.features];
    let mut found = Vec::new();
    for &corrupted in &spec.corrupted {
        let draws = if corrupted == 0.0 { 1 } else { spec.draws };
        for place in 0..draws {
            let treatment = Treatment::CorruptedLabels {
                probability: corrupted,
            };
            let seed = seed_of(spec.seed, &format!("labeling {place}"));
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
            let limit = || ExperimentError::StepLimit { steps };
            found.push(Labeling {
                corrupted,
                norm: labels.least_norm(),
                alignment: labels.alignment(),
                predicted: labels.hitting_time(step, spec.residual).ok_or_else(limit)?,
                measured: reached.then_some(steps as u64).ok_or_else(limit)?,
                range: labels
                    .hitting_times_at_this_norm(step, spec.residual)
                    .ok_or_else(limit)?,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = HittingTimes {
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
        pin("hitting-times", &spec);
    }
}
