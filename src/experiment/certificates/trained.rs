//! A network that a recipe trains on one part of the examples, with its errors on others.

use crate::certificate::{Gaussian, clopper_pearson};
use crate::dataset::Split;
use crate::experiment::ExperimentError;
use crate::measure::layers;
use crate::network::Architecture;
use crate::solution::{Outputs, Weight};
use crate::training::{Recipe, Task, Tested, TrainingError, fit, score};

/// The first `seen` examples, which a network is trained on, and the others, which its errors are
/// counted on.
pub fn parts(all: &Split, seen: usize) -> Result<(Split, Split), ExperimentError> {
    if seen == 0 || seen >= all.len() {
        return Err(ExperimentError::HeldOut {
            share: 1.0 - seen as f64 / all.len() as f64,
            images: all.len(),
        });
    }
    let places: Vec<usize> = (0..all.len()).collect();
    let (seen, unseen) = places.split_at(seen);
    Ok((all.gather(seen), all.gather(unseen)))
}

/// The network, and what is known of it.
pub struct Trained<'a> {
    architecture: &'a Architecture,
    classes: usize,
    weights: Vec<Weight>,
    /// Errors on the examples that it has not seen.
    pub errors: u64,
    /// How many of them there are.
    pub counted: u64,
    /// Share of the examples that it was trained on that it errs on.
    pub train: f64,
}

impl<'a> Trained<'a> {
    /// Trains on `seen` and counts errors on `unseen`.
    pub fn on(
        (architecture, recipe): (&'a Architecture, &Recipe),
        classes: usize,
        (seen, unseen): (&Split, &Split),
        seed: u64,
    ) -> Result<Self, ExperimentError> {
        let task = Task {
            architecture,
            recipe,
            classes,
            train: seen,
            test: unseen,
            tested: Tested::AtTheEnd,
            held_out: None,
            shape: None,
            seed,
        };
        let found = fit(&task, &mut |_| {})?;
        let counted = unseen.len() as u64;
        Ok(Self {
            architecture,
            classes,
            weights: found.trained,
            errors: errors(&found.test),
            counted,
            train: score(&found.train).error,
        })
    }

    /// The upper limit of its risk by the examples that it has not seen, at probability 1 − level.
    pub fn limit(&self, level: f64) -> f64 {
        clopper_pearson(self.errors, self.counted, level)
    }

    /// Share of other examples that it errs on.
    pub fn error(&self, examples: &Split) -> Result<f64, ExperimentError> {
        let mut model = self
            .architecture
            .build(examples.features(), self.classes)
            .map_err(TrainingError::from)?;
        model
            .set_weights(&self.weights)
            .map_err(TrainingError::from)?;
        let outputs = Outputs {
            classes: self.classes,
            logits: model
                .logits(examples.pixels())
                .map_err(TrainingError::from)?,
            labels: examples.labels().to_vec(),
        };
        Ok(score(&outputs).error)
    }

    /// A Gaussian around its weights, every deviation 1.
    pub fn law(&self) -> Result<Gaussian, ExperimentError> {
        let layers = layers(&self.weights)?;
        let layers = layers.iter().map(crate::measure::Layer::with_noise);
        Ok(Gaussian::new(layers.collect())?)
    }
}

fn errors(outputs: &Outputs) -> u64 {
    (score(outputs).error * outputs.labels.len() as f64).round() as u64
}
