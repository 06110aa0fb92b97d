//! How the networks of a stratum ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::note::Missed;
use super::runs::Runs;
use crate::trial::design::{Cell, Held};

/// How the networks of one cell ended at the primary cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// Which.
    pub cell: Cell,
    /// Blocks in which it is usable.
    pub usable: usize,
    /// Blocks in which it is not, by what happened: failed, at the floor, refused.
    pub missed: BTreeMap<Missed, usize>,
    /// Of those that were refused, the largest change of what was held: nats of an example's
    /// loss, or logits.
    pub largest_change: Option<f64>,
    /// Of those that were refused, the largest |ln P − ln P*|.
    pub largest_miss: Option<f64>,
}

/// Every cell, in the order of the plan.
pub(super) fn endings(runs: &Runs) -> Vec<Ending> {
    let cells = runs.stratum.cells.iter();
    cells.map(|cell| ending(runs, *cell)).collect()
}

fn ending(runs: &Runs, cell: Cell) -> Ending {
    let mut ending = Ending {
        cell,
        usable: 0,
        missed: BTreeMap::new(),
        largest_change: None,
        largest_miss: None,
    };
    for &block in runs.blocks {
        let Err(lack) = runs.network(cell, block) else {
            ending.usable += 1;
            continue;
        };
        *ending.missed.entry(lack.why).or_default() += 1;
        let moved = runs.outcome(cell, block).and_then(|outcome| outcome.moved);
        if let (Missed::NotHeld, Some(moved), Cell::Changed { held, .. }) = (lack.why, moved, cell)
        {
            let change = match held {
                Held::Margins => moved.loss_change,
                Held::Logits => moved.logit_change,
            };
            let larger = |old: Option<f64>, new: f64| Some(old.map_or(new, |old| old.max(new)));
            ending.largest_change = larger(ending.largest_change, change);
            ending.largest_miss = larger(ending.largest_miss, moved.miss);
        }
    }
    ending
}
