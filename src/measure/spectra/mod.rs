//! The distribution of the singular values, and the norms of convolutions.

mod alpha;
mod alpha_p_value;
mod alternatives;
mod convolution;
mod eigenvalue_norms;
mod marchenko_pastur;
mod power_law;
mod ranks;
mod schatten;
mod spectral_entropy;

pub(super) use alpha::{Tail, tails};
pub use convolution::{Geometry, GeometryError};

use super::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use super::{LARGEST_SIDE, Measure, MeasureError, Subject, Value};

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &ranks::StableRank,
    &ranks::MatrixRank,
    &ranks::EffectiveRank,
    &ranks::ParticipationRank,
    &spectral_entropy::SpectralEntropy,
    &schatten::Schatten1Norm,
    &schatten::Schatten15Norm,
    &eigenvalue_norms::LogNorm,
    &eigenvalue_norms::LogSpectralNorm,
    &alpha::Alpha,
    &alpha_p_value::AlphaPValue,
    &alpha::AlphaWeighted,
    &alpha::LogAlphaNorm,
    &marchenko_pastur::MpEdge,
    &marchenko_pastur::MpSpikes,
    &marchenko_pastur::MpSoftRank,
    &convolution::ConvSpectralNormCircular,
    &convolution::ConvSpectralNormExact,
];

/// What the cards of scale-free functions of the singular values share.
const SCALE_FREE: Card = Card {
    id: "",
    name: "",
    group: Group::Spectra,
    kind: Kind::Exact,
    needs: &[],
    formula: "",
    reference: "",
    aggregation: Aggregation::LayersOnly,
    unit: "none",
    normalization: "a ratio: unchanged when W is multiplied by a number",
    convolutions: "the matrix (out, in · height · width)",
    biases: "not counted",
    homogeneity: Homogeneity::Zero,
    invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
    known_failures: "",
};

/// A value for each layer from all its singular values, in descending order, and
/// the shape of its matrix.
///
/// NaN in a layer with weights that are not finite or all zero, and in one too
/// large for all singular values, which a term then says.
fn per_layer(
    subject: &Subject,
    value: impl Fn(&[f64], [usize; 2]) -> Value,
) -> Result<Option<Vec<Value>>, MeasureError> {
    let layers = subject.layers().iter().zip(subject.singular_values()?);
    let of_layer = |(layer, sigma): (&super::Layer, &Vec<f64>)| {
        let shape = [layer.outputs(), layer.inputs()];
        let side = shape[0].min(shape[1]);
        if sigma.len() < side {
            let reason = format!(
                "smaller side: above {LARGEST_SIDE} only the largest singular value is computed"
            );
            return Value::from(f64::NAN).with(reason, side as f64);
        }
        match sigma.first() {
            Some(largest) if largest.is_finite() && *largest > 0.0 => value(sigma, shape),
            _ => f64::NAN.into(),
        }
    };
    Ok(Some(layers.map(of_layer).collect()))
}

/// The number of singular values that `f32` weights can tell from 0.
///
/// ```text
/// #{σ_i > σ_max · max(out, in) · 2⁻²³}
/// ```
fn rank(sigma: &[f64], shape: [usize; 2]) -> usize {
    let largest = sigma.first().copied().unwrap_or(0.0);
    let side = shape[0].max(shape[1]) as f64;
    let tolerance = largest * side * f64::from(f32::EPSILON);
    sigma.iter().take_while(|&&s| s > tolerance).count()
}

#[cfg(test)]
mod tests;
