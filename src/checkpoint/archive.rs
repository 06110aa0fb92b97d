//! What is in a zip, by the names of its entries.

use std::io::{Read, Seek};
use std::path::Path;

use super::CheckpointError;
use crate::archive::{Allowance, Header, Source, Zip};

/// A zip of arrays.
pub(super) struct Archive<R> {
    zip: Zip<R>,
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
    pub(super) fn open(source: Source<R>) -> Result<Self, CheckpointError> {
        let zip = Zip::open(source)?;
        let allowance = zip.earned_by_use();
        Ok(Self { zip, allowance })
    }

    pub(super) fn path(&self) -> &Path {
        self.zip.path()
    }

    pub(super) fn damaged(&self, problem: impl Into<String>) -> CheckpointError {
        self.zip.damaged(problem)
    }

    /// What the names of the entries say.
    pub(super) fn format(&self) -> Result<Content, CheckpointError> {
        let unsupported = |found, remedy| CheckpointError::Unsupported {
            path: self.path().to_path_buf(),
            found,
            remedy,
        };
        let mut names: Vec<&str> = self.zip.names().collect();
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

    /// Names of NumPy arrays, with their ending, in the order of the directory.
    pub(super) fn arrays(&self) -> Vec<String> {
        let names = self.zip.names().filter(|name| name.ends_with(".npy"));
        names.map(str::to_owned).collect()
    }

    /// The array in the entry of this name; its numbers only if `wanted`.
    pub(super) fn array(
        &mut self,
        name: &str,
        wanted: impl Fn(&Header) -> bool,
    ) -> Result<Option<(Header, Vec<u8>)>, CheckpointError> {
        let array = self.zip.array(name, wanted)?;
        if let Some((_, bytes)) = &array {
            self.allowance.earn(bytes.len() as u64);
        }
        Ok(array)
    }

    /// The entry of this name, if there is one, of at most `longest` bytes.
    pub(super) fn named(
        &mut self,
        name: &str,
        longest: u64,
    ) -> Result<Option<Vec<u8>>, CheckpointError> {
        let bytes = self.zip.find(name, longest)?;
        if let Some(bytes) = &bytes {
            self.allowance.earn(bytes.len() as u64);
        }
        Ok(bytes)
    }
}
