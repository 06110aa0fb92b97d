//! How many numbers SGD could choose.

use super::card::{Aggregation, Card, Homogeneity, Invariance};
use super::{Measure, MeasureError, Subject};

/// Number of weights and biases.
pub struct ParameterCount;

impl Measure for ParameterCount {
    fn card(&self) -> &'static Card {
        &Card {
            id: "parameter-count",
            name: "Parameters",
            formula: "p = Σ_l (|W_l| + |b_l|), |·| the number of entries",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 20",
            aggregation: Aggregation::Sum,
            unit: "parameters",
            biases: "counted",
            homogeneity: Homogeneity::Zero,
            invariant_to: Invariance::ALL,
            known_failures: "the same for true and random labels, so it cannot tell them apart",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<f64>>, MeasureError> {
        let count = |layer: &super::Layer| {
            layer.inputs() * layer.outputs() + layer.bias.as_ref().map_or(0, Vec::len)
        };
        Ok(Some(
            subject
                .layers()
                .iter()
                .map(|layer| count(layer) as f64)
                .collect(),
        ))
    }
}
