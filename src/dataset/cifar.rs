//! The binary version of CIFAR-10.
//!
//! A file is a row of records of 3073 bytes: the label, then 1024 bytes each of
//! red, green and blue, row after row. Images are cut from 32 x 32 to the central
//! 28 x 28, as Zhang et al. 2017 (arXiv 1611.03530, appendix A) do.
//!
//! # Reference
//!
//! Krizhevsky 2009, *Learning Multiple Layers of Features from Tiny Images*;
//! <https://www.cs.toronto.edu/~kriz/cifar.html>, section "Binary version".

use std::ops::Range;

use super::files::{Source, pixel};
use super::{DatasetError, ImageShape, Split};

/// Files of the training set, in order.
pub(super) const TRAIN_FILES: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
/// File of the test set.
pub(super) const TEST_FILE: &str = "test_batch.bin";
pub(super) const CLASSES: usize = 10;
/// Shape after the cut.
pub(super) const SHAPE: ImageShape = ImageShape {
    channels: 3,
    height: 28,
    width: 28,
};

const SIDE: usize = 32;
/// Rows and columns that are kept.
const CENTRE: Range<usize> = 2..30;
const RECORD: usize = 1 + 3 * SIDE * SIDE;

/// Reads the given training files and the test file.
pub(super) fn read(train_files: &[&str], source: Source) -> Result<(Split, Split), DatasetError> {
    Ok((
        read_split(train_files, source)?,
        read_split(&[TEST_FILE], source)?,
    ))
}

fn read_split(files: &[&str], source: Source) -> Result<Split, DatasetError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for name in files {
        let file = source(name, &|_| None)?; // no header tells its length
        let n = file.bytes.len().div_ceil(RECORD).max(1);
        if n * RECORD != file.bytes.len() {
            return Err(DatasetError::Length {
                path: file.path,
                expected: (n * RECORD) as u64,
                found: file.bytes.len() as u64,
            });
        }
        pixels.reserve(n * SHAPE.features());
        for record in file.bytes.chunks_exact(RECORD) {
            labels.push(u32::from(record[0]));
            for (y, row) in record[1..].chunks_exact(SIDE).enumerate() {
                if CENTRE.contains(&(y % SIDE)) {
                    pixels.extend(row[CENTRE].iter().map(|&byte| pixel(byte)));
                }
            }
        }
    }
    Ok(Split::from_checked(pixels, labels, SHAPE.features()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::files::Content;

    /// A record whose pixel (channel, row, column) is a byte of all three.
    fn record(label: u8) -> Vec<u8> {
        let byte = |c: usize, y: usize, x: usize| (c * 80 + y * 2 + x + usize::from(label)) as u8;
        let mut bytes = vec![label];
        for (c, y) in (0..3).flat_map(|c| (0..SIDE).map(move |y| (c, y))) {
            bytes.extend((0..SIDE).map(|x| byte(c, y, x)));
        }
        bytes
    }

    fn read_bytes(files: &[(&str, Vec<u8>)]) -> Result<(Split, Split), DatasetError> {
        let train: Vec<&str> = files
            .iter()
            .map(|file| file.0)
            .filter(|&name| name != TEST_FILE)
            .collect();
        read(&train, &|name, _| {
            let bytes = files.iter().find(|file| file.0 == name).unwrap().1.clone();
            Ok(Content {
                path: name.into(),
                bytes,
            })
        })
    }

    #[test]
    fn the_centre_is_kept_channel_after_channel_and_files_in_order() {
        let (train, test) = read_bytes(&[
            ("data_batch_1.bin", [record(3), record(1)].concat()),
            ("data_batch_4.bin", record(9)),
            (TEST_FILE, record(0)),
        ])
        .unwrap();
        assert_eq!(train.labels(), [3, 1, 9]);
        assert_eq!(test.labels(), [0]);
        for (image, label) in [3, 1, 9].into_iter().enumerate() {
            for (c, y, x) in [(0, 0, 0), (0, 27, 27), (1, 5, 9), (2, 0, 27), (2, 27, 0)] {
                let expected = (c * 80 + (y + 2) * 2 + (x + 2) + label) as f32 / 255.0;
                assert_eq!(train.image(image)[c * 784 + y * 28 + x], expected);
            }
        }
    }

    #[test]
    fn a_file_that_is_not_whole_records_is_refused_with_both_lengths() {
        let mut cut = [record(3), record(1)].concat();
        cut.truncate(5000);
        for (bytes, expected) in [
            (cut, "5000 bytes where 6146"),
            (vec![], "0 bytes where 3073"),
        ] {
            let message = read_bytes(&[("data_batch_1.bin", bytes), (TEST_FILE, record(0))])
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
