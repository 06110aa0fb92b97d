//! The smallest network of the zoo that SGD makes memorize random labels.

use rethink::experiment::run::{RunSpec, StoredRun};
use rethink::network::Architecture;
use rethink::treatment::Treatment;

use super::settings::Settings;
use crate::session::Session;

/// Test images of these runs, which are not what they are about.
const TEST: usize = 100;

/// All seeds of one network on so many images.
pub struct Cell {
    pub architecture: Architecture,
    pub parameters: usize,
    pub size: usize,
    pub runs: Vec<StoredRun>,
}

impl Cell {
    /// Runs that ended without a misclassified image.
    pub fn fitted(&self) -> usize {
        let fitted = |run: &&StoredRun| run.summary.stop.reached_target();
        self.runs.iter().filter(fitted).count()
    }

    pub fn all_fitted(&self) -> bool {
        self.fitted() == self.runs.len()
    }
}

/// Where between two widths memorizing begins, for all seeds.
pub struct Threshold<'a> {
    pub size: usize,
    /// The widest network that failed with some seed; none if none did.
    pub fails: Option<&'a Cell>,
    /// The narrowest one from which on all seeds of all networks fit; none if the
    /// widest failed.
    pub fits: Option<&'a Cell>,
}

/// A run for every size, network and seed.
pub fn specs(session: &Session, settings: &Settings) -> Vec<RunSpec> {
    let mut specs = Vec::new();
    let test = TEST.min(session.dataset.test().len());
    for &size in &settings.sizes {
        for &architecture in settings.widths {
            specs.extend(settings.seeds.iter().map(|&seed| {
                let sizes = (size, test);
                let recipe = settings.memorizing(size);
                session.spec(architecture, Treatment::RandomLabels, sizes, recipe, seed)
            }));
        }
    }
    specs
}

/// The runs by size and network, in the order of the specs.
pub fn cells(runs: &[StoredRun], seeds: usize) -> Vec<Cell> {
    runs.chunks(seeds)
        .map(|runs| Cell {
            architecture: runs[0].spec.architecture.clone(),
            parameters: runs[0].summary.parameters,
            size: runs[0].spec.data.train_size,
            runs: runs.to_vec(),
        })
        .collect()
}

/// The threshold at each size.
pub fn thresholds(cells: &[Cell]) -> Vec<Threshold<'_>> {
    cells
        .chunk_by(|a, b| a.size == b.size)
        .map(|widths| {
            let last_failure = widths.iter().rposition(|cell| !cell.all_fitted());
            Threshold {
                size: widths[0].size,
                fails: last_failure.map(|place| &widths[place]),
                fits: widths.get(last_failure.map_or(0, |place| place + 1)),
            }
        })
        .collect()
}
