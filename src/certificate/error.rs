//! What certificates refuse.

use crate::dataset::ImageShape;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Probabilities to be wrong that leave none to be right.
    #[error(
        "a certificate that may be wrong with probability {bound} over the examples and {draws} \
         over the weights is none; give two numbers above 0 whose sum is below 1"
    )]
    Confidence {
        /// δ.
        bound: f64,
        /// δ'.
        draws: f64,
    },
    /// A deviation that makes no Gaussian.
    #[error("the standard deviation of the weights is {sigma}; give a number above 0")]
    Sigma {
        /// As given.
        sigma: f64,
    },
    /// Layers that are none.
    #[error(
        "a network of widths {widths:?} is none; give inputs, hidden layers and at least two classes"
    )]
    Widths {
        /// As given.
        widths: Vec<usize>,
    },
    /// The network before its training is another one than after it.
    #[error(
        "layers of shapes {trained:?} after training and {initial:?} before it: give the weights \
         that this training began from"
    )]
    Layers {
        /// Inputs and outputs of every layer, after training.
        trained: Vec<[usize; 2]>,
        /// The same before it.
        initial: Vec<[usize; 2]>,
    },
    /// Images or filters that no convolutional network reads.
    #[error(
        "images of {image} under {filters:?} filters of 5x5 pixels with {classes} classes make no \
         network; give images of at least 1x16x16, at least one filter twice and two classes"
    )]
    Images {
        /// Shape of the images.
        image: ImageShape,
        /// Filters of the two convolutions.
        filters: [usize; 2],
        /// Outputs.
        classes: usize,
    },
    /// Examples that are no images of the shape.
    #[error(
        "examples of {features} numbers have no principal axes as images of {shape}; give the shape \
         of these images"
    )]
    Axes {
        /// Shape of the images.
        shape: ImageShape,
        /// Numbers an example.
        features: usize,
    },
    /// Examples of another shape, or with labels that are no output.
    #[error(
        "examples of {features} numbers and a label {label} do not fit a network of {inputs} inputs \
         and {classes} classes"
    )]
    Examples {
        /// Numbers an example.
        features: usize,
        /// The largest label.
        label: u32,
        /// Inputs of the network.
        inputs: usize,
        /// Its outputs.
        classes: usize,
    },
    /// Batches that there are not enough examples for.
    #[error("{examples} examples make no batch of {batch}; give a batch of 1 to {examples}")]
    Batch {
        /// Examples.
        examples: usize,
        /// Examples a step.
        batch: usize,
    },
    /// Nothing was counted.
    #[error(
        "{errors} errors in {draws} draws on {examples} examples, with {priors} priors, certify \
         nothing; give at least one pass over at least one example, and one prior"
    )]
    Counts {
        /// Errors.
        errors: u64,
        /// Draws.
        draws: u64,
        /// Examples.
        examples: usize,
        /// Priors that could have been chosen.
        priors: usize,
    },
    /// dfdx had no memory.
    #[error("no memory for the network: {0:?}")]
    Memory(dfdx::tensor::CpuError),
}

impl From<dfdx::tensor::CpuError> for CertificateError {
    fn from(error: dfdx::tensor::CpuError) -> Self {
        Self::Memory(error)
    }
}
