//! PAC-Bayes certificates: limits of the risk of a network with random weights.
//!
//! A prior that has seen no data is a Gaussian around random weights. A posterior is trained from
//! it, so that it errs little and stays near. Errors of the posterior on the training examples and
//! its divergence from the prior give a [`Certificate`]: with a stated probability over the draw of
//! the examples and of the weights, the predictor that draws its weights anew for every example
//! errs with at most this probability.
//!
//! What is assumed: the examples are independent draws from one law, the law that the predictor is
//! asked about; the weights are drawn by a generator that has nothing to do with them. What is
//! certified is the predictor with random weights, not the network of mean weights.
//!
//! Networks are fully connected ([`Prior::at_random`]) or have two convolutions below a dense layer
//! ([`Prior::convolutional`]). [`Coordinates`] are those in which the weights of a dense first layer
//! vary smoothly over the image.
//!
//! ```
//! use rethink::certificate::{Certificate, Confidence, Prior, Training, gibbs_errors, train};
//! use rethink::dataset::Dataset;
//!
//! let data = Dataset::load("fashion-mnist-10k", None)?;
//! let examples = data.train().subset(400, 1)?;
//! let prior = Prior::at_random(&[784, 16, 10], 0.2, 1)?;
//! let how = Training { epochs: 10, batch: 100, ..Training::default() };
//! let posterior = train(&prior, &examples, &how, 1)?;
//! let errors = gibbs_errors(&posterior, &examples, 5, 1)?;
//! let certificate = Certificate::new(errors, prior.divergence(&posterior), 400, 1, Confidence::default())?;
//! // It says something where it is below the error of guessing, 0.9 of ten classes.
//! assert!(certificate.gibbs < certificate.risk && certificate.risk <= 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binary_kl;
mod bound;
mod coordinates;
mod cosines;
mod counting;
mod error;
mod gaussian;
mod isotropic;
mod layer;
mod linear;
mod objective;
mod prior;
mod stochastic;
#[cfg(test)]
mod tests;
mod training;

pub use binary_kl::{binary_kl, binary_kl_inverse};
pub use bound::{Certificate, Confidence, clopper_pearson};
pub use coordinates::Coordinates;
pub use counting::{ensemble_errors, gibbs_errors};
pub use error::CertificateError;
pub use gaussian::Gaussian;
pub use isotropic::{DEVIATIONS, Isotropic, isotropic};
pub use layer::{ConvolutionShape, Layer, LayerKind};
pub use objective::Objective;
pub use prior::Prior;
pub use training::{Training, train};
