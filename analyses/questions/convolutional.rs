//! The convolutional network that questions train beside the fully connected one.

use rethink::experiment::run::RunSpec;
use rethink::network::{Architecture, Zoo};
use rethink::training::Recipe;
use rethink::treatment::Treatment;

use crate::cli::Budget;
use crate::questions::randomization::small_set_recipe;
use crate::session::Session;

/// Test images of these trainings, which are not what they are about.
const TEST: usize = 100;

/// A convolutional network and how it is trained.
#[derive(Debug, Clone)]
pub struct Convolutional {
    pub architecture: Zoo,
    pub train_size: usize,
    test_size: usize,
    pub recipe: Recipe,
}

impl Convolutional {
    /// That of the session's budget, no larger than its data; or why there is none.
    pub fn of(session: &Session) -> Result<Self, String> {
        let train = session.dataset.train().len();
        let (architecture, train_size, recipe) = match session.options.budget {
            Budget::Smoke => (Zoo::SmallConv, 100, small_set_recipe()),
            Budget::Quick => (Zoo::SmallConv, 1000, small_set_recipe()),
            Budget::Paper => (Zoo::InceptionBn, train, of_inception()),
        };
        Ok(Self {
            architecture: built_for(session, architecture)?,
            train_size: train_size.min(train),
            test_size: TEST.min(session.dataset.test().len()),
            recipe,
        })
    }

    /// One of its trainings.
    pub fn spec(&self, session: &Session, treatment: Treatment, seed: u64) -> RunSpec {
        let sizes = (self.train_size, self.test_size);
        session.spec(self.architecture, treatment, sizes, self.recipe, seed)
    }

    /// Name and size.
    pub fn subject(&self) -> String {
        format!("{}, n = {}", self.architecture, self.train_size)
    }
}

/// The paper's recipe for its Inception: ten times the learning rate of its other networks.
fn of_inception() -> Recipe {
    Recipe {
        learning_rate: 0.1,
        ..Recipe::default()
    }
}

/// The network, where it is built for images such as the session's; else what a reader is told.
pub fn built_for(session: &Session, network: Zoo) -> Result<Zoo, String> {
    let data = &session.dataset;
    match Architecture::from(network).check_data(data.shape(), data.classes()) {
        Ok(()) => Ok(network),
        Err(error) => Err(format!("No convolutional network is trained: {error}.")),
    }
}
