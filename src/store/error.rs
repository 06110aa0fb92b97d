//! What can go wrong where results are kept.

use std::io;
use std::path::{Path, PathBuf};

/// A result that could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
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
    /// The folder of all results is not the one that was opened.
    #[error(
        "the folder {path} was removed or replaced while the program ran, and results with it; run again"
    )]
    FolderGone {
        /// The folder.
        path: PathBuf,
    },
    /// No current result has an id that begins so.
    #[error(
        "no such result in {} has an id that begins with {id}: rethink runs list shows them",
        out.display()
    )]
    NoResult {
        /// The beginning that was given.
        id: String,
        /// The output folder.
        out: PathBuf,
    },
    /// Several results have an id that begins so.
    #[error("{count} results have an id that begins with {id}: give more of it")]
    SeveralResults {
        /// The beginning that was given.
        id: String,
        /// How many these are.
        count: usize,
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

impl StoreError {
    /// For `map_err`: that an action on a path failed.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// What is wrong, where the remedy is at hand.
    pub(crate) fn without_remedy(&self) -> String {
        match self {
            Self::Io {
                action,
                path,
                source,
            } => format!("cannot {action} {}: {source}", path.display()),
            Self::Damaged { path, reason } => format!("{} is damaged: {reason}", path.display()),
            Self::FolderGone { .. } | Self::NoResult { .. } | Self::SeveralResults { .. } => {
                self.to_string()
            }
        }
    }
}

/// What the user can do about a system error.
fn remedy(action: &str, error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space and run again, complete results are kept"
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
