//! How much of the question each budget asks.

use rethink::experiment::regularization::Regularizer::{
    self, All, Crop, CropAndWeightDecay, Dropout, EarlyStopping as Early, FlipsAndRotation, None,
    WeightDecay,
};
use rethink::network::{Architecture, Zoo};
use rethink::training::{EarlyStopping, Recipe, Stopping, Target};
use rethink::treatment::Treatment::{self, RandomLabels};

use crate::cli::Budget;
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

/// A network, the regularizers it is trained with, and the learning rates that are tried.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub network: Zoo,
    pub regularizers: &'static [Regularizer],
    pub rates: &'static [f64],
}

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

/// As in the paper: of Table 1 the Inception without batch normalization has no crops, of Tables 1
/// and 4 dense networks have weight decay alone. Dropout is added where the paper has none.
const DENSE: &[Regularizer] = &[None, WeightDecay, Dropout, Early];
const PLAIN: &[Regularizer] = &[None, WeightDecay];
const FULL: &[Regularizer] = &[
    None,
    WeightDecay,
    Dropout,
    Crop,
    FlipsAndRotation,
    CropAndWeightDecay,
    Early,
    All,
];

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    ///
    /// # Errors
    /// Data that none of the networks is built for.
    pub fn of(session: &Session) -> anyhow::Result<Self> {
        use Zoo::{AlexNet, Inception, InceptionBn, Mlp1x64, Mlp1x512, Mlp3x512};
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let plan = |network, regularizers, rates| Plan {
            network,
            regularizers,
            rates,
        };
        let budget = session.options.budget;
        let (plans, images, test_size, seeds) = match budget {
            Budget::Smoke => (
                vec![
                    plan(Mlp1x64, DENSE, &[0.1][..]),
                    plan(Zoo::SmallConv, PLAIN, &[0.05]),
                    plan(Zoo::SmallConvBn, FULL, &[0.1]),
                ],
                vec![60],
                100,
                2,
            ),
            Budget::Quick => (
                vec![
                    plan(Mlp1x512, DENSE, &[0.02, 0.05, 0.1][..]),
                    plan(Zoo::SmallConv, PLAIN, &[0.02, 0.05]),
                    plan(Zoo::SmallConvBn, FULL, &[0.05, 0.1]),
                ],
                vec![500, 250, 125],
                500,
                3,
            ),
            Budget::Paper => (
                vec![
                    plan(Mlp1x512, DENSE, &[0.01][..]),
                    plan(Mlp3x512, DENSE, &[0.01]),
                    plan(AlexNet, FULL, &[0.01]),
                    plan(Inception, PLAIN, &[0.1]),
                    plan(InceptionBn, FULL, &[0.1]),
                ],
                vec![train],
                test,
                5,
            ),
        };
        let shape = session.dataset.shape();
        let (plans, left_out): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|plan| {
            let network = Architecture::from(plan.network);
            network.check_images(shape).is_ok()
                && network
                    .build(shape.features(), session.dataset.classes())
                    .is_ok()
        });
        if plans.is_empty() {
            anyhow::bail!(
                "none of the networks of this question is built for images of {shape}; give images \
                 of 28x28 with one or three channels (--dataset)"
            );
        }
        let mut images: Vec<usize> = images.into_iter().map(|n: usize| n.min(train)).collect();
        images.dedup();
        let paper = budget == Budget::Paper;
        Ok(Self {
            plans,
            left_out: left_out.into_iter().map(|plan| plan.network).collect(),
            images,
            test_size: test_size.min(test),
            weight_decays: &[1e-4, 1e-3, 1e-2],
            dropouts: &[0.25, 0.5],
            decay: if paper { 0.95 } else { 1.0 },
            slow_decay: if paper { 0.999 } else { 1.0 },
            most_epochs: if paper { 100 } else { 150 },
            seeds: session.options.seeds(seeds),
        })
    }

    /// Seeds of the pilot, none of them one of the question's.
    pub fn pilot_seeds(&self) -> Vec<u64> {
        let others = (901..).filter(|seed| !self.seeds.contains(seed));
        others.take(2).collect()
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
