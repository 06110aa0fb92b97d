//! How many numbers SGD could choose.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Number of weights and biases.
pub struct ParameterCount;

impl Measure for ParameterCount {
    fn card(&self) -> &'static Card {
        &Card {
            id: "parameter-count",
            name: "Parameters",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "p = Σ_l (|W_l| + |b_l|), |·| the number of entries",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 20",
            aggregation: Aggregation::Sum,
            unit: "parameters",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "counted",
            homogeneity: Homogeneity::Zero,
            invariant_to: Invariance::ALL,
            known_failures: "the same for true and random labels, so it cannot tell them apart",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let count = |layer: &Layer| {
            layer.inputs() * layer.outputs() + layer.bias.as_ref().map_or(0, Vec::len)
        };
        Ok(Some(
            subject
                .layers()
                .iter()
                .map(|layer| (count(layer) as f64).into())
                .collect(),
        ))
    }
}
