//! What can be wrong with a network that is to be measured.

use std::io;
use std::path::PathBuf;

use crate::checkpoint::CheckpointError;
use crate::dataset::DatasetError;
use crate::experiment::ExperimentError;
use crate::measure::MeasureError;
use crate::network::{Architecture, NetworkError, NoSuchNetwork};
use crate::treatment::TreatmentError;

/// A file that holds no network that can be measured, or not the one that is said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// Layers that are not those of the network named.
    #[error(
        "the file is no {architecture}: its hidden layers have {widths:?} units; with ReLU between \
         them it is --network chain"
    )]
    OtherArchitecture {
        /// The network named.
        architecture: Architecture,
        /// Units of the hidden layers of the file.
        widths: Vec<usize>,
    },
    /// Arrays that are not those of the network named.
    #[error(
        "the file is no {architecture}: that has an array \"{array}\" of shape {shape:?}; {found}"
    )]
    OtherArrays {
        /// The network named.
        architecture: Architecture,
        /// An array of it.
        array: String,
        /// The shape of that.
        shape: Vec<usize>,
        /// What the file has.
        found: String,
    },
    /// A network that is not built for such data.
    #[error("{0}")]
    NoSuchNetwork(#[from] NoSuchNetwork),
    /// A network that does not tell its arrays.
    #[error("{0}")]
    Network(#[from] NetworkError),
    /// Data with more classes than the network tells apart.
    #[error(
        "the network has {outputs} outputs, but the data have {classes} classes; give the data it \
         was trained on"
    )]
    TooFewOutputs {
        /// Outputs of the network.
        outputs: usize,
        /// Classes of the data.
        classes: usize,
    },
    /// The geometry of a convolution that is not there.
    #[error("--convolution names the layer '{layer}', which is no convolution of the file")]
    NoConvolution {
        /// The layer named.
        layer: String,
    },
    /// A checkpoint of which no array is in a layer.
    #[error(
        "{} has no layer that can be measured; the first of {arrays} arrays, {first}, is none \
         because: {reason}", path.display()
    )]
    NoLayers {
        /// The checkpoint.
        path: PathBuf,
        /// Number of its arrays.
        arrays: usize,
        /// The first of them.
        first: String,
        /// Why it is no layer.
        reason: String,
    },
    /// Arrays that make no layers.
    #[error("{}: {source}", path.display())]
    Arrays {
        /// The checkpoint.
        path: PathBuf,
        /// Why.
        source: MeasureError,
    },
    /// Reading failed.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file that is no checkpoint.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// Layers, data and initial weights that do not fit together.
    #[error("{0}")]
    Measure(#[from] MeasureError),
    /// More images than there are.
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    /// Labels that cannot be drawn.
    #[error("{0}")]
    Treatment(#[from] TreatmentError),
    /// A stored run that cannot be read.
    #[error("{0}")]
    Run(#[from] ExperimentError),
}

impl SubjectError {
    /// Whether what was said of the file is not so, and not the file unreadable.
    pub fn is_contradiction(&self) -> bool {
        matches!(
            self,
            Self::OtherArchitecture { .. }
                | Self::OtherArrays { .. }
                | Self::TooFewOutputs { .. }
                | Self::NoConvolution { .. }
        )
    }
}
