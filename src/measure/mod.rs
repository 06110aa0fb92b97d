//! Norms and margins of a trained network.
//!
//! A measure is a small type with a definition [`Card`] and a line in
//! the `MEASURES` of its group, a folder. It reads a [`Subject`]: the layers of the trained network as
//! `f64` matrices and, where they are known, the network at initialization, its
//! outputs, inputs and learning curve.
//! [`measure_all`] evaluates the registry for one run.

mod assumption;
mod audit;
mod bounds;
mod card;
mod condition;
mod contribution;
mod data;
mod definition;
mod differentiable;
mod drawn;
mod error;
mod lack;
mod layer;
mod named;
mod network;
mod norms;
mod outputs;
mod report;
mod sharpness;
mod spectra;
mod spectrum;
mod subject;
mod value;

pub(crate) use bounds::class_above;

pub use assumption::Assumption;
pub use audit::{Audit, Movement, audit};
pub use bounds::{is_vacuous, vc_dimension};
pub use card::{Aggregation, BATCH_NORM, Card, Group, Homogeneity, Invariance, Kind, Need};
pub use condition::{Condition, ConditionError, Failure, Relation};
pub use contribution::{Contribution, contributions};
pub use data::{Margins, margins};
pub use error::MeasureError;
pub use lack::{Lack, Missing, summary};
pub use layer::{
    BATCH_NORM_EPSILON, Direction, Fold, Folding, Interpretation, Layer, LayerKind, Moments,
    OrderSource, Reading, compare_moments, interpret, layers, wired_layers, wired_reading,
};
pub use named::{Selection, UnknownMeasure, named};
pub(crate) use network::Network;
pub use outputs::{network_logits, network_outputs};
pub use report::{Details, LayerReport, MarginReport, Report, Values, measure_all};
pub use spectra::{Geometry, GeometryError};
pub use spectrum::LARGEST_SIDE;
pub use subject::Subject;
pub use value::{Term, Value};

/// Version of the measures: raised whenever a change of the code changes what a
/// measure of the same network is, or how it is written, so that stored values are
/// computed again from the stored weights. Nothing is trained again for it; for that there is
/// [`NUMERICS_VERSION`](crate::store::NUMERICS_VERSION).
pub const MEASURES_VERSION: u32 = 2;

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
    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError>;

    /// The value of the whole network: by default the layers' values combined
    /// as the card's [`Aggregation`] says.
    ///
    /// # Errors
    /// As for [`layers`](Measure::layers).
    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        if self.card().aggregation == Aggregation::LayersOnly {
            return Ok(None);
        }
        let Some(values) = self.layers(subject)? else {
            return Ok(None);
        };
        let numbers: Vec<f64> = values.iter().map(|value| value.number).collect();
        let of_layers = |number| Value {
            kind: values.iter().find_map(|value| value.kind),
            ..Value::from(number)
        };
        Ok(self.card().aggregation.combine(&numbers).map(of_layers))
    }
}

/// The measures of every group, in the order reports show them.
const GROUPS: [&[&dyn Measure]; 5] = [
    norms::MEASURES,
    spectra::MEASURES,
    data::MEASURES,
    sharpness::MEASURES,
    bounds::MEASURES,
];

/// Every measure, in the order reports show them.
pub fn measures() -> impl Iterator<Item = &'static dyn Measure> {
    GROUPS.into_iter().flatten().copied()
}

/// The measure with this id.
///
/// ```
/// use rethink::measure::{Homogeneity, find};
/// let card = find("path-norm-l2").unwrap().card();
/// assert_eq!(card.homogeneity, Homogeneity::Network);
/// assert!(find("no-such-measure").is_none());
/// ```
pub fn find(id: &str) -> Option<&'static dyn Measure> {
    measures().find(|measure| measure.card().id == id)
}

#[cfg(test)]
mod tests;
