//! What the targets share: reading must end, and what was read must be interpretable.

#[path = "../../tests/zip/mod.rs"]
mod archive;

use std::io::Cursor;
use std::path::Path;

pub fn read(bytes: &[u8]) {
    if let Ok(checkpoint) = rethink::checkpoint::read_from(Cursor::new(bytes), Path::new("fuzz")) {
        let reading = rethink::measure::Reading::default();
        rethink::measure::interpret(checkpoint.arrays, &reading).expect("arrays are consistent");
    }
}

/// A zip around the bytes, so that its checksum does not refuse most of them.
#[allow(dead_code)] // safetensors files are no zips
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    archive::zip(false, entries)
}
