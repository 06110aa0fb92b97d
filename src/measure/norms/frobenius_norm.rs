//! The Euclidean norm of the weights.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Euclidean norm of each weight matrix, and of all of them together.
pub struct FrobeniusNorm;

impl Measure for FrobeniusNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "frobenius-norm",
            name: "Frobenius norm",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "‖W‖_F = √(Σ_ij W_ij²); network: √(Σ_l ‖W_l‖_F²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 42 (the square)",
            aggregation: Aggregation::RootSumOfSquares,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; \
                             includes what the weights were at initialization",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |layer: &Layer| layer.weight.squared_norm_l2().sqrt().into();
        Ok(Some(subject.layers().iter().map(norm).collect()))
    }
}
