//! What one run of the trial came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TrialError;
use crate::dataset::Split;
use crate::measure::{Report, Subject};
use crate::solution::Outputs;
use crate::training::score;

/// Measures beside the primary ones, and whether they have the unit of a margin and are
/// divided by it. The last one is not invariant to a rescaling of units.
const OTHERS: [(&str, bool); 4] = [
    ("path-norm-l1", true),
    ("product-of-frobenius-norms", true),
    ("distance-from-init-frobenius", false),
    ("frobenius-norm", false),
];

/// One arm in one block at one cost: a line of `runs.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Name of the stratum in the plan.
    pub stratum: String,
    /// Seed of the block.
    pub block: u64,
    /// Name of the arm in the plan.
    pub arm: String,
    /// The mean training cross-entropy asked for, in nats.
    pub cost: f64,
    /// How it ended.
    pub end: End,
    /// Examples whose gradient or loss was computed until then, pretraining not
    /// counted.
    pub evaluations: u64,
    /// Changes of the weights until then.
    pub updates: u64,
    /// The solution, if the cost was reached with a positive margin on nine examples
    /// of ten, without which there is no φ, and with weights that can be measured.
    pub solution: Option<Measured>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// At the cost (and at the norm aimed at, if any).
    Reached,
    /// At the limit of evaluations: censored there.
    Limit,
    /// The cost was no longer a finite number: censored there.
    Diverged,
    /// The run it builds on did not end at the cost.
    NoStart,
}

/// What was measured of a solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Mean training cross-entropy, in nats: at most the cost asked for.
    pub cost: f64,
    /// The primary norm φ: l2 path norm over the 10th percentile of the training
    /// margins.
    pub norm: f64,
    /// The second primary norm: product of the spectral norms over the same margin.
    pub spectral: f64,
    /// The l2 path norm of the initial weights; none if it was not trained.
    pub initial_path_norm: Option<f64>,
    /// Other norms, by the name of the measure; exploratory.
    pub others: BTreeMap<String, f64>,
    /// Largest Euclidean length of a training input.
    pub radius: f64,
    /// 10th percentile of the training margins, in logits.
    pub margin: f64,
    /// Fraction of the training images misclassified.
    pub train_error: f64,
    /// Fraction of the test images misclassified.
    pub test_error: f64,
    /// Mean cross-entropy on the test images, in nats.
    pub test_loss: f64,
}

impl Measured {
    /// Measures a solution that fits its training set well enough to have a margin.
    ///
    /// `subject` has its outputs on `train`.
    ///
    /// # Errors
    /// A margin that is not positive, or weights that cannot be measured.
    pub(super) fn of(
        subject: &Subject,
        train: &Split,
        on_test: &Outputs,
        initial_path_norm: Option<f64>,
    ) -> Result<Self, TrialError> {
        const PRIMARY: [&str; 2] = ["path-norm-l2", "product-of-spectral-norms"];
        let others = OTHERS.map(|(id, _)| id);
        let report = Report::of(subject, |card| {
            PRIMARY.contains(&card.id) || others.contains(&card.id)
        })?;
        let (Some(on_train), Some(margins)) = (subject.outputs(), &report.margin) else {
            return Err(TrialError::NoMargin);
        };
        let margin = margins.tenth_percentile.ok_or(TrialError::NoMargin)?;
        let over_margin = |id: &str| margins.over_margin.get(id).copied().flatten();
        let others = OTHERS.iter().filter_map(|&(id, divided)| match divided {
            true => Some((format!("{id} / margin"), over_margin(id)?)),
            false => Some((id.to_owned(), report.network.get(id).copied().flatten()?)),
        });
        let lengths = (0..train.len()).map(|i| {
            let image = train.image(i).iter().map(|&x| f64::from(x).powi(2));
            image.sum::<f64>().sqrt()
        });
        let (train_score, test_score) = (score(on_train), score(on_test));
        Ok(Self {
            cost: train_score.loss,
            norm: over_margin(PRIMARY[0]).ok_or(TrialError::NoMargin)?,
            spectral: over_margin(PRIMARY[1]).ok_or(TrialError::NoMargin)?,
            initial_path_norm,
            others: others.collect(),
            radius: lengths.fold(0.0, f64::max),
            margin,
            train_error: train_score.error,
            test_error: test_score.error,
            test_loss: test_score.loss,
        })
    }
}
