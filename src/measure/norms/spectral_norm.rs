//! By how much a layer can stretch its input.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Largest singular value of each weight matrix.
///
/// There is no network value: neither the maximum nor a sum over layers says
/// what the network does, and the product is a measure of its own.
pub struct SpectralNorm;

impl Measure for SpectralNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "spectral-norm",
            name: "Spectral norm",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "‖W‖₂ = σ_max(W)",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1",
            aggregation: Aggregation::LayersOnly,
            unit: "weight",
            normalization: "none; from all eigenvalues of the smaller Gram matrix, or with a \
                            smaller side above 5120 by Lanczos iteration, which is never above \
                            the truth and, but for a probability of 1e-6, at most 0.15 % below",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "one direction decides; changes under rescalings that leave the \
                             function unchanged",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norms = subject.spectral_norms()?;
        Ok(Some(norms.iter().map(|&norm| norm.into()).collect()))
    }
}
