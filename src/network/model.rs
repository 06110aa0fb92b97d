//! A network with its types erased: what training and evaluation hold.

use std::sync::Arc;

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};

use super::Steps;
use super::graph::Layout;
use super::layers::{Drops, Masks, mean_cross_entropy};
use super::optimizer::Stepper;
use super::typed::{Network, Plain};
use super::weights;
use crate::dataset::Split;
use crate::solution::Weight;

/// Samples per backward pass; the gradient of a larger batch is summed over parts of it.
pub(crate) const PART: usize = 1024;

/// A network of the zoo, whatever its type.
///
/// Training is [`start`](Model::start), then [`train_batch`](Model::train_batch) for every batch.
/// Where the gradient itself is wanted a step is
/// [`accumulate_gradient`](Model::accumulate_gradient) on one or more parts of a batch, then
/// [`step`](Model::step). A model stays on the thread that built it.
pub trait Model {
    /// Numbers in one input.
    fn features(&self) -> usize;

    /// Numbers in one output.
    fn classes(&self) -> usize;

    /// Its layers with their wiring.
    fn layout(&self) -> &Arc<Layout>;

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
    ///
    /// # Errors
    /// Out of memory.
    fn start(&mut self, steps: Steps) -> Result<(), NetworkError>;

    /// All that further calls of [`train_batch`](Model::train_batch) depend on, as named arrays:
    /// the weights first, then what else the network and its optimizer carry from step to step.
    /// None before the first step, and where an optimizer keeps its state to itself.
    ///
    /// # Errors
    /// Out of memory.
    fn state(&self) -> Result<Option<Vec<Weight>>, NetworkError> {
        Ok(None)
    }

    /// Puts a network whose optimizer was just started into the [`state`](Model::state) of another
    /// one like it after so many steps: both go on with the same bits.
    ///
    /// # Errors
    /// Arrays of other names or shapes, or a network that has no such state; it is then as it was.
    fn restore(&mut self, state: &[Weight], _step: u64) -> Result<(), NetworkError> {
        Err(NetworkError::WeightCount {
            expected: 0,
            found: state.len(),
        })
    }

    /// One step of the optimizer on the mean cross-entropy of the examples whose places are in
    /// `batch`.
    ///
    /// # Errors
    /// [`NetworkError::NotStarted`] before [`start`](Model::start); examples that do not fit the
    /// network; out of memory.
    fn train_batch(
        &mut self,
        train: &Split,
        batch: &[usize],
        learning_rate: f64,
    ) -> Result<(), NetworkError> {
        self.accumulate_batch(train, batch)?;
        self.step(learning_rate)
    }

    /// Adds the gradient of the mean cross-entropy of the examples whose places are in `batch`.
    ///
    /// # Errors
    /// As [`accumulate_gradient`](Model::accumulate_gradient).
    fn accumulate_batch(&mut self, train: &Split, batch: &[usize]) -> Result<(), NetworkError> {
        for part in batch.chunks(PART) {
            let shown = train.gather(part);
            let weight = part.len() as f32 / batch.len() as f32;
            self.accumulate_gradient(shown.pixels(), shown.labels(), weight)?;
        }
        Ok(())
    }

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
    /// gradient, or where [`train_batch`](Model::train_batch) has the state of the optimizer.
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
    /// Dropout without a layer whose units could be dropped.
    #[error(
        "the network has no hidden dense layer, so no unit can be dropped; leave --dropout out"
    )]
    NoUnits,
    /// Dropout where steps are taken on a gradient that was gathered without it.
    #[error("dropout of a network given by its widths needs --optimizer sgd; leave --dropout out")]
    NoDropout,
    /// Dropout on the tape where the layers on the tape have none.
    #[error(
        "--dropout {0} of a network given by its widths is not done on dfdx's tape; leave --tape \
         or --dropout out"
    )]
    NoDropoutOnTape(f64),
    /// A step without an optimizer or without a gradient.
    #[error("a step needs a started optimizer and a gradient of every weight")]
    NotStarted,
}

impl From<CpuError> for NetworkError {
    fn from(error: CpuError) -> Self {
        NetworkError::Device(error)
    }
}

/// Refuses to drop units that are not there.
pub(super) fn check_dropout(layout: &Layout, steps: &Steps) -> Result<(), NetworkError> {
    match steps.dropout > 0.0 && !layout.nodes().iter().any(|node| node.dropout) {
        true => Err(NetworkError::NoUnits),
        false => Ok(()),
    }
}

/// Whether so many inputs and labels make samples of `features` numbers, one or more.
pub(super) fn check_shape(
    inputs: &[f32],
    labels: usize,
    features: usize,
) -> Result<(), NetworkError> {
    if labels == 0 || inputs.len() != labels * features {
        return Err(NetworkError::BatchShape {
            numbers: inputs.len(),
            labels,
            features,
        });
    }
    Ok(())
}

/// The first label that is no class.
pub(super) fn check_labels(
    mut labels: impl Iterator<Item = u32>,
    classes: usize,
) -> Result<(), NetworkError> {
    match labels.find(|&label| label as usize >= classes) {
        Some(label) => Err(NetworkError::LabelOutOfRange { label, classes }),
        None => Ok(()),
    }
}

/// A typed network, its gradient and its optimizer.
pub struct TypedModel<N: Network> {
    layout: Arc<Layout>,
    device: Cpu,
    model: N::Model,
    gradients: Option<Gradients<f32, Cpu>>,
    stepper: Option<Stepper<N::Model>>,
    /// Where units are dropped, and the number of the step.
    masks: Option<Masks>,
    step: u64,
}

impl<N: Network> TypedModel<N> {
    /// The network with all weights zero, behind the erased interface.
    pub fn boxed() -> Box<dyn Model> {
        let device = Cpu::seed_from_u64(0); // no random number is drawn from the device
        Box::new(Self {
            layout: Arc::new(N::layout()),
            model: device.build_module::<N::Spec, f32>(),
            device,
            gradients: None,
            stepper: None,
            masks: None,
            step: 0,
        })
    }

    fn batch(&self, inputs: &[f32]) -> Result<Plain<N::Input>, NetworkError> {
        let samples = inputs.len() / N::FEATURES;
        check_shape(inputs, samples, N::FEATURES)?;
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

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
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

    fn start(&mut self, steps: Steps) -> Result<(), NetworkError> {
        check_dropout(&self.layout, &steps)?;
        self.stepper = Some(Stepper::new(&self.model, &steps));
        self.gradients = None;
        self.masks = (steps.dropout > 0.0).then(|| Masks::new(steps.dropout, steps.seed));
        self.model.set_masks(self.masks.as_ref());
        self.step = 0;
        Ok(())
    }

    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError> {
        check_shape(inputs, labels.len(), N::FEATURES)?;
        check_labels(labels.iter().copied(), N::CLASSES)?;
        let gradients = match self.gradients.take() {
            Some(gradients) => gradients,
            None => self.model.try_alloc_grads()?,
        };
        let inputs = self.batch(inputs)?.traced(gradients);
        let logits = self.model.try_forward_mut(inputs)?;
        let loss = mean_cross_entropy(logits, labels, weight)?;
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
        self.step += 1;
        if let Some(masks) = &self.masks {
            masks.begin(self.step);
        }
        Ok(())
    }
}
