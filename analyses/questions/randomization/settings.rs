//! How much of the question each budget asks.

use rethink::network::{Initialization, Zoo};
use rethink::training::{Batch, Recipe, Stopping, Target};

use crate::cli::Budget;
use crate::questions::convolutional::Convolutional;
use crate::questions::pilot_seeds;
use crate::session::Session;

/// What is trained.
#[derive(Debug, Clone)]
pub struct Settings {
    pub architecture: Zoo,
    pub train_size: usize,
    pub test_size: usize,
    pub recipe: Recipe,
    pub seeds: Vec<u64>,
    /// The convolutional network on the treatments of Figure 1a, or why there is none.
    pub convolutional: Result<Convolutional, String>,
    /// Steps between corruption level 0 and 1.
    level_steps: u32,
}

/// The recipe of small training sets. The paper's 0.95 per epoch means per 391
/// steps; at 8 steps per epoch it would end the training before random labels
/// are fitted, so the rate is constant. The rate is the fastest to the target
/// cross-entropy of 0.01, 0.02, 0.05, 0.1 and 0.2 on pilot seeds 901 to 903,
/// for true and for random labels alike.
pub fn small_set_recipe() -> Recipe {
    Recipe {
        learning_rate: 0.05,
        decay: 1.0,
        stopping: Stopping {
            target: Target::CrossEntropy { at_most: 0.01 },
            max_epochs: 400,
        },
        ..Recipe::default()
    }
}

/// The same at the rate of the paper; its decay would stop the small sets short.
pub fn paper_rate_recipe() -> Recipe {
    let small_set = small_set_recipe();
    Recipe {
        learning_rate: 0.01,
        stopping: Stopping {
            max_epochs: 1000,
            ..small_set.stopping
        },
        ..small_set
    }
}

/// The learning rate and its schedule in words.
fn rate(recipe: &Recipe) -> String {
    if recipe.decay == 1.0 {
        format!("constant learning rate {}", recipe.learning_rate)
    } else {
        format!(
            "learning rate {} times {} per epoch",
            recipe.learning_rate, recipe.decay
        )
    }
}

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    pub fn of(session: &Session) -> Self {
        use Zoo::{Mlp1x64, Mlp1x512};
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let of = |architecture, sizes: (usize, usize), recipe, seeds, level_steps| Self {
            architecture,
            train_size: sizes.0.min(train),
            test_size: sizes.1.min(test),
            recipe,
            seeds: session.options.seeds(seeds),
            convolutional: Convolutional::of(session),
            level_steps,
        };
        match session.options.budget {
            Budget::Smoke => of(Mlp1x64, (200, 500), small_set_recipe(), 2, 2),
            Budget::Quick => of(Mlp1x512, (1000, 2000), small_set_recipe(), 5, 10),
            Budget::Paper => of(Mlp1x512, (train, test), Recipe::default(), 5, 10),
        }
    }

    /// Name and size of the fully connected network.
    pub fn subject(&self) -> String {
        format!("{}, n = {}", self.architecture, self.train_size)
    }

    /// The corruption levels, from 0 to 1.
    pub fn levels(&self) -> Vec<f64> {
        let steps = self.level_steps;
        (0..=steps)
            .map(|k| f64::from(k) / f64::from(steps))
            .collect()
    }

    /// Seeds of the runs that fix how many updates are compared, none of them one of the
    /// question's.
    pub fn pilot_seeds(&self) -> Vec<u64> {
        pilot_seeds(&self.seeds, 3)
    }

    /// Parameter updates in an epoch.
    pub fn updates_per_epoch(&self) -> usize {
        match self.recipe.batch {
            Batch::Full => 1,
            Batch::Mini { size } => self.train_size.div_ceil(size),
        }
    }

    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        let recipe = self.recipe;
        let mut method = vec![
            format!(
                "{} on {}: {} training images drawn anew for each of {} seeds, {} test images, \
                 each image standardized to mean 0 and deviation 1. {} on batches of 128, {}, {} \
                 initialization with zero biases, until the mean cross-entropy of the full \
                 training set is at most 0.01 nats or {} epochs have passed. No weight decay, \
                 dropout or augmentation.",
                self.architecture,
                session.dataset.name(),
                self.train_size,
                self.seeds.len(),
                self.test_size,
                recipe.optimizer,
                rate(&recipe),
                match recipe.initialization {
                    Initialization::He => "He",
                    Initialization::Lecun => "LeCun",
                },
                recipe.stopping.max_epochs,
            ),
            "For claim C6 the networks with true and with random labels are trained again, with \
             nothing else changed, for a fixed number of updates. Their weights are the same as \
             above until those stop."
                .to_owned(),
            "Treatments change the training data only; the test images of shuffled pixels have \
             the same permutation. With probability p a label is replaced by a uniformly random \
             class, possibly the true one. The labels that p corrupts are among those that a \
             larger p corrupts. Initial weights and the order of the batches are the same for all \
             treatments of a seed, so comparisons within a seed are paired."
                .to_owned(),
            "Intervals are 95 % Student t intervals over seeds; ratios of steps are geometric \
             means of ratios within a seed. An image counts as misclassified when the logit of \
             its label is not strictly the largest."
                .to_owned(),
        ];
        method.extend(self.convolutional.iter().map(|network| {
            format!(
                "The order of Figure 1a is asked of a convolutional network, which knows which \
                 pixels are neighbours: {} on {} images, {}, on the treatments of that figure. \
                 Seeds, batches, initialization and target are those above. A treatment is \
                 harder than another where the whole interval of the ratio of their steps, taken \
                 within seeds, lies above 1.",
                network.architecture,
                network.train_size,
                rate(&network.recipe),
            )
        }));
        method
    }

    /// Beside the number of images.
    pub fn smaller(&self, session: &Session) -> Option<String> {
        let rate = format!(
            ", and a constant learning rate of {}, chosen on pilot seeds 901 to 903 for speed to \
             the target only, instead of 0.01 times 0.95 per epoch (391 steps there, {} here)",
            self.recipe.learning_rate,
            self.updates_per_epoch(),
        );
        session.smaller(self.train_size, &rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pilot_has_seeds_of_its_own() {
        let settings = Settings {
            architecture: Zoo::Mlp1x64,
            train_size: 129,
            test_size: 1,
            recipe: small_set_recipe(),
            seeds: vec![900, 901, 903],
            convolutional: Err(String::new()),
            level_steps: 2,
        };
        assert_eq!(settings.pilot_seeds(), [902, 904, 905]);
        assert_eq!(settings.updates_per_epoch(), 2);
    }
}
