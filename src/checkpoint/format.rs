//! What a file is, by its first bytes.

use std::io::{Read, Seek};

use super::CheckpointError;
use crate::archive::Source;

/// How a file is read.
pub(super) enum Kind {
    Safetensors,
    Zip,
}

pub(super) fn kind<R: Read + Seek>(source: &mut Source<R>) -> Result<Kind, CheckpointError> {
    let start = source.read(0, source.length.min(300))?;
    let unsupported = |found, remedy| CheckpointError::Unsupported {
        path: source.path.clone(),
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
            path: source.path.clone(),
        })
    }
}
