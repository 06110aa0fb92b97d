//! Networks trained on random shares of the examples, for the memorization scores of
//! Feldman and Zhang 2020.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::draw::draw;
use crate::dataset::{Dataset, Preprocessing};
use crate::network::Architecture;
use crate::random::seed_of;
use crate::stability::{Counts, Loss, subset, train};
use crate::store::{Holds, Kind};
use crate::training::{Recipe, Task, Tested};
use crate::treatment::Treatment;

/// How often each example is right, trained with it and without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memorization {
    /// Checksum of the dataset.
    pub checksum: String,
    /// What the images are labelled with.
    pub labels: Treatment,
    /// Training images.
    pub train: usize,
    /// Share of the examples that a network is trained on.
    pub share: f64,
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
    /// Number of the first network.
    pub first: usize,
    /// How many.
    pub count: usize,
}

impl Experiment for Memorization {
    const KIND: Kind = Kind {
        name: "memorization",
        holds: Holds::Numbers,
    };
    type Output = Counts;

    fn run(&self, context: &mut Context<'_>) -> Result<Counts, ExperimentError> {
        count(self, context.dataset(&self.checksum)?)
    }
}

fn count(spec: &Memorization, dataset: &Dataset) -> Result<Counts, ExperimentError> {
    let preprocessing = spec.preprocessing;
    let all = draw(dataset, spec.labels, spec.train, spec.seed, preprocessing)?;
    let mut counts = Counts::new(spec.train);
    for network in spec.first..spec.first + spec.count {
        let trained_on = subset(spec.train, spec.share, spec.seed, network);
        let seed = seed_of(
            spec.seed,
            &format!("memorization: seed of network {network}"),
        );
        let task = Task {
            architecture: &spec.architecture,
            recipe: &spec.recipe,
            classes: dataset.classes(),
            train: &all.gather(&trained_on),
            // Looked at once, and not used.
            test: &all.gather(&[0]),
            tested: Tested::AtTheEnd,
            held_out: None,
            shape: None,
            seed,
        };
        let found = train(&task, &all)?.outputs;
        let rows = found.logits.chunks(found.classes).zip(&found.labels);
        let right: Vec<bool> = rows
            .map(|(row, &label)| Loss::ZeroOne.of(row, label as usize) == 0.0)
            .collect();
        counts.add(&trained_on, &right);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zoo;
    use crate::training::{Stopping, Target};

    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let recipe = Recipe {
            learning_rate: 0.05,
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: 10,
            },
            ..Recipe::default()
        };
        let spec = Memorization {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::CorruptedLabels { probability: 0.2 },
            train: 12,
            share: 0.7,
            preprocessing: Preprocessing::PerImageStandardization,
            architecture: Zoo::Mlp1x16.into(),
            recipe,
            seed: 1,
            first: 1,
            count: 3,
        };
        pin("memorization", &spec);
    }
}
