//! The datasets known by name: where they come from, what their files are, and
//! where they are on this machine.

use std::path::{Path, PathBuf};

use super::{DatasetError, ImageShape, files};

mod entries;

pub use entries::ENTRIES;

/// A dataset known by name.
#[derive(Debug)]
pub struct Entry {
    /// The name, as given to [`Dataset::load`](super::Dataset::load).
    pub name: &'static str,
    /// What the images show.
    pub description: &'static str,
    /// The licence of the data.
    pub licence: &'static str,
    /// Where the data are described.
    pub source: &'static str,
    /// Shape of the images as loaded.
    pub shape: ImageShape,
    /// Number of classes.
    pub classes: usize,
    /// Number of training images.
    pub train: usize,
    /// Number of test images.
    pub test: usize,
    /// Sub-folders of the data folder that other programs use for this set.
    pub folders: &'static [&'static str],
    /// Where a system package installs the set.
    pub system_folder: Option<&'static str>,
    /// Every file of the set, decompressed.
    pub files: &'static [DataFile],
    /// What the files are.
    pub format: Format,
    /// How the files get here.
    pub delivery: Delivery,
}

/// What the files of a dataset are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The four IDX files of MNIST.
    Idx,
    /// The six binary batches of CIFAR-10.
    Cifar10,
}

/// One file of a dataset, decompressed.
#[derive(Debug)]
pub struct DataFile {
    /// File name without `.gz`.
    pub name: &'static str,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, as lower-case hexadecimal digits.
    pub sha256: &'static str,
}

/// How the files of a dataset are delivered.
#[derive(Debug)]
pub enum Delivery {
    /// They are inside the program.
    Embedded,
    /// Each is downloaded as `<mirror>/<name>.gz`; mirrors in order of preference.
    Gzip {
        /// Base addresses.
        mirrors: &'static [&'static str],
    },
    /// All are in one gzip-compressed tar archive, `<mirror>/<name>`.
    Archive {
        /// Name of the archive.
        name: &'static str,
        /// Length of the archive in bytes.
        bytes: u64,
        /// SHA-256 of the archive as it is.
        sha256: &'static str,
        /// Base addresses.
        mirrors: &'static [&'static str],
    },
}

/// The entry of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// All names, for messages: `a, b, c`.
pub fn names() -> String {
    let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
    names.join(", ")
}

/// Where a catalogue entry is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Inside the program.
    Embedded,
    /// In this folder, with every file of the set (not yet checked).
    Folder(PathBuf),
    /// Nowhere: the folders looked in, and how many of the files each has.
    Missing(Vec<(PathBuf, usize)>),
}

impl Entry {
    /// Bytes of all files together, decompressed.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Looks for the files: in `data_dir/<name>`, in the sub-folders of `data_dir`
    /// that other programs use, where a system package puts them, in `data_dir`
    /// itself. The first folder with every file (packed or not) is the location.
    pub fn locate(&self, data_dir: Option<&Path>) -> Location {
        if matches!(self.delivery, Delivery::Embedded) {
            return Location::Embedded;
        }
        let inside = std::iter::once(&self.name)
            .chain(self.folders)
            .filter_map(|folder| Some(data_dir?.join(folder)));
        let system = self.system_folder.map(PathBuf::from);
        let mut looked_in = Vec::new();
        for folder in inside.chain(system).chain(data_dir.map(Path::to_path_buf)) {
            let has = |file: &&DataFile| files::find(&folder, file.name).is_some();
            let found = self.files.iter().filter(has).count();
            if found == self.files.len() {
                return Location::Folder(folder);
            }
            looked_in.push((folder, found));
        }
        Location::Missing(looked_in)
    }

    /// The error for a set that is nowhere.
    pub(super) fn not_installed(&self, looked_in: &[(PathBuf, usize)]) -> DatasetError {
        let total = self.files.len();
        let folders: Vec<String> = looked_in
            .iter()
            .map(|(folder, found)| match found {
                0 => folder.display().to_string(),
                _ => format!(
                    "{} (has {found} of {total}; its path loads what it has)",
                    folder.display()
                ),
            })
            .collect();
        DatasetError::NotInstalled {
            name: self.name,
            files: format!("{} and {} more", self.files[0].name, total - 1),
            looked_in: if folders.is_empty() {
                "no folder (none was given)".to_string()
            } else {
                folders.join(", ")
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_entry_is_whole() {
        let names: HashSet<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
        for entry in ENTRIES {
            assert!(std::ptr::eq(find(entry.name).unwrap(), entry));
            for file in entry.files {
                let digits = file
                    .sha256
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                assert!(digits && file.sha256.len() == 64, "{}", file.name);
            }
            // The files have room for exactly the images and labels promised.
            let (per_image, headers) = match entry.format {
                Format::Cifar10 => (1 + 3 * 32 * 32, 0),
                Format::Idx => (1 + entry.shape.features(), 2 * (16 + 8)),
            };
            let images = entry.train + entry.test;
            assert_eq!(
                entry.bytes(),
                (images * per_image + headers) as u64,
                "{}",
                entry.name
            );
        }
    }

    #[test]
    fn the_own_folder_goes_first_and_part_of_a_set_is_reported() {
        let entry = find("cifar10").unwrap();
        let data = tempfile::tempdir().unwrap();
        let fill = |folder: &Path, files: &[DataFile]| {
            std::fs::create_dir_all(folder).unwrap();
            for file in files {
                std::fs::write(folder.join(file.name), "").unwrap();
            }
        };
        let other = data.path().join("cifar-10-batches-bin");
        fill(&other, &entry.files[..2]);
        let Location::Missing(looked_in) = entry.locate(Some(data.path())) else {
            panic!("a set with two of six files is not installed");
        };
        let message = entry.not_installed(&looked_in).to_string();
        assert!(
            message.contains("cifar-10-batches-bin (has 2 of 6"),
            "{message}"
        );
        assert!(
            message.ends_with("run: rethink data fetch cifar10"),
            "{message}"
        );
        assert!(!message.contains('\n'));

        fill(data.path(), entry.files);
        assert_eq!(
            entry.locate(Some(data.path())),
            Location::Folder(data.path().into())
        );
        fill(&other, entry.files);
        assert_eq!(entry.locate(Some(data.path())), Location::Folder(other));
        let own = data.path().join("cifar10");
        fill(&own, entry.files);
        assert_eq!(entry.locate(Some(data.path())), Location::Folder(own));
    }
}
