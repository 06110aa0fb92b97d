//! A posterior trained from a prior that has not seen the examples its errors are counted on, and
//! its certificate.

use serde::{Deserialize, Serialize};

use super::trained::{Trained, parts};
use crate::certificate::{
    Certificate, Confidence, Coordinates, Gaussian, Prior, Training, ensemble_errors, gibbs_errors,
    train,
};
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::experiment::stability::draw;
use crate::experiment::{Context, Experiment, ExperimentError};
use crate::network::{Architecture, Description};
use crate::store::{Holds, Kind};
use crate::training::Recipe;
use crate::treatment::Treatment;

/// Passes over the examples in which the prior's errors are counted.
const OF_PRIOR: usize = 2;
/// Draws that the ensemble averages.
const ENSEMBLE: usize = 20;
/// Pixels as they are: an image is not looked at as a whole.
const PREPROCESSING: Preprocessing = Preprocessing::UnitInterval;

/// What is trained and certified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PosteriorCertificate {
    /// Checksum of the dataset.
    pub checksum: String,
    /// What the training images are labelled with.
    pub labels: Treatment,
    /// Training images, those that the prior may have seen among them.
    pub train: usize,
    /// Test images, with their true labels.
    pub test: usize,
    /// The network.
    pub network: Network,
    /// What the prior stands around.
    pub prior: PriorMean,
    /// The prior's standard deviation.
    pub sigma: f64,
    /// How the posterior is trained.
    pub training: Training,
    /// Passes over the training images in which errors are counted.
    pub passes: usize,
    /// Priors that could have been chosen.
    pub priors: usize,
    /// With what probability the certificate may be wrong.
    pub confidence: Confidence,
    /// Seed of the images, of the labels and of everything drawn.
    pub seed: u64,
}

/// A network over whose weights there is a law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Network {
    /// Fully connected.
    Dense {
        /// Units of the hidden layers.
        hidden: Vec<usize>,
        /// Whether the weights of the first layer vary smoothly over the image, and posteriors are
        /// independent along the principal axes of the images: [`Coordinates`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        smooth: bool,
    },
    /// Two convolutions with maxima and a dense layer: [`Prior::convolutional`].
    Convolutional {
        /// Filters of the convolutions.
        filters: [usize; 2],
    },
}

/// What a prior stands around.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PriorMean {
    /// Random weights: it has seen no data.
    Random,
    /// A network trained on the first images, which are not counted on.
    Trained {
        /// How many.
        images: usize,
        /// How it is trained.
        recipe: Recipe,
    },
}

/// The certificate, and what it is to be held against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certified {
    /// Of the posterior.
    pub certificate: Certificate,
    /// Of the prior itself, whose divergence is 0.
    pub prior: Certificate,
    /// The network that the prior stands around, where it was trained.
    pub held_out: Option<HeldOutPrior>,
    /// Share of the training images, with their labels, on which the network with random weights
    /// errs.
    pub train_gibbs: f64,
    /// Share of the test images, with their true labels, on which the network with random weights
    /// errs: the predictor that is certified.
    pub test_gibbs: f64,
    /// The same of the network of mean weights, which is not certified.
    pub test_mean: f64,
    /// The same of the mean of the probabilities over draws, which is not certified.
    pub test_ensemble: f64,
}

/// A prior's mean as what it is: a network that has not seen the images counted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutPrior {
    /// The upper limit of its risk by Clopper and Pearson, at the same total probability.
    pub risk: f64,
    /// Share of the test images, with their true labels, on which it errs.
    pub test: f64,
}

impl Experiment for PosteriorCertificate {
    const KIND: Kind = Kind {
        name: "certificate",
        holds: Holds::Numbers,
    };
    type Output = Certified;

    fn run(&self, context: &mut Context<'_>) -> Result<Certified, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        let seed = self.seed;
        let all = draw(dataset, self.labels, self.train, seed, PREPROCESSING)?;
        let test = PREPROCESSING.apply(dataset.test().subset(self.test, 0)?);
        let (prior, held_out, examples) = self.prior(dataset, all, &test)?;
        let (prior, examples, test) = match self.network {
            Network::Dense { smooth: true, .. } => {
                let coordinates = Coordinates::smooth(dataset.shape(), &examples)?;
                (
                    coordinates.prior(&prior),
                    coordinates.of(&examples),
                    coordinates.of(&test),
                )
            }
            _ => (prior, examples, test),
        };
        let certified = |law: &Gaussian, passes| -> Result<Certificate, ExperimentError> {
            let errors = gibbs_errors(law, &examples, passes, seed)?;
            let kl = prior.divergence(law);
            let n = examples.len();
            Ok(Certificate::new(
                errors,
                kl,
                n,
                self.priors,
                self.confidence,
            )?)
        };
        let posterior = train(&prior, &examples, &self.training, seed)?;
        let share = |[errors, draws]: [u64; 2]| errors as f64 / draws as f64;
        let certificate = certified(&posterior, self.passes)?;
        Ok(Certified {
            train_gibbs: share([certificate.errors, certificate.draws]),
            certificate,
            prior: certified(prior.law(), OF_PRIOR)?,
            held_out,
            test_gibbs: share(gibbs_errors(&posterior, &test, self.passes, seed)?),
            test_mean: share(gibbs_errors(&posterior.means(), &test, 1, seed)?),
            test_ensemble: share(ensemble_errors(&posterior, &test, ENSEMBLE, seed)?),
        })
    }
}

impl PosteriorCertificate {
    /// The prior, what it is as a network, and the images that it has not seen.
    fn prior(
        &self,
        dataset: &Dataset,
        all: Split,
        test: &Split,
    ) -> Result<(Prior, Option<HeldOutPrior>, Split), ExperimentError> {
        let classes = dataset.classes();
        let (images, recipe) = match &self.prior {
            PriorMean::Random => {
                let prior = match &self.network {
                    Network::Dense { hidden, .. } => {
                        let ends = ([all.features()], [classes]);
                        let widths = [&ends.0[..], hidden, &ends.1].concat();
                        Prior::at_random(&widths, self.sigma, self.seed)
                    }
                    Network::Convolutional { filters } => {
                        let image = dataset.shape();
                        Prior::convolutional(image, *filters, classes, self.sigma, self.seed)
                    }
                };
                return Ok((prior?, None, all));
            }
            PriorMean::Trained { images, recipe } => (*images, recipe),
        };
        let Network::Dense {
            hidden,
            smooth: false,
        } = &self.network
        else {
            return Err(ExperimentError::TrainedPrior);
        };
        let (seen, unseen) = parts(&all, images)?;
        let architecture = Architecture::Described(Description::dense(hidden));
        let trained = Trained::on(
            (&architecture, recipe),
            classes,
            (&seen, &unseen),
            self.seed,
        )?;
        let held_out = HeldOutPrior {
            risk: trained.limit(self.confidence.bound + self.confidence.draws),
            test: trained.error(test)?,
        };
        let prior = Prior::around(&trained.law()?, self.sigma)?;
        Ok((prior, Some(held_out), unseen))
    }
}

/// The share of labels that is drawn anew: p.
pub fn share_drawn(labels: Treatment) -> f64 {
    match labels {
        Treatment::CorruptedLabels { probability } => probability,
        Treatment::RandomLabels => 1.0,
        _ => 0.0,
    }
}

/// The risk under the law of the training labels, from that on true labels: a label that is
/// drawn anew is missed by any predictor with probability 1 − 1/classes.
///
/// ```text
/// R' = (1 − p) R + p (1 − 1/classes)
/// ```
///
/// ```
/// use rethink::experiment::certificates::risk_with_noise;
/// use rethink::treatment::Treatment;
/// assert_eq!(risk_with_noise(Treatment::TrueLabels, 0.1, 10), 0.1);
/// assert_eq!(risk_with_noise(Treatment::RandomLabels, 0.1, 10), 0.9);
/// let half = Treatment::CorruptedLabels { probability: 0.5 };
/// assert!((risk_with_noise(half, 0.1, 10) - 0.5).abs() < 1e-12);
/// ```
pub fn risk_with_noise(labels: Treatment, clean: f64, classes: usize) -> f64 {
    let drawn = share_drawn(labels);
    (1.0 - drawn) * clean + drawn * (1.0 - 1.0 / classes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};
    use crate::training::{Stopping, Target};

    fn spec(prior: PriorMean) -> PosteriorCertificate {
        PosteriorCertificate {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::CorruptedLabels { probability: 0.2 },
            train: 60,
            test: 40,
            network: Network::Dense {
                hidden: vec![8],
                smooth: false,
            },
            prior,
            sigma: 0.2,
            training: Training {
                batch: 20,
                epochs: 3,
                ..Training::default()
            },
            passes: 2,
            priors: 3,
            confidence: Confidence::default(),
            seed: 1,
        }
    }

    #[test]
    fn pins() {
        pin("certificate-free", &spec(PriorMean::Random));
        let smooth = PosteriorCertificate {
            network: Network::Dense {
                hidden: vec![8],
                smooth: true,
            },
            ..spec(PriorMean::Random)
        };
        pin("certificate-smooth", &smooth);
        let recipe = Recipe {
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: 3,
            },
            ..Recipe::default()
        };
        let trained = PriorMean::Trained { images: 30, recipe };
        pin("certificate-split", &spec(trained));
        let convolutional = PosteriorCertificate {
            network: Network::Convolutional { filters: [2, 3] },
            training: Training {
                batch: 20,
                epochs: 3,
                ..Training::default()
            },
            ..spec(PriorMean::Random)
        };
        pin("certificate-convolutional", &convolutional);
    }
}
