//! Fetching the datasets of the catalogue, with checksums.
//!
//! A file is downloaded to `<file>.part`, checked, and renamed to its name only
//! when its content is the published one. A download that was cut off is resumed
//! by the next one.

mod archive;
mod download;
mod verify;

pub use verify::{FileState, FileStatus, verify};

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::catalogue::{self, DataFile, Delivery, Entry, Location};
use super::files;
use download::Part;
use verify::{State, inspect};

/// Why a dataset could not be fetched or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No catalogue entry of that name.
    #[error("there is no dataset `{name}` in the catalogue: name one of {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names in the catalogue.
        known: String,
    },
    /// No mirror gave the file.
    #[error("cannot fetch {file}: {}; run again, give another server with --mirror URL, or unpack the file into {} yourself", list(attempts), folder.display())]
    Mirrors {
        /// The file.
        file: String,
        /// What each mirror did.
        attempts: Vec<Attempt>,
        /// Where the file belongs.
        folder: PathBuf,
    },
    /// Another process downloads the same file.
    #[error("{} is being written by another process: wait for it to end, then run again", path.display())]
    Busy {
        /// The file both want.
        path: PathBuf,
    },
    /// The archive does not hold a file of the set.
    #[error(
        "{archive} has no good {file} in it: {problem}; fetch from another server with --mirror URL"
    )]
    Archive {
        /// Name of the archive.
        archive: &'static str,
        /// The file looked for.
        file: &'static str,
        /// What was found instead.
        problem: String,
    },
    /// The disk did not do as asked.
    #[error("cannot read or write {}: {source}; check permissions and free space", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// One mirror's failure.
#[derive(Debug, thiserror::Error)]
#[error("{url} {failure}")]
pub struct Attempt {
    /// The address asked.
    pub url: String,
    /// What happened.
    pub failure: Failure,
}

/// How a mirror failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No answer.
    #[error("cannot be reached ({reason})")]
    Unreachable {
        /// The cause.
        reason: String,
    },
    /// An answer without the file.
    #[error("answered {status}")]
    Status {
        /// HTTP status code.
        status: u16,
    },
    /// The connection broke; what came is kept and resumed next time.
    #[error("broke off after {received} bytes, which are kept ({reason})")]
    BrokeOff {
        /// Bytes there are now.
        received: u64,
        /// The cause.
        reason: String,
    },
    /// More came than the file can have.
    #[error("sent more than {limit} bytes, which were removed")]
    TooLong {
        /// The most bytes the file can have.
        limit: u64,
    },
    /// The content is not the published one.
    #[error("sent content with SHA-256 {found} where {expected} was expected; it was removed")]
    Checksum {
        /// The published SHA-256.
        expected: &'static str,
        /// The one found.
        found: String,
    },
    /// The content could not be decompressed.
    #[error(
        "sent content that cannot be decompressed ({reason}) where SHA-256 {expected} was expected; it was removed"
    )]
    Damaged {
        /// The published SHA-256.
        expected: &'static str,
        /// The cause.
        reason: String,
    },
}

impl Failure {
    /// Whether what has come so far may be the beginning of the file.
    fn keeps_the_part(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Status { .. } | Self::BrokeOff { .. }
        )
    }
}

fn list(attempts: &[Attempt]) -> String {
    let attempts: Vec<String> = attempts.iter().map(Attempt::to_string).collect();
    attempts.join(", ")
}

/// What [`fetch()`] is doing.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Part of a file has come.
    Received {
        /// File name.
        file: &'a str,
        /// Bytes there are.
        received: u64,
        /// Bytes there will be, if the server said so.
        total: Option<u64>,
    },
    /// A mirror failed; the next one is asked.
    Failed(&'a Attempt),
    /// A file is in its place and checked.
    Ready {
        /// File name.
        file: &'a str,
        /// Where it came from: an address, a path, or its place if it was there.
        from: &'a str,
    },
}

/// Fetches a dataset into `data_dir/<name>` and says where it is then.
///
/// Files that are there and good are kept. A set that a system package has
/// installed is copied instead of downloaded. Otherwise each mirror of the
/// catalogue is asked in turn, or only `mirror` if it is given (a base address; it
/// also goes before the installed copy). Nothing is fetched for the embedded set.
///
/// # Errors
///
/// When the name is not in the catalogue, no mirror gives a file with the published
/// SHA-256, another process is fetching the same file, or the disk refuses.
pub fn fetch(
    name: &str,
    data_dir: &Path,
    mirror: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Location, FetchError> {
    fetch_entry(find(name)?, data_dir, mirror, progress)
}

fn find(name: &str) -> Result<&'static Entry, FetchError> {
    catalogue::find(name).ok_or_else(|| FetchError::Unknown {
        name: name.to_string(),
        known: catalogue::names(),
    })
}

fn fetch_entry(
    entry: &'static Entry,
    data_dir: &Path,
    mirror: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Location, FetchError> {
    if matches!(entry.delivery, Delivery::Embedded) {
        return Ok(Location::Embedded);
    }
    if let Location::Folder(folder) = entry.locate(Some(data_dir))
        && entry.system_folder.map(Path::new) != Some(&folder)
        && let Some(paths) = entry
            .files
            .iter()
            .map(|file| good_copy(&folder, file))
            .collect::<Option<Vec<_>>>()
    {
        for (file, path) in entry.files.iter().zip(paths) {
            progress(Progress::Ready {
                file: file.name,
                from: &path.display().to_string(),
            });
        }
        return Ok(Location::Folder(folder));
    }
    let folder = data_dir.join(entry.name);
    fs::create_dir_all(&folder).map_err(disk_error(&folder))?;
    let from_mirrors =
        |own: &'static [&'static str]| mirror.map_or(own.to_vec(), |mirror| vec![mirror]);
    match entry.delivery {
        Delivery::Embedded => {}
        Delivery::Gzip { mirrors } => {
            let system = entry
                .system_folder
                .map(Path::new)
                .filter(|_| mirror.is_none());
            for file in entry.files {
                fetch_file(file, &folder, system, &from_mirrors(mirrors), progress)?;
            }
        }
        Delivery::Archive {
            name,
            bytes,
            sha256,
            mirrors,
        } => {
            let archive = archive::Archive {
                name,
                bytes,
                sha256,
            };
            archive.fetch(entry, &folder, &from_mirrors(mirrors), progress)?;
        }
    }
    Ok(Location::Folder(folder))
}

/// Fetches one file of a set whose files are packed one by one.
fn fetch_file(
    file: &'static DataFile,
    folder: &Path,
    system: Option<&Path>,
    mirrors: &[&str],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), FetchError> {
    if let Some(path) = good_copy(folder, file) {
        progress(Progress::Ready {
            file: file.name,
            from: &path.display().to_string(),
        });
        return Ok(());
    }
    let packed = format!("{}.gz", file.name);
    let mut part = Part::open(folder, &packed)?;
    let from = match system.and_then(|system| good_copy(system, file)) {
        Some(installed) => {
            part.fill(File::open(&installed).map_err(disk_error(&installed))?)?;
            installed.display().to_string()
        }
        None => part.download(mirrors, file.bytes + SLACK, progress, |path| {
            inspect(files::open(path), file.bytes, file.sha256)
        })?,
    };
    part.keep()?;
    // A bad unpacked copy would be found before the good packed one.
    let unpacked = folder.join(file.name);
    if unpacked.exists() {
        fs::remove_file(&unpacked).map_err(disk_error(&unpacked))?;
    }
    progress(Progress::Ready {
        file: file.name,
        from: &from,
    });
    Ok(())
}

/// gzip can make a file longer, but only by a few bytes in every 32 KiB.
const SLACK: u64 = 1 << 16;

/// The path of the file in the folder, if it is there and is the published one.
fn good_copy(folder: &Path, file: &DataFile) -> Option<PathBuf> {
    let path = files::find(folder, file.name)?;
    matches!(
        inspect(files::open(&path), file.bytes, file.sha256),
        State::Intact
    )
    .then_some(path)
}

/// Makes the entries of a folder durable.
fn sync_folder(folder: &Path) -> Result<(), FetchError> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(disk_error(folder))?;
    }
    Ok(())
}

fn disk_error(path: &Path) -> impl FnOnce(io::Error) -> FetchError + use<'_> {
    |source| FetchError::Disk {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests;
