//! Whether arms of a larger norm err more: Kendall's tau across arms, exploratory.

use serde::{Deserialize, Serialize};

use super::note::{Lack, Note};
use super::runs::Runs;
use super::sample::{Collected, FEWEST};
use super::words;
use crate::statistics::{Estimate, Kind, bca_of, kendall_tau_b, tau_b};
use crate::trial::design::{Cell, Method};

/// Kendall's tau of the arms' mean ln norm and mean test error, on true labels at the fast
/// rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcrossArms {
    /// Tau-b, with the BCa interval over blocks: it is conditional on these arms.
    pub tau: Estimate,
    /// Two-sided p by permuting arms, which are what is sampled.
    pub p: f64,
    /// The arms, by name.
    pub arms: Vec<String>,
    /// What was left out.
    pub notes: Vec<Note>,
}

/// None with fewer than three arms or blocks, or where the arms do not differ.
pub(super) fn across_arms(runs: &Runs) -> Option<AcrossArms> {
    let point = |method: Method, block: u64| -> Result<(f64, f64), Lack> {
        let cell = Cell::found(method);
        Ok((runs.log_norm(cell, block)?, runs.points(cell, block)?))
    };
    let mut methods = runs.methods();
    methods.retain(|method| runs.has(Cell::found(*method)));
    let mut notes = Vec::new();
    methods.retain(|method| {
        let one = Collected::of(runs, |block| point(*method, block));
        if one.barred {
            notes.extend(one.notes);
        }
        !one.barred
    });
    let blocks = Collected::of(runs, |block| {
        let points = methods.iter().map(|method| point(*method, block));
        points.collect::<Result<Vec<_>, _>>()
    });
    notes.extend(blocks.notes);
    let blocks = blocks.values;
    if methods.len() < 3 || blocks.len() < FEWEST {
        return None;
    }
    let means = |blocks: &[&Vec<(f64, f64)>]| -> (Vec<f64>, Vec<f64>) {
        let n = blocks.len() as f64;
        let sum = |arm: usize| {
            let points = blocks.iter().map(|block| block[arm]);
            points.fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n))
        };
        (0..methods.len()).map(sum).unzip()
    };
    let all: Vec<&Vec<(f64, f64)>> = blocks.iter().collect();
    let (norms, errors) = means(&all);
    let test = kendall_tau_b(&norms, &errors).ok()?;
    let tau = |blocks: &[&Vec<(f64, f64)>]| {
        let (norms, errors) = means(blocks);
        tau_b(&norms, &errors).unwrap_or(f64::NAN)
    };
    let draws = runs.effort.draws;
    let drawn = bca_of("tau", &blocks, tau, &mut runs.rng("tau"), draws).ok();
    Some(AcrossArms {
        tau: Estimate {
            value: test.statistic,
            kind: Kind::Estimate,
            interval: drawn.and_then(|drawn| drawn.estimate.interval),
            samples: blocks.len(),
        },
        p: test.p_value,
        arms: methods
            .iter()
            .map(|method| words::method(*method))
            .collect(),
        notes,
    })
}
