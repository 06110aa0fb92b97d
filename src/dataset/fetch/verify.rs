//! Checking the files of a dataset against the catalogue.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{FetchError, find};
use crate::dataset::catalogue::Location;
use crate::dataset::{embedded, files};

/// One file of a dataset, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// File name, without `.gz`.
    pub file: &'static str,
    /// Where it is; nothing for a file that is missing or inside the program.
    pub path: Option<PathBuf>,
    /// What was found.
    pub state: FileState,
}

/// What was found of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FileState {
    /// Its content is the published one.
    Intact,
    /// It is not there.
    Missing,
    /// Its content has another SHA-256.
    Differs {
        /// The published SHA-256.
        expected: &'static str,
        /// The one found.
        found: String,
    },
    /// It cannot be read to its end.
    Unreadable {
        /// The cause.
        reason: String,
    },
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.write_str("intact"),
            Self::Missing => f.write_str("missing"),
            Self::Differs { expected, found } => write!(f, "SHA-256 is {found}, not {expected}"),
            Self::Unreadable { reason } => write!(f, "unreadable: {reason}"),
        }
    }
}

/// Checks every file of a dataset, where [`Entry::locate`] finds it or, if it is not
/// whole anywhere, where most of its files are.
///
/// [`Entry::locate`]: crate::dataset::catalogue::Entry::locate
///
/// # Errors
///
/// When the name is not in the catalogue.
pub fn verify(name: &str, data_dir: &Path) -> Result<Vec<FileStatus>, FetchError> {
    let entry = find(name)?;
    let folder = match entry.locate(Some(data_dir)) {
        Location::Embedded => None,
        Location::Folder(folder) => Some(folder),
        Location::Missing(looked_in) => {
            // Of folders with equally many files, the first.
            let most = looked_in.into_iter().rev().max_by_key(|(_, found)| *found);
            most.map(|(folder, _)| folder)
        }
    };
    let check = |file: &'static super::DataFile| {
        let path = folder
            .as_deref()
            .and_then(|folder| files::find(folder, file.name));
        let state = match (&folder, &path) {
            (None, _) => {
                let packed = embedded::gzip(file.name).unwrap_or_default();
                inspect(Ok(MultiGzDecoder::new(packed)), file.bytes, file.sha256).into()
            }
            (Some(_), Some(path)) => inspect(files::open(path), file.bytes, file.sha256).into(),
            (Some(_), None) => FileState::Missing,
        };
        FileStatus {
            file: file.name,
            path,
            state,
        }
    };
    Ok(entry.files.iter().map(check).collect())
}

/// What the content of a file was found to be.
pub(super) enum State {
    Intact,
    Differs {
        expected: &'static str,
        found: String,
    },
    Unreadable {
        expected: &'static str,
        reason: String,
    },
}

impl From<State> for FileState {
    fn from(state: State) -> Self {
        match state {
            State::Intact => Self::Intact,
            State::Differs { expected, found } => Self::Differs { expected, found },
            State::Unreadable { reason, .. } => Self::Unreadable { reason },
        }
    }
}

/// Compares the length and the SHA-256 of a content with the published ones. More than
/// one byte beyond the length is not read.
pub(super) fn inspect(content: io::Result<impl Read>, bytes: u64, expected: &'static str) -> State {
    match content.and_then(|content| sha256(content.take(bytes + 1))) {
        Ok((found, _)) if found == expected => State::Intact,
        Ok((_, length)) if length > bytes => State::Unreadable {
            expected,
            reason: format!("it has more than the {bytes} bytes that were published"),
        },
        Ok((found, _)) => State::Differs { expected, found },
        Err(error) => State::Unreadable {
            expected,
            reason: error.to_string(),
        },
    }
}

/// The SHA-256 of a content, and its length.
fn sha256(mut content: impl Read) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok((crate::digest::hex(&hash.finalize()), length)),
            Ok(n) => {
                hash.update(&buffer[..n]);
                length += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
