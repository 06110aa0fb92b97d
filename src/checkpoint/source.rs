//! An open file, what it is by its first bytes, and how much may be made of it.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::CheckpointError;

/// Most bytes of values that are read.
const MOST: u64 = 16 << 30;
/// Bytes that a file of any length may unpack to.
const ALWAYS: u64 = 64 << 20;
/// Bytes that each byte of a file may unpack to. Weights do not compress; zeros do,
/// a thousandfold.
const PER_BYTE: u64 = 100;

/// A file to read from.
pub(super) struct Source<R> {
    pub(super) bytes: R,
    pub(super) path: PathBuf,
    pub(super) length: u64,
}

/// What the first bytes say.
pub(super) enum Kind {
    Safetensors,
    Zip,
}

impl<R: Read + Seek> Source<R> {
    pub(super) fn new(mut bytes: R, path: &Path) -> Result<Self, CheckpointError> {
        let length = bytes.seek(SeekFrom::End(0));
        let length = length.map_err(|source| CheckpointError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            bytes,
            path: path.to_path_buf(),
            length,
        })
    }

    /// What the file is.
    pub(super) fn kind(&mut self) -> Result<Kind, CheckpointError> {
        let start = self.read(0, self.length.min(300))?;
        let unsupported = |found, remedy| CheckpointError::Unsupported {
            path: self.path.clone(),
            found,
            remedy,
        };
        const OLD_PYTORCH: &str = "a checkpoint in PyTorch's format from before 1.6";
        const SAVE_AGAIN: &str = "save it again with a newer one: torch.save(torch.load(path, map_location=\"cpu\", weights_only=True), path)";
        // The pickled number that old files begin with, and the name of their tar.
        const OLD_MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            Ok(Kind::Zip)
        } else if start.get(2..).is_some_and(|s| s.starts_with(OLD_MAGIC))
            || start.get(257..262) == Some(b"ustar")
        {
            Err(unsupported(OLD_PYTORCH, SAVE_AGAIN))
        } else if start.starts_with(b"\x89HDF") {
            Err(unsupported(
                "an HDF5 file",
                "save its arrays with np.savez(path, **arrays)",
            ))
        } else if start.starts_with(b"\x93NUMPY") {
            Err(unsupported(
                "a single NumPy array",
                "save all arrays by name with np.savez(path, **arrays)",
            ))
        } else if start.get(8) == Some(&b'{') {
            Ok(Kind::Safetensors)
        } else {
            Err(CheckpointError::UnknownFormat {
                path: self.path.clone(),
            })
        }
    }

    /// `count` bytes from `start` on; the caller has checked that the file is as long.
    pub(super) fn read(&mut self, start: u64, count: u64) -> Result<Vec<u8>, CheckpointError> {
        // The caller's word is good for the room: it has compared it with the file's length.
        let mut bytes = Vec::with_capacity(count as usize + 1);
        let read = self.bytes.seek(SeekFrom::Start(start));
        let read = read.and_then(|_| (&mut self.bytes).take(count).read_to_end(&mut bytes));
        match read {
            Ok(read) if read as u64 == count => Ok(bytes),
            Ok(read) => Err(self.damaged(format!("{count} bytes were expected and {read} found"))),
            Err(source) => Err(self.failed(source)),
        }
    }

    pub(super) fn damaged(&self, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::Damaged {
            path: self.path.clone(),
            problem: problem.into(),
        }
    }

    pub(super) fn failed(&self, source: io::Error) -> CheckpointError {
        CheckpointError::Read {
            path: self.path.clone(),
            source,
        }
    }

    pub(super) fn allowance(&self) -> Allowance {
        let most = self.length.saturating_mul(PER_BYTE).saturating_add(ALWAYS);
        let most = most.min(MOST);
        Allowance {
            path: self.path.clone(),
            length: self.length,
            most,
            left: most,
        }
    }
}

/// How many more bytes a file may be unpacked to.
pub(super) struct Allowance {
    path: PathBuf,
    length: u64,
    most: u64,
    left: u64,
}

impl Allowance {
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes `bytes` from what is left.
    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), CheckpointError> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| CheckpointError::TooLarge {
                path: self.path.clone(),
                length: self.length,
                most: self.most,
            })?;
        Ok(())
    }
}
