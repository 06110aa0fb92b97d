//! What can go wrong with experiments.

use super::run::RunId;
use crate::certificate::CertificateError;
use crate::complexity::ComplexityError;
use crate::dataset::DatasetError;
use crate::expressivity::ExpressivityError;
use crate::kernel::KernelError;
use crate::linalg::SpanError;
use crate::measure::MeasureError;
use crate::stability::StabilityError;
use crate::statistics::StatisticsError;
use crate::store::StoreError;
use crate::training::TrainingError;
use crate::training::least_squares::LeastSquaresError;
use crate::treatment::TreatmentError;
use crate::trial::TrialError;
use crate::trial::guessing::GuessingError;

/// An experiment that could not be done, or its result not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The spec names other data than the data at hand.
    #[error(
        "the experiment was planned for the dataset with checksum {planned}, the one loaded has \
         {loaded}; name the dataset it was planned for with --dataset"
    )]
    OtherDataset {
        /// Checksum in the spec.
        planned: String,
        /// Checksum of the data at hand.
        loaded: String,
    },
    /// Early stopping without an image on one of the sides.
    #[error(
        "holding {share} of {images} training images out leaves one part empty; give another \
         --held-out or more images"
    )]
    HeldOut {
        /// The share.
        share: f64,
        /// Training images.
        images: usize,
    },
    /// A list of the spec is empty that must not be.
    #[error("the spec of a result of kind {kind} needs {what}, and has none")]
    Empty {
        /// The kind.
        kind: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// An experiment on a stored run, where nothing is stored.
    #[error("the experiment is about a stored run, and there is no store")]
    NoStore,
    /// A decomposition of the features did not converge.
    #[error("the singular values of the features do not converge")]
    NoSpectrum,
    /// Gradient descent was given up.
    #[error("gradient descent needs more than {steps} steps")]
    StepLimit {
        /// Steps that were done.
        steps: usize,
    },
    /// Numbers that are no spec of the kind.
    #[error("this is no spec of a result of kind {kind}: {source}")]
    Spec {
        /// The kind.
        kind: &'static str,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The data do not allow it.
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    /// The treatment cannot be applied.
    #[error("{0}")]
    Treatment(#[from] TreatmentError),
    /// A prior around a trained network that is not fully connected.
    #[error(
        "a prior around a trained network is that of dense layers on pixels alone; give one around \
         random weights, or a dense network that is not smooth"
    )]
    TrainedPrior,
    /// There is no certificate.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// A training could not be done.
    #[error("{0}")]
    Training(#[from] TrainingError),
    /// A stored run could not be measured.
    #[error("run {id}: {source}")]
    MeasureRun {
        /// The run.
        id: RunId,
        /// What failed.
        source: MeasureError,
    },
    /// A training ended in a panic.
    #[error("run {id} broke off: {message}; this is a defect of the program, please report it")]
    Panicked {
        /// The run.
        id: RunId,
        /// The panic's message.
        message: String,
    },
    /// Initial weights that this program does not draw as the run's did.
    #[error("the initial weights of run {id} cannot be drawn again: {reason}")]
    Initial {
        /// The run.
        id: RunId,
        /// Why not.
        reason: String,
    },
    /// A linear model could not be followed.
    #[error("{0}")]
    LeastSquares(#[from] LeastSquaresError),
    /// A span of rows could not be found.
    #[error("{0}")]
    Span(#[from] SpanError),
    /// An interpolant could not be found.
    #[error("{0}")]
    Kernel(#[from] KernelError),
    /// A complexity could not be computed.
    #[error("{0}")]
    Complexity(#[from] ComplexityError),
    /// A network could not be constructed.
    #[error("{0}")]
    Expressivity(#[from] ExpressivityError),
    /// A solution could not be measured.
    #[error("{0}")]
    Measure(#[from] MeasureError),
    /// Nothing can be guessed on these images.
    #[error("{0}")]
    Guessing(#[from] GuessingError),
    /// A run of the trial that could not be made.
    #[error("{0}")]
    Trial(#[from] Box<TrialError>),
    /// What one example changes could not be found.
    #[error("{0}")]
    Stability(#[from] StabilityError),
    /// Numbers that a statistic cannot be computed of.
    #[error("{0}")]
    Statistics(#[from] StatisticsError),
    /// The result could not be kept or read.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl ExperimentError {
    /// Whether what was asked for cannot be, whatever the data and the machine.
    pub fn is_contradiction(&self) -> bool {
        matches!(
            self,
            Self::Treatment(_)
                | Self::Training(TrainingError::Recipe(_) | TrainingError::NoSuchNetwork(_))
        )
    }
}

impl From<TrialError> for ExperimentError {
    fn from(error: TrialError) -> Self {
        Self::Trial(Box::new(error))
    }
}
