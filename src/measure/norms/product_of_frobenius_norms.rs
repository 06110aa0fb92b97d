//! Frobenius norms of all layers in one number: their product, and the sum of
//! their squares.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Product of the layers' Frobenius norms.
pub struct ProductOfFrobeniusNorms;

impl Measure for ProductOfFrobeniusNorms {
    fn card(&self) -> &'static Card {
        &Card {
            id: "product-of-frobenius-norms",
            name: "Product of Frobenius norms",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "∏_l ‖W_l‖_F",
            reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (γ_{2,2}); Jiang et \
                        al. 2020, arXiv 1912.02178, eq. 37 (logarithm of the square)",
            aggregation: Aggregation::WholeNetwork,
            unit: "logit per input",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Network,
            invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
            known_failures: "grows geometrically with depth and with the width of random \
                             layers, so compare logarithms, and only at equal depth; changes \
                             when one unit is rescaled",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let norms = subject.layers().iter().map(|layer| layer.weight.norm_l2());
        Ok(Some(norms.product::<f64>().into()))
    }
}

/// Sum of all squared weights.
pub struct SumOfFrobeniusSquared;

impl Measure for SumOfFrobeniusSquared {
    fn card(&self) -> &'static Card {
        &Card {
            id: "sum-of-frobenius-squared",
            name: "Squared parameter norm",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "‖W‖_F² = Σ_ij W_ij²; network: Σ_l ‖W_l‖_F²",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 42 (param-norm)",
            aggregation: Aggregation::Sum,
            unit: "weight²",
            normalization: "squared, as in the paper",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::LayerSquared,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; \
                             includes what the weights were at initialization",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let square = |layer: &Layer| layer.weight.squared_norm_l2().into();
        Ok(Some(subject.layers().iter().map(square).collect()))
    }
}
