//! A network with its types erased: what training and evaluation hold.

use dfdx::losses::cross_entropy_with_logits_loss;
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};

use super::optimizer::{Optimizer, Stepper};
use super::typed::{Network, Plain};
use super::weights;
use crate::solution::Weight;

/// A network of the zoo, whatever its type.
///
/// A gradient step is [`accumulate_gradient`](Model::accumulate_gradient) on
/// one or more parts of a batch, then [`step`](Model::step). A model stays on
/// the thread that built it.
pub trait Model {
    /// Numbers in one input.
    fn features(&self) -> usize;

    /// Numbers in one output.
    fn classes(&self) -> usize;

    /// Number of weights and biases.
    fn parameter_count(&self) -> usize;

    /// A copy of every weight array, in the order of the layers.
    ///
    /// # Errors
    /// Out of memory.
    fn weights(&self) -> Result<Vec<Weight>, NetworkError>;

    /// Replaces every weight array.
    ///
    /// # Errors
    /// A name or a shape that is not the network's own; the network is then
    /// as it was.
    fn set_weights(&mut self, weights: &[Weight]) -> Result<(), NetworkError>;

    /// Logits, shape (samples, classes), of inputs, shape (samples, features).
    ///
    /// # Errors
    /// A number of inputs that is not a multiple of the features; out of
    /// memory.
    fn logits(&self, inputs: &[f32]) -> Result<Vec<f32>, NetworkError>;

    /// Starts an optimizer with fresh state.
    fn start(&mut self, optimizer: Optimizer);

    /// Adds the gradient of `weight` times the mean cross-entropy of a batch.
    ///
    /// Shapes: `inputs` (samples, features), `labels` (samples).
    ///
    /// # Errors
    /// Inputs and labels that do not fit each other or the network; out of
    /// memory.
    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError>;

    /// The gradient gathered so far, in the order and shapes of the weights; clears it.
    ///
    /// # Errors
    /// [`NetworkError::NotStarted`] before a gradient; out of memory.
    fn take_gradient(&mut self) -> Result<Vec<Weight>, NetworkError>;

    /// Moves the weights along the gradient gathered so far, and clears it.
    ///
    /// # Errors
    /// [`NetworkError::NotStarted`] before [`start`](Model::start) and a
    /// gradient.
    fn step(&mut self, learning_rate: f64) -> Result<(), NetworkError>;
}

/// What can go wrong inside a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The device failed.
    #[error(
        "the network's memory could not be had ({0}); use fewer --threads or a smaller network"
    )]
    Device(CpuError),
    /// Inputs that are no whole number of samples, or labels that do not fit.
    #[error("{numbers} numbers and {labels} labels do not make samples of {features} numbers each")]
    BatchShape {
        /// Numbers given.
        numbers: usize,
        /// Labels given.
        labels: usize,
        /// Numbers per sample.
        features: usize,
    },
    /// A label outside the network's classes.
    #[error("label {label} is outside the network's {classes} classes")]
    LabelOutOfRange {
        /// The label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A weight list of the wrong length.
    #[error("the network has {expected} weight arrays, the list has {found}")]
    WeightCount {
        /// Arrays of the network.
        expected: usize,
        /// Arrays given.
        found: usize,
    },
    /// A weight array of another name or shape.
    #[error("the network's array {expected} was given as {found}")]
    WeightMismatch {
        /// The network's own name and shape.
        expected: String,
        /// Name and shape given.
        found: String,
    },
    /// A step without an optimizer or without a gradient.
    #[error("a step needs a started optimizer and a gradient of every weight")]
    NotStarted,
}

impl From<CpuError> for NetworkError {
    fn from(error: CpuError) -> Self {
        NetworkError::Device(error)
    }
}

/// A typed network, its gradient and its optimizer.
pub struct TypedModel<N: Network> {
    device: Cpu,
    model: N::Model,
    gradients: Option<Gradients<f32, Cpu>>,
    stepper: Option<Stepper<N::Model>>,
}

impl<N: Network> TypedModel<N> {
    /// The network with all weights zero, behind the erased interface.
    pub fn boxed() -> Box<dyn Model> {
        let device = Cpu::seed_from_u64(0); // no random number is drawn from the device
        Box::new(Self {
            model: device.build_module::<N::Spec, f32>(),
            device,
            gradients: None,
            stepper: None,
        })
    }

    fn batch(&self, inputs: &[f32]) -> Result<Plain<N::Input>, NetworkError> {
        let samples = inputs.len() / N::FEATURES;
        if inputs.is_empty() || samples * N::FEATURES != inputs.len() {
            return Err(NetworkError::BatchShape {
                numbers: inputs.len(),
                labels: samples,
                features: N::FEATURES,
            });
        }
        Ok((self.device).try_tensor_from_vec(inputs.to_vec(), N::input(samples))?)
    }
}

impl<N: Network> Model for TypedModel<N> {
    fn features(&self) -> usize {
        N::FEATURES
    }

    fn classes(&self) -> usize {
        N::CLASSES
    }

    fn parameter_count(&self) -> usize {
        self.model.num_trainable_params()
    }

    fn weights(&self) -> Result<Vec<Weight>, NetworkError> {
        weights::read(&self.model)
    }

    fn set_weights(&mut self, weights: &[Weight]) -> Result<(), NetworkError> {
        weights::write(&mut self.model, weights)
    }

    fn logits(&self, inputs: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let logits = self.model.try_forward(self.batch(inputs)?)?;
        let mut values = vec![0.0; logits.shape().num_elements()];
        logits.copy_into(&mut values);
        Ok(values)
    }

    fn start(&mut self, optimizer: Optimizer) {
        self.stepper = Some(Stepper::new(&self.model, optimizer));
        self.gradients = None;
    }

    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError> {
        if inputs.len() != labels.len() * N::FEATURES {
            return Err(NetworkError::BatchShape {
                numbers: inputs.len(),
                labels: labels.len(),
                features: N::FEATURES,
            });
        }
        let targets = one_hot(labels, N::CLASSES)?;
        let targets = self
            .device
            .try_tensor_from_vec(targets, N::logits(labels.len()))?;
        let gradients = match self.gradients.take() {
            Some(gradients) => gradients,
            None => self.model.try_alloc_grads()?,
        };
        let inputs = self.batch(inputs)?.traced(gradients);
        let logits = self.model.try_forward_mut(inputs)?;
        let loss = cross_entropy_with_logits_loss(logits, targets) * weight;
        self.gradients = Some(loss.try_backward()?);
        Ok(())
    }

    fn take_gradient(&mut self) -> Result<Vec<Weight>, NetworkError> {
        let gradients = self.gradients.as_mut().ok_or(NetworkError::NotStarted)?;
        let gradient = weights::read_gradient(&self.model, gradients)?;
        self.model.try_zero_grads(gradients)?;
        Ok(gradient)
    }

    fn step(&mut self, learning_rate: f64) -> Result<(), NetworkError> {
        let (Some(stepper), Some(gradients)) = (&mut self.stepper, &mut self.gradients) else {
            return Err(NetworkError::NotStarted);
        };
        if !stepper.step(&mut self.model, gradients, learning_rate) {
            return Err(NetworkError::NotStarted);
        }
        self.model.try_zero_grads(gradients)?;
        Ok(())
    }
}

/// One-hot targets, shape (samples, classes).
fn one_hot(labels: &[u32], classes: usize) -> Result<Vec<f32>, NetworkError> {
    let mut targets = vec![0.0; labels.len() * classes];
    for (row, &label) in targets.chunks_exact_mut(classes).zip(labels) {
        *row.get_mut(label as usize)
            .ok_or(NetworkError::LabelOutOfRange { label, classes })? = 1.0;
    }
    Ok(targets)
}
