//! What a network was trained on, and what it makes of it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::SubjectError;
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::experiment::Labeling;
use crate::measure::{Subject, network_outputs};
use crate::network::{Architecture, UnknownArchitecture};

/// What the layers of a file make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wiring {
    /// The layers follow each other, with ReLU between them.
    Chain,
    /// The same, and they are those of this network.
    Network(Architecture),
}

impl Wiring {
    /// Whether it is a network of the zoo that is no chain.
    pub fn is_of_images(&self) -> bool {
        matches!(self, Self::Network(architecture) if architecture.hidden().is_none())
    }
}

impl fmt::Display for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("chain"),
            Self::Network(architecture) => architecture.fmt(f),
        }
    }
}

/// No network is called so.
#[derive(Debug, thiserror::Error)]
#[error("{0}; or chain")]
pub struct UnknownWiring(UnknownArchitecture);

/// `chain`, or the name of a network of the zoo.
impl FromStr for Wiring {
    type Err = UnknownWiring;

    fn from_str(text: &str) -> Result<Self, UnknownWiring> {
        match text {
            "chain" => Ok(Self::Chain),
            name => name.parse().map(Self::Network).map_err(UnknownWiring),
        }
    }
}

/// Training inputs as the network sees them, and where they come from.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    /// Inputs and the labels trained on.
    pub inputs: Split,
    /// Which ones these are.
    pub origin: Origin,
    classes: usize,
}

/// Which data were used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// Name of the dataset.
    pub dataset: String,
    /// Its checksum.
    pub checksum: String,
    /// Training images.
    pub images: usize,
    /// What was done to them, as a treatment is written.
    pub labels: String,
    /// How pixels became inputs.
    pub preprocessing: Preprocessing,
    /// Whether the pixels of the file were rounded to single precision.
    pub rounded: bool,
    /// Of the draw of images and labels.
    pub seed: u64,
}

impl TrainingSet {
    /// So many training images of a dataset, all if not said, drawn with the seed.
    ///
    /// # Errors
    /// More images than there are, or labels that cannot be drawn.
    pub fn draw(
        dataset: &Dataset,
        images: Option<usize>,
        labels: Labeling,
        preprocessing: Preprocessing,
        seed: u64,
    ) -> Result<Self, SubjectError> {
        let images = images.unwrap_or(dataset.train().len());
        let train = dataset.train().subset(images, seed)?;
        let (classes, shape) = (dataset.classes(), dataset.shape());
        let treatment = labels.treatment();
        let treated = treatment.apply(&train, dataset.test(), classes, shape, seed)?;
        Ok(Self {
            inputs: preprocessing.apply(treated.train),
            classes,
            origin: Origin {
                dataset: dataset.name().to_owned(),
                checksum: dataset.checksum().to_owned(),
                images,
                labels: treatment.to_string(),
                preprocessing,
                rounded: dataset.is_rounded(),
                seed,
            },
        })
    }

    /// Numbers of an input, and classes.
    pub(super) fn widths(&self) -> [usize; 2] {
        [self.inputs.features(), self.classes]
    }

    /// The network with these inputs and its outputs on them.
    pub(super) fn attach(
        &self,
        subject: Subject,
        wiring: &Wiring,
    ) -> Result<Subject, SubjectError> {
        if let Wiring::Network(architecture) = wiring
            && !wiring.is_of_images()
        {
            let hidden = (subject.layers().split_last()).map_or(&[][..], |(_, rest)| rest);
            let widths: Vec<usize> = hidden.iter().map(|layer| layer.outputs()).collect();
            if Some(&widths) != architecture.hidden().as_ref() {
                return Err(SubjectError::OtherArchitecture {
                    architecture: architecture.clone(),
                    widths,
                });
            }
        }
        let outputs = network_outputs(&subject, &self.inputs)?;
        if outputs.classes < self.classes {
            return Err(SubjectError::TooFewOutputs {
                outputs: outputs.classes,
                classes: self.classes,
            });
        }
        Ok(subject
            .with_inputs(self.inputs.clone())
            .with_outputs(outputs))
    }
}
