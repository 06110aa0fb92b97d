//! NumPy `.npz` archives.
//!
//! # Reference
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use npyz::npz::NpzArchive;
use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar};

use super::files::pixel;
use super::split::permutation;
use super::{DatasetError, ImageShape, Split};

/// Reads `x_train`, `y_train`, `x_test`, `y_test`, or splits `x` and `y`.
pub(super) fn read(path: &Path) -> Result<(ImageShape, Split, Split), DatasetError> {
    let mut archive = NpzArchive::open(path).map_err(|source| DatasetError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    if archive.array_names().any(|name| name == "x_train") {
        let (shape, train) = read_split(&mut archive, path, "x_train", "y_train")?;
        let (other, test) = read_split(&mut archive, path, "x_test", "y_test")?;
        if shape != other {
            return Err(DatasetError::Shapes {
                path: path.join("x_train"),
                shape,
                other_path: path.join("x_test"),
                other,
            });
        }
        return Ok((shape, train, test));
    }
    let (shape, all) = read_split(&mut archive, path, "x", "y")?;
    let test = all.len() / 6;
    if test == 0 {
        let problem = format!(
            "{} images cannot be split: a sixth is the test set, so give at least 6",
            all.len()
        );
        return Err(fault(path, "x", problem));
    }
    let order = permutation(all.len(), 0, "dataset: split of x and y");
    let (train, test) = order.split_at(all.len() - test);
    Ok((shape, all.gather(train), all.gather(test)))
}

type Archive = NpzArchive<BufReader<File>>;

fn read_split(
    archive: &mut Archive,
    path: &Path,
    x: &str,
    y: &str,
) -> Result<(ImageShape, Split), DatasetError> {
    let images = Array::read(archive, path, x)?;
    let labels = Array::read(archive, path, y)?;
    let (n, shape) = images.image_shape()?;
    if n == 0 {
        return Err(DatasetError::Empty { path: path.join(x) });
    }
    let labels_values = labels.labels()?;
    if labels_values.len() != n {
        return Err(DatasetError::Count {
            images_path: path.join(x),
            images: n,
            labels_path: path.join(y),
            labels: labels_values.len(),
        });
    }
    let pixels = images.pixels(shape)?;
    Ok((
        shape,
        Split::from_checked(pixels, labels_values, shape.features()),
    ))
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
    header: NpyHeader,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    fn read(archive: &mut Archive, path: &Path, name: &str) -> Result<Self, DatasetError> {
        let failed = |source| DatasetError::Read {
            path: path.join(name),
            source,
        };
        let Some(array) = archive.by_name(name).map_err(failed)? else {
            return Err(fault(
                path,
                name,
                "there is no such array; an .npz needs x_train, y_train, x_test, y_test, or x and y",
            ));
        };
        let header = array.header().clone();
        if header.order() == Order::Fortran && header.shape().len() > 1 {
            return Err(fault(
                path,
                name,
                "it is in Fortran order; save np.ascontiguousarray of it",
            ));
        }
        let shape: Option<Vec<usize>> = header.shape().iter().map(|&n| n.try_into().ok()).collect();
        let expected = shape.as_ref().and_then(|shape| {
            let item = header.dtype().num_bytes()?;
            shape
                .iter()
                .try_fold(item, |total, &n| total.checked_mul(n))
        });
        let (Some(shape), Some(expected)) = (shape, expected) else {
            return Err(fault(
                path,
                name,
                format!(
                    "its size is not known: dtype {}, shape {:?}; save numbers",
                    header.dtype().descr(),
                    header.shape()
                ),
            ));
        };
        let mut bytes = Vec::new();
        array.into_inner().read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() != expected {
            return Err(DatasetError::Length {
                path: path.join(name),
                expected: expected as u64,
                found: bytes.len() as u64,
            });
        }
        Ok(Self {
            path: path.to_path_buf(),
            name: name.to_string(),
            header,
            shape,
            bytes,
        })
    }

    fn fault(&self, problem: impl Into<String>) -> DatasetError {
        fault(&self.path, &self.name, problem)
    }

    /// Number and shape of the images.
    fn image_shape(&self) -> Result<(usize, ImageShape), DatasetError> {
        let (n, [channels, height, width]) = match self.shape[..] {
            [n, features] => match features.isqrt() {
                side if side * side == features => (n, [1, side, side]),
                _ => (n, [1, 1, features]),
            },
            [n, height, width] => (n, [1, height, width]),
            [_, height, width, channels @ (1 | 3)] if height > 4 && width > 4 => {
                return Err(self.fault(format!(
                    "its shape {:?} looks like (n, height, width, channels = {channels}); save it as (n, channels, height, width), x.transpose(0, 3, 1, 2)",
                    self.shape
                )));
            }
            [n, channels, height, width] => (n, [channels, height, width]),
            _ => {
                return Err(self.fault(format!(
                    "its shape {:?} is not (n, features), (n, height, width) or (n, channels, height, width)",
                    self.shape
                )));
            }
        };
        let shape = ImageShape {
            channels,
            height,
            width,
        };
        if shape.features() == 0 {
            return Err(self.fault(format!("its shape {:?} has no pixels", self.shape)));
        }
        Ok((n, shape))
    }

    /// Pixels in [0, 1].
    fn pixels(&self, shape: ImageShape) -> Result<Vec<f32>, DatasetError> {
        match self.kind() {
            Some((TypeChar::Uint, 1)) => Ok(self.bytes.iter().map(|&byte| pixel(byte)).collect()),
            Some((TypeChar::Float, 4)) => self.floats::<f32>(shape),
            Some((TypeChar::Float, 8)) => self.floats::<f64>(shape),
            _ => Err(self.fault(format!(
                "pixels of dtype {} are not read; save uint8, or float32 or float64 in [0, 1]",
                self.header.dtype().descr()
            ))),
        }
    }

    fn floats<T: Deserialize + Into<f64>>(
        &self,
        shape: ImageShape,
    ) -> Result<Vec<f32>, DatasetError> {
        let values = self.values::<T>()?.into_iter().map(Into::into);
        values
            .enumerate()
            .map(|(i, value): (usize, f64)| {
                if (0.0..=1.0).contains(&value) {
                    Ok(value as f32)
                } else {
                    Err(self.fault(format!("image {} has a pixel of value {value}; scale pixels to [0, 1] or save uint8", i / shape.features())))
                }
            })
            .collect()
    }

    /// Labels of an array of shape (n) or (n, 1).
    fn labels(&self) -> Result<Vec<u8>, DatasetError> {
        if !matches!(self.shape[..], [_] | [_, 1]) {
            return Err(self.fault(format!(
                "its shape {:?} is not (n); give one class index per image",
                self.shape
            )));
        }
        match self.kind() {
            Some((TypeChar::Uint, 1)) => self.integers::<u8>(),
            Some((TypeChar::Uint, 2)) => self.integers::<u16>(),
            Some((TypeChar::Uint, 4)) => self.integers::<u32>(),
            Some((TypeChar::Uint, 8)) => self.integers::<u64>(),
            Some((TypeChar::Int, 1)) => self.integers::<i8>(),
            Some((TypeChar::Int, 2)) => self.integers::<i16>(),
            Some((TypeChar::Int, 4)) => self.integers::<i32>(),
            Some((TypeChar::Int, 8)) => self.integers::<i64>(),
            _ => Err(self.fault(format!(
                "labels of dtype {} are not read; save an integer type",
                self.header.dtype().descr()
            ))),
        }
    }

    fn integers<T: Deserialize + Into<i128>>(&self) -> Result<Vec<u8>, DatasetError> {
        let values = self.values::<T>()?.into_iter().map(Into::into);
        values
            .enumerate()
            .map(|(i, label): (usize, i128)| {
                label.try_into().map_err(|_| {
                    self.fault(format!(
                        "image {i} has label {label}; labels must be class indices 0..256"
                    ))
                })
            })
            .collect()
    }

    /// Letter and size of a scalar dtype.
    fn kind(&self) -> Option<(TypeChar, u64)> {
        match self.header.dtype() {
            DType::Plain(kind) => Some((kind.type_char(), kind.size_field())),
            _ => None,
        }
    }

    fn values<T: Deserialize>(&self) -> Result<Vec<T>, DatasetError> {
        NpyFile::with_header(self.header.clone(), &self.bytes[..])
            .into_vec()
            .map_err(|source| DatasetError::Read {
                path: self.path.join(&self.name),
                source,
            })
    }
}
