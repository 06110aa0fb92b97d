//! How much of the question each budget asks.

use rethink::experiment::regularization::Regularizer;
use rethink::network::Zoo;
use rethink::training::{EarlyStopping, Recipe, Stopping, Target};
use rethink::treatment::Treatment::{self, RandomLabels};

use super::args::Args;
use super::plan::{Plan, plans};
use crate::cli::Budget;
use crate::questions::pilot_seeds;
use crate::session::Session;
use crate::show::list;

/// The cross-entropy, in nats, at which training labels count as learned to the end.
pub const TARGET: f64 = 0.01;
/// A crop moves a 28x28 image by up to 2 pixels: the paper's images of 32x32 are cropped so.
pub const CROP: usize = 2;
/// The paper's rotations, in degrees.
pub const ROTATION: f64 = 25.0;
/// A fifth of the training images is held out, and ten epochs are waited for a lower error.
pub const EARLY_STOPPING: EarlyStopping = EarlyStopping {
    held_out: 0.2,
    patience: 10,
};

/// What is trained.
#[derive(Debug, Clone)]
pub struct Settings {
    pub plans: Vec<Plan>,
    /// Networks of the budget that are not built for images of this shape.
    pub left_out: Vec<Zoo>,
    /// Sizes of the training set, the one to start with first.
    pub images: Vec<usize>,
    pub test_size: usize,
    /// Coefficients of weight decay.
    pub weight_decays: &'static [f64],
    /// Rates of dropout.
    pub dropouts: &'static [f64],
    /// Factor on the learning rate per epoch.
    pub decay: f64,
    /// The same where random labels are trained on images that change: the paper's.
    pub slow_decay: f64,
    /// Epochs of a pilot training at most.
    pub most_epochs: usize,
    pub seeds: Vec<u64>,
}

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    ///
    /// # Errors
    /// Data that none of the networks is built for, or nothing to compare.
    pub fn of(session: &Session, args: &Args) -> anyhow::Result<Self> {
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let budget = session.options.budget;
        let (images, test_size, seeds) = match budget {
            Budget::Smoke => (vec![32], 50, 2),
            Budget::Quick => (vec![384, 256, 128], 500, 3),
            Budget::Paper => (vec![train], test, 5),
        };
        let (plans, left_out) = plans(session, args)?;
        let mut images: Vec<usize> = match args.train_size {
            Some(images) => vec![images],
            None => images.into_iter().map(|n| n.min(train)).collect(),
        };
        images.dedup();
        let (smoke, paper) = (budget == Budget::Smoke, budget == Budget::Paper);
        Ok(Self {
            plans,
            left_out,
            images,
            test_size: test_size.min(test),
            weight_decays: if smoke { &[1e-3] } else { &[1e-4, 1e-3, 1e-2] },
            dropouts: if smoke { &[0.5] } else { &[0.25, 0.5] },
            decay: if paper { 0.95 } else { 1.0 },
            slow_decay: if paper { 0.999 } else { 1.0 },
            most_epochs: if paper { 100 } else { 150 },
            seeds: session.options.seeds(seeds),
        })
    }

    /// Seeds of the pilot, none of them one of the question's.
    pub fn pilot_seeds(&self) -> Vec<u64> {
        pilot_seeds(&self.seeds, 2)
    }

    /// A training at a constant rate, or with the paper's decay, without regularization.
    pub fn recipe(&self, learning_rate: f64, target: Target, max_epochs: usize) -> Recipe {
        Recipe {
            learning_rate,
            decay: self.decay,
            stopping: Stopping { target, max_epochs },
            ..Recipe::default()
        }
    }

    /// The factor on the learning rate per epoch.
    pub fn decay_of(&self, labels: Treatment, regularizer: Regularizer) -> f64 {
        match labels == RandomLabels && regularizer.changes_images() {
            true => self.slow_decay,
            false => self.decay,
        }
    }
}

impl Settings {
    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        let networks: Vec<String> = (self.plans.iter())
            .map(|plan| {
                let names: Vec<&str> = plan.regularizers.iter().map(|one| one.name()).collect();
                format!("{} ({})", plan.network, names.join(", "))
            })
            .collect();
        let rate = match self.decay {
            1.0 => "a constant learning rate".to_owned(),
            decay => format!("a learning rate that falls by {decay} per epoch"),
        };
        let slow = match self.slow_decay == self.decay {
            true => String::new(),
            false => format!(
                " On random labels with images that change it falls by {} per epoch, as in the \
                 paper.",
                self.slow_decay
            ),
        };
        vec![
            format!(
                "Networks and their regularizers on {}: {}. {} seeds, {} test images, each image \
                 standardized. SGD with momentum 0.9 on batches of 128, {rate}.{slow}",
                session.dataset.name(),
                networks.join("; "),
                self.seeds.len(),
                self.test_size,
            ),
            format!(
                "The pilot (seeds {}) fixes for each network, before the trainings that are \
                 compared: the number of images and the learning rate, by random labels without \
                 regularization; the coefficient of weight decay out of {} and the rate of \
                 dropout out of {}, by true labels and a held-out fifth of the training images; \
                 the epochs of every training on true labels, 1.5 times those to {TARGET} nats; \
                 and the limit on random labels, 3 times the epochs to zero training error.",
                list(self.pilot_seeds()),
                list(self.weight_decays),
                list(self.dropouts),
            ),
            format!(
                "Weight decay λ adds λ w to the gradient of every weight and bias, before \
                 momentum; losses are without the penalty. Dropout acts on hidden dense units. \
                 Crops move an image by up to {CROP} pixels, as cropping 32x32 to 28x28 does; the \
                 paper's augmentation flips left and right and rotates by up to {ROTATION} \
                 degrees. Early stopping holds a fifth of the training images out, waits {} epochs \
                 for a lower error on it, and keeps the weights of the best.",
                EARLY_STOPPING.patience,
            ),
            "All trainings of a seed and network share images, initial weights and the order of \
             batches, so comparisons are paired. Intervals are 95 % Student t intervals over \
             seeds; they do not cover the choice of test images, which are the same for every \
             seed."
                .to_owned(),
        ]
    }

    /// Beside the number of images.
    pub fn smaller(&self, session: &Session) -> Option<String> {
        let images = self.images.first().copied().unwrap_or(0);
        let more = ", and small convolutional networks in the place of Inception and AlexNet";
        session.smaller(images, more)
    }
}
