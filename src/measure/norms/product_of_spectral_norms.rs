//! An upper limit on how much the network can stretch its input.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Product of the layers' spectral norms: a Lipschitz constant of the network.
pub struct ProductOfSpectralNorms;

impl Measure for ProductOfSpectralNorms {
    fn card(&self) -> &'static Card {
        &Card {
            id: "product-of-spectral-norms",
            name: "Product of spectral norms",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "∏_l ‖W_l‖₂",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1; \
                        Jiang et al. 2020, arXiv 1912.02178, eq. 32 (logarithm of the square)",
            aggregation: Aggregation::WholeNetwork,
            unit: "logit per input",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Network,
            invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
            known_failures: "grows geometrically with depth, so compare logarithms, and only \
                             at equal depth; loose, since the layers' worst directions seldom \
                             align",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        Ok(Some(
            subject.spectral_norms()?.iter().product::<f64>().into(),
        ))
    }
}
