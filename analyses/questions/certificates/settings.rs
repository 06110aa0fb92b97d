//! How much of the question each budget asks.

use rethink::certificate::{Confidence, Training};
use rethink::dataset::Preprocessing;
use rethink::experiment::certificates::{HeldOutBound, Network, PosteriorCertificate, PriorMean};
use rethink::experiment::run::{DataSpec, RunSpec};
use rethink::network::Architecture;
use rethink::store::NUMERICS_VERSION;
use rethink::training::{Batch, Recipe, Stopping, Target, Tested};
use rethink::treatment::Treatment::{self, CorruptedLabels, RandomLabels, TrueLabels};

use super::args::Args;
use super::findings::MEMORIZED;
use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::session::Session;

/// The standard deviation of a prior at random weights.
pub const SIGMA: f64 = 0.2;
/// That of a prior around a trained network.
pub const SIGMA_OF_TRAINED: f64 = 0.01;
/// Passes in which the posterior's errors are counted.
pub const PASSES: usize = 5;
/// Priors that could have been chosen: σ, width and start were tried on other images, and what was
/// tried is paid for.
pub const PRIORS: usize = 8;
/// Share of the images that is held out for the competitor.
const HELD_OUT: f64 = 1.0 / 6.0;
/// Weight of the divergence.
pub const BETA: f64 = 2.5;

/// One posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What the images are labelled with.
    pub labels: Treatment,
    /// Training images.
    pub train: usize,
    /// β.
    pub beta: f64,
    /// How the prior and the network come about.
    pub way: Way,
}

/// The ways to a posterior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// The question's network, prior at random weights.
    Free,
    /// A network of half as many units, trained twice as long.
    Narrow,
    /// Prior around a network trained on half of the images.
    Split,
    /// Two convolutions with so many filters, prior at random weights.
    Convolutional {
        /// Of the first and of the second.
        filters: [usize; 2],
    },
}

/// What is trained and certified.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Units of the hidden layers.
    pub hidden: Vec<usize>,
    /// Labelings, from true to random.
    pub labelings: Vec<Treatment>,
    /// Training images, ascending; the last are all of them.
    pub sizes: Vec<usize>,
    /// Images and weights β of the price of a label.
    pub price: (usize, Vec<f64>),
    /// Units of the network whose prior is trained, and of the one that has held-out images.
    pub split: Vec<usize>,
    /// Whether a narrower network is certified too.
    pub narrow: bool,
    /// Filters of a convolutional network, if one is asked for.
    pub filters: Option<[usize; 2]>,
    /// With what probability a certificate may be wrong.
    pub confidence: Confidence,
    /// Seeds.
    pub seeds: Vec<u64>,
}

impl Settings {
    /// The settings of the budget, no larger than its data.
    pub fn of(session: &Session, args: &Args) -> anyhow::Result<Self> {
        let available = session.dataset.train().len();
        let budget = session.options.budget;
        let (train, network, seeds) = match budget {
            Budget::Smoke => (300.min(available), "mlp-16", 2),
            Budget::Quick => (available, "mlp-100", 1),
            Budget::Paper => (available, "mlp-100", 3),
        };
        let architecture = match &args.architecture {
            Some(architecture) => architecture.clone(),
            None => network.parse()?,
        };
        let Some(hidden) = architecture.hidden().filter(|hidden| !hidden.is_empty()) else {
            return Err(UsageError(format!(
                "--architecture {architecture}: posteriors are trained over fully connected \
                 networks with a hidden layer alone; give one, such as mlp-100"
            ))
            .into());
        };
        let train = args.train_size.unwrap_or(train);
        if train > available {
            return Err(UsageError(format!(
                "--train-size {train} is more than the {available} training images of {}: give \
                 fewer, or another --dataset",
                session.dataset.name()
            ))
            .into());
        }
        let (noise, sizes, price, split): (&[f64], &[usize], _, _) = match budget {
            Budget::Smoke => (&[], &[100], (100, vec![BETA, 0.1]), vec![16]),
            Budget::Quick => (
                &[0.2, 0.5, 0.8],
                &[500, 2000, 10_000],
                (500, vec![BETA, 0.2, 0.02, 0.001]),
                hidden.clone(),
            ),
            Budget::Paper => (
                &[0.1, 0.2, 0.5, 0.8],
                &[500, 2000, 10_000],
                (2000, vec![BETA, 0.5, 0.1, 0.02, 0.004, 0.001]),
                vec![256, 256],
            ),
        };
        let noisy = noise
            .iter()
            .map(|&probability| CorruptedLabels { probability });
        let labelings = [TrueLabels].into_iter().chain(noisy).chain([RandomLabels]);
        let smaller = sizes.iter().copied().filter(|&size| size < train);
        Ok(Self {
            train,
            test: session.dataset.test().len(),
            hidden,
            labelings: labelings.collect(),
            sizes: smaller.chain([train]).collect(),
            price: (price.0.min(train), price.1),
            split,
            narrow: budget == Budget::Paper,
            filters: args.filters(budget)?,
            confidence: Confidence::default(),
            seeds: session.options.seeds(seeds),
        })
    }

    /// Every posterior: of the labelings, of the sizes, of the ways, of the weights β.
    pub fn cells(&self) -> Vec<Cell> {
        let free = |labels, train, beta| Cell {
            labels,
            train,
            beta,
            way: Way::Free,
        };
        let both = [TrueLabels, RandomLabels];
        let labelings = self
            .labelings
            .iter()
            .map(|&labels| free(labels, self.train, BETA));
        let mut cells: Vec<Cell> = labelings.collect();
        for labels in both {
            cells.extend(self.sizes.iter().map(|&train| free(labels, train, BETA)));
            cells.extend(
                self.price
                    .1
                    .iter()
                    .map(|&beta| free(labels, self.price.0, beta)),
            );
            cells.extend(self.other_ways().map(|way| Cell {
                way,
                ..free(labels, self.train, BETA)
            }));
        }
        let mut distinct: Vec<Cell> = Vec::new();
        for cell in cells {
            if !distinct.contains(&cell) {
                distinct.push(cell);
            }
        }
        distinct
    }

    /// The ways beside that of the question's network.
    pub fn other_ways(&self) -> impl Iterator<Item = Way> {
        let convolutional = self.filters.map(|filters| Way::Convolutional { filters });
        let narrow = self.narrow.then_some(Way::Narrow);
        narrow.into_iter().chain([Way::Split]).chain(convolutional)
    }

    /// How a posterior of so many images is trained.
    fn training(&self, cell: &Cell) -> Training {
        let (batch, epochs) = match cell.train {
            0..500 => (20, 100),
            500..5000 => (100, 100),
            5000..30_000 => (250, 50),
            _ => (250, 20),
        };
        let free = Training {
            batch,
            epochs,
            beta: cell.beta,
            delta: self.confidence.bound,
            ..Training::default()
        };
        match cell.way {
            Way::Free => free,
            Way::Narrow => Training {
                epochs: 2 * epochs,
                ..free
            },
            // Draws of activations are biased where positions share weights: whole draws at the end.
            Way::Convolutional { .. } => {
                let epochs = (3 * epochs).div_ceil(5);
                Training {
                    epochs,
                    whole_draws: epochs.div_ceil(3),
                    // From the prior's own deviation some seeds do not leave guessing.
                    start: 0.25,
                    ..free
                }
            }
            // It starts from a network that is trained.
            Way::Split => Training {
                epochs: epochs.div_ceil(5),
                rates: [1e-4, 3e-3],
                ..free
            },
        }
    }

    /// Images that a prior of the way [`Way::Split`] is trained on.
    pub fn seen_by_prior(&self) -> usize {
        self.train / 2
    }

    /// The network of a way.
    pub fn network(&self, way: Way) -> Network {
        let halved = || self.hidden.iter().map(|units| units.div_ceil(2)).collect();
        let hidden = match way {
            Way::Free => self.hidden.clone(),
            Way::Narrow => halved(),
            Way::Split => self.split.clone(),
            Way::Convolutional { filters } => return Network::Convolutional { filters },
        };
        Network::Dense { hidden }
    }

    /// The posterior of a cell.
    pub fn posterior(&self, session: &Session, cell: &Cell, seed: u64) -> PosteriorCertificate {
        let (prior, sigma) = match cell.way {
            Way::Free | Way::Narrow | Way::Convolutional { .. } => (PriorMean::Random, SIGMA),
            Way::Split => {
                let images = self.seen_by_prior();
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
            passes: PASSES,
            priors: PRIORS,
            confidence: self.confidence,
            seed,
        }
    }

    /// The network of a chain of layers.
    fn architecture(hidden: &[usize]) -> anyhow::Result<Architecture> {
        let units: Vec<String> = hidden.iter().map(usize::to_string).collect();
        Ok(format!("mlp-{}", units.join("-")).parse()?)
    }

    /// The competitor of a labeling, at the same total confidence.
    pub fn held_out(
        &self,
        session: &Session,
        (labels, train): (Treatment, usize),
        seed: u64,
    ) -> anyhow::Result<HeldOutBound> {
        let held_out = counted(train);
        Ok(HeldOutBound {
            checksum: session.dataset.checksum().to_owned(),
            labels,
            examples: train,
            held_out,
            test: self.test,
            architecture: Self::architecture(&self.split)?,
            recipe: recipe(train - held_out, Target::Epochs),
            preprocessing: Preprocessing::UnitInterval,
            level: self.confidence.bound + self.confidence.draws,
            seed,
        })
    }

    /// The network that SGD trains on all images, around which there is a Gaussian and whose norm
    /// bounds stand beside the certificates.
    pub fn sgd(
        &self,
        session: &Session,
        (labels, train): (Treatment, usize),
        seed: u64,
    ) -> anyhow::Result<RunSpec> {
        Ok(RunSpec {
            numerics: NUMERICS_VERSION,
            data: DataSpec {
                checksum: session.dataset.checksum().to_owned(),
                train_size: train,
                test_size: self.test,
                preprocessing: Preprocessing::UnitInterval,
            },
            treatment: labels,
            architecture: Self::architecture(&self.hidden)?,
            recipe: recipe(train, Target::CrossEntropy { at_most: 0.01 }),
            tested: Tested::AtTheEnd,
            seed,
        })
    }
}

/// Images on which the competitor's errors are counted.
pub fn counted(train: usize) -> usize {
    ((HELD_OUT * train as f64).round() as usize).max(1)
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

impl Settings {
    /// The labelings on all images, and true and random labels on fewer.
    pub fn with_all_sizes(&self) -> Vec<(Treatment, usize)> {
        let all = self.labelings.iter().map(|&labels| (labels, self.train));
        let fewer = self.sizes.iter().filter(|&&size| size < self.train);
        let fewer = fewer.flat_map(|&size| [(TrueLabels, size), (RandomLabels, size)]);
        all.chain(fewer).collect()
    }

    /// The networks of SGD: the labelings on all images, and random labels on few.
    pub fn of_sgd(&self) -> Vec<(Treatment, usize)> {
        let all = self.labelings.iter().map(|&labels| (labels, self.train));
        let few = (MEMORIZED < self.train).then_some((RandomLabels, MEMORIZED));
        all.chain(few).collect()
    }
}
