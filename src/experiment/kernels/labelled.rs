//! Kernel interpolants of true, noisy and random labels, one factorization for all:
//! test error and RKHS norm.

use serde::{Deserialize, Serialize};

use super::super::linear::draw;
use super::super::{Context, Experiment, ExperimentError};
use super::labelings::Labelings;
use crate::dataset::{Dataset, Split};
use crate::kernel::{Features, Norm, Options, Problem};
use crate::random::seed_of;
use crate::store::{Holds, Kind};
use crate::treatment::Treatment;

/// The kernels, with the bandwidths of Belkin et al. 2018 for MNIST.
pub const KERNELS: [&str; 2] = ["gaussian:5", "laplacian:10"];

/// Fraction of labels replaced by a uniform class in the noisy labeling.
pub const NOISE: f64 = 0.1;

/// The interpolants of one kernel, size and seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledInterpolants {
    /// Checksum of the dataset.
    pub checksum: String,
    /// The kernel, as it is written on the command line.
    pub kernel: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// What the images are labelled with, in turn.
    pub labelings: Vec<Labels>,
    /// Fraction of labels replaced by a uniform class in the noisy labeling.
    pub noise: f64,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// What the training images are labelled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Their own labels.
    True,
    /// A fraction of the labels is replaced by a uniform class.
    Noisy,
    /// Every label is replaced by a uniform class.
    Random,
}

/// Every labeling.
pub const LABELS: [Labels; 3] = [Labels::True, Labels::Noisy, Labels::Random];

impl Labels {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            Labels::True => "true".to_owned(),
            Labels::Noisy => format!("{:.0} % noise", 100.0 * NOISE),
            Labels::Random => "random".to_owned(),
        }
    }

    fn treatment(self, noise: f64) -> Treatment {
        match self {
            Labels::True => Treatment::TrueLabels,
            Labels::Noisy => Treatment::CorruptedLabels { probability: noise },
            Labels::Random => Treatment::RandomLabels,
        }
    }
}

/// The interpolant of one labeling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interpolant {
    /// What the images are labelled with.
    pub labels: Labels,
    /// Root of the sum over classes of the squared RKHS norms, one-hot targets.
    pub norm: Norm,
    /// Error on test images with true labels.
    pub test_error: f64,
    /// Error on test images whose labels are corrupted like the training
    /// labels, as Belkin et al. measure it.
    pub test_error_same_labels: f64,
}

/// The interpolants of all labelings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Solved {
    /// One per labeling.
    pub interpolants: Vec<Interpolant>,
    /// Fraction of training images that get another label than they were given.
    pub train_error: f64,
    /// Residual relative to the targets.
    pub relative_residual: f64,
    /// Condition number, an estimate.
    pub condition: f64,
    /// How it was solved.
    pub solver: String,
}

impl Experiment for LabelledInterpolants {
    const KIND: Kind = Kind {
        name: "labelled-interpolants",
        holds: Holds::Numbers,
    };
    type Output = Solved;

    fn run(&self, context: &mut Context<'_>) -> Result<Solved, ExperimentError> {
        solve(self, context.dataset(&self.checksum)?)
    }
}

fn solve(spec: &LabelledInterpolants, dataset: &Dataset) -> Result<Solved, ExperimentError> {
    let (classes, shape) = (dataset.classes(), dataset.shape());
    let draw = draw(dataset, (spec.train, 0, spec.test), spec.seed)?;
    let (train, test) = (Features::pixels(&draw.train), Features::pixels(&draw.test));
    let labelled =
        |labels: Labels, split: &Split, seed: u64| -> Result<Vec<u32>, ExperimentError> {
            let treatment = labels.treatment(spec.noise);
            let treated = treatment.apply(split, &draw.test, classes, shape, seed)?;
            Ok(treated.train.labels().to_vec())
        };
    let labelings = Labelings {
        classes,
        labels: (spec.labelings.iter())
            .map(|&labels| labelled(labels, &draw.train, spec.seed))
            .collect::<Result<_, ExperimentError>>()?,
    };
    let targets = labelings.targets()?;
    let problem = Problem::new(spec.kernel.parse()?, &train, &targets, 0.0)?;
    let options = Options::of_a_result(train.len());
    let interpolant = problem.solve(&options, &mut |_| {})?;
    let on_test = interpolant.predict(&test)?;
    let mut interpolants = Vec::new();
    for (place, &labels) in spec.labelings.iter().enumerate() {
        // The test labels are corrupted by other draws than the training labels.
        let of_test = seed_of(spec.seed, "labels of the test images");
        let same = labelled(labels, &draw.test, of_test)?;
        interpolants.push(Interpolant {
            labels,
            norm: labelings.norm(&interpolant.class_norms, place),
            test_error: labelings.error(&on_test, place, draw.test.labels()),
            test_error_same_labels: labelings.error(&on_test, place, &same),
        });
    }
    Ok(Solved {
        interpolants,
        train_error: labelings.largest_train_error(&interpolant.fitted()),
        relative_residual: interpolant.relative_residual,
        condition: interpolant.condition.value,
        solver: format!(
            "{}, {}",
            interpolant.plan().solver,
            interpolant.plan().precision
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = LabelledInterpolants {
            checksum: dataset().checksum().to_owned(),
            kernel: KERNELS[0].to_owned(),
            train: 30,
            test: 30,
            labelings: LABELS.to_vec(),
            noise: NOISE,
            seed: 1,
        };
        pin("labelled-interpolants", &spec);
    }
}
