//! The IDX format of MNIST and Fashion-MNIST.
//!
//! Numbers are big endian. An image file is the number 0x803, the counts of
//! images, rows and columns, and a byte per pixel; a label file is the number
//! 0x801, the count of labels, and a byte per label.
//!
//! # Reference
//!
//! LeCun, Cortes, Burges, *The MNIST database of handwritten digits*,
//! <http://yann.lecun.com/exdb/mnist/>, section "File formats".

use std::cmp::Ordering;
use std::path::PathBuf;

use super::files::{Content, Source, pixel};
use super::{DatasetError, ImageShape, Split};

const IMAGES: u32 = 0x803;
const LABELS: u32 = 0x801;

/// The usual file names: images and labels of training, then of test.
pub(super) const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Reads the four files of a set: shape, training split, test split.
pub(super) fn read(source: Source) -> Result<(ImageShape, Split, Split), DatasetError> {
    let [train_images, train_labels, test_images, test_labels] = FILES;
    let (path, shape, train) = read_split(
        source(train_images, &images_length)?,
        source(train_labels, &labels_length)?,
    )?;
    let (other_path, other, test) = read_split(
        source(test_images, &images_length)?,
        source(test_labels, &labels_length)?,
    )?;
    if shape != other {
        return Err(DatasetError::Shapes {
            path,
            shape,
            other_path,
            other,
        });
    }
    Ok((shape, train, test))
}

fn read_split(
    images: Content,
    labels: Content,
) -> Result<(PathBuf, ImageShape, Split), DatasetError> {
    let [n, height, width] = header(&images, IMAGES, "images")?;
    let [n_labels] = header(&labels, LABELS, "labels")?;
    if n != n_labels {
        return Err(DatasetError::Count {
            images_path: images.path,
            images: n,
            labels_path: labels.path,
            labels: n_labels,
        });
    }
    let shape = ImageShape {
        channels: 1,
        height,
        width,
    };
    if n * shape.features() == 0 {
        return Err(DatasetError::Empty { path: images.path });
    }
    let pixels = images.bytes[16..].iter().map(|&byte| pixel(byte)).collect();
    let split = Split::from_checked(
        pixels,
        labels.bytes[8..]
            .iter()
            .map(|&label| u32::from(label))
            .collect(),
        shape.features(),
    );
    Ok((images.path, shape, split))
}

/// How long a file of images is that starts so.
fn images_length(start: &[u8]) -> Option<u64> {
    announced::<3>(start, IMAGES)
}

/// How long a file of labels is that starts so.
fn labels_length(start: &[u8]) -> Option<u64> {
    announced::<1>(start, LABELS)
}

/// A file that starts with another number is not read further.
fn announced<const D: usize>(start: &[u8], magic: u32) -> Option<u64> {
    let counts: Option<Vec<u64>> = (1..=D).map(|i| Some(number(start, i)?.into())).collect();
    match counts.filter(|_| number(start, 0) == Some(magic)) {
        Some(counts) => Some(length(&counts)),
        None => Some(start.len() as u64),
    }
}

/// Bytes of a file with these counts in its header, saturated.
fn length(counts: &[u64]) -> u64 {
    let content = counts
        .iter()
        .fold(1_u64, |n, &count| n.saturating_mul(count));
    content.saturating_add(4 * (1 + counts.len() as u64))
}

/// Number `i` of a header.
fn number(bytes: &[u8], i: usize) -> Option<u32> {
    let bytes = bytes.get(4 * i..4 * i + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The `D` counts of the header, once the file is as long as they say.
fn header<const D: usize>(
    file: &Content,
    magic: u32,
    content: &'static str,
) -> Result<[usize; D], DatasetError> {
    let cut_off = |expected: u64| DatasetError::Length {
        path: file.path.clone(),
        expected,
        found: file.bytes.len() as u64,
    };
    let header_bytes = 4 * (1 + D as u64);
    let found = number(&file.bytes, 0).ok_or_else(|| cut_off(header_bytes))?;
    if found != magic {
        return Err(DatasetError::Magic {
            path: file.path.clone(),
            content,
            expected: magic,
            found,
        });
    }
    let mut counts = [0; D];
    for (i, count) in counts.iter_mut().enumerate() {
        let value = number(&file.bytes, 1 + i).ok_or_else(|| cut_off(header_bytes))?;
        *count = value as usize;
    }
    let expected = length(&counts.map(|count| count as u64));
    match (file.bytes.len() as u64).cmp(&expected) {
        Ordering::Less => Err(cut_off(expected)),
        Ordering::Equal => Ok(counts),
        Ordering::Greater => Err(DatasetError::Longer {
            path: file.path.clone(),
            expected,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn images(n: u32, height: u32, width: u32) -> Vec<u8> {
        let header = [IMAGES, n, height, width].map(u32::to_be_bytes).concat();
        let pixels = (0..n * height * width).map(|i| i as u8);
        header.into_iter().chain(pixels).collect()
    }

    fn labels(n: u32) -> Vec<u8> {
        let header = [LABELS, n].map(u32::to_be_bytes).concat();
        header.into_iter().chain((0..n).map(|i| i as u8)).collect()
    }

    fn read_files(files: [Vec<u8>; 4]) -> Result<(ImageShape, Split, Split), DatasetError> {
        read(&|name, _| {
            let i = FILES.iter().position(|&file| file == name).unwrap();
            Ok(Content {
                path: name.into(),
                bytes: files[i].clone(),
            })
        })
    }

    fn good() -> [Vec<u8>; 4] {
        [images(3, 2, 4), labels(3), images(2, 2, 4), labels(2)]
    }

    #[test]
    fn rows_columns_and_pixel_values_are_read() {
        let (shape, train, test) = read_files(good()).unwrap();
        assert_eq!(shape.to_string(), "1x2x4");
        assert_eq!((train.len(), test.len()), (3, 2));
        assert_eq!(train.labels(), [0, 1, 2]);
        // Image 1 holds bytes 8..16.
        let expected: Vec<f32> = (8..16).map(|i| i as f32 / 255.0).collect();
        assert_eq!(train.image(1), expected);
    }

    #[test]
    fn each_fault_is_named_with_its_numbers() {
        let message = |change: &dyn Fn(&mut [Vec<u8>; 4])| {
            let mut files = good();
            change(&mut files);
            read_files(files).unwrap_err().to_string()
        };
        let cut = message(&|files| files[0].truncate(30));
        assert!(cut.contains("30 bytes where 40"), "{cut}");
        let long = message(&|files| files[1].push(0));
        assert!(long.contains("more than the 11 bytes"), "{long}");
        let headerless = message(&|files| files[2].truncate(9));
        assert!(headerless.contains("9 bytes where 16"), "{headerless}");
        let empty = message(&|files| files[3].clear());
        assert!(empty.contains("0 bytes where 8"), "{empty}");
        let swapped = message(&|files| files.swap(0, 1));
        assert!(
            swapped.contains("0x00000801") && swapped.contains("0x00000803"),
            "{swapped}"
        );
        let counts = message(&|files| files[1] = labels(2));
        assert!(
            counts.contains("3 images") && counts.contains("2 labels"),
            "{counts}"
        );
        let none = message(&|files| (files[0], files[1]) = (images(0, 2, 4), labels(0)));
        assert!(none.contains("no images"), "{none}");
        let shapes = message(&|files| files[2] = images(2, 4, 2));
        assert!(
            shapes.contains("1x2x4") && shapes.contains("1x4x2"),
            "{shapes}"
        );
        let huge = message(&|files| files[0][4..16].fill(0xff));
        assert!(huge.contains(&u64::MAX.to_string()), "{huge}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, magic in prop::sample::select(vec![IMAGES, LABELS])) {
            let bytes = [magic.to_be_bytes().to_vec(), bytes].concat();
            let _ = read_files([bytes.clone(), bytes.clone(), bytes.clone(), bytes]);
        }
    }
}
