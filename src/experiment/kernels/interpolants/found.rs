//! What is known of an interpolant, or why there is none.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::InterpolantsError;
use super::job::{Job, Sample};
use super::pool::in_file;
use crate::classification::Errors;
use crate::experiment::Labeling;
use crate::kernel::{
    ConditionKind, Equal, Interpolant, KernelError, Norm, Precision, Range, Solver, peak_memory,
};
use crate::statistics::proportion;

/// One interpolant: what was asked for and what was found. Errors are fractions.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The kernel, as it is written: `gaussian:5`.
    pub kernel: String,
    /// Its parameters by name.
    pub parameters: BTreeMap<&'static str, f64>,
    /// What it sees of an image.
    pub features: String,
    /// Features per image.
    pub dimension: usize,
    /// Labels of the training images.
    pub labels: Labeling,
    /// Training images.
    pub train_size: usize,
    /// Test images.
    pub test_size: usize,
    /// Seed of the images, labels and filters.
    pub seed: u64,
    /// λ in (K + λI)α = y.
    pub ridge: f64,
    /// How it was solved.
    pub solver: Solver,
    /// Precision of the kernel matrix.
    pub precision: Precision,
    /// Rank of the preconditioner; 0 with Cholesky.
    pub rank: usize,
    /// Of conjugate gradients, or refinements after Cholesky.
    pub iterations: usize,
    /// On the labels given.
    pub train_error: f64,
    /// On the test images with their own labels.
    pub test_error: f64,
    /// Wilson's 95 % interval for the test images as a sample.
    pub test_error_interval: [f64; 2],
    /// Training and test images with an output that is not finite: errors all.
    pub not_finite: usize,
    /// Root of the sum of squares over classes, one-hot targets; none where it is not
    /// known.
    pub rkhs_norm: Option<f64>,
    /// What is known of it.
    pub norm: Norm,
    /// None for a class whose norm is not known.
    pub class_norms: Vec<Option<f64>>,
    /// Rank of a singular kernel matrix, and where the targets lie.
    pub range: Option<Range>,
    /// Images equal to an earlier one with the same label, counted once; rows of the
    /// file.
    pub merged: Option<Equal>,
    /// Images equal to an earlier one with another label.
    pub conflict: Option<Equal>,
    /// ‖(K + λI)α − y‖ / ‖y‖ against a freshly computed K in f64.
    pub relative_residual: f64,
    /// Condition number.
    pub condition_estimate: f64,
    /// Which matrix it is of.
    pub condition_kind: ConditionKind,
    /// If asked for and the norm is known.
    pub leave_one_out_error: Option<f64>,
    /// tr K(K + λI)⁻¹, with the leave-one-out error.
    pub effective_dimension: Option<f64>,
    /// Time per stage.
    pub seconds: Seconds,
    /// What the plan counted: solver and features.
    pub planned_bytes: u64,
    /// Largest resident size of the process so far, where the system tells.
    pub peak_bytes: Option<u64>,
}

/// An interpolant that could not be found.
#[derive(Debug, Clone, Serialize)]
pub struct NotFound {
    /// The kernel, as it is written.
    pub kernel: String,
    /// Labels of the training images.
    pub labels: Labeling,
    /// Training images.
    pub train_size: usize,
    /// Seed of the images, labels and filters.
    pub seed: u64,
    /// λ in (K + λI)α = y.
    pub ridge: f64,
    /// Why.
    #[serde(serialize_with = "in_words")]
    pub error: KernelError,
}

fn in_words<S: Serializer>(error: &KernelError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

/// Wall-clock seconds per stage.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Seconds {
    /// Features of training and test images, once for all kernels.
    pub features: f64,
    /// Kernel matrix.
    pub gram: f64,
    /// Factorization, or preconditioner and iteration.
    pub solve: f64,
    /// The preconditioner's part of `solve`.
    pub precondition: f64,
    /// Residual against a freshly computed matrix, condition estimate.
    pub verify: f64,
    /// Outputs on the test images.
    pub predict: f64,
}

impl Found {
    /// Points that were solved for.
    pub fn distinct(&self) -> usize {
        self.train_size - self.merged.map_or(0, |equal| equal.count)
    }

    /// What is known of a function, its errors on the test images being counted; seconds
    /// of the features and of the outputs on the test images.
    pub(super) fn of(
        f: &Interpolant<'_>,
        (sample, job): (&Sample, &Job),
        on_test: Errors,
        (features, predict): (f64, f64),
    ) -> Result<Self, InterpolantsError> {
        let interval = proportion(on_test.errors as u64, on_test.examples as u64)?.interval;
        let (plan, rows) = (f.plan(), &sample.rows);
        Ok(Self {
            kernel: job.kernel.to_string(),
            parameters: job.kernel.parameters().into_iter().collect(),
            features: sample.map.name().to_owned(),
            dimension: sample.map.dimension(),
            labels: job.labels,
            train_size: rows.len(),
            test_size: on_test.examples,
            seed: sample.seed,
            ridge: job.ridge,
            solver: plan.solver,
            precision: plan.precision,
            rank: plan.rank,
            iterations: f.iterations,
            train_error: f.train.fraction(),
            test_error: on_test.fraction(),
            test_error_interval: interval.map_or([0.0, 1.0], |i| [i.low, i.high]),
            not_finite: f.train.not_finite + on_test.not_finite,
            rkhs_norm: f.rkhs_norm.known(),
            norm: f.rkhs_norm,
            class_norms: f.class_norms.iter().map(|norm| norm.known()).collect(),
            range: f.range.clone(),
            merged: f.merged().map(|equal| in_file(equal, rows)),
            conflict: f.conflict().map(|equal| in_file(equal, rows)),
            relative_residual: f.relative_residual,
            condition_estimate: f.condition.value,
            condition_kind: f.condition.kind,
            leave_one_out_error: f.inverse_diagonal.map(|d| d.leave_one_out_error),
            effective_dimension: f.inverse_diagonal.map(|d| d.effective_dimension),
            seconds: Seconds {
                features,
                gram: f.seconds.gram,
                solve: f.seconds.solve,
                precondition: f.seconds.precondition,
                verify: f.seconds.verify,
                predict,
            },
            planned_bytes: plan.bytes + sample.feature_bytes,
            peak_bytes: peak_memory(),
        })
    }
}

impl std::error::Error for NotFound {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
