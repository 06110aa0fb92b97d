//! Norms of the vector of singular values.

use super::{SCALE_FREE, per_layer};
use crate::measure::card::{Card, Homogeneity, Invariance};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// What both cards share.
const SCHATTEN: Card = Card {
    unit: "weight",
    normalization: "none",
    homogeneity: Homogeneity::Layer,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "changes under rescalings that leave the function unchanged; grows with the \
                     width for random weights",
    ..SCALE_FREE
};

/// Sum of the singular values.
pub struct Schatten1Norm;

impl Measure for Schatten1Norm {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "schatten-1-norm",
            name: "Trace norm",
            formula: "‖W‖_{S1} = Σ_i σ_i",
            reference: "Srebro, Shraibman 2005, \"Rank, trace-norm and max-norm\"; Bhatia 1997, \
                        Matrix Analysis, section IV.2 (Schatten p-norms)",
            ..SCHATTEN
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, _| sigma.iter().sum::<f64>().into())
    }
}

/// The 1.5-norm of the singular values.
pub struct Schatten15Norm;

impl Measure for Schatten15Norm {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "schatten-1.5-norm",
            name: "Schatten 1.5-norm",
            formula: "‖W‖_{S1.5} = (Σ_i σ_i^{1.5})^{1/1.5}",
            reference: "Bhatia 1997, Matrix Analysis, section IV.2; used by Neyshabur et al. 2017, \
                        arXiv 1706.08947 (code)",
            ..SCHATTEN
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, _| {
            let share = |s: &f64| (s / sigma[0]).powf(1.5);
            (sigma[0] * sigma.iter().map(share).sum::<f64>().powf(2.0 / 3.0)).into()
        })
    }
}
