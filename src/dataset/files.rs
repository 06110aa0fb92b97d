//! Data files: found with or without `.gz`, decompressed while read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::DatasetError;

/// The decompressed bytes of a file, and the path to name in errors.
pub(super) struct Content {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// Gives the content of the file of that name.
pub(super) type Source<'a> = &'a dyn Fn(&str) -> Result<Content, DatasetError>;

/// The file `name` or `name.gz` of a folder, whichever there is.
pub(super) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.is_file())
}

/// Opens a file for reading its decompressed content.
///
/// gzip is known by its first two bytes, not by the file name: some servers
/// decompress on the way.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    Ok(if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(reader))
    } else {
        Box::new(reader)
    })
}

/// The decompressed content of a file.
///
/// A gzip stream that ends early gives what it holds, so that the reader of the
/// format can say how many bytes are missing.
pub(super) fn read(path: &Path) -> Result<Content, DatasetError> {
    let failed = |source| DatasetError::Read {
        path: path.to_path_buf(),
        source,
    };
    let path_buf = path.to_path_buf();
    let mut bytes = Vec::new();
    let mut reader = open(path).map_err(failed)?;
    match reader.read_to_end(&mut bytes) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(failed(error)),
        _ => Ok(Content {
            path: path_buf,
            bytes,
        }),
    }
}

/// The pixel of a byte, in [0, 1].
pub(super) fn pixel(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_gzip_and_several_gzip_members_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let two_members = [gzip(b"123"), gzip(b"456")].concat();
        for content in [b"123456".to_vec(), gzip(b"123456"), two_members] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read(&path).unwrap().bytes, b"123456");
        }
    }

    #[test]
    fn a_gzip_stream_cut_off_gives_what_it_holds_and_a_damaged_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.gz");
        let content: Vec<u8> = (0..100_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut packed = gzip(&content);
        std::fs::write(&path, &packed[..packed.len() / 2]).unwrap();
        let half = read(&path).unwrap().bytes;
        assert!(half.len() < content.len() && content.starts_with(&half));
        let end = packed.len() - 5;
        packed[end] ^= 1; // a bit of the CRC
        std::fs::write(&path, &packed).unwrap();
        let message = read(&path).err().unwrap().to_string();
        assert!(message.contains("file.gz"), "{message}");
    }

    #[test]
    fn the_plain_file_goes_before_the_packed_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(folder.path(), "a"), None);
        std::fs::write(folder.path().join("a.gz"), "").unwrap();
        assert_eq!(find(folder.path(), "a"), Some(folder.path().join("a.gz")));
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(find(folder.path(), "a"), Some(folder.path().join("a")));
    }
}
