//! What can go wrong with runs.

use std::io;
use std::path::{Path, PathBuf};

use crate::dataset::DatasetError;
use crate::measure::MeasureError;
use crate::run::RunId;
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
    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}: {source}{}", remedy(.action, .source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of all runs is not the one that was opened.
    #[error(
        "the folder {path} was removed or replaced while the program ran, and results with it; run again"
    )]
    FolderGone {
        /// The folder.
        path: PathBuf,
    },
    /// A stored file does not hold what it should.
    #[error("{path} is damaged: {reason}; move it away and run again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl RunError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunError {
        let path = path.to_owned();
        move |source| RunError::Io {
            action,
            path,
            source,
        }
    }

    pub(super) fn damaged(path: &Path, reason: impl ToString) -> RunError {
        RunError::Damaged {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// What is wrong, where the remedy is at hand.
    pub(super) fn without_remedy(&self) -> String {
        match self {
            RunError::Io {
                action,
                path,
                source,
            } => format!("cannot {action} {}: {source}", path.display()),
            RunError::Damaged { path, reason } => {
                format!("{} is damaged: {reason}", path.display())
            }
            other => other.to_string(),
        }
    }
}

/// What the user can do about a system error.
fn remedy(action: &str, error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space and run again, complete runs are kept"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder you may write to with --out"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "; a file stands where a folder must be, choose another with --out"
        }
        _ if action == "make the folder" => "; choose another folder with --out",
        _ => "",
    }
}
