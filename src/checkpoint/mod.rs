//! Checkpoints: the arrays of a network that was trained anywhere.
//!
//! [`write()`] makes a safetensors file.
//! [`read`] takes a safetensors file, a NumPy `.npz` archive or a state dict saved
//! by PyTorch (`.pt`, `.pth`, `.bin`), whatever the file is called. The pickle of
//! a PyTorch file is never executed: a small machine knows the instructions of
//! a state dict and refuses all others. Files may be hostile: what they
//! declare is not trusted, and what they can make the program allocate is limited.
//!
//! Half precision, bfloat16, single and double precision are read, and held in
//! single precision: a double is rounded. Arrays of other types, such as the counter
//! `num_batches_tracked`, and empty ones are listed as [`Skipped`].

mod archive;
mod element;
mod error;
mod format;
mod npz;
mod order;
mod pickle;
mod pytorch;
mod safetensors;
mod write;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use error::CheckpointError;
pub use order::ArrayOrder;
pub(crate) use order::{Piece, natural};
pub use write::write;
pub(crate) use write::{from_bytes, to_bytes};

use crate::archive::Source;
use crate::solution::Weight;
use archive::Archive;
use element::Element;
use format::{Kind, kind};

/// The arrays of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The file.
    pub path: PathBuf,
    /// What it turned out to be.
    pub format: Format,
    /// Its arrays: in the order of the state dict, of the archive, or of the data in
    /// a safetensors file. Where that is the alphabet's, `"2.weight"` goes before
    /// `"10.weight"` all the same.
    pub arrays: Vec<Weight>,
    /// What that order says.
    pub order: ArrayOrder,
    /// What is in the file and is not in `arrays`.
    pub skipped: Vec<Skipped>,
    /// Whether numbers of double precision were rounded to single.
    pub rounded: bool,
}

/// Something that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// It takes no part in what the network computes, as a counter or an entry
    /// that is no array.
    #[serde(skip)]
    pub inert: bool,
}

impl Skipped {
    /// An array that the network may use, and the reason to leave it out.
    pub fn new(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            reason: reason.into(),
            inert: false,
        }
    }

    /// The same of a thing that the network does not use.
    pub fn inert(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            inert: true,
            ..Self::new(name, reason)
        }
    }

    /// An array of numbers that are no weights: a single whole number is a counter.
    fn of_type(name: impl Into<String>, kind: &str, scalar: bool) -> Self {
        let reason = format!("numbers of type {kind} are not read as weights");
        let kind = kind.trim_start_matches(['<', '>', '|']).to_lowercase();
        Self {
            inert: scalar && (kind.starts_with('i') || kind.starts_with('u')),
            ..Self::new(name, reason)
        }
    }
}

/// A format of checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A JSON header and the arrays.
    Safetensors,
    /// A zip of NumPy arrays.
    Npz,
    /// A zip of a pickle and the storages it names, as PyTorch has written since 1.6.
    Pytorch,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Safetensors => "safetensors",
            Self::Npz => "NumPy .npz",
            Self::Pytorch => "PyTorch state dict",
        })
    }
}

/// Reads a checkpoint; its content decides the format, not its name.
///
/// At most 16 GiB of values are read, and at most 64 MiB + 100 × the length of the
/// file: a longer file of zeros is taken for a zip bomb. Arrays that show the same
/// numbers many times take at most 100 times the bytes they are made of.
///
/// # Errors
/// A file that cannot be read, is damaged, is of another format, asks to call
/// anything, holds no arrays or has weights that are not finite.
///
/// ```
/// use rethink::checkpoint::{self, Format};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("network.safetensors");
/// let header = br#"{"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#;
/// let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
/// bytes.extend(header);
/// bytes.extend([3.0_f32, 4.0].iter().flat_map(|value| value.to_le_bytes()));
/// std::fs::write(&path, bytes)?;
/// let checkpoint = checkpoint::read(&path)?;
/// assert_eq!(checkpoint.format, Format::Safetensors);
/// assert_eq!(checkpoint.arrays[0].values, [3.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let failed = |source| CheckpointError::Read {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    read_from(BufReader::new(file), path)
}

/// Reads a checkpoint from an open file or from memory; `path` is what errors
/// and the result call it.
///
/// # Errors
/// As for [`read`].
pub fn read_from(bytes: impl Read + Seek, path: &Path) -> Result<Checkpoint, CheckpointError> {
    let mut source = Source::new(bytes, path)?;
    let (format, found) = match kind(&mut source)? {
        Kind::Safetensors => (Format::Safetensors, safetensors::read(&mut source)?),
        Kind::Zip => {
            let mut archive = Archive::open(source)?;
            match archive.format()? {
                archive::Content::Pytorch { root } => {
                    (Format::Pytorch, pytorch::read(&mut archive, &root)?)
                }
                archive::Content::Npz => (Format::Npz, npz::read(&mut archive)?),
            }
        }
    };
    let Arrays {
        mut arrays,
        skipped,
        rounded,
    } = found;
    let path = path.to_path_buf();
    let mut names = std::collections::HashSet::new();
    if let Some(twice) = arrays.iter().find(|array| !names.insert(&array.name)) {
        let name = twice.name.clone();
        return Err(CheckpointError::Duplicate { path, name });
    }
    if arrays.is_empty() {
        let found = match &skipped[..] {
            [] => "it is empty".to_owned(),
            [first, ..] => format!(
                "of {} entries none is used, \"{}\" because: {}",
                skipped.len(),
                first.name,
                first.reason
            ),
        };
        return Err(CheckpointError::NoArrays { path, found });
    }
    let order = ArrayOrder::of(format, &arrays);
    if order == ArrayOrder::Sorted {
        order::restore(&mut arrays);
    }
    Ok(Checkpoint {
        path,
        format,
        arrays,
        order,
        skipped,
        rounded,
    })
}

impl Checkpoint {
    /// Puts the arrays in the order of another checkpoint of the same arrays, and tells
    /// whether it is one.
    pub fn reorder_like(&mut self, other: &Checkpoint) -> bool {
        let names = other.arrays.iter().enumerate();
        let places: HashMap<&str, usize> = names.map(|(at, a)| (&*a.name, at)).collect();
        let same = places.len() == self.arrays.len()
            && self.arrays.iter().all(|a| places.contains_key(&*a.name));
        if same {
            self.arrays.sort_by_key(|array| places[&*array.name]);
            self.order = ArrayOrder::Of(other.path.clone());
        }
        same
    }
}

/// What each format's reader gives.
#[derive(Default)]
struct Arrays {
    arrays: Vec<Weight>,
    skipped: Vec<Skipped>,
    rounded: bool,
}

impl Arrays {
    fn push(&mut self, weight: Weight, element: Element) {
        self.arrays.push(weight);
        self.rounded |= element == Element::F64;
    }
}
