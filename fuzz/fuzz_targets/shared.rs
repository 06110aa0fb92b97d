//! What the targets share: reading must end, and what was read must be interpretable.

use std::io::{Cursor, Write};
use std::path::Path;

use npyz::zip::write::FileOptions;
use npyz::zip::{CompressionMethod, ZipWriter};

pub fn read(bytes: &[u8]) {
    if let Ok(checkpoint) = rethink::checkpoint::read_from(Cursor::new(bytes), Path::new("fuzz")) {
        let reading = rethink::measure::Reading::default();
        rethink::measure::interpret(checkpoint.arrays, &reading).expect("arrays are consistent");
    }
}

/// A zip around the bytes, so that its checksum does not refuse most of them.
#[allow(dead_code)] // safetensors files are no zips
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = FileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        zip.start_file(*name, options).expect("in memory");
        zip.write_all(content).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}
