//! What can be wrong with a checkpoint.

use std::io;
use std::path::PathBuf;

use crate::archive::Fault;

/// Why a checkpoint was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Reading failed.
    #[error("cannot read {}: {source}; check that the file is there and readable", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write {}: {source}; choose a folder with room that you may write to", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The first bytes are those of no format that is read.
    #[error("{} is no checkpoint that is read here: its first bytes are neither those of safetensors nor of a zip (NumPy .npz, PyTorch .pt); save it as safetensors", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A format that is known and not read.
    #[error("{} is {found}, which is not read; {remedy}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The file contradicts itself or its format.
    #[error("{} is damaged: {problem}; get it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        problem: String,
    },
    /// A pickle that names something no state dict needs.
    #[error("{} is a pickle that asks for {name}; refuses to call {name}, as it calls nothing a checkpoint names; if you trust the file, load it in Python and save the arrays alone: torch.save(model.state_dict(), path)", path.display())]
    Global {
        /// The file.
        path: PathBuf,
        /// What it asks for, module and name.
        name: String,
    },
    /// A pickle that is no state dict.
    #[error("{} holds no state dict: {problem}, at byte {at} of its pickle; save one: torch.save(model.state_dict(), path)", path.display())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// Where.
        at: usize,
    },
    /// Nothing that could be a weight.
    #[error("{} holds no arrays of weights: {found}; give the weights of a network", path.display())]
    NoArrays {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
    },
    /// Two arrays of one name.
    #[error("{} holds two arrays \"{name}\"; save each once", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Their name.
        name: String,
    },
    /// A weight that is NaN or infinite.
    #[error("array \"{name}\" of {} has {count} values that are not finite, the first {value} at index {index}; give a checkpoint from before the training diverged", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The array.
        name: String,
        /// How many.
        count: usize,
        /// Index of the first, row-major.
        index: usize,
        /// The first.
        value: f64,
    },
    /// An f64 beyond the range of f32, or an array of numbers that are all below it.
    #[error("array \"{name}\" of {} has the value {value:e} at index {index}, beyond the range of the 32 bits that weights are held in; scale it", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The array.
        name: String,
        /// Index of the first such value, row-major.
        index: usize,
        /// The value.
        value: f64,
    },
    /// More than is read, or than a file of its length can hold.
    #[error("{} holds, or says that it holds, more than {most} bytes, more than a file of {length} bytes is trusted with; if it is no zip bomb, save it as safetensors, or in parts", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        length: u64,
        /// Most bytes that are unpacked.
        most: u64,
    },
}

impl From<Fault> for CheckpointError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Read { path, source } => Self::Read { path, source },
            Fault::Damaged { path, problem } => Self::Damaged { path, problem },
            Fault::TooLarge { path, length, most } => Self::TooLarge { path, length, most },
        }
    }
}
