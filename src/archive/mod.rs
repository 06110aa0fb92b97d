//! Archives of arrays, read without trust in what they declare: a file can make
//! the program allocate and unpack only so much, which depends on its own length.

mod npy;
mod source;
mod zip;

use std::io;
use std::path::PathBuf;

pub(crate) use npy::Header;
pub(crate) use source::{Allowance, Source, most_unpacked};
pub(crate) use zip::Zip;

/// Why an archive was not read; checkpoints and datasets say it in their own words.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Reading failed.
    Read { path: PathBuf, source: io::Error },
    /// The file contradicts itself or its format.
    Damaged { path: PathBuf, problem: String },
    /// More than a file of its length is trusted with.
    TooLarge {
        path: PathBuf,
        length: u64,
        most: u64,
    },
}
