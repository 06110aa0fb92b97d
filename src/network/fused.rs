//! A network that is trained without a tape.

use std::sync::Arc;

use crate::dataset::Split;
use crate::network::graph::{Graph, Layout, Trainer, set_arrays};
use crate::network::model::{Model, NetworkError, check_labels, check_shape};
use crate::network::weights::check;
use crate::network::{Optimizer, Steps};
use crate::solution::Weight;

/// Before the name of a weight array: its momentum.
const VELOCITY: &str = "velocity.";

/// A network that takes its training steps by stochastic gradient descent in a [`Trainer`], and
/// does all else as the model it is made of.
pub struct Fused {
    model: Box<dyn Model>,
    /// Those of SGD, until a step is taken on the gradient of the model.
    sgd: Option<Steps>,
    /// From the first fused step on; its weights are newer than those of the model.
    trainer: Option<Trainer>,
}

impl Fused {
    /// A model with steps without a tape.
    pub fn boxed(model: Box<dyn Model>) -> Box<dyn Model> {
        Box::new(Self {
            model,
            sgd: None,
            trainer: None,
        })
    }

    /// Gives the model the weights of the trainer.
    fn update_model(&mut self) -> Result<(), NetworkError> {
        if self.trainer.is_some() {
            let weights = self.weights()?;
            self.model.set_weights(&weights)?;
        }
        Ok(())
    }
}

/// The weights of a trainer, then its momentum if it has any.
fn state_of(trainer: &Trainer) -> Vec<Weight> {
    let mut state = trainer.weights();
    let velocity = trainer.velocity().unwrap_or_default();
    state.extend(velocity.into_iter().map(|v| Weight {
        name: format!("{VELOCITY}{}", v.name),
        ..v
    }));
    state
}

impl Model for Fused {
    fn features(&self) -> usize {
        self.model.features()
    }

    fn classes(&self) -> usize {
        self.model.classes()
    }

    fn layout(&self) -> &Arc<Layout> {
        self.model.layout()
    }

    fn parameter_count(&self) -> usize {
        self.model.parameter_count()
    }

    fn weights(&self) -> Result<Vec<Weight>, NetworkError> {
        match &self.trainer {
            Some(trainer) => Ok(trainer.weights()),
            None => self.model.weights(),
        }
    }

    fn set_weights(&mut self, weights: &[Weight]) -> Result<(), NetworkError> {
        self.model.set_weights(weights)?;
        if let Some(trainer) = &mut self.trainer {
            trainer.set_weights(weights);
        }
        Ok(())
    }

    fn logits(&self, inputs: &[f32]) -> Result<Vec<f32>, NetworkError> {
        if self.trainer.is_none() && self.sgd.is_none() {
            return self.model.logits(inputs);
        }
        let features = self.features();
        check_shape(inputs, inputs.len() / features, features)?;
        Ok(match &self.trainer {
            Some(trainer) => trainer.logits(inputs),
            // As after a step: the same bits as those of the model, sooner.
            None => {
                let mut graph = Graph::zeros(self.layout().clone());
                set_arrays(graph.layers_mut(), &self.model.weights()?);
                graph.logits(inputs)
            }
        })
    }

    fn start(&mut self, steps: Steps) -> Result<(), NetworkError> {
        self.update_model()?;
        self.trainer = None;
        self.sgd = (steps.optimizer != Optimizer::Adam && !steps.tape).then_some(steps);
        self.model.start(steps)
    }

    fn state(&self) -> Result<Option<Vec<Weight>>, NetworkError> {
        Ok(self.trainer.as_ref().map(state_of))
    }

    fn restore(&mut self, state: &[Weight], step: u64) -> Result<(), NetworkError> {
        let steps = self.sgd.ok_or(NetworkError::NotStarted)?;
        let weights = self.model.weights()?;
        let mut trainer = Trainer::new(self.layout().clone(), &weights, &steps);
        trainer.set_steps(step);
        check(&state_of(&trainer), state)?;
        let (weights, velocity) = state.split_at(weights.len());
        trainer.set_weights(weights);
        trainer.set_velocity(velocity);
        self.trainer = Some(trainer);
        Ok(())
    }

    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError> {
        self.update_model()?;
        self.model.accumulate_gradient(inputs, labels, weight)
    }

    fn take_gradient(&mut self) -> Result<Vec<Weight>, NetworkError> {
        self.model.take_gradient()
    }

    fn step(&mut self, learning_rate: f64) -> Result<(), NetworkError> {
        if self.trainer.is_some() {
            return Err(NetworkError::NotStarted);
        }
        self.sgd = None;
        self.model.step(learning_rate)
    }

    fn train_batch(
        &mut self,
        train: &Split,
        batch: &[usize],
        learning_rate: f64,
    ) -> Result<(), NetworkError> {
        let Some(steps) = self.sgd else {
            return self.model.train_batch(train, batch, learning_rate);
        };
        let features = self.features();
        if batch.is_empty() || train.features() != features {
            return Err(NetworkError::BatchShape {
                numbers: batch.len() * train.features(),
                labels: batch.len(),
                features,
            });
        }
        let labels = batch.iter().map(|&i| train.labels()[i]);
        check_labels(labels, self.classes())?;
        let trainer = match &mut self.trainer {
            Some(trainer) => trainer,
            None => {
                let weights = self.model.weights()?;
                let trainer = Trainer::new(self.layout().clone(), &weights, &steps);
                self.trainer.insert(trainer)
            }
        };
        trainer.step(train, batch, learning_rate);
        Ok(())
    }
}
