//! Loading: a catalogue name or a path to a dataset.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::catalogue::{self, Entry, Format, Location};
use super::files::{self, Announced, Content};
use super::{AnyDataset, Dataset, DatasetError, Split, cifar, embedded, idx, npz};
use crate::text::escaped;

impl Dataset {
    /// Loads a dataset by name or path.
    ///
    /// A name of the [`catalogue`] goes before a path of that name (write `./mnist`
    /// for the path). Its files are looked for as [`Entry::locate`] says, with
    /// `data_dir` as the data folder, and must have the published SHA-256.
    ///
    /// A path is one of, and is taken as it is:
    ///
    /// - a folder of IDX files under the usual names, `train-images-idx3-ubyte`,
    ///   `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`;
    /// - a folder with `test_batch.bin` and at least one of `data_batch_1.bin` to
    ///   `data_batch_5.bin` of CIFAR-10, cut to the central 28 x 28;
    /// - an `.npz` file with arrays `x_train`, `y_train`, `x_test`, `y_test`, or `x`
    ///   and `y`. With `x` and `y`, images are shuffled by a fixed seed and the last
    ///   n / 6 (rounded down) are the test set. `x` is u8 (divided by 255) or a float,
    ///   of shape (n, features), (n, height, width) or (n, channels,
    ///   height, width); a square number of features is a square image, another is
    ///   one row. `y` is of any integer type; a float `y` is for [`AnyDataset::load`]. Double precision is rounded to single, which
    ///   [`is_rounded`](Self::is_rounded) tells.
    ///
    /// Every file of a folder may be packed, with `.gz` after its name. The number of
    /// classes of an IDX folder or `.npz` file is the largest label plus one.
    ///
    /// # Errors
    ///
    /// When nothing of that name is found or a file is not what it should be; the
    /// message names the path, the value and the remedy.
    pub fn load(name_or_path: &str, data_dir: Option<&Path>) -> Result<Self, DatasetError> {
        load(name_or_path, data_dir)?.classes()
    }
}

/// See [`AnyDataset::load`].
pub(super) fn load(
    name_or_path: &str,
    data_dir: Option<&Path>,
) -> Result<AnyDataset, DatasetError> {
    if let Some(entry) = catalogue::find(name_or_path) {
        return load_entry(entry, data_dir).map(AnyDataset::Classes);
    }
    let path = Path::new(name_or_path);
    if !path.exists() {
        return Err(DatasetError::Unknown {
            given: name_or_path.to_string(),
            known: catalogue::names(),
        });
    }
    let file_name = path
        .file_stem()
        .filter(|_| path.is_file())
        .or(path.file_name());
    let name = label(&file_name.unwrap_or(path.as_os_str()).to_string_lossy());
    // Named by its whole path while it is checked, for the error messages.
    Ok(match read_path(path)? {
        AnyDataset::Classes(dataset) => AnyDataset::Classes(Dataset { name, ..dataset }),
        AnyDataset::Real(dataset) => AnyDataset::Real(Dataset { name, ..dataset }),
    })
}

fn load_entry(entry: &'static Entry, data_dir: Option<&Path>) -> Result<Dataset, DatasetError> {
    let location = entry.locate(data_dir);
    // What the length of a file is, the catalogue knows.
    let source = |name: &str, _: Announced<'_>| {
        let published = entry.files.iter().find(|file| file.name == name);
        let bytes = |_: &[u8]| published.map(|file| file.bytes);
        let content = match &location {
            Location::Embedded => unpack_embedded(name)?,
            Location::Folder(folder) => read_from(folder, name, &bytes)?,
            Location::Missing(looked_in) => return Err(entry.not_installed(looked_in)),
        };
        check(entry, name, content)
    };
    let (shape, train, test) = match entry.format {
        Format::Idx => idx::read(&source)?,
        Format::Cifar10 => {
            let (train, test) = cifar::read(&cifar::TRAIN_FILES, &source)?;
            (cifar::SHAPE, train, test)
        }
    };
    let dataset = Dataset::new(entry.name, shape, entry.classes, train, test)?;
    Ok(Dataset {
        entry: Some(entry.name),
        ..dataset
    })
}

/// A file name as a name to show: short, and without characters that steer what shows it.
fn label(name: &str) -> String {
    const LONGEST: usize = 40;
    let shown = escaped(&name.replace(['\n', '\t'], " "));
    match shown.char_indices().nth(LONGEST) {
        None => shown,
        Some((end, _)) => format!("{}…", &shown[..end]),
    }
}

fn read_path(path: &Path) -> Result<AnyDataset, DatasetError> {
    let source = |name: &str, announced: Announced<'_>| read_from(path, name, announced);
    let has = |name: &str| files::find(path, name).is_some();
    let npz = |extension: &OsStr| extension.eq_ignore_ascii_case("npz");
    let name = path.display().to_string();
    if path.is_file() && path.extension().is_some_and(npz) {
        return npz::read(path);
    }
    let dataset = if idx::FILES.into_iter().any(has) {
        let (shape, train, test) = idx::read(&source)?;
        Dataset::new(name, shape, count_classes(&train, &test), train, test)
    } else if has(cifar::TEST_FILE) || cifar::TRAIN_FILES.into_iter().any(has) {
        let mut present: Vec<&str> = cifar::TRAIN_FILES
            .into_iter()
            .filter(|name| has(name))
            .collect();
        if present.is_empty() {
            present.push(cifar::TRAIN_FILES[0]); // so that the error names it
        }
        let (train, test) = cifar::read(&present, &source)?;
        Dataset::new(name, cifar::SHAPE, cifar::CLASSES, train, test)
    } else {
        Err(DatasetError::UnknownFormat {
            path: path.to_path_buf(),
        })
    };
    dataset.map(AnyDataset::Classes)
}

/// The largest label plus one.
pub(super) fn count_classes(train: &Split, test: &Split) -> usize {
    let labels = train.labels().iter().chain(test.labels());
    labels.max().map_or(0, |&label| label as usize + 1)
}

fn read_from(folder: &Path, name: &str, announced: Announced<'_>) -> Result<Content, DatasetError> {
    match files::find(folder, name) {
        Some(path) => files::read(&path, announced),
        None => Err(DatasetError::MissingFile {
            folder: folder.to_path_buf(),
            file: name.to_string(),
        }),
    }
}

fn unpack_embedded(name: &str) -> Result<Content, DatasetError> {
    let path = Path::new("the embedded file").join(name);
    let mut bytes = Vec::new();
    match MultiGzDecoder::new(embedded::gzip(name).unwrap_or_default()).read_to_end(&mut bytes) {
        Ok(_) => Ok(Content { path, bytes }),
        Err(source) => Err(DatasetError::Read { path, source }),
    }
}

/// Passes a file on if it is the published one.
fn check(entry: &'static Entry, name: &str, content: Content) -> Result<Content, DatasetError> {
    let Some(file) = entry.files.iter().find(|file| file.name == name) else {
        return Ok(content);
    };
    let found = content.bytes.len() as u64;
    if found > file.bytes {
        return Err(DatasetError::Longer {
            path: content.path,
            expected: file.bytes,
        });
    }
    if found != file.bytes {
        return Err(DatasetError::Length {
            path: content.path,
            expected: file.bytes,
            found,
        });
    }
    let found = crate::digest::sha256(&content.bytes);
    if found != file.sha256 {
        return Err(DatasetError::Checksum {
            path: content.path,
            name: entry.name,
            file: file.name,
            expected: file.sha256,
            found,
        });
    }
    Ok(content)
}
