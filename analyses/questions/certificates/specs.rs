//! What is computed: the spec of every posterior, of the networks with held-out images and of SGD's.

use rethink::certificate::Training;
use rethink::dataset::Preprocessing;
use rethink::experiment::certificates::{HeldOutBound, Network, PosteriorCertificate, PriorMean};
use rethink::experiment::run::{DataSpec, RunSpec};
use rethink::network::Architecture;
use rethink::store::NUMERICS_VERSION;
use rethink::training::{Batch, Recipe, Stopping, Target, Tested};
use rethink::treatment::Treatment;

use super::method::SIGMA_OF_TRAINED;
use super::settings::{Cell, MEMORIZED, Settings, Way};
use crate::session::Session;

impl Settings {
    /// How a posterior of so many images is trained.
    fn training(&self, cell: &Cell) -> Training {
        let (batch, epochs) = match cell.train {
            0..1000 => (50.min(cell.train), 60),
            1000..5000 => (100, 50),
            5000..30_000 => (250, 30),
            _ => (250, 20),
        };
        // Where divergence is cheap there is more to learn.
        let epochs = if cell.beta < self.method.beta {
            2 * epochs
        } else {
            epochs
        };
        let free = Training {
            batch,
            epochs,
            objective: self.method.objective,
            beta: cell.beta,
            delta: self.method.confidence.bound,
            ..Training::default()
        };
        match cell.way {
            Way::Free | Way::Pixels => free,
            Way::Narrow => Training {
                epochs: 2 * epochs,
                ..free
            },
            Way::Convolutional { .. } => Training {
                // From the prior's own deviation some seeds do not leave guessing.
                start: 0.25,
                ..free
            },
            // It starts from a network that is trained.
            Way::Split => Training {
                batch: batch.min(self.train - self.prior_images),
                epochs: epochs.div_ceil(5),
                rates: [1e-4, 3e-3],
                ..free
            },
        }
    }

    /// The network of a way.
    pub fn network(&self, way: Way) -> Network {
        let halved = || self.hidden.iter().map(|units| units.div_ceil(2)).collect();
        let hidden = match way {
            Way::Free | Way::Pixels => self.hidden.clone(),
            Way::Narrow => halved(),
            Way::Split => self.split.clone(),
            Way::Convolutional { filters } => return Network::Convolutional { filters },
        };
        let smooth = matches!(way, Way::Free | Way::Narrow);
        Network::Dense { hidden, smooth }
    }

    /// The posterior of a cell.
    pub fn posterior(&self, session: &Session, cell: &Cell, seed: u64) -> PosteriorCertificate {
        let method = &self.method;
        let (prior, sigma) = match cell.way {
            Way::Free | Way::Pixels | Way::Narrow | Way::Convolutional { .. } => {
                (PriorMean::Random, method.sigma)
            }
            Way::Split => {
                let images = self.prior_images;
                let recipe = recipe(images, Target::Epochs);
                (PriorMean::Trained { images, recipe }, SIGMA_OF_TRAINED)
            }
        };
        PosteriorCertificate {
            checksum: session.dataset.checksum().to_owned(),
            labels: cell.labels,
            train: cell.train,
            test: self.test,
            network: self.network(cell.way),
            prior,
            sigma,
            training: self.training(cell),
            passes: method.passes,
            priors: method.priors,
            confidence: method.confidence,
            seed,
        }
    }

    /// The competitor of a labeling, at the same total confidence.
    pub fn held_out(
        &self,
        session: &Session,
        (labels, train): (Treatment, usize),
        seed: u64,
    ) -> HeldOutBound {
        let (held_out, confidence) = (self.counted(train), self.method.confidence);
        HeldOutBound {
            checksum: session.dataset.checksum().to_owned(),
            labels,
            examples: train,
            held_out,
            test: self.test,
            architecture: Architecture::dense(&self.split),
            recipe: recipe(train - held_out, Target::Epochs),
            preprocessing: Preprocessing::UnitInterval,
            level: confidence.bound + confidence.draws,
            seed,
        }
    }

    /// Images on which the competitor's errors are counted, of so many: the same share of each size.
    fn counted(&self, train: usize) -> usize {
        let share = self.held_out as f64 / self.train as f64;
        ((share * train as f64).round() as usize).clamp(1, train - 1)
    }

    /// The network that SGD trains on all images, around which there is a Gaussian and whose norm
    /// bounds stand beside the certificates.
    pub fn sgd(
        &self,
        session: &Session,
        (labels, train): (Treatment, usize),
        seed: u64,
    ) -> RunSpec {
        RunSpec {
            numerics: NUMERICS_VERSION,
            data: DataSpec {
                checksum: session.dataset.checksum().to_owned(),
                train_size: train,
                test_size: self.test,
                preprocessing: Preprocessing::UnitInterval,
            },
            treatment: labels,
            architecture: Architecture::dense(&self.hidden),
            recipe: of_sgd(train),
            tested: Tested::AtTheEnd,
            seed,
        }
    }
}

/// How SGD trains the networks whose norm bounds stand beside.
pub fn of_sgd(images: usize) -> Recipe {
    recipe(images, Target::CrossEntropy { at_most: 0.01 })
}

/// SGD with momentum: 10 epochs, more where there are few images; longer for a cost to be reached.
fn recipe(images: usize, target: Target) -> Recipe {
    let max_epochs = match target {
        Target::Epochs => (100_000 / images.max(1)).clamp(10, 100),
        // Random labels take that long.
        _ if images <= MEMORIZED => 400,
        _ => (200_000 / images).max(10),
    };
    Recipe {
        batch: Batch::Mini {
            size: 128.min(images),
        },
        learning_rate: 0.05,
        // To a tenth at the end.
        decay: 0.1_f64.powf(1.0 / max_epochs as f64),
        stopping: Stopping { target, max_epochs },
        ..Recipe::default()
    }
}
