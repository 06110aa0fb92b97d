//! How much is trained and solved at each budget.

use rethink::experiment::kernels::{RIDGE_NOISE, RIDGE_PATH, RidgePath};
use rethink::training::{Recipe, Stopping};
use rethink::treatment::Treatment;

use super::NOISY;
use crate::cli::Budget;
use crate::questions::randomization::small_set_recipe;
use crate::session::Session;

/// What is trained and solved.
pub struct Settings {
    /// Units of the hidden layer of each network, ascending.
    pub widths: &'static [usize],
    /// Training and test images of the networks.
    pub sizes: (usize, usize),
    pub recipe: Recipe,
    pub width_seeds: Vec<u64>,
    /// Training, held-out and test images of the kernels.
    pub ridge_sizes: (usize, usize, usize),
    pub ridge_seeds: Vec<u64>,
}

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    pub fn of(session: &Session) -> Self {
        let seeds = |count| session.options.seeds(count);
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let sizes = |n: usize, m: usize| (n.min(train), m.min(test));
        // A third of a small dataset is left to be held out.
        let ridge_sizes = |n: usize, held_out: usize, m: usize| {
            let n = n.min(2 * train / 3).max(1);
            (n, held_out.min(train - n), m.min(test))
        };
        let recipe = small_set_recipe();
        match session.options.budget {
            Budget::Smoke => Self {
                widths: &[4, 32, 64],
                sizes: sizes(60, 100),
                recipe: limited(recipe, 100),
                width_seeds: seeds(2),
                ridge_sizes: ridge_sizes(40, 40, 100),
                ridge_seeds: seeds(2),
            },
            Budget::Quick => Self {
                widths: &[8, 16, 24, 32, 64, 256],
                sizes: sizes(500, 1000),
                recipe,
                width_seeds: seeds(4),
                ridge_sizes: ridge_sizes(500, 250, 2000),
                ridge_seeds: seeds(5),
            },
            Budget::Paper => Self {
                widths: &[2, 4, 8, 16, 24, 32, 64, 128, 256, 512, 1024, 2048],
                sizes: sizes(4000, test),
                recipe: limited(recipe, 1000),
                width_seeds: seeds(10),
                ridge_sizes: ridge_sizes(7500, 2500, test),
                ridge_seeds: seeds(10),
            },
        }
    }

    /// The fits of one kernel and seed.
    pub fn ridge(&self, session: &Session, kernel: &str, seed: u64) -> RidgePath {
        let (train, held_out, test) = self.ridge_sizes;
        RidgePath {
            checksum: session.dataset.checksum().to_owned(),
            kernel: kernel.to_owned(),
            train,
            held_out,
            test,
            labelings: vec![Treatment::TrueLabels, NOISY, Treatment::RandomLabels],
            ridges: RIDGE_PATH.to_vec(),
            seed,
        }
    }

    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        let data = session.dataset.name();
        let (train, held_out, test) = self.ridge_sizes;
        let percent = 100.0 * RIDGE_NOISE;
        let differing = percent * session.chance();
        vec![
            format!(
                "Width: networks of one hidden ReLU layer on {} images of {data}, drawn anew for \
                 each of {} seeds; {} test images. {} on batches of 128, constant learning rate \
                 {}, until the mean cross-entropy on the training set is at most 0.01 nats or {} \
                 epochs have passed. No weight decay, dropout or augmentation. Only widths that \
                 reach the target with every seed are compared. The narrowest of them is the \
                 interpolation threshold, to within the step between widths.",
                self.sizes.0,
                self.width_seeds.len(),
                self.sizes.1,
                self.recipe.optimizer,
                self.recipe.learning_rate,
                self.recipe.stopping.max_epochs,
            ),
            format!(
                "Noise of {percent:.0} %: each training label is replaced with probability \
                 {RIDGE_NOISE} by a uniformly drawn class, possibly its own, so {differing:.0} % \
                 of the labels are expected to be wrong. Random labels are all replaced so. Test \
                 labels are the true ones throughout.",
            ),
            format!(
                "Ridge: kernel regression on one-hot targets and raw pixels in [0, 1], Gaussian \
                 exp(−‖x − z‖²/(2·5²)) and Laplacian exp(−‖x − z‖/10). {train} training images \
                 drawn anew for each of {} seeds, {held_out} more held out, {test} test images. \
                 (K + λI)α = y, where λ is not multiplied by n; λ = 0 is the interpolant of \
                 smallest norm. λ is chosen by the fewest errors on the held-out images, the \
                 smallest λ of several. Their labels are corrupted like those of the training \
                 images. No fit sees the held-out images, and the chosen one is not fitted again \
                 with them.",
                self.ridge_seeds.len(),
            ),
            "Intervals of widths and ridges are 95 % Student t intervals over seeds. Differences \
             are taken within seeds, since networks of one seed share images, labels and test \
             images. A slope and a rank correlation are computed within each seed, and averaged. \
             What is best in hindsight is chosen on the test images, so its gain is optimistic."
                .to_owned(),
        ]
    }
}

/// The recipe with another limit.
fn limited(recipe: Recipe, max_epochs: usize) -> Recipe {
    let stopping = Stopping {
        max_epochs,
        ..recipe.stopping
    };
    Recipe { stopping, ..recipe }
}
