//! A set whose files come in one gzip-compressed tar archive.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::download::Part;
use super::verify::{State, inspect};
use super::{FetchError, Progress, disk_error};
use crate::dataset::catalogue::Entry;

/// An archive as published.
pub(super) struct Archive {
    pub name: &'static str,
    pub bytes: u64,
    pub sha256: &'static str,
}

impl Archive {
    /// Downloads the archive, checks it, and puts the files of the set into the folder.
    pub fn fetch(
        &self,
        entry: &'static Entry,
        folder: &Path,
        mirrors: &[&str],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), FetchError> {
        let mut part = Part::open(folder, self.name)?;
        let url = part.download(mirrors, self.bytes, progress, |path| {
            inspect(
                File::open(path).map(BufReader::new),
                self.bytes,
                self.sha256,
            )
        })?;
        let mut missing: Vec<_> = entry.files.iter().collect();
        let opened = File::open(part.path()).map_err(disk_error(part.path()))?;
        let mut tar = tar::Archive::new(MultiGzDecoder::new(BufReader::new(opened)));
        let broken = |error: std::io::Error| FetchError::Archive {
            archive: self.name,
            file: entry.files[0].name,
            problem: error.to_string(),
        };
        for member in tar.entries().map_err(broken)? {
            let mut member = member.map_err(broken)?;
            // Only the last part of a member's path is used, and only if it is a file of
            // the set, so an archive cannot write elsewhere.
            let path = member.path().map_err(broken)?.into_owned();
            let is_member = |name: &str| path.file_name().is_some_and(|last| last == name);
            let Some(i) = missing.iter().position(|file| is_member(file.name)) else {
                continue;
            };
            let file = missing.swap_remove(i);
            let mut unpacked = Part::open(folder, file.name)?;
            unpacked.fill((&mut member).take(file.bytes + 1))?;
            let problem = match inspect(File::open(unpacked.path()), file.bytes, file.sha256) {
                State::Intact => {
                    unpacked.keep()?;
                    progress(Progress::Ready {
                        file: file.name,
                        from: &url,
                    });
                    continue;
                }
                State::Differs { expected, found } => {
                    format!("SHA-256 {found} where {expected} was expected")
                }
                State::Unreadable { reason, .. } => reason,
            };
            unpacked.discard()?;
            return Err(FetchError::Archive {
                archive: self.name,
                file: file.name,
                problem,
            });
        }
        if let Some(file) = missing.first() {
            return Err(FetchError::Archive {
                archive: self.name,
                file: file.name,
                problem: "it is not there".to_string(),
            });
        }
        part.discard()
    }
}
