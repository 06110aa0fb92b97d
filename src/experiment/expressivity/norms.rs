//! The norms in which Theorem 1's networks and trained ones are compared: of a
//! network of one hidden layer, and unchanged when a unit is rescaled.

use serde::{Deserialize, Serialize};

use super::super::ExperimentError;
use crate::measure::{Layer, Subject, find, margins};
use crate::solution::Outputs;

/// Norms of a network, and its margin on the training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Norms {
    /// Path norm (l1).
    pub path_l1: f64,
    /// Path norm (l2).
    pub path_l2: f64,
    /// Σ_j ‖w_in‖ ‖w_out‖ over the hidden units.
    pub balanced: f64,
    /// 10th percentile of the training margins.
    pub margin: f64,
    /// Fraction of the training images that are misclassified.
    pub train_error: f64,
}

impl Norms {
    /// Of layers and their outputs on the training set.
    ///
    /// # Errors
    /// Layers that are no chain, outputs that are not finite, or more than one hidden
    /// layer.
    pub fn of(layers: Vec<Layer>, outputs: &Outputs) -> Result<Self, ExperimentError> {
        let balanced = balanced(&layers);
        let subject = Subject::new(layers, None)?;
        let number = |id: &str| -> Result<f64, ExperimentError> {
            let measure = find(id).expect("a measure of the registry");
            let value = measure.network(&subject)?;
            Ok(value.map_or(f64::NAN, |value| value.number))
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
