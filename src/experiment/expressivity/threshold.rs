//! The smallest network of a ladder that training makes memorize its images.

use super::super::Study;
use crate::network::Architecture;
use crate::run::StoredRun;

/// Networks on so many images, narrow to wide at each size.
pub type Ladder = Study<(usize, Architecture), StoredRun>;

/// A network of the ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// The network.
    pub architecture: Architecture,
    /// Its parameters.
    pub parameters: usize,
}

/// Where between two widths memorizing begins, for all seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Training images.
    pub size: usize,
    /// The widest network that failed with some seed; none if none did.
    pub fails: Option<Rung>,
    /// The narrowest one from which on all seeds of all networks fit; none if the widest
    /// failed.
    pub fits: Option<Rung>,
}

impl Ladder {
    /// The threshold at each size, in the order of the sizes.
    pub fn thresholds(&self) -> Vec<Threshold> {
        let cells: Vec<_> = self.cells().copied().collect();
        let sizes = cells.chunk_by(|a, b| a.0 == b.0);
        sizes
            .map(|rungs| {
                let failed = |cell| {
                    let (reached, all) = self.reached(cell);
                    reached < all
                };
                let last_failure = rungs.iter().rposition(failed);
                let rung = |&(size, architecture): &(usize, Architecture)| {
                    let mut runs = self.outputs(&(size, architecture));
                    let parameters = runs.next()?.summary.parameters;
                    Some(Rung {
                        architecture,
                        parameters,
                    })
                };
                let next = last_failure.map_or(0, |place| place + 1);
                Threshold {
                    size: rungs[0].0,
                    fails: last_failure.and_then(|place| rung(&rungs[place])),
                    fits: rungs.get(next).and_then(rung),
                }
            })
            .collect()
    }
}
