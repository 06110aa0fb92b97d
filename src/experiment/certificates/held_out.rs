//! A network trained on a part of the examples, and the limit of its risk by the rest.

use serde::{Deserialize, Serialize};

use super::trained::{Trained, parts};
use crate::dataset::Preprocessing;
use crate::experiment::stability::draw;
use crate::experiment::{Context, Experiment, ExperimentError};
use crate::network::Architecture;
use crate::store::{Holds, Kind};
use crate::training::Recipe;
use crate::treatment::Treatment;

/// What is trained, and on how many examples its errors are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutBound {
    /// Checksum of the dataset.
    pub checksum: String,
    /// What the images are labelled with.
    pub labels: Treatment,
    /// Images, those that are held out among them.
    pub examples: usize,
    /// Images on which errors are counted.
    pub held_out: usize,
    /// Test images, with their true labels.
    pub test: usize,
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
    /// With what probability the limit may be wrong.
    pub level: f64,
    /// Seed of the images, of the labels and of everything drawn.
    pub seed: u64,
}

/// The limit, and the errors it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutLimit {
    /// Upper limit of the risk, by Clopper and Pearson.
    pub risk: f64,
    /// Errors on the images that were held out.
    pub errors: u64,
    /// Share of the test images, with their true labels, on which the network errs.
    pub test: f64,
    /// The same of the training images, with the labels it was trained on.
    pub train: f64,
}

impl Experiment for HeldOutBound {
    const KIND: Kind = Kind {
        name: "held-out-bound",
        holds: Holds::Numbers,
    };
    type Output = HeldOutLimit;

    fn run(&self, context: &mut Context<'_>) -> Result<HeldOutLimit, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        let Self {
            examples,
            held_out,
            preprocessing,
            ..
        } = *self;
        let all = draw(dataset, self.labels, examples, self.seed, preprocessing)?;
        let (seen, unseen) = parts(&all, examples.saturating_sub(held_out))?;
        let how = (&self.architecture, &self.recipe);
        let trained = Trained::on(how, dataset.classes(), (&seen, &unseen), self.seed)?;
        let test = preprocessing.apply(dataset.test().subset(self.test, 0)?);
        Ok(HeldOutLimit {
            risk: trained.limit(self.level),
            errors: trained.errors,
            test: trained.error(&test)?,
            train: trained.train,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};
    use crate::training::{Stopping, Target};

    #[test]
    fn pins() {
        let spec = HeldOutBound {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::RandomLabels,
            examples: 60,
            held_out: 20,
            test: 40,
            architecture: Architecture::Zoo(crate::network::Zoo::Mlp1x16),
            recipe: Recipe {
                stopping: Stopping {
                    target: Target::Epochs,
                    max_epochs: 3,
                },
                ..Recipe::default()
            },
            preprocessing: Preprocessing::UnitInterval,
            level: 0.035,
            seed: 1,
        };
        pin("held-out-bound", &spec);
    }
}
