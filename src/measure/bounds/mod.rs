//! Upper bounds on the error, with their constants.
//!
//! Each bound holds with probability at least 1 − δ = 0.99 over the training set,
//! for the network that training found, whatever training was: norms and margins
//! that a theorem fixes in advance are rounded to classes, and the choice of the
//! class is paid for. The margin bounds begin with the ramp loss, which is 1 for
//! margins up to 0 and 0 from γ on,
//!
//! ```text
//! error ≤ R̂_γ + 2 R(ramp ∘ f) + 3 √(ln(2/δ) / 2m)
//! ```
//!
//! R̂_γ the fraction of training margins below γ and R the empirical Rademacher
//! complexity (Mohri, Rostamizadeh, Talwalkar 2018, Theorem 3.3). γ is the 10th
//! percentile of the training margins.

mod bartlett_2017;
mod certificate;
mod grid;
mod neyshabur_2018;
mod neyshabur_2019;
mod pac_bayes;
mod peeling;
mod setting;
mod vc;

use faer::Mat;

use bartlett_2017::Bartlett2017;
use certificate::PacBayesCertificate;
pub(crate) use grid::class_above;
use neyshabur_2018::Neyshabur2018;
use neyshabur_2019::Neyshabur2019;
pub use pac_bayes::{
    PacBayesBoundCatoni, PacBayesBoundInverseKl, PacBayesBoundMcAllester, Posterior,
};
use peeling::{BARTLETT_MENDELSON_2002, GOLOWICH_2018, NEYSHABUR_2015};
use vc::VcBound;
pub use vc::vc_dimension;

use super::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use super::spectrum::spectral_norms_of;
use super::{Layer, Measure, MeasureError, Subject};

/// Whether an upper bound on the error says nothing: it is no number, or it is 1 or
/// more once rounded to three digits.
///
/// ```
/// use rethink::measure::is_vacuous;
/// assert!(!is_vacuous(0.999));
/// assert!(is_vacuous(0.9996) && is_vacuous(f64::INFINITY) && is_vacuous(f64::NAN));
/// ```
pub fn is_vacuous(bound: f64) -> bool {
    bound.is_nan() || bound >= 0.9995
}

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &VcBound,
    &BARTLETT_MENDELSON_2002,
    &NEYSHABUR_2015,
    &Bartlett2017,
    &Neyshabur2018,
    &GOLOWICH_2018,
    &Neyshabur2019,
    &PacBayesBoundMcAllester,
    &PacBayesBoundCatoni,
    &PacBayesBoundInverseKl,
    &PacBayesCertificate,
];

/// What the margin bounds share.
const BASE: Card = Card {
    id: "",
    name: "",
    group: Group::Bounds,
    kind: Kind::UpperBound,
    needs: &[Need::Chain, Need::Inputs, Need::Outputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "error rate, with probability 1 − δ = 0.99 over the training set; vacuous from 1 on",
    normalization: "γ is the 10th percentile of the signed training margins, R̂_γ the fraction \
                    below it; undefined if γ is not positive",
    convolutions: "not covered: no value",
    biases: "one more input that is always 1: W̃ = [W b; 0 1], the last layer [W b], x̃ = (x, 1); \
             without any bias W̃ = W (only then are products of norms the same when layers are rescaled)",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "",
};

/// ‖W̃‖₂ for every layer.
fn spectral_norms(subject: &Subject, weights: &[Mat<f64>]) -> Result<Vec<f64>, MeasureError> {
    let matrices: Vec<_> = weights.iter().map(|weight| weight.as_ref()).collect();
    let norms = spectral_norms_of(&matrices).into_iter();
    let named = |(norm, layer): (Result<f64, _>, &Layer)| {
        norm.map_err(|_| MeasureError::NoConvergence {
            layer: layer.name.clone(),
        })
    };
    norms.zip(subject.layers()).map(named).collect()
}

#[cfg(test)]
mod tests;
