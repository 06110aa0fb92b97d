//! Zip archives, whose declarations are not trusted.

use std::io::{Read, Seek};
use std::path::PathBuf;

use npyz::zip::ZipArchive;
use npyz::zip::result::ZipError;

use super::CheckpointError;
use super::source::{Allowance, Source};

/// Bytes of the shortest entry in the directory of a zip.
const SHORTEST_ENTRY: u64 = 46;

/// A zip of arrays.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    path: PathBuf,
    unpacked: Allowance,
    /// For the arrays made of what is unpacked.
    pub(super) allowance: Allowance,
}

/// Whose zip it is.
pub(super) enum Content {
    /// A state dict in the folder `root`, `""` or ending in a slash.
    Pytorch {
        root: String,
    },
    Npz,
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(mut source: Source<R>) -> Result<Self, CheckpointError> {
        check_directory(&mut source)?;
        let (unpacked, allowance) = (source.allowance(), source.allowance());
        let zip = ZipArchive::new(source.bytes);
        let zip = zip.map_err(|error| failed(error, source.path.clone(), "its zip directory"))?;
        Ok(Self {
            zip,
            path: source.path,
            unpacked,
            allowance,
        })
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    pub(super) fn damaged(&self, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::Damaged {
            path: self.path.clone(),
            problem: problem.into(),
        }
    }

    /// What the names of the entries say.
    pub(super) fn format(&mut self) -> Result<Content, CheckpointError> {
        let unsupported = |found, remedy| CheckpointError::Unsupported {
            path: self.path.clone(),
            found,
            remedy,
        };
        let mut names: Vec<&str> = self.zip.file_names().collect();
        names.sort_by_key(|name| name.len());
        let in_root = |file: &str| {
            let mut roots = names.iter().filter_map(|name| name.strip_suffix(file));
            roots.find(|root| root.is_empty() || root.ends_with('/'))
        };
        if in_root("constants.pkl").is_some() {
            return Err(unsupported(
                "a TorchScript program",
                "save its weights: torch.save(torch.jit.load(path).state_dict(), path)",
            ));
        }
        if let Some(root) = in_root("data.pkl") {
            return Ok(Content::Pytorch {
                root: root.to_owned(),
            });
        }
        if names.is_empty() || names.iter().any(|name| name.ends_with(".npy")) {
            return Ok(Content::Npz);
        }
        Err(unsupported(
            "a zip without arrays",
            "give an .npz of NumPy or a state dict of PyTorch",
        ))
    }

    /// Entries in the order of the directory.
    pub(super) fn len(&self) -> usize {
        self.zip.len()
    }

    /// Name and content of an entry; `None` if `wanted` does not want that name.
    pub(super) fn entry(
        &mut self,
        index: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<(String, Vec<u8>)>, CheckpointError> {
        let path = &self.path;
        let entry = self.zip.by_index(index);
        let mut entry = entry.map_err(|e| failed(e, path.clone(), &format!("entry {index}")))?;
        let name = entry.name().to_owned();
        if !wanted(&name) {
            return Ok(None);
        }
        let bytes = unpack(&mut entry, &name, path, &mut self.unpacked, u64::MAX)?;
        Ok(Some((name, bytes)))
    }

    /// The entry of this name, if there is one, of at most `longest` bytes.
    pub(super) fn named(
        &mut self,
        name: &str,
        longest: u64,
    ) -> Result<Option<Vec<u8>>, CheckpointError> {
        match self.zip.by_name(name) {
            Ok(mut entry) => {
                unpack(&mut entry, name, &self.path, &mut self.unpacked, longest).map(Some)
            }
            Err(ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(failed(error, self.path.clone(), &format!("entry {name}"))),
        }
    }
}

/// Reads an entry to its end. How long it says it is does not matter.
fn unpack(
    entry: &mut impl Read,
    name: &str,
    path: &std::path::Path,
    allowance: &mut Allowance,
    longest: u64,
) -> Result<Vec<u8>, CheckpointError> {
    let damaged = |problem| CheckpointError::Damaged {
        path: path.to_path_buf(),
        problem,
    };
    let mut bytes = Vec::new();
    let most = allowance.left().min(longest).saturating_add(1);
    let read = entry.take(most).read_to_end(&mut bytes);
    read.map_err(|error| damaged(format!("entry {name} cannot be unpacked: {error}")))?;
    allowance.spend(bytes.len() as u64)?;
    if bytes.len() as u64 > longest {
        return Err(damaged(format!(
            "entry {name} has more than {longest} bytes"
        )));
    }
    Ok(bytes)
}

fn failed(error: ZipError, path: PathBuf, what: &str) -> CheckpointError {
    CheckpointError::Damaged {
        path,
        problem: format!("{what} cannot be read: {error}"),
    }
}

/// Refuses a directory that says it has more entries than the file has room for:
/// the zip crate allocates as many as it says.
fn check_directory<R: Read + Seek>(source: &mut Source<R>) -> Result<(), CheckpointError> {
    // A 16-bit number of entries is harmless, so only the 64-bit record matters. The
    // last 20 bytes before the end record say where that is.
    let tail_length = source.length.min(22 + 65_535 + 20);
    let tail = source.read(source.length - tail_length, tail_length)?;
    let Some(end) = tail.windows(4).rposition(|four| four == b"PK\x05\x06") else {
        return Err(source.damaged("it is a zip whose directory is missing; it is cut off"));
    };
    let locator = end.checked_sub(20).and_then(|start| tail.get(start..end));
    let Some(locator) = locator.filter(|locator| locator.starts_with(b"PK\x06\x07")) else {
        return Ok(());
    };
    let start = number(locator.get(8..16));
    let record = match start.checked_add(40) {
        Some(end) if end <= source.length => source.read(start, 40)?,
        _ => Vec::new(),
    };
    let entries = number(record.get(32..40));
    if !record.starts_with(b"PK\x06\x06") || entries > source.length / SHORTEST_ENTRY {
        return Err(source.damaged(format!(
            "its zip directory is not where it should be, or too long: {entries} entries"
        )));
    }
    Ok(())
}

/// A little-endian number.
fn number(bytes: Option<&[u8]>) -> u64 {
    let bytes = bytes.unwrap_or_default().iter().rev();
    bytes.fold(0, |n, &byte| n << 8 | u64::from(byte))
}
