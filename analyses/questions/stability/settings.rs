//! How much of the question each budget asks.

use rethink::network::{Optimizer, Zoo};
use rethink::stability::bounds::SoftmaxRegression;
use rethink::text::number::significant;
use rethink::training::{Batch, Recipe, Stopping, Target};

use super::args::Args;
use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::session::Session;

/// Who learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    Network,
    /// Softmax regression: convex.
    Linear,
}

/// What is trained.
#[derive(Debug, Clone)]
pub struct Settings {
    pub architecture: Zoo,
    pub train: usize,
    /// Images on which networks are compared; no training sees them.
    pub compared: usize,
    pub replacements: usize,
    /// Trainings from other seeds, per seed.
    pub reseeded: usize,
    /// Epochs of the network, and of softmax regression.
    epochs: (usize, usize),
    pub networks: usize,
    pub delta: f64,
    pub seeds: Vec<u64>,
    /// Numbers per image.
    features: usize,
}

/// What stands on the diagonal of the kernel matrix.
pub const RIDGES: [f64; 3] = [4.0, 20.0, 100.0];

/// Bandwidth of the Gaussian kernel, for pixels in [0, 1].
pub const BANDWIDTH: f64 = 5.0;

/// Share of the examples a network for the memorization scores is trained on.
pub const SHARE: f64 = 0.7;

const BATCH: usize = 20;

impl Settings {
    /// The settings of the budget, changed as asked for.
    ///
    /// The data must have an image for every use; the budget's numbers shrink to
    /// data that are too few for them, numbers that were asked for do not.
    pub fn of(session: &Session, args: &Args) -> anyhow::Result<Self> {
        let (architecture, train, compared, replacements, epochs, networks, seeds) =
            match session.options.budget {
                Budget::Smoke => (Zoo::Mlp1x16, 60, 100, 3, (30, 5), 10, 2),
                Budget::Quick => (Zoo::Mlp1x32, 200, 500, 6, (60, 10), 14, 8),
                Budget::Paper => (Zoo::Mlp1x512, 2000, 2000, 50, (100, 10), 200, 10),
            };
        let available = session.dataset.train().len();
        let n = args.train_size.unwrap_or_else(|| train.min(available / 3));
        let compared = compared.min(available / 3);
        let replacements = args
            .replacements
            .unwrap_or_else(|| replacements.min(available / 4).min(n));
        if replacements > n {
            return Err(UsageError(format!(
                "{replacements} replacements of {n} training images: each image is replaced once, \
                 so give --replacements at most {n}, or a larger --train-size"
            ))
            .into());
        }
        if n < 2 || compared == 0 || replacements == 0 || n + compared + replacements > available {
            return Err(UsageError(format!(
                "{n} training images, {replacements} replacements and {compared} images to compare \
                 on do not fit into the {available} training images of {}: lower --train-size, or \
                 use a larger dataset",
                session.dataset.name()
            ))
            .into());
        }
        Ok(Self {
            architecture,
            train: n,
            compared,
            replacements,
            reseeded: 1,
            epochs,
            networks: args.networks.unwrap_or(networks),
            delta: args.delta.unwrap_or(0.05),
            seeds: session.options.seeds(seeds),
            features: session.dataset.shape().features(),
        })
    }

    /// The network of a learner and how it is trained: always plain SGD, for
    /// which the bounds are proved, and for a number of steps that does not
    /// depend on the labels.
    pub fn learner(&self, learner: Learner) -> (Zoo, Recipe) {
        let (architecture, learning_rate, max_epochs) = match learner {
            Learner::Network => (self.architecture, 0.05, self.epochs.0),
            // An image of mean 0 and variance 1 with a one for the bias has the
            // squared norm features + 1, so this is about 1/β; the bound checks
            // it against the β of the images used.
            Learner::Linear => (Zoo::Linear, 2.0 / (self.features + 1) as f64, self.epochs.1),
        };
        let recipe = Recipe {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Mini {
                size: BATCH.min(self.train),
            },
            learning_rate,
            decay: 1.0,
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs,
            },
            ..Recipe::default()
        };
        (architecture, recipe)
    }

    /// Images in the smallest batch of an epoch.
    pub fn smallest_batch(&self) -> usize {
        match self.train % BATCH.min(self.train) {
            0 => BATCH.min(self.train),
            rest => rest,
        }
    }

    /// Steps of a training.
    pub fn steps(&self, learner: Learner) -> usize {
        let epochs = self.learner(learner).1.stopping.max_epochs;
        epochs * self.train.div_ceil(BATCH.min(self.train))
    }

    /// The setting in words.
    pub fn method(&self, session: &Session, softmax: &SoftmaxRegression) -> Vec<String> {
        let (_, network) = self.learner(Learner::Network);
        let (_, linear) = self.learner(Learner::Linear);
        let (n, m) = (self.train, self.compared);
        vec![
            format!(
                "{} on {}: n = {n} training images drawn anew for each of {} seeds. Plain SGD on \
                 batches of {}, learning rate {}, {} epochs for every labeling. In each of {} \
                 trainings one example is replaced by another one of the same distribution. \
                 Initial weights and order of batches stay, and the new example takes the place \
                 of the old one (the coupling of Hardt et al. 2016).",
                self.architecture,
                session.dataset.name(),
                self.seeds.len(),
                BATCH.min(n),
                network.learning_rate,
                network.stopping.max_epochs,
                self.replacements,
            ),
            format!(
                "Random labels are drawn alike for the training images, the replacements and the \
                 {m} images on which networks are compared, so all are of one distribution. With \
                 the seed fixed the algorithm is a function of the training set. Its uniform \
                 stability is a supremum over training sets, replacements and examples z; the \
                 largest change over our replacements and z (every image with every label) is a \
                 lower bound of it. Averages are means over the replacements of a seed, then over \
                 seeds with 95 % interval."
            ),
            "Losses: 0/1; ramp, min(1, max(0, 1 − margin)) with the margin in logits, bounded by \
             1; cross-entropy in nats for softmax regression, where it is convex."
                .to_owned(),
            format!(
                "Softmax regression: the same data and batches, learning rate η = {}, {} epochs. L \
                 = √2 max‖(x, 1)‖ = {} and β = ½ max‖(x, 1)‖² = {} are computed from all images \
                 used, those compared on and the replacements included; the bound for convex \
                 losses is given where η ≤ 2/β = {}. Kernel ridge regression: Gaussian kernel of \
                 bandwidth {BANDWIDTH} on pixels as given, one output per class with targets 0 and \
                 1, squared loss of outputs cut to [0, 1]; all n examples are removed one at a \
                 time with λ n kept, in closed form.",
                significant(linear.learning_rate, 3),
                linear.stopping.max_epochs,
                significant(softmax.lipschitz, 4),
                significant(softmax.smoothness, 4),
                significant(2.0 / softmax.smoothness, 3),
            ),
            format!(
                "Memorization score of an example (Feldman and Zhang 2020): share of the networks \
                 trained with it that get it right, minus that share among those trained without \
                 it. {} networks per seed and labeling, each trained as above on a random {:.0} % \
                 of the n examples.",
                self.networks,
                100.0 * SHARE,
            ),
        ]
    }
}
