//! Every arm against the reference by every norm and by test error: exploratory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::contrast::{Contrast, Quantity, exponential};
use super::note::Note;
use super::runs::Runs;
use crate::statistics::{Alternative, Estimate, benjamini_hochberg};

/// The false discovery rate.
const Q: f64 = 0.05;

/// One arm against the reference by one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exploratory {
    /// The arm.
    pub arm: String,
    /// What is compared: `norm`, `spectral`, `test-error`, or the name of a measure.
    pub quantity: String,
    /// The ratio to the reference's, of norms; the difference in points, of test errors.
    pub effect: Option<Estimate>,
    /// Two-sided p of the paired t test.
    pub p: Option<f64>,
    /// The same after Benjamini and Hochberg, over all of the stratum.
    pub adjusted: Option<f64>,
    /// Whether it is a discovery at a false discovery rate of 5 %.
    pub found: bool,
    /// Blocks that it rests on.
    pub blocks: usize,
    /// Runs left out, and why nothing could be tested.
    pub notes: Vec<Note>,
}

/// All of them, in the order of the plan. Arms of growth have another n and are not
/// compared: the size changes norms mechanically.
pub(super) fn rows(runs: &Runs) -> Vec<Exploratory> {
    let Some(reference) = runs.reference() else {
        return Vec::new();
    };
    let mut arms = runs.arms(|_| true);
    arms.retain(|arm| arm.id != reference.id && arm.train_size == runs.stratum.train_size);
    let others: BTreeSet<&str> = arms
        .iter()
        .flat_map(|arm| runs.blocks.iter().map(move |block| (arm, *block)))
        .filter_map(|(arm, block)| runs.solution(arm, block).ok())
        .flat_map(|solution| solution.others.keys().map(String::as_str))
        .collect();
    let mut quantities = vec![
        ("norm", Quantity::Norm),
        ("spectral", Quantity::Spectral),
        ("test-error", Quantity::TestError),
    ];
    quantities.extend(others.into_iter().map(|name| (name, Quantity::Other(name))));
    let mut rows = Vec::new();
    for arm in arms {
        for &(name, quantity) in &quantities {
            let contrast = Contrast::between(runs, arm, reference, quantity);
            let difference = contrast.difference();
            let tested = contrast.barred.is_none();
            rows.push(Exploratory {
                arm: arm.id.clone(),
                quantity: name.to_owned(),
                effect: if quantity == Quantity::TestError {
                    difference
                } else {
                    difference.map(exponential)
                },
                p: tested.then(|| contrast.p_value(Alternative::TwoSided)),
                adjusted: None,
                found: false,
                blocks: contrast.differences.len(),
                notes: contrast.notes().collect(),
            });
        }
    }
    let p_values: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
    let adjusted = benjamini_hochberg(&p_values).unwrap_or_default();
    let tested = rows.iter_mut().filter(|row| row.p.is_some());
    for (row, adjusted) in tested.zip(adjusted) {
        row.adjusted = Some(adjusted);
        row.found = adjusted <= Q;
    }
    rows
}
