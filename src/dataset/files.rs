//! Data files: found with or without `.gz`, decompressed while read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::DatasetError;
use crate::archive::most_unpacked;

/// The decompressed bytes of a file, and the path to name in errors.
pub(super) struct Content {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// How long a file is that starts with these bytes, at least [`START`] of them unless
/// it is shorter; `None` if they do not tell.
pub(super) type Announced<'a> = &'a dyn Fn(&[u8]) -> Option<u64>;

/// Bytes of a file that must tell how long it is.
pub(super) const START: u64 = 16;

/// Gives the content of the file of that name; more than one byte beyond what its
/// start announces is not read.
pub(super) type Source<'a> = &'a dyn Fn(&str, Announced<'_>) -> Result<Content, DatasetError>;

/// The file `name` or `name.gz` of a folder, whichever there is.
pub(super) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.is_file())
}

#[cfg(feature = "cli")]
/// Opens a file for reading its decompressed content.
///
/// gzip is known by its first two bytes, not by the file name: some servers
/// decompress on the way.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(open_limited(path)?.0)
}

/// The same, and how many bytes the content may have: of a packed file, those that
/// its length is trusted with.
fn open_limited(path: &Path) -> io::Result<(Box<dyn Read>, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    Ok(if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        (Box::new(MultiGzDecoder::new(reader)), most_unpacked(length))
    } else {
        (Box::new(reader), u64::MAX)
    })
}

/// The decompressed content of a file, up to one byte beyond the length that its
/// start announces, which shows that it is longer.
///
/// A gzip stream that ends early gives what it holds, so that the reader of the
/// format can say how many bytes are missing.
pub(super) fn read(path: &Path, announced: Announced<'_>) -> Result<Content, DatasetError> {
    let failed = |source| DatasetError::Read {
        path: path.to_path_buf(),
        source,
    };
    let (mut reader, most) = open_limited(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut read_to = |bytes: &mut Vec<u8>, end: u64| {
        let missing = end.saturating_sub(bytes.len() as u64);
        match (&mut reader).take(missing).read_to_end(bytes) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(failed(error)),
            _ => Ok(()),
        }
    };
    read_to(&mut bytes, START)?;
    let length = announced(&bytes);
    if length.is_none_or(|length| length <= most) {
        read_to(&mut bytes, length.unwrap_or(most).saturating_add(1))?;
        if bytes.len() as u64 <= most {
            return Ok(Content {
                path: path.to_path_buf(),
                bytes,
            });
        }
    }
    let length = path.metadata().map_err(failed)?.len();
    Err(DatasetError::TooLarge {
        path: path.to_path_buf(),
        length,
        most,
    })
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
            assert_eq!(read(&path, &|_| None).unwrap().bytes, b"123456");
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
        let half = read(&path, &|_| None).unwrap().bytes;
        assert!(half.len() < content.len() && content.starts_with(&half));
        let end = packed.len() - 5;
        packed[end] ^= 1; // a bit of the CRC
        std::fs::write(&path, &packed).unwrap();
        let message = read(&path, &|_| None).err().unwrap().to_string();
        assert!(message.contains("file.gz"), "{message}");
    }

    #[test]
    fn no_more_is_unpacked_than_is_announced_or_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.gz");
        // 70 MB of zeros in 70 kB.
        let mut packed = Vec::new();
        let million = gzip(&vec![0; 1_000_000]);
        (0..70).for_each(|_| packed.extend(&million));
        std::fs::write(&path, &packed).unwrap();
        assert_eq!(read(&path, &|_| Some(100)).unwrap().bytes, [0; 101]);
        assert_eq!(
            read(&path, &|_| Some(70_000_000)).unwrap().bytes.len(),
            70_000_000
        );
        let too_large = |announced: Announced<'_>| {
            let error = read(&path, announced).err().unwrap();
            assert!(matches!(error, DatasetError::TooLarge { .. }), "{error}");
        };
        too_large(&|_| Some(1 << 40));
        std::fs::write(&path, packed.repeat(20)).unwrap();
        too_large(&|_| None);
        // A file that is not packed is as long as it is.
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read(&path, &|_| Some(1 << 40)).unwrap().bytes, [7; 100]);
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
