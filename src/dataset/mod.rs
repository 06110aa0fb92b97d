//! What is learned from: the embedded set and readers for IDX, CIFAR-10 binary batches and NPZ.
//!
//! A [`Dataset`] is a training and a test [`Split`] of images with one
//! [`ImageShape`]; their targets are classes, or real numbers in a `Dataset<f32>`, and an
//! [`AnyDataset`] is what a file holds. [`Dataset::load`] finds one by the name of a
//! [`catalogue`] entry or by a path; [`fetch()`] downloads a catalogue entry and
//! [`verify`] checks the files of one. A [`Preprocessing`] makes the network's
//! input from the pixels.
//!
//! ```
//! use rethink::dataset::Dataset;
//! let data = Dataset::load("fashion-mnist-10k", None)?;
//! assert_eq!(data.shape().to_string(), "1x28x28");
//! assert_eq!((data.train().len(), data.test().len()), (10_000, 5_000));
//! # Ok::<(), rethink::dataset::DatasetError>(())
//! ```

mod any;
pub mod catalogue;
mod cifar;
mod embedded;
mod error;
#[cfg(feature = "cli")]
pub mod fetch;
mod files;
mod idx;
mod load;
mod npz;
mod preprocess;
mod repeated;
mod split;

pub use any::AnyDataset;
pub use error::DatasetError;
#[cfg(feature = "cli")]
pub use fetch::{fetch, verify};
pub use preprocess::Preprocessing;
pub(crate) use split::permutation;
pub use split::{ImageShape, Split};

use sha2::{Digest, Sha256};

/// Classes of a dataset at most: a larger label is no class index but a mistake.
pub const MOST_CLASSES: usize = 1_000_000;

/// A training set and a test set of images of one shape, with classes (`u32`, the default)
/// or real numbers (`f32`) as targets.
///
/// Every dataset has been checked: both splits hold images of `shape`, numbers are finite,
/// labels are below `classes`, nothing is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<T = u32> {
    name: String,
    /// The name in the catalogue, if it was loaded by that.
    entry: Option<&'static str>,
    checksum: String,
    shape: ImageShape,
    /// Number of classes, or of the real numbers of a target.
    outputs: usize,
    train: Split<T>,
    test: Split<T>,
    rounded: bool,
}

impl Dataset {
    /// Puts a dataset together and checks it.
    ///
    /// # Errors
    ///
    /// When `classes` is not in 2..=[`MOST_CLASSES`], a split's images do not have
    /// `shape`, a label is not below `classes`, or a pixel is not finite.
    pub fn new(
        name: impl Into<String>,
        shape: ImageShape,
        classes: usize,
        mut train: Split,
        mut test: Split,
    ) -> Result<Self, DatasetError> {
        let name = name.into();
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(DatasetError::Classes { name, classes });
        }
        for (part, split) in [("training", &mut train), ("test", &mut test)] {
            split.check(&name, part, shape, classes)?;
        }
        let targets = |hash: &mut Sha256, split: &Split| {
            for &label in split.labels() {
                match u8::try_from(label) {
                    Ok(label) if classes <= 256 => hash.update([label]),
                    _ => hash.update(label.to_le_bytes()),
                }
            }
        };
        let checksum = checksum(
            "rethink dataset 1\n",
            shape,
            classes,
            [&train, &test],
            targets,
        );
        Ok(Self {
            name,
            entry: None,
            checksum,
            shape,
            outputs: classes,
            train,
            test,
            rounded: false,
        })
    }

    /// Number of classes; labels are 0..classes.
    pub fn classes(&self) -> usize {
        self.outputs
    }

    /// Classes that no training image has. Many of them suggest a label that is none,
    /// since the number of classes of a file is its largest label plus one.
    pub fn unused_classes(&self) -> usize {
        let mut used = vec![false; self.outputs];
        for &label in self.train.labels() {
            used[label as usize] = true;
        }
        used.iter().filter(|used| !**used).count()
    }
}

impl Dataset<f32> {
    /// Puts a dataset with real targets together and checks it.
    ///
    /// ```
    /// use rethink::dataset::{Dataset, ImageShape, Split};
    /// let split = |x: f32| Split::real(vec![x], 1, vec![x.sin()], 1);
    /// let shape = ImageShape { channels: 1, height: 1, width: 1 };
    /// let sine = Dataset::real("sine", shape, split(0.5)?, split(1.5)?)?;
    /// assert_eq!(sine.outputs(), 1);
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a split's images do not have `shape`, or the targets of one split are longer
    /// than those of the other.
    pub fn real(
        name: impl Into<String>,
        shape: ImageShape,
        mut train: Split<f32>,
        mut test: Split<f32>,
    ) -> Result<Self, DatasetError> {
        let name = name.into();
        for (part, split) in [("training", &mut train), ("test", &mut test)] {
            split.check_pixels(&name, part, shape)?;
        }
        let outputs = train.outputs();
        if outputs != test.outputs() {
            return Err(DatasetError::Targets {
                name,
                train: format!("{outputs} real numbers"),
                test: format!("{} real numbers", test.outputs()),
            });
        }
        let targets = |hash: &mut Sha256, split: &Split<f32>| hash_floats(hash, split.targets());
        let head = "rethink dataset of real targets 1\n";
        let checksum = checksum(head, shape, outputs, [&train, &test], targets);
        Ok(Self {
            name,
            entry: None,
            checksum,
            shape,
            outputs,
            train,
            test,
            rounded: false,
        })
    }

    /// Numbers per target.
    pub fn outputs(&self) -> usize {
        self.outputs
    }
}

impl<T> Dataset<T> {
    /// What it is called: the catalogue name, or the last part of the path it was read
    /// from. For people; anything can stand in it but what would steer a terminal.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells it from others in the names of files: the catalogue name, or else
    /// `data-` and the first 12 digits of the [checksum](Self::checksum), which stay when
    /// its file is renamed.
    ///
    /// ```
    /// use rethink::dataset::Dataset;
    /// let data = Dataset::load("fashion-mnist-10k", None)?;
    /// assert_eq!(data.id(), "fashion-mnist-10k");
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    pub fn id(&self) -> String {
        match self.entry {
            Some(name) => name.to_owned(),
            None => format!("data-{}", &self.checksum[..12]),
        }
    }

    /// SHA-256 of the content, as 64 lower-case hexadecimal digits: the same for
    /// the same images however they were packed or named.
    ///
    /// The hashed bytes are, in this order:
    ///
    /// ```text
    /// "rethink dataset 1\n"                                          ASCII
    /// channels, height, width, classes, train images, test images   6 x u64
    /// training pixels   f32 each, row-major (n, channels, height, width)
    /// training labels   u8 each, or u32 if there are more than 256 classes
    /// test pixels, test labels   likewise
    /// ```
    ///
    /// Numbers are little endian. A zero pixel is +0. A byte b of an image file
    /// is the pixel b / 255 rounded to f32. With real targets the first line is
    /// `rethink dataset of real targets 1`, the count of classes is that of the numbers per
    /// target, and targets are f32, row-major.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Whether its file held numbers in double precision that single precision does not
    /// tell apart: what depends on differences below 6e-8 of a pixel is that of the
    /// rounded images.
    pub fn is_rounded(&self) -> bool {
        self.rounded
    }

    /// Shape of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// What is trained on.
    pub fn train(&self) -> &Split<T> {
        &self.train
    }

    /// What is tested on.
    pub fn test(&self) -> &Split<T> {
        &self.test
    }
}

/// See [`Dataset::checksum`].
fn checksum<T: Copy>(
    head: &str,
    shape: ImageShape,
    outputs: usize,
    splits: [&Split<T>; 2],
    targets: impl Fn(&mut Sha256, &Split<T>),
) -> String {
    let mut hash = Sha256::new();
    hash.update(head.as_bytes());
    let [train, test] = splits.map(Split::len);
    for count in [
        shape.channels,
        shape.height,
        shape.width,
        outputs,
        train,
        test,
    ] {
        hash.update((count as u64).to_le_bytes());
    }
    for split in splits {
        hash_floats(&mut hash, split.pixels());
        targets(&mut hash, split);
    }
    crate::digest::hex(&hash.finalize())
}

fn hash_floats(hash: &mut Sha256, values: &[f32]) {
    let mut bytes = Vec::with_capacity(4 * 4096);
    for values in values.chunks(4096) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        hash.update(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape {
        channels: 1,
        height: 1,
        width: 2,
    };

    const REAL: &str = "90af5049f691d9d639e50dd0abd223fa2b6da9f30731847a5cef12fb85ec6a78";

    fn split(pixels: &[f32], labels: &[u32]) -> Split {
        Split::new(pixels.to_vec(), labels.to_vec(), 2).unwrap()
    }

    #[test]
    fn the_checksum_is_that_of_the_documented_bytes() {
        let train = split(&[0.0, 1.0, 0.5, 0.25], &[0, 1]);
        let test = split(&[-0.0, 0.75], &[1]);
        let data = Dataset::new("tiny", SHAPE, 2, train, test).unwrap();
        // python3 -c "import hashlib, struct; print(hashlib.sha256(b'rethink dataset 1\n'
        //   + struct.pack('<6Q', 1, 1, 2, 2, 2, 1) + struct.pack('<4f', 0, 1, .5, .25) + bytes([0, 1])
        //   + struct.pack('<2f', 0, .75) + bytes([1])).hexdigest())"
        assert_eq!(
            data.checksum(),
            "a9d4748f9900affef44891327d7df424dc648702c78b92658a548b2bff8ab59a"
        );
    }

    #[test]
    fn real_targets_are_part_of_the_checksum() {
        let split = |y: &[f32]| Split::real(vec![0.25; y.len()], 1, y.to_vec(), 1).unwrap();
        let shape = ImageShape { width: 1, ..SHAPE };
        let data = |y| Dataset::real("sine", shape, split(y), split(&[-1.0])).unwrap();
        // python3 -c "import hashlib, struct; print(hashlib.sha256(b'rethink dataset of real
        //   targets 1\n' + struct.pack('<6Q', 1, 1, 1, 1, 2, 1) + struct.pack('<6f', .25, .25,
        //   .5, 1e6, .25, -1)).hexdigest())"
        assert_eq!(data(&[0.5, 1e6]).checksum(), REAL);
        assert_ne!(data(&[0.5, 2e6]).checksum(), REAL);
        let two = Split::real(vec![0.25], 1, vec![0.0, 1.0], 2).unwrap();
        let error = Dataset::real("sine", shape, split(&[0.5]), two).unwrap_err();
        assert!(error.to_string().contains("2 real numbers"), "{error}");
    }

    #[test]
    fn a_bad_dataset_is_refused_with_the_bad_value() {
        let good = || split(&[0.0, 1.0], &[1]);
        let message = |classes, train, test| {
            Dataset::new("bad", SHAPE, classes, train, test)
                .unwrap_err()
                .to_string()
        };
        assert!(message(1, good(), good()).contains("1 class"));
        assert!(message(2_000_000, good(), good()).contains("1000000"));
        assert!(message(2, split(&[0.0, 1.0], &[2]), good()).contains("label 2"));
        let long = Split::new(vec![0.0; 3], vec![0], 3).unwrap();
        assert!(message(2, long, good()).contains("1x1x2"));
    }
}
