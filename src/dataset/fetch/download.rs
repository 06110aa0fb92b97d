//! One file on its way: `<file>.part`, filled from a mirror or a copy, then renamed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, RANGE};

use super::verify::State;
use super::{Attempt, Failure, FetchError, Progress, disk_error, sync_folder};

/// The unfinished file of a download, locked against other processes.
pub(super) struct Part {
    name: String,
    folder: PathBuf,
    path: PathBuf,
    file: File,
}

impl Part {
    /// Opens `<folder>/<name>.part`, keeping what an earlier download left in it.
    pub fn open(folder: &Path, name: &str) -> Result<Self, FetchError> {
        let path = folder.join(format!("{name}.part"));
        loop {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create(true).truncate(false);
            let file = options.open(&path).map_err(disk_error(&path))?;
            match file.try_lock() {
                // Renamed by another process between the two: that file is not ours.
                Ok(()) if !path.exists() => continue,
                Ok(()) => {
                    return Ok(Self {
                        name: name.to_string(),
                        folder: folder.to_path_buf(),
                        path,
                        file,
                    });
                }
                Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
                Err(TryLockError::Error(source)) => return Err(FetchError::Disk { path, source }),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces what the part holds.
    pub fn fill(&mut self, mut content: impl Read) -> Result<(), FetchError> {
        let filled = (self.file.set_len(0))
            .and_then(|()| self.file.rewind())
            .and_then(|()| io::copy(&mut content, &mut self.file));
        filled.map(drop).map_err(disk_error(&self.path))
    }

    /// Fills the part from the first mirror whose content `inspect` finds intact, and
    /// gives the address it came from.
    pub fn download(
        &mut self,
        mirrors: &[&str],
        limit: u64,
        progress: &mut dyn FnMut(Progress),
        inspect: impl Fn(&Path) -> State,
    ) -> Result<String, FetchError> {
        let mut attempts = Vec::new();
        for mirror in mirrors {
            let url = format!("{}/{}", mirror.trim_end_matches('/'), self.name);
            let failure = loop {
                let resumed = self.length()? > 0;
                let failure = match self.receive(&url, limit, progress)? {
                    Some(failure) => failure,
                    None => match inspect(&self.path) {
                        State::Intact => return Ok(url),
                        State::Differs { expected, found } => Failure::Checksum { expected, found },
                        State::Unreadable { expected, reason } => {
                            Failure::Damaged { expected, reason }
                        }
                    },
                };
                if failure.keeps_the_part() {
                    break failure;
                }
                self.file.set_len(0).map_err(disk_error(&self.path))?;
                // The beginning may have been of another packing: once more from the start.
                if !resumed {
                    break failure;
                }
            };
            let attempt = Attempt { url, failure };
            progress(Progress::Failed(&attempt));
            attempts.push(attempt);
        }
        self.remove_if_empty()?;
        Err(FetchError::Mirrors {
            file: self.name.clone(),
            attempts,
            folder: self.folder.clone(),
        })
    }

    /// Asks one address for what the part lacks.
    fn receive(
        &mut self,
        url: &str,
        limit: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Failure>, FetchError> {
        let path = self.path.clone();
        let failed = disk_error(&path);
        let kept = match self.file.seek(SeekFrom::End(0)) {
            Ok(kept) => kept,
            Err(error) => return Err(failed(error)),
        };
        let mut request = agent().get(url).header(ACCEPT_ENCODING, "identity");
        if kept > 0 {
            request = request.header(RANGE, format!("bytes={kept}-"));
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => {
                return Ok(Some(Failure::Unreachable {
                    reason: error.to_string(),
                }));
            }
        };
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let resumes =
            header(CONTENT_RANGE).is_some_and(|range| range.starts_with(&format!("bytes {kept}-")));
        let mut received = match response.status().as_u16() {
            206 if resumes => kept,
            200 => 0,
            // Nothing is lacking: the content decides whether the part is good.
            416 if kept > 0 => return Ok(None),
            status => return Ok(Some(Failure::Status { status })),
        };
        let total =
            header(CONTENT_LENGTH).and_then(|length| Some(received + length.parse::<u64>().ok()?));
        let started = self
            .file
            .set_len(received)
            .and_then(|()| self.file.seek(SeekFrom::Start(received)));
        if let Err(error) = started {
            return Err(failed(error));
        }
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = match body.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let reason = error.to_string();
                    return Ok(Some(Failure::BrokeOff { received, reason }));
                }
            };
            if let Err(error) = self.file.write_all(&buffer[..n]) {
                return Err(failed(error));
            }
            received += n as u64;
            if received > limit {
                return Ok(Some(Failure::TooLong { limit }));
            }
            progress(Progress::Received {
                file: &self.name,
                received,
                total,
            });
        }
    }

    /// Renames the part to its name, durably.
    pub fn keep(self) -> Result<(), FetchError> {
        self.file.sync_all().map_err(disk_error(&self.path))?;
        let place = self.folder.join(&self.name);
        fs::rename(&self.path, &place).map_err(disk_error(&place))?;
        sync_folder(&self.folder)
    }

    /// Removes the part.
    pub fn discard(self) -> Result<(), FetchError> {
        fs::remove_file(&self.path).map_err(disk_error(&self.path))
    }

    fn remove_if_empty(&self) -> Result<(), FetchError> {
        if self.length()? == 0 {
            fs::remove_file(&self.path).map_err(disk_error(&self.path))?;
        }
        Ok(())
    }

    fn length(&self) -> Result<u64, FetchError> {
        let metadata = self.file.metadata().map_err(disk_error(&self.path))?;
        Ok(metadata.len())
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(60)))
        .build()
        .new_agent()
}
