//! How much of the question each budget asks.

use rethink::network::Zoo;
use rethink::training::Recipe;

use crate::cli::Budget;
use crate::questions::convolutional::Convolutional;
use crate::questions::randomization::{paper_rate_recipe, small_set_recipe};
use crate::session::Session;
use crate::show::list;

/// What is trained.
#[derive(Debug, Clone)]
pub struct Settings {
    pub architecture: Zoo,
    /// Training-set sizes, smallest first.
    pub sizes: Vec<usize>,
    pub test_size: usize,
    pub recipe: Recipe,
    pub seeds: Vec<u64>,
    /// The convolutional network, or why there is none.
    pub convolutional: Result<Convolutional, String>,
    /// Whether sharpness is measured too: many seconds per network.
    pub slow_measures: bool,
}

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    pub fn of(session: &Session) -> Self {
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let (architecture, sizes, test_size, seeds): (_, &[usize], _, _) =
            match session.options.budget {
                Budget::Smoke => (Zoo::Mlp1x64, &[100, 200], 500, 2),
                Budget::Quick => (Zoo::Mlp1x512, &[250, 500, 1000, 2000], 2000, 5),
                Budget::Paper => (
                    Zoo::Mlp1x512,
                    &[1000, 2000, 5000, 10_000, 20_000, 50_000],
                    test,
                    10,
                ),
            };
        let mut sizes: Vec<usize> = sizes.iter().map(|&size| size.min(train)).collect();
        sizes.dedup();
        let recipe = match session.options.budget {
            Budget::Paper => paper_rate_recipe(),
            Budget::Smoke | Budget::Quick => small_set_recipe(),
        };
        Self {
            architecture,
            sizes,
            test_size: test_size.min(test),
            recipe,
            seeds: session.options.seeds(seeds),
            convolutional: Convolutional::of(session),
            slow_measures: session.options.budget == Budget::Paper,
        }
    }

    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        let mut method = vec![
            format!(
                "{} on {}, {} seeds, n = {}. The two networks of a pair share the images, the \
                 initial weights, the order of the batches, the recipe ({}, batches of 128, \
                 constant learning rate {}) and the stopping rule: mean cross-entropy of the full \
                 training set at most 0.01 nats. Training sets of a seed are nested.",
                self.architecture,
                session.dataset.name(),
                self.seeds.len(),
                list(&self.sizes),
                self.recipe.optimizer,
                self.recipe.learning_rate,
            ),
            "Margin: the 10th percentile over the training set of the signed margins, logit of the \
             label minus the largest other logit. A network that misclassifies more than a tenth \
             has no positive margin and no normalized norm; the fraction misclassified is in the \
             table."
                .to_owned(),
            "Multiplying all weights of a network of d layers by c multiplies margin, path norm \
             and product of spectral norms by c to the power d, and Frobenius norm, (2,1) norm and \
             distances by c. So only path norm / margin and product / margin are scale-free; for \
             the others norm / margin^(1/d) is, which is shown as the scale-free form. Norms of \
             the whole network: root of the sum of squares over layers for Frobenius norm and \
             distance, as the definition cards state; biases are not counted."
                .to_owned(),
            "Ratios random / true: geometric mean over seeds of the ratio within a pair, with 95 % \
             Student t interval on the logarithm. AUC: the probability that a random-label network \
             has the larger value than a true-label network, with an interval that holds at any \
             number of seeds (Hoeffding); with five seeds its lower end cannot exceed 0.48 even if \
             the groups do not overlap. Growth exponents: slope of ln norm on ln n within each \
             seed, then a t interval over seeds."
                .to_owned(),
            "Random labels are other data. That they force a larger norm is necessary for the norm \
             to explain generalization, and not sufficient: it does not show that among solutions \
             of the same data the smaller one generalizes better, nor that SGD prefers it."
                .to_owned(),
        ];
        method.extend(self.convolutional.iter().map(|network| {
            format!(
                "The convolutional network {} is trained in the same pairs on {} images, at the \
                 learning rate {} times {} per epoch, and decides nothing. It stands beside the \
                 fully connected network on as many images, with the measures that need no \
                 training images.",
                network.architecture,
                network.train_size,
                network.recipe.learning_rate,
                network.recipe.decay,
            )
        }));
        method
    }
}
