//! Norms and margins of a trained network.
//!
//! A measure is a small type with a definition [`Card`] and a line in
//! [`MEASURES`]. It reads a [`Subject`]: the layers of the trained network as
//! `f64` matrices and, where it is known, the network at initialization.
//! [`measure_all`] evaluates the registry for one run.

mod card;
mod distance_from_init;
mod error;
mod frobenius_norm;
mod l21_norm;
mod layer;
mod margin;
mod parameter_count;
mod path_norm;
mod product_of_spectral_norms;
mod report;
mod spectral_norm;
mod spectrum;
mod subject;

pub use card::{Aggregation, Card, Homogeneity, Invariance};
pub use distance_from_init::{DistanceFromInitFrobenius, DistanceFromInitSpectral};
pub use error::MeasureError;
pub use frobenius_norm::FrobeniusNorm;
pub use l21_norm::L21Norm;
pub use layer::{Layer, layers};
pub use margin::{Margins, margins};
pub use parameter_count::ParameterCount;
pub use path_norm::PathNormL2;
pub use product_of_spectral_norms::ProductOfSpectralNorms;
pub use report::{LayerKind, LayerReport, MarginReport, Report, Values, measure_all};
pub use spectral_norm::SpectralNorm;
pub use subject::Subject;

/// A number computed from a network's weights.
pub trait Measure: Sync {
    /// The definition.
    fn card(&self) -> &'static Card;

    /// One value per layer, in network order; `None` if the measure is defined
    /// for the whole network only, or needs initial weights the subject lacks.
    /// Weights that are not finite give values that are not finite.
    ///
    /// # Errors
    /// An eigenvalue computation that does not converge.
    fn layers(&self, subject: &Subject) -> Result<Option<Vec<f64>>, MeasureError>;

    /// The value of the whole network: by default the layers' values combined
    /// as the card's [`Aggregation`] says.
    ///
    /// # Errors
    /// As for [`layers`](Measure::layers).
    fn network(&self, subject: &Subject) -> Result<Option<f64>, MeasureError> {
        let layers = self.layers(subject)?;
        Ok(layers.and_then(|values| self.card().aggregation.combine(&values)))
    }
}

/// Every measure, in the order reports show them.
pub const MEASURES: &[&dyn Measure] = &[
    &ParameterCount,
    &FrobeniusNorm,
    &SpectralNorm,
    &L21Norm,
    &DistanceFromInitFrobenius,
    &DistanceFromInitSpectral,
    &ProductOfSpectralNorms,
    &PathNormL2,
];

/// The measure with this id.
///
/// ```
/// use rethink::measure::{Homogeneity, find};
/// let card = find("path-norm-l2").unwrap().card();
/// assert_eq!(card.homogeneity, Homogeneity::Network);
/// assert!(find("no-such-measure").is_none());
/// ```
pub fn find(id: &str) -> Option<&'static dyn Measure> {
    MEASURES
        .iter()
        .copied()
        .find(|measure| measure.card().id == id)
}

#[cfg(test)]
mod tests;
