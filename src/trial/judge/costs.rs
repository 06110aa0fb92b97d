//! The guard against a result of one cost only: at every other cost of the plan the
//! ways have to come in the same order, and no decision may be the opposite.

use serde::{Deserialize, Serialize};

use super::contrast::{Contrast, Quantity};
use super::note::Note;
use super::overall::{Overall, Pattern};
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{Alternative, Estimate, Kind, LEVEL, kendall_tau_b, mean};
use crate::trial::arm::{Arm, Role};

/// The trial at another cost than the primary one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtCost {
    /// The cost, in nats.
    pub cost: f64,
    /// The decisions there.
    pub pattern: Pattern,
    /// The verdict that they would give.
    pub verdict: Overall,
    /// Kendall's τ of the mean norms of arms at the two costs, and what is reversed.
    pub order: Row,
}

/// Compares the decisions and the order at another cost with the primary ones.
pub(super) fn compare(primary: &Runs, pattern: Pattern, other: &Runs, there: Pattern) -> AtCost {
    let mut order = order(primary, other);
    let opposite = pattern.contradicts(there);
    if !opposite.is_empty() {
        order.notes.push(Note::DecidedOtherwise {
            cost: other.cost,
            parts: opposite.iter().map(ToString::to_string).collect(),
        });
        order.decision = Decision::Fails;
    }
    AtCost {
        cost: other.cost,
        pattern: there,
        verdict: there.verdict(),
        order,
    }
}

fn order(primary: &Runs, other: &Runs) -> Row {
    let mut row = Row::new(
        Hypothesis::Cost,
        Standing::Shown,
        format!(
            "Kendall's τ of the mean path norms of ways at costs {} and {}",
            other.cost, primary.cost
        ),
        "holds: no two arms are in opposite order with 95 % intervals that exclude equality at both costs, and no part is decided the other way; else the verdict depends on the cost",
    );
    // Other labels, or another network, have norms of another kind.
    let mut arms = primary.natural();
    let same_network = |arm: &&Arm| arm.role != Role::Pole;
    arms.extend(primary.extreme().into_iter().filter(same_network));
    arms.retain(|arm| primary.censored(arm).is_none() && other.censored(arm).is_none());
    let level = |runs: &Runs, arm: &Arm| {
        let logs: Vec<f64> = runs
            .blocks
            .iter()
            .filter_map(|&block| Quantity::Norm.of(runs.solution(arm, block).ok()?))
            .collect();
        mean(&logs).ok().map(|mean| mean.value)
    };
    let levels = |runs| -> Option<Vec<f64>> { arms.iter().map(|arm| level(runs, arm)).collect() };
    let (Some(here), Some(there)) = (levels(primary), levels(other)) else {
        return row.noted(Note::NoNormAtACost);
    };
    let tau = match kendall_tau_b(&there, &here) {
        Ok(tau) => tau.statistic,
        Err(error) => return row.noted(error),
    };
    row.blocks = primary.blocks.len();
    row.effect = Some(Estimate {
        value: tau,
        kind: Kind::Estimate,
        interval: None,
        samples: arms.len(),
    });
    let mut reversed = 0;
    for (i, left) in arms.iter().enumerate() {
        for right in &arms[..i] {
            if let (Some(here), Some(there)) =
                (sign(primary, left, right), sign(other, left, right))
                && here != there
            {
                reversed += 1;
                if reversed <= 3 {
                    row.notes.push(Note::Swapped {
                        left: left.id.clone(),
                        right: right.id.clone(),
                    });
                }
            }
        }
    }
    if reversed > 3 {
        row.notes.push(Note::AllSwapped(reversed));
    }
    row.decision = if reversed > 0 {
        Decision::Fails
    } else {
        Decision::Holds
    };
    row
}

/// Whether left is larger, where the interval of the ratio excludes equality.
fn sign(runs: &Runs, left: &Arm, right: &Arm) -> Option<bool> {
    let contrast = Contrast::between(runs, left, right, Quantity::Norm);
    let excluded = contrast.p_value(Alternative::TwoSided) < 1.0 - LEVEL;
    excluded.then(|| contrast.differences.iter().sum::<f64>() > 0.0)
}
