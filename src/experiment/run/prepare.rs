//! From a dataset and a spec to what the network is shown.

use super::{DataSpec, RunSpec};
use crate::dataset::{Dataset, Split};
use crate::experiment::ExperimentError;
use crate::treatment::{Corruption, Treatment};

/// Training and test data of a run, ready for the network.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the network learns: subset, treated, preprocessed.
    pub train: Split,
    /// Training images that are held out of it, with early stopping.
    pub held_out: Option<Split>,
    /// What it is tested on.
    pub test: Split,
    /// What the treatment did to the labels.
    pub corruption: Corruption,
}

/// The test images are the same for every run: they are drawn with this seed.
const TEST_SEED: u64 = 0;

/// The data of a run.
///
/// # Errors
/// As [`DataSpec::prepare`], or too few images to hold some of them out.
pub fn prepare(spec: &RunSpec, dataset: &Dataset) -> Result<Prepared, ExperimentError> {
    let prepared = spec.data.prepare(&spec.treatment, spec.seed, dataset)?;
    let Some(rule) = spec.recipe.regularization.early_stopping else {
        return Ok(prepared);
    };
    let parts = rule.split(&prepared.train, spec.seed);
    let [train, held_out] = parts.ok_or(ExperimentError::HeldOut {
        share: rule.held_out,
        images: prepared.train.len(),
    })?;
    Ok(Prepared {
        train,
        held_out: Some(held_out),
        ..prepared
    })
}

impl DataSpec {
    /// Draws the subset, applies the treatment to it, and preprocesses.
    ///
    /// # Errors
    /// Another dataset than the spec's, more images than there are, or a
    /// treatment that cannot be applied.
    pub fn prepare(
        &self,
        treatment: &Treatment,
        seed: u64,
        dataset: &Dataset,
    ) -> Result<Prepared, ExperimentError> {
        if self.checksum != dataset.checksum() {
            return Err(ExperimentError::OtherDataset {
                planned: self.checksum.clone(),
                loaded: dataset.checksum().to_owned(),
            });
        }
        let train = dataset.train().subset(self.train_size, seed)?;
        let test = dataset.test().subset(self.test_size, TEST_SEED)?;
        let (classes, shape) = (dataset.classes(), dataset.shape());
        let treated = treatment.apply(&train, &test, classes, shape, seed)?;
        Ok(Prepared {
            train: self.preprocessing.apply(treated.train),
            held_out: None,
            test: self.preprocessing.apply(treated.test),
            corruption: treated.corruption,
        })
    }
}
