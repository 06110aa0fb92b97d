//! How far SGD moved the weights.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Euclidean distance of the weights from initialization.
pub struct DistanceFromInitFrobenius;

impl Measure for DistanceFromInitFrobenius {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-frobenius",
            name: "Distance from initialization (Frobenius)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖W − W⁰‖_F; network: √(Σ_l ‖W_l − W⁰_l‖_F²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 40 (the square)",
            aggregation: Aggregation::RootSumOfSquares,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; weight \
                             decay moves weights that the data do not",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |difference: &faer::Mat<f64>| difference.squared_norm_l2().sqrt().into();
        Ok(subject
            .differences()
            .map(|all| all.iter().map(norm).collect()))
    }
}

/// Spectral norm of the change of the weights.
pub struct DistanceFromInitSpectral;

impl Measure for DistanceFromInitSpectral {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-spectral",
            name: "Distance from initialization (spectral)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖W − W⁰‖₂; network: √(Σ_l ‖W_l − W⁰_l‖₂²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 41 (the square)",
            aggregation: Aggregation::RootSumOfSquares,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "one direction per layer decides; changes under rescalings that \
                             leave the function unchanged",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norms = subject.difference_spectral_norms()?;
        Ok(norms.map(|norms| norms.iter().map(|&norm| norm.into()).collect()))
    }
}
