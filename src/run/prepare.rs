//! From a dataset and a spec to what the network is shown.

use super::{RunError, RunSpec};
use crate::dataset::{Dataset, Split};
use crate::treatment::Corruption;

/// Training and test data of a run, ready for the network.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the network learns: subset, treated, preprocessed.
    pub train: Split,
    /// What it is tested on.
    pub test: Split,
    /// What the treatment did to the labels.
    pub corruption: Corruption,
}

/// The test images are the same for every run: they are drawn with this seed.
const TEST_SEED: u64 = 0;

/// Draws the subset, applies the treatment to it, and preprocesses.
///
/// # Errors
/// Another dataset than the spec's, more images than there are, or a
/// treatment that cannot be applied.
pub fn prepare(spec: &RunSpec, dataset: &Dataset) -> Result<Prepared, RunError> {
    if spec.data.checksum != dataset.checksum() {
        return Err(RunError::OtherDataset {
            planned: spec.data.checksum.clone(),
            loaded: dataset.checksum().to_owned(),
        });
    }
    let train = dataset.train().subset(spec.data.train_size, spec.seed)?;
    let test = dataset.test().subset(spec.data.test_size, TEST_SEED)?;
    let treated =
        spec.treatment
            .apply(&train, &test, dataset.classes(), dataset.shape(), spec.seed)?;
    let preprocessing = spec.data.preprocessing;
    Ok(Prepared {
        train: preprocessing.apply(treated.train),
        test: preprocessing.apply(treated.test),
        corruption: treated.corruption,
    })
}
