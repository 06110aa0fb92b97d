//! A dataset whose targets are of the kind that its file has.

use std::path::Path;

use super::{Dataset, DatasetError, load};

/// A dataset with classes, or one with real targets.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyDataset {
    /// Labels are classes.
    Classes(Dataset),
    /// Targets are real numbers.
    Real(Dataset<f32>),
}

impl AnyDataset {
    /// Loads a dataset by name or path, as [`Dataset::load`] does; an `.npz` file whose `y` is
    /// float has real targets, of shape (n) or (n, outputs).
    ///
    /// # Errors
    /// As [`Dataset::load`].
    pub fn load(name_or_path: &str, data_dir: Option<&Path>) -> Result<Self, DatasetError> {
        load::load(name_or_path, data_dir)
    }

    /// The dataset if its targets are classes.
    ///
    /// # Errors
    /// [`DatasetError::RealTargets`].
    pub fn classes(self) -> Result<Dataset, DatasetError> {
        match self {
            Self::Classes(dataset) => Ok(dataset),
            Self::Real(dataset) => Err(DatasetError::RealTargets {
                outputs: dataset.outputs(),
                name: dataset.name,
            }),
        }
    }
}
