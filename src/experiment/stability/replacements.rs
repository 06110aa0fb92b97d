//! Trainings with one example replaced, and trainings from other seeds.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::draw::draw;
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::network::{Architecture, Zoo};
use crate::random::seed_of;
use crate::solution::Outputs;
use crate::stability::{Change, Loss, Replaced, Trajectory, largest_gradient, train};
use crate::store::{Holds, Kind};
use crate::training::{Recipe, Task, Tested};
use crate::treatment::Treatment;

/// Examples whose gradient is looked at.
pub const GRADIENTS: usize = 100;

/// How pixels become inputs.
pub const PREPROCESSING: Preprocessing = Preprocessing::PerImageStandardization;

/// Trainings with one example replaced, beside the training without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replacements {
    /// Checksum of the dataset.
    pub checksum: String,
    /// What the images are labelled with.
    pub labels: Treatment,
    /// Training images.
    pub train: usize,
    /// Images that no training sees, on which networks are compared.
    pub compared: usize,
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// The most training examples whose gradient is looked at, the first ones.
    pub gradients: usize,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
    /// The replacements measured: from this one
    pub first: usize,
    /// so many.
    pub count: usize,
}

/// The training without a replacement. Losses in the order of [`Loss::ALL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// Steps at which the weights were looked at.
    pub steps: Vec<usize>,
    /// Distance from the initial weights at those steps.
    pub travelled: Vec<f64>,
    /// Mean loss on the training images.
    pub on_train: [f64; 3],
    /// Mean loss on the images that no training sees.
    pub on_compared: [f64; 3],
    /// Of a network: largest gradient of a training example at the initial
    /// weights. L is at least this.
    pub gradient: Option<f64>,
}

/// One replacement. Losses in the order of [`Loss::ALL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct One {
    /// Between the weights, at the steps of [`Base`].
    pub distances: Vec<f64>,
    /// How the losses change on unseen images.
    pub changes: [Change; 3],
    /// How they change at the replaced example.
    pub at_itself: [Replaced; 3],
}

/// One training from another seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reseeded {
    /// On the same examples.
    pub same: [Change; 3],
    /// With one example replaced.
    pub replaced: [Change; 3],
}

/// The images of a spec: n to train on, then those to compare on, then the
/// replacements.
struct CoupledTrainings<'a> {
    spec: &'a Replacements,
    classes: usize,
    images: Split,
}

impl<'a> CoupledTrainings<'a> {
    fn of(dataset: &Dataset, spec: &'a Replacements) -> Result<Self, ExperimentError> {
        let size = spec.train + spec.compared + spec.first + spec.count;
        let images = draw(dataset, spec.labels, size, spec.seed, spec.preprocessing)?;
        Ok(Self {
            spec,
            classes: dataset.classes(),
            images,
        })
    }

    /// The image that takes the place of training image `which`. The order of
    /// the images is random, so the first to be replaced are a random choice.
    fn replacement(&self, which: usize) -> usize {
        self.spec.train + self.spec.compared + which
    }

    /// Trains on the training images, with image `which` replaced, and evaluates
    /// on the images to compare on, then on the spec's replacements, then on
    /// what they replace.
    fn train(&self, which: Option<usize>, seed: u64) -> Result<Trajectory, ExperimentError> {
        let spec = self.spec;
        let mut rows: Vec<usize> = (0..spec.train).collect();
        if let Some(which) = which {
            rows[which] = self.replacement(which);
        }
        let replaced = spec.first..spec.first + spec.count;
        let evaluated: Vec<usize> = (spec.train..spec.train + spec.compared)
            .chain(replaced.clone().map(|which| self.replacement(which)))
            .chain(replaced)
            .collect();
        let task = Task {
            architecture: &spec.architecture,
            recipe: &spec.recipe,
            classes: self.classes,
            train: &self.images.gather(&rows),
            // Looked at once, and not used.
            test: &self.images.gather(&[0]),
            tested: Tested::AtTheEnd,
            held_out: None,
            shape: None,
            seed,
        };
        Ok(train(&task, &self.images.gather(&evaluated))?)
    }

    /// Means over images that no training has seen; the largest over all.
    fn changes(&self, f: &Trajectory, g: &Trajectory) -> Result<[Change; 3], ExperimentError> {
        let unseen = |outputs: &Outputs| Outputs {
            classes: outputs.classes,
            logits: outputs.logits[..self.spec.compared * outputs.classes].to_vec(),
            labels: outputs.labels[..self.spec.compared].to_vec(),
        };
        let (f_unseen, g_unseen) = (unseen(&f.outputs), unseen(&g.outputs));
        let change = |loss| -> Result<Change, ExperimentError> {
            Ok(Change {
                largest: Change::between(&f.outputs, &g.outputs, loss)?.largest,
                ..Change::between(&f_unseen, &g_unseen, loss)?
            })
        };
        let [a, b, c] = Loss::ALL.map(change);
        Ok([a?, b?, c?])
    }

    /// See [`Base::gradient`].
    fn gradient(&self, base: &Trajectory) -> Result<Option<f64>, ExperimentError> {
        if self.spec.architecture == Architecture::Zoo(Zoo::Linear) {
            return Ok(None);
        }
        let some: Vec<usize> = (0..self.spec.train.min(self.spec.gradients)).collect();
        let examples = self.images.gather(&some);
        let initial = &base.solution.initial;
        let found = largest_gradient(&self.spec.architecture, initial, &examples, self.classes)?;
        Ok(Some(found))
    }

    /// What the `k`-th replacement of the spec does at itself.
    fn at_itself(&self, base: &Trajectory, other: &Trajectory, k: usize) -> [Replaced; 3] {
        let put_in = self.spec.compared + k;
        let taken_out = put_in + self.spec.count;
        Loss::ALL.map(|loss| {
            let at = |network: &Trajectory, row| loss_at(&network.outputs, row, loss);
            Replaced::new(
                (at(base, taken_out), at(other, taken_out)),
                (at(other, put_in), at(base, put_in)),
            )
        })
    }
}

impl Experiment for Replacements {
    const KIND: Kind = Kind {
        name: "stability-replaced",
        holds: Holds::Numbers,
    };
    type Output = (Base, Vec<One>);

    fn run(&self, context: &mut Context<'_>) -> Result<(Base, Vec<One>), ExperimentError> {
        replaced(self, context.dataset(&self.checksum)?)
    }
}

/// The same examples, trained on from other seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OtherSeeds(pub Replacements);

impl Experiment for OtherSeeds {
    const KIND: Kind = Kind {
        name: "stability-reseeded",
        holds: Holds::Numbers,
    };
    type Output = Vec<Reseeded>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Reseeded>, ExperimentError> {
        reseeded(&self.0, context.dataset(&self.0.checksum)?)
    }
}

fn replaced(spec: &Replacements, dataset: &Dataset) -> Result<(Base, Vec<One>), ExperimentError> {
    let coupled = CoupledTrainings::of(dataset, spec)?;
    let base = coupled.train(None, spec.seed)?;
    let replaced = (0..spec.count)
        .map(|k| {
            let other = coupled.train(Some(spec.first + k), spec.seed)?;
            Ok(One {
                distances: base.distances(&other),
                changes: coupled.changes(&base, &other)?,
                at_itself: coupled.at_itself(&base, &other, k),
            })
        })
        .collect::<Result<Vec<One>, ExperimentError>>()?;
    let mean = |outputs: &Outputs, n: usize| {
        Loss::ALL.map(|loss| (0..n).map(|i| loss_at(outputs, i, loss)).sum::<f64>() / n as f64)
    };
    Ok((
        Base {
            travelled: base.travelled(),
            on_train: mean(&base.solution.train, spec.train),
            on_compared: mean(&base.outputs, spec.compared),
            gradient: coupled.gradient(&base)?,
            steps: base.steps,
        },
        replaced,
    ))
}

fn reseeded(spec: &Replacements, dataset: &Dataset) -> Result<Vec<Reseeded>, ExperimentError> {
    let coupled = CoupledTrainings::of(dataset, spec)?;
    let base = coupled.train(None, spec.seed)?;
    let trained = |k| {
        let seed = seed_of(spec.seed, &format!("stability: other seed {k}"));
        let same = coupled.train(None, seed)?;
        let replaced = coupled.train(Some(spec.first + k), seed)?;
        Ok(Reseeded {
            same: coupled.changes(&base, &same)?,
            replaced: coupled.changes(&base, &replaced)?,
        })
    };
    (0..spec.count).map(trained).collect()
}

/// The loss of row `i` of the outputs.
fn loss_at(outputs: &Outputs, i: usize, loss: Loss) -> f64 {
    let row = &outputs.logits[i * outputs.classes..(i + 1) * outputs.classes];
    loss.of(row, outputs.labels[i] as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Optimizer;
    use crate::training::{Batch, Stopping, Target};

    use crate::experiment::tests::{dataset, pin};

    fn spec() -> Replacements {
        let recipe = Recipe {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Mini { size: 4 },
            learning_rate: 0.05,
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: 4,
            },
            ..Recipe::default()
        };
        Replacements {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::RandomLabels,
            train: 8,
            compared: 10,
            preprocessing: PREPROCESSING,
            architecture: Zoo::Mlp1x16.into(),
            recipe,
            gradients: GRADIENTS,
            seed: 1,
            first: 1,
            count: 2,
        }
    }

    #[test]
    fn pins_replacements() {
        pin("stability-replaced", &spec());
    }

    #[test]
    fn pins_other_seeds() {
        pin("stability-reseeded", &OtherSeeds(spec()));
    }
}
