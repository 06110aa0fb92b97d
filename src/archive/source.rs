//! An open file, and how much may be made of it.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Fault;

/// Most bytes of values that are read.
const MOST: u64 = 16 << 30;
/// Bytes that a file of any length may unpack to.
const ALWAYS: u64 = 64 << 20;
/// Bytes that each byte of a file may unpack to. Weights do not compress; zeros do,
/// a thousandfold.
const PER_BYTE: u64 = 100;

/// Most bytes that a packed file of this length may unpack to.
pub(crate) fn most_unpacked(length: u64) -> u64 {
    length
        .saturating_mul(PER_BYTE)
        .saturating_add(ALWAYS)
        .min(MOST)
}

/// A file to read from.
pub(crate) struct Source<R> {
    pub(crate) bytes: R,
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
}

impl<R: Read + Seek> Source<R> {
    pub(crate) fn new(mut bytes: R, path: &Path) -> Result<Self, Fault> {
        let length = bytes.seek(SeekFrom::End(0));
        let length = length.map_err(|source| Fault::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            bytes,
            path: path.to_path_buf(),
            length,
        })
    }

    /// `count` bytes from `start` on; the caller has checked that the file is as long.
    pub(crate) fn read(&mut self, start: u64, count: u64) -> Result<Vec<u8>, Fault> {
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

    pub(crate) fn damaged<E: From<Fault>>(&self, problem: impl Into<String>) -> E {
        E::from(Fault::Damaged {
            path: self.path.clone(),
            problem: problem.into(),
        })
    }

    pub(super) fn failed(&self, source: io::Error) -> Fault {
        Fault::Read {
            path: self.path.clone(),
            source,
        }
    }

    /// For what the whole file may unpack to.
    pub(crate) fn allowance(&self) -> Allowance {
        let most = most_unpacked(self.length);
        Allowance {
            path: self.path.clone(),
            length: self.length,
            most,
            left: most,
            withheld: 0,
        }
    }
}

/// How many more bytes may be made of a file.
pub(crate) struct Allowance {
    path: PathBuf,
    length: u64,
    most: u64,
    left: u64,
    /// What can still be earned.
    withheld: u64,
}

impl Allowance {
    /// The same, to be earned by the bytes that are made into something: an array that
    /// shows one number many times needs few of them.
    pub(crate) fn earned_by_use(self) -> Self {
        Self {
            most: 0,
            left: 0,
            withheld: self.left,
            ..self
        }
    }

    /// Adds what so many bytes may be made into.
    pub(crate) fn earn(&mut self, bytes: u64) {
        let earned = bytes.saturating_mul(PER_BYTE).min(self.withheld);
        self.withheld -= earned;
        self.left += earned;
        self.most += earned;
    }

    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Takes `bytes` from what is left.
    pub(crate) fn spend(&mut self, bytes: u64) -> Result<(), Fault> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| self.exceeded())?;
        Ok(())
    }

    /// What to say of a file that wants more.
    pub(crate) fn exceeded(&self) -> Fault {
        Fault::TooLarge {
            path: self.path.clone(),
            length: self.length,
            most: self.most,
        }
    }
}
