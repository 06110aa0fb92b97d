//! Stored runs: weights, outputs and curve are stored, inputs are made anew.

use std::path::Path;

use super::{Origin, Source, SubjectError, sha256};
use crate::dataset::Dataset;
use crate::dataset::catalogue::{ENTRIES, Location};
use crate::experiment::run::{DataSpec, StoredRun, prepare};

impl Source {
    /// A run, with its training inputs where its dataset is at hand.
    ///
    /// # Errors
    /// Files that are missing or damaged, or another dataset.
    pub fn of_run(run: &StoredRun, dataset: Option<&Dataset>) -> Result<Self, SubjectError> {
        let sha256 = sha256(&run.folder.join("final.safetensors"))?;
        let mut subject = run.subject()?;
        let mut origin = None;
        if let Some(dataset) = dataset {
            let inputs = prepare(&run.spec, dataset)?.train;
            let data = &run.spec.data;
            origin = Some(Origin {
                dataset: dataset.name().to_owned(),
                checksum: data.checksum.clone(),
                images: inputs.len(),
                labels: run.spec.treatment.to_string(),
                preprocessing: data.preprocessing,
                rounded: dataset.is_rounded(),
                seed: run.spec.seed,
            });
            subject = subject.with_inputs(inputs);
        }
        Ok(Self {
            subject,
            skipped: vec![],
            folded: vec![],
            moments: vec![],
            assumptions: vec![],
            transposed: vec![],
            format: None,
            sha256,
            origin,
        })
    }
}

/// The first dataset of the catalogue, among those that need no download, that is the one
/// these data are of.
pub fn at_hand(data: &DataSpec, data_dir: &Path) -> Option<Dataset> {
    (ENTRIES.iter())
        .filter(|entry| data.train_size <= entry.train && data.test_size <= entry.test)
        .filter(|entry| !matches!(entry.locate(Some(data_dir)), Location::Missing(_)))
        .filter_map(|entry| Dataset::load(entry.name, Some(data_dir)).ok())
        .find(|dataset| dataset.checksum() == data.checksum)
}
