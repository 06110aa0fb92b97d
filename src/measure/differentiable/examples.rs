//! A network with the examples it is measured on.

use std::borrow::Cow;

use rayon::prelude::*;
use rethink_layers::Element;

use super::loss::{cross_entropy, loss_delta, probabilities};
use crate::dataset::Split;
use crate::linalg::{Real, dot};
use crate::measure::drawn::Drawn;
use crate::measure::{MeasureError, Network, Subject};

/// Batches whose gradients are held at once: enough for a few cores, and the same for
/// any number of them, so that sums are.
const AT_ONCE: usize = 4;

/// The seed of the draw of examples, the same for every network: networks are
/// compared on the same examples.
const SEED: u64 = 0;

/// A network in f64 and the training examples it is measured on.
pub struct Model<'a> {
    /// The network.
    pub network: Network<f64>,
    /// The examples drawn.
    examples: Cow<'a, Split>,
    /// Examples there are.
    of: usize,
}

impl<'a> Model<'a> {
    /// The trained network with all its training inputs, or with as many as the
    /// subject says.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn drawn(subject: &'a Subject) -> Result<Option<Self>, MeasureError> {
        Self::of(subject, subject.examples().unwrap_or(usize::MAX))
    }

    /// The trained network with its training inputs; if there are more than
    /// `limit`, with that many of them, drawn without replacement by a fixed seed.
    /// `None` if the wiring of the subject's layers is not known, or it has no inputs.
    ///
    /// # Errors
    /// Inputs of another size than the network's, or a label that is no class.
    pub fn of(subject: &'a Subject, limit: usize) -> Result<Option<Self>, MeasureError> {
        let (Ok(network), Some(inputs)) = (subject.network::<f64>(), subject.inputs()) else {
            return Ok(None);
        };
        check_size(&network, inputs)?;
        let classes = network.classes();
        let wrong = |&(_, &label): &(usize, &u32)| label as usize >= classes;
        if let Some((sample, &label)) = inputs.labels().iter().enumerate().find(wrong) {
            return Err(MeasureError::Label {
                sample,
                label,
                classes,
            });
        }
        let examples = match inputs.subset_indices(limit.min(inputs.len()), SEED) {
            Ok(indices) if indices.len() < inputs.len() => Cow::Owned(inputs.gather(&indices)),
            _ => Cow::Borrowed(inputs),
        };
        Ok(Some(Self {
            network,
            examples,
            of: inputs.len(),
        }))
    }

    /// The same examples with the network at initialization, if it is known.
    pub fn initial(&self, subject: &Subject) -> Option<Self> {
        Some(Self {
            network: subject.initial_network()?,
            examples: self.examples.clone(),
            of: self.of,
        })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// How many examples are used, of how many.
    pub fn used(&self) -> Drawn {
        Drawn {
            used: self.len(),
            of: self.of,
        }
    }

    /// All examples, row-major.
    pub fn all(&self) -> Vec<f64> {
        numbers(self.examples.pixels())
    }

    /// The examples in batches, row-major, with their labels.
    pub fn batches(&self) -> impl Iterator<Item = (Vec<f64>, &[u32])> {
        batches(&self.network, &self.examples)
    }

    /// The examples drawn.
    pub fn examples(&self) -> &Split {
        &self.examples
    }

    /// A function of every batch, several batches at once, in their order.
    pub fn map_batches<T: Send>(&self, f: impl Fn(Vec<f64>, &[u32]) -> T + Sync) -> Vec<T> {
        let (pixels, labels) = (self.examples.pixels(), self.examples.labels());
        map_batches(pixels, labels, self.network.batch(), f)
    }

    /// The gradient of the mean cross-entropy of a network of these layers.
    pub fn gradient(&self, network: &Network<f64>) -> Gradient {
        let (batch, features) = (network.batch(), self.examples.features());
        let scale = 1.0 / self.len() as f64;
        let of_batch = |inputs: Vec<f64>, labels: &[u32]| {
            let pass = network.forward(&inputs);
            let logits = network.logits(&pass);
            let losses = cross_entropy(&logits, labels);
            let delta = loss_delta(&probabilities(&logits), labels) * faer::Scale(scale);
            Gradient {
                loss: scale * losses.iter().sum::<f64>(),
                mean: network.gradient(&pass, &delta),
            }
        };
        // Only some batches at once: a gradient is as large as the network.
        let pixels = self.examples.pixels().chunks(AT_ONCE * batch * features);
        let some = pixels.zip(self.examples.labels().chunks(AT_ONCE * batch));
        let mut parts =
            some.flat_map(|(pixels, labels)| map_batches(pixels, labels, batch, of_batch));
        let mut sum = parts.next().unwrap_or_default();
        for part in parts {
            sum.loss += part.loss;
            let both = sum.mean.iter_mut().zip(&part.mean);
            both.for_each(|(sum, g)| *sum += g);
        }
        sum
    }

    /// The squared norms of the examples' own gradients.
    pub fn squared_gradients(&self) -> Vec<f64> {
        let network = &self.network;
        let squares = self.map_batches(|inputs, labels| {
            let pass = network.forward(&inputs);
            let delta = loss_delta(&probabilities(&network.logits(&pass)), labels);
            let gradients = network.backward(&pass, &delta);
            let layers = network.squared_gradients(&pass, &gradients);
            let square = |i: usize| layers.iter().map(|squares| squares[i]).sum();
            (0..labels.len()).map(square).collect::<Vec<f64>>()
        });
        squares.concat()
    }

    /// ⟨∇_w ℓ_i, v⟩ of every example.
    pub fn slopes(&self, v: &[f64]) -> Vec<f64> {
        let slopes = self.map_batches(|inputs, labels| {
            let pass = self.network.forward(&inputs);
            let along = self.network.directional(&pass, v);
            let delta = loss_delta(&probabilities(&self.network.logits(&pass)), labels);
            let slope = |i: usize| dot(delta.col_as_slice(i), along.col_as_slice(i));
            (0..labels.len()).map(slope).collect::<Vec<f64>>()
        });
        slopes.concat()
    }
}

/// The mean loss and its gradient.
#[derive(Debug, Default)]
pub struct Gradient {
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// ḡ: its gradient by all parameters.
    pub mean: Vec<f64>,
}

/// A function of every batch of row-major images, in their order.
fn map_batches<T: Send>(
    pixels: &[f32],
    labels: &[u32],
    batch: usize,
    f: impl Fn(Vec<f64>, &[u32]) -> T + Sync,
) -> Vec<T> {
    let images = pixels.par_chunks(batch * pixels.len() / labels.len());
    let batches = images.zip(labels.par_chunks(batch));
    batches
        .map(|(images, labels)| f(numbers(images), labels))
        .collect()
}

/// Examples in batches of a network, row-major.
pub fn batches<'a, T: Real + Element>(
    network: &Network<T>,
    examples: &'a Split,
) -> impl Iterator<Item = (Vec<T>, &'a [u32])> {
    let batch = network.batch();
    let pixels = examples.pixels().chunks(batch * examples.features());
    let labels = examples.labels().chunks(batch);
    pixels
        .zip(labels)
        .map(|(pixels, labels)| (numbers(pixels), labels))
}

/// Pixels in precision T.
fn numbers<T: Real>(pixels: &[f32]) -> Vec<T> {
    pixels.iter().map(|&x| T::from_f64(f64::from(x))).collect()
}

/// Refuses inputs of another size than the network's.
pub fn check_size<T: Real + Element>(
    network: &Network<T>,
    inputs: &Split,
) -> Result<(), MeasureError> {
    match (inputs.features(), network.features()) {
        (features, expected) if features != expected => {
            Err(MeasureError::InputSize { features, expected })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
impl Model<'_> {
    /// The same with examples of its own.
    pub fn owned(self) -> Model<'static> {
        Model {
            network: self.network,
            examples: Cow::Owned(self.examples.into_owned()),
            of: self.of,
        }
    }
}
