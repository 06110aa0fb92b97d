//! Logarithms of the sum and of the largest of the eigenvalues.

use super::SCALE_FREE;
use crate::measure::card::{Aggregation, Card, Homogeneity, Invariance};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// What both cards share.
const LOG_NORM: Card = Card {
    aggregation: Aggregation::Mean,
    unit: "log10(weight²)",
    homogeneity: Homogeneity::Logarithm,
    invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
    ..SCALE_FREE
};

/// Logarithm of the squared Frobenius norm.
pub struct LogNorm;

impl Measure for LogNorm {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "log-norm",
            name: "Log norm",
            formula: "log10 Σ_i λ_i = log10 ‖W‖_F², λ_i = σ_i²; network: mean over layers",
            reference: "Martin, Peng, Mahoney 2021, arXiv 2002.06716 (of layers)",
            normalization: "the logarithm of a square; λ of WᵀW, not divided by its size",
            known_failures: "a layer's value changes under rescalings, the mean does so for \
                             single units",
            ..LOG_NORM
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |layer: &Layer| layer.weight.norm_l2().log10() * 2.0;
        Ok(Some(
            subject.layers().iter().map(|l| norm(l).into()).collect(),
        ))
    }
}

/// Logarithm of the squared spectral norm.
pub struct LogSpectralNorm;

impl Measure for LogSpectralNorm {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "log-spectral-norm",
            name: "Log spectral norm",
            formula: "log10 λ_max = log10 ‖W‖₂²; network: mean over layers",
            reference: "Martin, Peng, Mahoney 2021, arXiv 2002.06716 (of layers)",
            normalization: "the logarithm of a square; λ of WᵀW, not divided by its size",
            known_failures: "one direction decides; a layer's value changes under rescalings, \
                             the mean does so for single units",
            ..LOG_NORM
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norms = subject.spectral_norms()?;
        Ok(Some(
            norms.iter().map(|n| (2.0 * n.log10()).into()).collect(),
        ))
    }
}
