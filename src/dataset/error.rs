//! What can be wrong with a dataset or its files.

use std::io;
use std::path::PathBuf;

use super::{ImageShape, MOST_CLASSES};
use crate::archive::Fault;

/// Why a dataset could not be loaded, put together or cut.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Neither a name in the catalogue nor something on disk.
    #[error(
        "there is no dataset and no path `{given}`; name one of {known}, or give an IDX folder, a CIFAR-10 binary folder or an .npz file"
    )]
    Unknown {
        /// What was asked for.
        given: String,
        /// Names in the catalogue.
        known: String,
    },
    /// A catalogue entry whose files are nowhere to be found.
    #[error(
        "{name} is not installed: looked for {files} in {looked_in}; run: rethink data fetch {name}"
    )]
    NotInstalled {
        /// Catalogue name.
        name: &'static str,
        /// Which files were looked for.
        files: String,
        /// Folders that were looked in, with how many files each has.
        looked_in: String,
    },
    /// A path that no reader knows.
    #[error("no reader knows {}: give an IDX folder (train-images-idx3-ubyte[.gz] ...), a CIFAR-10 binary folder (data_batch_1.bin ..., test_batch.bin) or an .npz file", path.display())]
    UnknownFormat {
        /// The path given.
        path: PathBuf,
    },
    /// A folder lacks one of its files.
    #[error("{} has no {file}: every file of the set must be in this folder", folder.display())]
    MissingFile {
        /// The folder read.
        folder: PathBuf,
        /// The file it lacks.
        file: String,
    },
    /// Reading failed.
    #[error("cannot read {}: {source}; check that the file is whole and readable", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file of the wrong length.
    #[error("{} has {found} bytes where {expected} are expected: it is cut off or not what its name says; get it again", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes expected, decompressed.
        expected: u64,
        /// Bytes found, decompressed.
        found: u64,
    },
    /// A file that goes on after its end; the rest is not read.
    #[error("{} has more than the {expected} bytes that it should have: it is not what its name or header says; get it again", path.display())]
    Longer {
        /// The file.
        path: PathBuf,
        /// Bytes expected, decompressed.
        expected: u64,
    },
    /// The file contradicts itself or its format.
    #[error("{} is damaged: {problem}; get it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        problem: String,
    },
    /// More than is unpacked of a file of its length.
    #[error("{} holds, or says that it holds, more than {most} bytes, more than a packed file of {length} bytes is trusted with; if it is no bomb, give it unpacked", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        length: u64,
        /// Most bytes that are unpacked.
        most: u64,
    },
    /// An IDX file that starts with another number.
    #[error("{} starts with the number {found:#010x}, not {expected:#010x}: it is not an IDX file of {content}", path.display())]
    Magic {
        /// The file.
        path: PathBuf,
        /// What the file should hold.
        content: &'static str,
        /// The number that says so.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// As many labels as images are needed.
    #[error("{} has {images} images but {} has {labels} labels: give the two files of one set", images_path.display(), labels_path.display())]
    Count {
        /// File (or file and array) of the images.
        images_path: PathBuf,
        /// Number of images.
        images: usize,
        /// File (or file and array) of the labels.
        labels_path: PathBuf,
        /// Number of labels.
        labels: usize,
    },
    /// A file without images.
    #[error("{} holds no images: give a file with at least one", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Training and test images have different shapes.
    #[error("images of {} are {shape}, but those of {} are {other}: give both splits one shape", path.display(), other_path.display())]
    Shapes {
        /// File (or file and array) of the training images.
        path: PathBuf,
        /// Their shape.
        shape: ImageShape,
        /// File (or file and array) of the test images.
        other_path: PathBuf,
        /// Their shape.
        other: ImageShape,
    },
    /// A file that is not the published one.
    #[error("{} is not the {file} of {name}: its SHA-256 is {found}, not {expected}; run: rethink data fetch {name}, or give the folder's path to use it as it is", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Catalogue name.
        name: &'static str,
        /// Which file of the entry.
        file: &'static str,
        /// The published SHA-256, of the decompressed file.
        expected: &'static str,
        /// The SHA-256 found.
        found: String,
    },
    /// An array of an `.npz` file that cannot be used.
    #[error("array `{array}` of {}: {problem}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// Name of the array.
        array: String,
        /// What is wrong, and the remedy.
        problem: String,
    },
    /// A label that is not a class.
    #[error(
        "{name}: {part} image {image} has label {label}, but there are {classes} classes: labels must be 0..{classes}"
    )]
    Label {
        /// Dataset or file.
        name: String,
        /// Which split.
        part: &'static str,
        /// Index of the image.
        image: usize,
        /// The label found.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// Not a usable number of classes.
    #[error("{name} has {classes} class(es): a dataset needs 2 to {MOST_CLASSES}")]
    Classes {
        /// Dataset.
        name: String,
        /// The number found.
        classes: usize,
    },
    /// Images of a split do not have the dataset's shape.
    #[error(
        "{name}: a {part} image has {features} numbers, but the shape is {shape}: give both splits one shape"
    )]
    Features {
        /// Dataset.
        name: String,
        /// Which split.
        part: &'static str,
        /// Numbers per image found.
        features: usize,
        /// The dataset's shape.
        shape: ImageShape,
    },
    /// Pixels and labels do not make a split.
    #[error(
        "{pixels} pixels and {labels} labels do not make a split with {features} numbers per image: give labels x features pixels, at least one image"
    )]
    SplitLength {
        /// Number of pixels.
        pixels: usize,
        /// Number of labels.
        labels: usize,
        /// Numbers per image.
        features: usize,
    },
    /// Real targets of incomplete examples.
    #[error("{numbers} numbers are no whole number of targets of {outputs} numbers each")]
    TargetLength {
        /// Numbers given.
        numbers: usize,
        /// Numbers per target.
        outputs: usize,
    },
    /// A real target that is not a finite number.
    #[error("image {image} has a target of value {value}: targets must be finite")]
    TargetNotFinite {
        /// Index of the image.
        image: usize,
        /// The value found.
        value: f32,
    },
    /// Targets of training and test images that are of different kinds or lengths.
    #[error(
        "{name}: targets of the training set are {train}, those of the test set {test}: give both \
         the same"
    )]
    Targets {
        /// Dataset or file.
        name: String,
        /// Of the training set: `classes`, or how many real numbers.
        train: String,
        /// Of the test set.
        test: String,
    },
    /// Real targets where classes are needed.
    #[error(
        "the targets of {name} are real numbers, {outputs} per image, and this needs classes: save \
         y as an integer type if its numbers are class indices"
    )]
    RealTargets {
        /// Dataset or file.
        name: String,
        /// Numbers per target.
        outputs: usize,
    },
    /// A pixel that is not a finite number.
    #[error("image {image} has a pixel of value {value}: pixels must be finite")]
    NotFinite {
        /// Index of the image.
        image: usize,
        /// The value found.
        value: f32,
    },
    /// A subset that cannot be drawn.
    #[error("cannot draw {n} images from {len}: give a number from 1 to {len}")]
    SubsetSize {
        /// Images asked for.
        n: usize,
        /// Images there are.
        len: usize,
    },
}

impl From<Fault> for DatasetError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Read { path, source } => Self::Read { path, source },
            Fault::Damaged { path, problem } => Self::Damaged { path, problem },
            Fault::TooLarge { path, length, most } => Self::TooLarge { path, length, most },
        }
    }
}
