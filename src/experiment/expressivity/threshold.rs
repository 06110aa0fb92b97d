//! The smallest network of a ladder that training makes memorize its images.

use super::super::Study;
use crate::experiment::run::StoredRun;
use crate::network::Zoo;

/// Networks on so many images, narrow to wide at each size.
pub type Ladder = Study<(usize, Zoo), StoredRun>;

/// A network of the ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// The network.
    pub architecture: Zoo,
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
        let rung = |cell: &(usize, Zoo)| {
            let (reached, all) = self.reached(cell);
            let parameters = self.outputs(cell).next()?.summary.parameters;
            let rung = Rung {
                architecture: cell.1,
                parameters,
            };
            Some((rung, reached == all))
        };
        let sizes = cells.chunk_by(|a, b| a.0 == b.0);
        sizes
            .map(|cells| {
                let rungs: Vec<_> = cells.iter().filter_map(rung).collect();
                threshold(cells[0].0, &rungs)
            })
            .collect()
    }
}

/// The threshold among networks, narrow to wide, each with whether every seed of it fits.
fn threshold(size: usize, rungs: &[(Rung, bool)]) -> Threshold {
    let last_failure = rungs.iter().rposition(|(_, fits)| !fits);
    let at = |place: usize| rungs.get(place).map(|(rung, _)| *rung);
    Threshold {
        size,
        fails: last_failure.and_then(at),
        fits: at(last_failure.map_or(0, |place| place + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_above_the_last_failure() {
        let rung = |parameters| Rung {
            architecture: Zoo::Mlp1x16,
            parameters,
        };
        let of = |fits: [bool; 3]| {
            let rungs = [rung(1), rung(2), rung(3)].into_iter().zip(fits);
            let found = threshold(10, &rungs.collect::<Vec<_>>());
            [found.fails, found.fits].map(|rung| rung.map(|rung| rung.parameters))
        };
        assert_eq!(of([false, true, true]), [Some(1), Some(2)]);
        // A wider one that fails counts, although a narrower one fits.
        assert_eq!(of([true, false, true]), [Some(2), Some(3)]);
        assert_eq!(of([true, true, true]), [None, Some(1)]);
        assert_eq!(of([false, false, false]), [Some(3), None]);
    }
}
