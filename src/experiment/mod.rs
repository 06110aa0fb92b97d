//! What is computed: each experiment is a spec, everything that determines the result,
//! and a function from it to what was found.
//!
//! An experiment is a type that implements [`Experiment`] and a line in the [`list`]. A
//! [`Laboratory`] runs it: it reads the result from the store, or computes and keeps it.
//! Settings, verdicts, tables and figures are none of an experiment's business.

pub mod certificates;
mod checkpoints;
mod context;
mod error;
pub mod expressivity;
mod guesses;
pub mod kernels;
mod labeling;
pub mod linear;
mod list;
pub mod measures;
mod order;
#[cfg(test)]
mod pins;
pub mod rademacher;
pub mod random_labels;
pub mod regularization;
pub mod run;
mod runs;
pub mod stability;
mod study;
pub mod subjects;
pub mod trial;
pub mod widths;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use context::{Context, Laboratory, Listener};
pub use error::ExperimentError;
pub use guesses::Guesses;
pub use labeling::{Labeling, LabelingError};
pub use list::{Listed, list};
pub use order::Pair;
pub use runs::thinned;
pub use study::{Study, crossed};

use crate::store::Kind;

/// Something that can be computed: a value of the type is the spec, with **every** number
/// that the result depends on, grids, doses and noise levels too.
///
/// ```
/// use rethink::experiment::{Context, Experiment, ExperimentError};
/// use rethink::store::{Holds, Kind};
/// use serde::{Deserialize, Serialize};
///
/// /// The mean label of the first training images.
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct MeanLabel {
///     checksum: String,
///     images: usize,
/// }
///
/// impl Experiment for MeanLabel {
///     const KIND: Kind = Kind { name: "mean-label", holds: Holds::Numbers };
///     type Output = f64;
///
///     fn run(&self, context: &mut Context) -> Result<f64, ExperimentError> {
///         let train = context.dataset(&self.checksum)?.train();
///         let labels = train.labels().iter().take(self.images);
///         Ok(labels.map(|&label| f64::from(label)).sum::<f64>() / self.images as f64)
///     }
/// }
/// ```
pub trait Experiment: Serialize + DeserializeOwned + PartialEq + Sync {
    /// The kind of its results.
    const KIND: Kind;

    /// What is found: small numbers.
    type Output: Serialize + DeserializeOwned + Send;

    /// Computes it.
    ///
    /// # Errors
    /// What the spec asks for and the data or the method cannot give.
    fn run(&self, context: &mut Context<'_>) -> Result<Self::Output, ExperimentError>;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Context, Experiment, pins};

    pub use pins::dataset;

    /// Runs a small spec and holds its output against the one on file, whose name begins
    /// with the kind.
    pub fn pin<E: Experiment>(name: &str, spec: &E) {
        assert!(name.starts_with(E::KIND.name), "{name}");
        let output = spec.run(&mut Context::without_store(dataset()));
        pins::pin_output(
            name,
            E::KIND,
            spec,
            &output.expect("a spec that can be run"),
        );
    }
}
