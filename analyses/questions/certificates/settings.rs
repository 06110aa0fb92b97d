//! How much of the question each budget asks.

use rethink::treatment::Treatment::{self, CorruptedLabels, RandomLabels, TrueLabels};

use super::args::Args;
use super::method::Method;
use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::session::Session;

/// Training images on which random labels are memorized, so that a certificate can be asked of
/// a network that did.
pub const MEMORIZED: usize = 2000;

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
    /// The question's network, prior at random weights that vary smoothly over the image.
    Free,
    /// The question's network, prior at random weights that are independent pixel by pixel.
    Pixels,
    /// A network of half as many units, trained twice as long.
    Narrow,
    /// Prior around a network trained on a part of the images.
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
    /// Training images that the prior of [`Way::Split`] is trained on.
    pub prior_images: usize,
    /// Training images that the competitor's errors are counted on.
    pub held_out: usize,
    /// How posteriors are trained and certified.
    pub method: Method,
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
        let method = Method::of(args)?;
        let beta = method.beta;
        let (noise, sizes, price, split): (&[f64], &[usize], _, _) = match budget {
            Budget::Smoke => (&[], &[100], (100, vec![beta, 0.1]), vec![16]),
            Budget::Quick => (
                &[0.2, 0.5, 0.8],
                &[500, 2000, 10_000],
                (500, vec![beta, 0.2, 0.02, 0.001]),
                hidden.clone(),
            ),
            Budget::Paper => (
                &[0.1, 0.2, 0.5, 0.8],
                &[500, 2000, 10_000],
                (2000, vec![beta, 0.5, 0.1, 0.02, 0.004, 0.001]),
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
            prior_images: part(args.prior_images, train / 2, train, "prior-images")?,
            held_out: part(args.held_out, train.div_ceil(6), train, "held-out")?,
            method,
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
        let (both, beta) = ([TrueLabels, RandomLabels], self.method.beta);
        let labelings = self
            .labelings
            .iter()
            .map(|&labels| free(labels, self.train, beta));
        let mut cells: Vec<Cell> = labelings.collect();
        for labels in both {
            cells.extend(self.sizes.iter().map(|&train| free(labels, train, beta)));
            cells.extend(
                self.price
                    .1
                    .iter()
                    .map(|&beta| free(labels, self.price.0, beta)),
            );
            cells.extend(self.other_ways().map(|way| Cell {
                way,
                ..free(labels, self.train, beta)
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
        let always = [Way::Pixels, Way::Split];
        narrow.into_iter().chain(always).chain(convolutional)
    }

    /// The labelings on all images, and true and random labels on fewer.
    pub fn with_all_sizes(&self) -> Vec<(Treatment, usize)> {
        let all = self.labelings.iter().map(|&labels| (labels, self.train));
        let fewer = self.sizes.iter().filter(|&&size| size < self.train);
        let fewer = fewer.flat_map(|&size| [(TrueLabels, size), (RandomLabels, size)]);
        all.chain(fewer).collect()
    }

    /// The networks of SGD: the labelings on all images, true and random labels on few.
    pub fn of_sgd(&self) -> Vec<(Treatment, usize)> {
        let all = self.labelings.iter().map(|&labels| (labels, self.train));
        let few = [TrueLabels, RandomLabels].map(|labels| (labels, MEMORIZED));
        let few = few.into_iter().filter(|(_, images)| *images < self.train);
        all.chain(few).collect()
    }
}

/// Images of a part that leaves others.
fn part(
    asked: Option<usize>,
    default: usize,
    train: usize,
    option: &str,
) -> Result<usize, UsageError> {
    let images = asked.unwrap_or(default);
    match images < train {
        true => Ok(images),
        false => Err(UsageError(format!(
            "--{option} {images} leaves none of the {train} training images: give 1 to {}",
            train - 1
        ))),
    }
}
