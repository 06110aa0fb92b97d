//! What can go wrong with runs.

use crate::dataset::DatasetError;
use crate::measure::MeasureError;
use crate::run::RunId;
use crate::store::StoreError;
use crate::training::TrainingError;
use crate::treatment::TreatmentError;

/// A run that could not be planned, computed, stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The spec names other data than the data at hand.
    #[error(
        "the run was planned for the dataset with checksum {planned}, the one loaded has {loaded}; \
         name the dataset it was planned for with --dataset"
    )]
    OtherDataset {
        /// Checksum in the spec.
        planned: String,
        /// Checksum of the data at hand.
        loaded: String,
    },
    /// The data does not allow the run.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The treatment cannot be applied.
    #[error(transparent)]
    Treatment(#[from] TreatmentError),
    /// The training could not be done.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The solution could not be measured.
    #[error("run {id}: {source}")]
    Measure {
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
    /// The run could not be stored or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Initial weights that this program does not draw as the run's did.
    #[error("the initial weights of run {id} cannot be drawn again: {reason}")]
    Initial {
        /// The run.
        id: RunId,
        /// Why not.
        reason: String,
    },
}
