//! Balls of kernel spaces: what norm labels need, and how complex the ball of that
//! norm is.

use crate::complexity::{Draws, Gram, KernelBall, MarginBound, complexity, margin_bound};
use crate::dataset::Dataset;
use crate::kernel::{AnyKernel, Features, Norm, Options, Precision, Problem, Targets};
use crate::store::{Holds, Kind};
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::labels::{Labels, Trial, binary, sign};

/// The kernels, with the bandwidths of Belkin et al. 2018 for MNIST.
pub const KERNELS: [&str; 2] = ["gaussian:5", "laplacian:10"];

/// The bounds hold with probability at least 1 − δ over the training images.
pub const DELTA: f64 = 0.01;

/// Sign vectors that are interpolated; the complexity averages over more.
pub const INTERPOLATED: usize = 20;

/// A ball of a kernel's functions, and interpolants of a binary problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignKernel {
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
    /// Sign vectors of the complexity.
    pub draws: usize,
    /// The most sign vectors that are interpolated, the first ones.
    pub interpolated: usize,
    /// Certificates of the complexity hold with probability 1 − δ.
    pub delta: f64,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// The interpolants of all labelings, targets −1 and +1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Solved {
    /// One per labeling.
    pub interpolants: Vec<SignInterpolant>,
    /// √(σᵀK⁻¹σ) for each of the first sign vectors: the smallest norm with f(xᵢ) = σᵢ.
    pub sign_norms: Vec<Norm>,
    /// √(σᵀKσ)/n for every sign vector: the supremum over the unit ball.
    pub suprema: Vec<f64>,
    /// √(tr K)/n, an upper bound on the mean supremum.
    pub upper: f64,
    /// Residual relative to the targets.
    pub relative_residual: f64,
}

/// The interpolant of one labeling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignInterpolant {
    /// What the images are labelled with.
    pub labels: Labels,
    /// RKHS norm divided by the smallest margin, which is 1 but for rounding; none
    /// where it is not known.
    pub norm: Option<f64>,
    /// Error on test images with true labels.
    pub test_error: f64,
}

impl Solved {
    /// The interpolant of a labeling.
    pub fn interpolant(&self, labels: Labels) -> Option<&SignInterpolant> {
        self.interpolants.iter().find(|one| one.labels == labels)
    }

    /// The norm that a labeling needs, where it is known.
    pub fn needed(&self, labels: Labels) -> Option<f64> {
        self.interpolant(labels)?.norm
    }
}

impl SignInterpolant {
    /// The bound on the error on labels with the same noise, where the norm is known.
    ///
    /// # Errors
    /// A sample too small for a bound.
    pub fn bound(&self, n: usize, solved: &Solved) -> Result<Option<MarginBound>, ExperimentError> {
        let bound = |norm| margin_bound(0.0, norm, solved.upper, n, DELTA);
        Ok(self.norm.map(bound).transpose()?)
    }
}

impl Experiment for SignKernel {
    const KIND: Kind = Kind {
        name: "rademacher-kernel",
        holds: Holds::Numbers,
    };
    type Output = Solved;

    fn run(&self, context: &mut Context<'_>) -> Result<Solved, ExperimentError> {
        solve(self, context.dataset(&self.checksum)?)
    }
}

/// Interpolates all labelings with one factorization.
fn solve(spec: &SignKernel, dataset: &Dataset) -> Result<Solved, ExperimentError> {
    let train = binary(&dataset.train().subset(spec.train, spec.seed)?)?;
    let test = binary(&dataset.test().subset(spec.test, 0)?)?;
    let kernel: AnyKernel = spec.kernel.parse()?;
    let labelled = |labels: Labels, number: usize| -> Result<Vec<f64>, ExperimentError> {
        let trial = Trial {
            seed: spec.seed,
            number: number as u64,
        };
        let labels = labels.apply(&train, dataset.shape(), trial)?;
        Ok(labels.into_iter().map(sign).collect())
    };
    let mut columns = (spec.labelings.iter())
        .map(|&labels| labelled(labels, 0))
        .collect::<Result<Vec<_>, ExperimentError>>()?;
    for number in 0..spec.interpolated.min(spec.draws) {
        columns.push(labelled(Labels::Signs, number)?);
    }
    let (x, targets) = (Features::pixels(&train), Targets::from_columns(columns)?);
    let options = Options::of_a_result(x.len());
    let problem = Problem::new(kernel.clone(), &x, &targets, 0.0)?;
    let interpolant = problem.solve(&options, &mut |_| {})?;
    let (count, fitted) = (targets.classes(), interpolant.fitted());
    let on_test = interpolant.predict(&Features::pixels(&test))?;
    let labelings = spec.labelings.iter().enumerate();
    let interpolants = labelings.map(|(place, &labels)| {
        let targets = targets.columns()[place].iter();
        let margins = targets.zip(fitted.chunks(count)).map(|(y, f)| y * f[place]);
        let margin = margins.fold(f64::INFINITY, f64::min);
        let outputs = on_test.chunks(count).zip(test.labels());
        let wrong = outputs.filter(|(f, label)| f[place] * sign(**label) <= 0.0);
        SignInterpolant {
            labels,
            norm: (interpolant.class_norms[place].known()).map(|norm| norm / margin),
            test_error: wrong.count() as f64 / test.len() as f64,
        }
    });
    let gram = Gram::new(&*kernel, &x, Precision::F64, 1)?;
    let draws = Draws::signs(spec.train, spec.draws, spec.seed)?;
    let ball = complexity(&KernelBall::new(&gram, 1.0)?, &draws, spec.delta, 1)?;
    Ok(Solved {
        interpolants: interpolants.collect(),
        sign_norms: interpolant.class_norms[spec.labelings.len()..].to_vec(),
        upper: ball.sandwich.upper,
        suprema: ball.suprema,
        relative_residual: interpolant.relative_residual,
    })
}

#[cfg(test)]
mod tests {
    use super::super::labels::LABELS;
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = SignKernel {
            checksum: dataset().checksum().to_owned(),
            kernel: KERNELS[0].to_owned(),
            train: 20,
            test: 30,
            labelings: LABELS.to_vec(),
            draws: 4,
            interpolated: INTERPOLATED,
            delta: DELTA,
            seed: 1,
        };
        pin("rademacher-kernel", &spec);
    }
}
