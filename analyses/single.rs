//! What single results share, which a question gives instead of its answer.

use rethink::dataset::Dataset;
use rethink::report::Provenance;
use rethink::run::{COMMIT, VERSION, cpu_model};

use crate::cli::{Options, typed};

/// Where a result comes from that was computed for what was typed, without stored runs.
pub fn provenance(options: &Options, dataset: &Dataset) -> Provenance {
    Provenance {
        command: typed(),
        version: VERSION.to_owned(),
        commit: COMMIT.to_owned(),
        budget: options.budget.name().to_owned(),
        dataset: dataset.name().to_owned(),
        dataset_checksum: dataset.checksum().to_owned(),
        cpu: cpu_model(),
        threads: options.threads(),
        seconds: 0.0, // of training, of which there is none
        runs: vec![],
    }
}
