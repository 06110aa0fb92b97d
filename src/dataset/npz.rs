//! NumPy `.npz` archives.
//!
//! # Reference
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::files::pixel;
use super::load::count_classes;
use super::split::permutation;
use super::{AnyDataset, Dataset, DatasetError, ImageShape, MOST_CLASSES, Split};
use crate::archive::{Header, Source, Zip};

/// Reads `x_train`, `y_train`, `x_test`, `y_test`, or draws a sixth of `x` and `y` for
/// the test set. Targets are classes if `y` is of an integer type, else real.
pub(super) fn read(path: &Path) -> Result<AnyDataset, DatasetError> {
    let file = File::open(path).map_err(|source| DatasetError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let mut archive = Zip::open(Source::new(BufReader::new(file), path)?)?;
    if archive.names().any(|name| name == "x_train.npy") {
        let (shape, train, rounded) = read_split(&mut archive, path, "x_train", "y_train")?;
        let (other, test, also_rounded) = read_split(&mut archive, path, "x_test", "y_test")?;
        if shape != other {
            return Err(DatasetError::Shapes {
                path: path.join("x_train"),
                shape,
                other_path: path.join("x_test"),
                other,
            });
        }
        return put_together(path, shape, train, test, rounded || also_rounded);
    }
    let (shape, all, rounded) = read_split(&mut archive, path, "x", "y")?;
    if archive.names().any(|name| name == "x_test.npy") {
        let problem = "it is beside x_test: call the training set x_train and y_train";
        return Err(fault(path, "x", problem));
    }
    let (train, test) = match all {
        AnySplit::Classes(all) => {
            let (train, test) = cut(path, &all)?;
            (AnySplit::Classes(train), AnySplit::Classes(test))
        }
        AnySplit::Real(all) => {
            let (train, test) = cut(path, &all)?;
            (AnySplit::Real(train), AnySplit::Real(test))
        }
    };
    put_together(path, shape, train, test, rounded)
}

/// A training or test set with the targets that its file has.
enum AnySplit {
    Classes(Split),
    Real(Split<f32>),
}

fn put_together(
    path: &Path,
    shape: ImageShape,
    train: AnySplit,
    test: AnySplit,
    rounded: bool,
) -> Result<AnyDataset, DatasetError> {
    let name = path.display().to_string();
    match (train, test) {
        (AnySplit::Classes(train), AnySplit::Classes(test)) => {
            let classes = count_classes(&train, &test);
            let dataset = Dataset::new(name, shape, classes, train, test)?;
            Ok(AnyDataset::Classes(Dataset { rounded, ..dataset }))
        }
        (AnySplit::Real(train), AnySplit::Real(test)) => {
            let dataset = Dataset::real(name, shape, train, test)?;
            Ok(AnyDataset::Real(Dataset { rounded, ..dataset }))
        }
        (train, test) => {
            let kind = |split: &AnySplit| match split {
                AnySplit::Classes(_) => "classes".to_owned(),
                AnySplit::Real(split) => format!("{} real numbers", split.outputs()),
            };
            Err(DatasetError::Targets {
                name,
                train: kind(&train),
                test: kind(&test),
            })
        }
    }
}

/// A sixth for the test set, drawn.
fn cut<T: Copy>(path: &Path, all: &Split<T>) -> Result<(Split<T>, Split<T>), DatasetError> {
    let test = all.len() / 6;
    if test == 0 {
        let problem = format!(
            "{} images cannot be split: a sixth is the test set, so give at least 6",
            all.len()
        );
        return Err(fault(path, "x", problem));
    }
    let mut order = permutation(all.len(), 0, "dataset: split of x and y");
    let (train, test) = order.split_at_mut(all.len() - test);
    train.sort_unstable(); // the first of them are the first of the file
    test.sort_unstable();
    Ok((all.gather(train), all.gather(test)))
}

type Archive = Zip<BufReader<File>>;

fn read_split(
    archive: &mut Archive,
    path: &Path,
    x: &str,
    y: &str,
) -> Result<(ImageShape, AnySplit, bool), DatasetError> {
    let images = Array::read(archive, path, x)?;
    let targets = Array::read(archive, path, y)?;
    let (n, shape) = images.image_shape()?;
    if n == 0 {
        return Err(DatasetError::Empty { path: path.join(x) });
    }
    if let Some(&labels) = targets.header.shape.first()
        && labels != n
    {
        return Err(DatasetError::Count {
            images_path: path.join(x),
            images: n,
            labels_path: path.join(y),
            labels,
        });
    }
    if matches!(targets.header.kind(), Some(('f', _))) {
        let (values, outputs, rounded) = targets.real_targets()?;
        let (pixels, also_rounded) = images.pixels(shape)?;
        let split = Split::real(pixels, shape.features(), values, outputs)?;
        return Ok((shape, AnySplit::Real(split), rounded || also_rounded));
    }
    let labels = targets.labels()?;
    let (pixels, rounded) = images.pixels(shape)?;
    let split = Split::from_checked(pixels, labels, shape.features());
    Ok((shape, AnySplit::Classes(split), rounded))
}

fn fault(path: &Path, array: &str, problem: impl Into<String>) -> DatasetError {
    DatasetError::Array {
        path: path.to_path_buf(),
        array: array.to_string(),
        problem: problem.into(),
    }
}

/// An array whose data are as long as its header says.
struct Array {
    path: PathBuf,
    name: String,
    header: Header,
    bytes: Vec<u8>,
}

impl Array {
    fn read(archive: &mut Archive, path: &Path, name: &str) -> Result<Self, DatasetError> {
        let wanted = |header: &Header| !header.fortran;
        let Some((header, bytes)) = archive.array(&format!("{name}.npy"), wanted)? else {
            return Err(fault(
                path,
                name,
                "there is no such array; an .npz needs x_train, y_train, x_test, y_test, or x and y",
            ));
        };
        if header.fortran && header.shape.len() > 1 {
            return Err(fault(
                path,
                name,
                "it is in Fortran order; save np.ascontiguousarray of it",
            ));
        }
        let array = Self {
            path: path.to_path_buf(),
            name: name.to_string(),
            header,
            bytes,
        };
        let Some(expected) = array.header.bytes() else {
            return Err(array.fault(format!(
                "numbers of {} are not read; save an integer type, or float32 or float64",
                array.dtype()
            )));
        };
        match array.bytes.len() as u64 {
            found if found == expected => Ok(array),
            found => Err(DatasetError::Length {
                path: path.join(name),
                expected,
                found,
            }),
        }
    }

    fn fault(&self, problem: impl Into<String>) -> DatasetError {
        fault(&self.path, &self.name, problem)
    }

    /// Number and shape of the images.
    fn image_shape(&self) -> Result<(usize, ImageShape), DatasetError> {
        let (n, [channels, height, width]) = match self.header.shape[..] {
            [n, features] => match features.isqrt() {
                side if side * side == features => (n, [1, side, side]),
                _ => (n, [1, 1, features]),
            },
            [n, height, width] => (n, [1, height, width]),
            [_, height, width, channels @ (1 | 3)] if height > 4 && width > 4 => {
                return Err(self.fault(format!(
                    "its shape {:?} looks like (n, height, width, channels = {channels}); save it as (n, channels, height, width), x.transpose(0, 3, 1, 2)",
                    self.header.shape
                )));
            }
            [n, channels, height, width] => (n, [channels, height, width]),
            _ => {
                return Err(self.fault(format!(
                    "its shape {:?} is not (n, features), (n, height, width) or (n, channels, height, width)",
                    self.header.shape
                )));
            }
        };
        let shape = ImageShape {
            channels,
            height,
            width,
        };
        if shape.features() == 0 {
            return Err(self.fault(format!("its shape {:?} has no pixels", self.header.shape)));
        }
        Ok((n, shape))
    }

    /// Pixels, bytes as numbers in [0, 1], and whether one was rounded to single precision.
    fn pixels(&self, shape: ImageShape) -> Result<(Vec<f32>, bool), DatasetError> {
        match self.header.kind() {
            Some(('u', 1)) => Ok((self.bytes.iter().map(|&byte| pixel(byte)).collect(), false)),
            Some(('f', 4 | 8)) => self.floats(shape.features(), "pixel"),
            _ => Err(self.fault(format!(
                "pixels of {} are not read; save uint8, which is divided by 255, or float32 or float64",
                self.dtype()
            ))),
        }
    }

    /// Targets of an array of shape (n) or (n, outputs), their outputs, and whether one was
    /// rounded to single precision.
    fn real_targets(&self) -> Result<(Vec<f32>, usize, bool), DatasetError> {
        let outputs = match self.header.shape[..] {
            [_] => 1,
            [_, outputs] if outputs > 0 => outputs,
            _ => {
                return Err(self.fault(format!(
                    "its shape {:?} is not (n) or (n, outputs); give real targets one row per image",
                    self.header.shape
                )));
            }
        };
        match self.header.kind() {
            Some(('f', 4 | 8)) => {
                let (values, rounded) = self.floats(outputs, "target")?;
                Ok((values, outputs, rounded))
            }
            _ => Err(self.fault(format!(
                "targets of {} are not read; save an integer type for classes, float32 or float64 for \
                 real numbers",
                self.dtype()
            ))),
        }
    }

    /// Numbers in single precision, so many per image, and whether one was rounded.
    fn floats(&self, per_image: usize, what: &str) -> Result<(Vec<f32>, bool), DatasetError> {
        let mut values = Vec::with_capacity(self.bytes.len() / 8);
        let mut rounded = false;
        let single = self.header.kind() == Some(('f', 4));
        for (i, bits) in self.bits().enumerate() {
            let value = match single {
                true => f64::from(f32::from_bits(bits as u32)),
                false => f64::from_bits(bits),
            };
            if !(value as f32).is_finite() {
                let image = i / per_image;
                return Err(self.fault(format!(
                    "image {image} has a {what} of value {value}, which is no finite number of single \
                     precision"
                )));
            }
            rounded |= f64::from(value as f32) != value;
            values.push(value as f32);
        }
        Ok((values, rounded))
    }

    /// Labels of an array of shape (n) or (n, 1).
    fn labels(&self) -> Result<Vec<u32>, DatasetError> {
        if !matches!(self.header.shape[..], [_] | [_, 1]) {
            return Err(self.fault(format!(
                "its shape {:?} is not (n); give one class index per image",
                self.header.shape
            )));
        }
        let (signed, unused) = match self.header.kind() {
            Some((letter @ ('i' | 'u'), size)) => (letter == 'i', 64 - 8 * size),
            _ => {
                return Err(self.fault(format!(
                    "labels of {} are not read; save an integer type",
                    self.dtype()
                )));
            }
        };
        let labels = self.bits().map(|bits| match signed {
            true => i128::from((bits << unused) as i64 >> unused), // with its sign
            false => i128::from(bits),
        });
        labels
            .enumerate()
            .map(|(i, label)| {
                let class = u32::try_from(label).ok();
                let class = class.filter(|&class| (class as usize) < MOST_CLASSES);
                class.ok_or_else(|| {
                    self.fault(format!(
                        "image {i} has label {label}; labels must be class indices 0..{MOST_CLASSES}"
                    ))
                })
            })
            .collect()
    }

    /// The bits of each number.
    fn bits(&self) -> impl Iterator<Item = u64> + '_ {
        let (_, size) = self.header.kind().unwrap_or(('u', 1));
        let join = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        self.bytes
            .chunks_exact(size)
            .map(move |number| match self.header.big_endian() {
                true => number.iter().fold(0, join),
                false => number.iter().rev().fold(0, join),
            })
    }

    /// The type of the numbers, as an error calls it.
    fn dtype(&self) -> String {
        match &self.header.descr {
            Some(descr) => format!("dtype '{descr}'"),
            None => "several fields".to_owned(),
        }
    }
}
