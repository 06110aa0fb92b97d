//! The norms in which Theorem 1's networks and trained ones are compared: of a
//! network of one hidden layer, and unchanged when a unit is rescaled.

use anyhow::Context;
use rethink::measure::{Layer, Subject, find, margins};
use rethink::solution::Outputs;
use serde::{Deserialize, Serialize};

/// Norms of a network, and its margin on the training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Norms {
    pub path_l1: f64,
    pub path_l2: f64,
    /// Σ_j ‖w_in‖ ‖w_out‖ over the hidden units.
    pub balanced: f64,
    /// 10th percentile of the training margins.
    pub margin: f64,
    /// Fraction of the training images that are misclassified.
    pub train_error: f64,
}

/// A norm of the table: its name, and how it is read.
pub type Quantity = (&'static str, fn(&Norms) -> f64);

/// The norms of the table; all of them grow like the output, so over the margin they
/// are free of scale.
pub const QUANTITIES: [Quantity; 3] = [
    ("path norm (l1) / margin", |n| n.path_l1 / n.margin),
    ("path norm (l2) / margin", |n| n.path_l2 / n.margin),
    ("Σ ‖w_in‖‖w_out‖ / margin", |n| {
        n.balanced / n.margin
    }),
];

impl Norms {
    /// Of layers and their outputs on the training set.
    pub fn of(layers: Vec<Layer>, outputs: &Outputs) -> anyhow::Result<Self> {
        let balanced = balanced(&layers);
        let subject = Subject::new(layers, None)?;
        let number = |id: &str| -> anyhow::Result<f64> {
            let measure = find(id).with_context(|| format!("no measure {id}"))?;
            let value = measure.network(&subject)?;
            Ok(value.with_context(|| format!("{id} has no value"))?.number)
        };
        let margins = margins(outputs)?;
        Ok(Self {
            path_l1: number("path-norm-l1")?,
            path_l2: number("path-norm-l2")?,
            balanced,
            margin: margins.tenth_percentile.unwrap_or(f64::NAN),
            train_error: margins.misclassified,
        })
    }
}

/// Half of the smallest Σ‖W_l‖² over all rescalings of the hidden units: a unit's
/// c² ‖w_in‖² + ‖w_out‖² / c² is smallest where both are equal.
///
/// Weights only, as in the other norms.
fn balanced(layers: &[Layer]) -> f64 {
    let (Some(hidden), Some(out)) = (layers.first(), layers.get(1)) else {
        return f64::NAN;
    };
    let norm = |values: &mut dyn Iterator<Item = &f64>| values.map(|w| w * w).sum::<f64>().sqrt();
    (0..hidden.outputs())
        .map(|j| norm(&mut hidden.weight.row(j).iter()) * norm(&mut out.weight.col(j).iter()))
        .sum()
}
