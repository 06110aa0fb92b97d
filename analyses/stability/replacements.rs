//! Trainings with one example replaced.

use anyhow::Context;
use rand::Rng;
use rethink::dataset::{Dataset, Preprocessing, Split};
use rethink::network::Architecture;
use rethink::random::stream;
use rethink::solution::Outputs;
use rethink::stability::bounds::SoftmaxRegression;
use rethink::stability::{Change, Loss, Replaced, Trajectory, largest_gradient, train};
use rethink::store::{Holds, Kind};
use rethink::training::{Recipe, Task};
use rethink::treatment::Treatment;
use serde::{Deserialize, Serialize};

use super::LABELINGS;
use super::draw::draw;
use super::settings::Settings;
use crate::session::Session;

/// Replacements in one record: what an interrupt can lose.
const CHUNK: usize = 10;

/// Examples whose gradient is looked at.
const GRADIENTS: usize = 100;

/// How pixels become inputs.
const PREPROCESSING: Preprocessing = Preprocessing::PerImageStandardization;

/// Who learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    Network,
    /// Softmax regression: convex.
    Linear,
}

/// The kind of the records of replacements.
const REPLACED: Kind = Kind {
    name: "stability-replaced",
    holds: Holds::Numbers,
};

/// The kind of the records of other seeds.
const RESEEDED: Kind = Kind {
    name: "stability-reseeded",
    holds: Holds::Numbers,
};

/// What a measurement is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ReplacementSpec {
    checksum: String,
    labels: Treatment,
    train: usize,
    compared: usize,
    preprocessing: Preprocessing,
    architecture: Architecture,
    recipe: Recipe,
    /// The most training examples whose gradient is looked at, the first ones.
    gradients: usize,
    seed: u64,
    /// The replacements measured: from this one
    first: usize,
    /// so many.
    count: usize,
}

/// The training without a replacement. Losses in the order of [`Loss::ALL`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Base {
    pub steps: Vec<usize>,
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
    pub changes: [Change; 3],
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

/// One seed of one learner and labeling.
#[derive(Debug, Clone)]
pub struct Seed {
    pub base: Base,
    pub replaced: Vec<One>,
    /// For networks only.
    pub reseeded: Vec<Reseeded>,
}

/// One learner and labeling, per seed.
pub type Measured = Vec<Seed>;

/// Trains what is missing, for every labeling.
pub fn measure(
    session: &Session,
    settings: &Settings,
    learner: Learner,
) -> anyhow::Result<[Measured; 2]> {
    let (architecture, recipe) = settings.learner(learner);
    let spec = |labels, seed, first, count| ReplacementSpec {
        checksum: session.dataset.checksum().to_owned(),
        labels,
        train: settings.train,
        compared: settings.compared,
        preprocessing: PREPROCESSING,
        architecture,
        recipe,
        gradients: GRADIENTS,
        seed,
        first,
        count,
    };
    let groups: Vec<(Treatment, u64)> = (LABELINGS.into_iter())
        .flat_map(|labels| settings.seeds.iter().map(move |&seed| (labels, seed)))
        .collect();
    let firsts = || (0..settings.replacements).step_by(CHUNK);
    let chunks: Vec<ReplacementSpec> = (groups.iter())
        .flat_map(|&(labels, seed)| {
            firsts().map(move |first| {
                let count = CHUNK.min(settings.replacements - first);
                spec(labels, seed, first, count)
            })
        })
        .collect();
    let replaced = session.parallel(&chunks, |spec| {
        session.record(REPLACED, spec, || replaced(&session.dataset, spec))
    })?;
    let reseeded = match learner {
        Learner::Linear => vec![Vec::new(); groups.len()],
        Learner::Network => session.parallel(&groups, |&(labels, seed)| {
            let spec = spec(labels, seed, 0, settings.reseeded);
            session.record(RESEEDED, &spec, || reseeded(&session.dataset, &spec))
        })?,
    };
    let mut seeds = (replaced.chunks(firsts().count()))
        .zip(reseeded)
        .map(|(chunks, reseeded)| Seed {
            base: chunks[0].0.clone(),
            replaced: chunks.iter().flat_map(|chunk| chunk.1.clone()).collect(),
            reseeded,
        });
    let of_true = seeds.by_ref().take(settings.seeds.len()).collect();
    Ok([of_true, seeds.collect()])
}

/// L and β of softmax regression over all images of all seeds: those trained on,
/// those compared on and the replacements. Labels do not matter.
pub fn softmax_regression(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<SoftmaxRegression> {
    let size = settings.train + settings.compared + settings.replacements;
    let of_seed = |&seed: &u64| {
        let labels = Treatment::TrueLabels;
        let images = draw(&session.dataset, labels, size, seed, PREPROCESSING)?;
        Ok(SoftmaxRegression::of(&images))
    };
    let constants = session.parallel(&settings.seeds, of_seed)?;
    let all = constants.into_iter().reduce(SoftmaxRegression::and);
    all.context("no seeds")
}

/// The images of a spec: n to train on, then those to compare on, then the
/// replacements.
struct World<'a> {
    spec: &'a ReplacementSpec,
    classes: usize,
    images: Split,
}

impl<'a> World<'a> {
    fn of(dataset: &Dataset, spec: &'a ReplacementSpec) -> anyhow::Result<Self> {
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
    fn train(&self, which: Option<usize>, seed: u64) -> anyhow::Result<Trajectory> {
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
            architecture: spec.architecture,
            recipe: &spec.recipe,
            classes: self.classes,
            train: &self.images.gather(&rows),
            // Looked at after every epoch, and not used.
            test: &self.images.gather(&[0]),
            seed,
        };
        Ok(train(&task, &self.images.gather(&evaluated))?)
    }

    /// Means over images that no training has seen; the largest over all.
    fn changes(&self, f: &Trajectory, g: &Trajectory) -> anyhow::Result<[Change; 3]> {
        let unseen = |outputs: &Outputs| Outputs {
            classes: outputs.classes,
            logits: outputs.logits[..self.spec.compared * outputs.classes].to_vec(),
            labels: outputs.labels[..self.spec.compared].to_vec(),
        };
        let (f_unseen, g_unseen) = (unseen(&f.outputs), unseen(&g.outputs));
        let change = |loss| -> anyhow::Result<Change> {
            Ok(Change {
                largest: Change::between(&f.outputs, &g.outputs, loss)?.largest,
                ..Change::between(&f_unseen, &g_unseen, loss)?
            })
        };
        let [a, b, c] = Loss::ALL.map(change);
        Ok([a?, b?, c?])
    }

    /// See [`Base::gradient`].
    fn gradient(&self, base: &Trajectory) -> anyhow::Result<Option<f64>> {
        if self.spec.architecture == Architecture::Linear {
            return Ok(None);
        }
        let some: Vec<usize> = (0..self.spec.train.min(self.spec.gradients)).collect();
        let examples = self.images.gather(&some);
        let initial = &base.solution.initial;
        let found = largest_gradient(self.spec.architecture, initial, &examples, self.classes)?;
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

fn replaced(dataset: &Dataset, spec: &ReplacementSpec) -> anyhow::Result<(Base, Vec<One>)> {
    let world = World::of(dataset, spec)?;
    let base = world.train(None, spec.seed)?;
    let replaced = (0..spec.count)
        .map(|k| {
            let other = world.train(Some(spec.first + k), spec.seed)?;
            Ok(One {
                distances: base.distances(&other),
                changes: world.changes(&base, &other)?,
                at_itself: world.at_itself(&base, &other, k),
            })
        })
        .collect::<anyhow::Result<Vec<One>>>()?;
    let mean = |outputs: &Outputs, n: usize| {
        Loss::ALL.map(|loss| (0..n).map(|i| loss_at(outputs, i, loss)).sum::<f64>() / n as f64)
    };
    Ok((
        Base {
            travelled: base.travelled(),
            on_train: mean(&base.solution.train, spec.train),
            on_compared: mean(&base.outputs, spec.compared),
            gradient: world.gradient(&base)?,
            steps: base.steps,
        },
        replaced,
    ))
}

fn reseeded(dataset: &Dataset, spec: &ReplacementSpec) -> anyhow::Result<Vec<Reseeded>> {
    let world = World::of(dataset, spec)?;
    let base = world.train(None, spec.seed)?;
    let trained = |k| {
        let seed = stream(spec.seed, &format!("stability: other seed {k}")).next_u64();
        let same = world.train(None, seed)?;
        let replaced = world.train(Some(spec.first + k), seed)?;
        Ok(Reseeded {
            same: world.changes(&base, &same)?,
            replaced: world.changes(&base, &replaced)?,
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
    use rethink::network::Optimizer;
    use rethink::training::{Batch, Stopping, Target};

    use crate::pins::{dataset, pin_output as pin};

    fn spec() -> ReplacementSpec {
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
        ReplacementSpec {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::RandomLabels,
            train: 8,
            compared: 10,
            preprocessing: PREPROCESSING,
            architecture: Architecture::Mlp1x16,
            recipe,
            gradients: GRADIENTS,
            seed: 1,
            first: 1,
            count: 2,
        }
    }

    #[test]
    fn pins_replacements() {
        let output = replaced(dataset(), &spec()).unwrap();
        pin("stability-replaced", REPLACED, &spec(), &output);
    }

    #[test]
    fn pins_other_seeds() {
        let output = reseeded(dataset(), &spec()).unwrap();
        pin("stability-reseeded", RESEEDED, &spec(), &output);
    }
}
