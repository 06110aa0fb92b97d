//! A network with the examples it is measured on.

use std::borrow::Cow;

use faer::Mat;
use rayon::prelude::*;

use super::chain;
use crate::dataset::Split;
use crate::linalg::{Real, dot};
use crate::measure::drawn::Drawn;
use crate::measure::{MeasureError, Subject};
use crate::network::chain::Chain;
use crate::network::chain::{cross_entropy, loss_delta, probabilities};

/// Columns per matrix product: enough for its speed, few for the memory.
const BATCH: usize = 512;

/// Batches whose gradients are held at once: enough for a few cores, and the same for
/// any number of them, so that sums are.
const AT_ONCE: usize = 4;

/// The seed of the draw of examples, the same for every network: networks are
/// compared on the same examples.
const SEED: u64 = 0;

/// A chain network in f64 and the training examples it is measured on.
pub struct Model<'a> {
    /// The network.
    pub network: Chain<f64>,
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
    /// `None` if the subject is no chain or has no inputs.
    ///
    /// # Errors
    /// Inputs of another size than the first layer's, or a label that is no class.
    pub fn of(subject: &'a Subject, limit: usize) -> Result<Option<Self>, MeasureError> {
        let (true, Some(inputs)) = (subject.is_chain(), subject.inputs()) else {
            return Ok(None);
        };
        let network = chain(subject.layers());
        let expected = network.spans().first().map_or(0, |span| span.inputs);
        if inputs.features() != expected {
            return Err(MeasureError::InputSize {
                features: inputs.features(),
                expected,
            });
        }
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
            network: chain(subject.initial()?),
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

    /// All examples, one per column.
    pub fn all(&self) -> Mat<f64> {
        columns(self.examples.pixels(), self.examples.features())
    }

    /// The examples in batches, one example per column, with their labels.
    pub fn batches(&self) -> impl Iterator<Item = (Mat<f64>, &[u32])> {
        batches(&self.examples)
    }

    /// The examples drawn.
    pub fn examples(&self) -> &Split {
        &self.examples
    }

    /// A function of every batch, several batches at once, in their order.
    pub fn map_batches<T: Send>(&self, f: impl Fn(Mat<f64>, &[u32]) -> T + Sync) -> Vec<T> {
        map_batches(self.examples.pixels(), self.examples.labels(), f)
    }

    /// The gradient of the mean cross-entropy, and the squared norms of the examples'
    /// own gradients.
    pub fn gradient(&self, network: &Chain<f64>) -> Gradient {
        let (features, scale) = (self.examples.features(), 1.0 / self.len() as f64);
        let of_batch = |inputs: Mat<f64>, labels: &[u32]| {
            let mut mean = vec![0.0; network.parameters().len()];
            let pass = network.forward(inputs);
            let losses = cross_entropy(&pass.logits, labels);
            let delta = loss_delta(&probabilities(&pass.logits), labels);
            let deltas = network.backward(&pass, delta);
            network.add_gradient(&mut mean, scale, &pass.inputs, &deltas);
            let layers = network.squared_gradients(&pass, &deltas);
            let square = |i: usize| layers.iter().map(|squares| squares[i]).sum();
            Gradient {
                loss: scale * losses.iter().sum::<f64>(),
                mean,
                squares: (0..labels.len()).map(square).collect(),
            }
        };
        // Only some batches at once: a gradient is as large as the network.
        let pixels = self.examples.pixels().chunks(AT_ONCE * BATCH * features);
        let some = pixels.zip(self.examples.labels().chunks(AT_ONCE * BATCH));
        let mut parts = some.flat_map(|(pixels, labels)| map_batches(pixels, labels, of_batch));
        let mut sum = parts.next().unwrap_or_default();
        for part in parts {
            sum.loss += part.loss;
            sum.mean
                .iter_mut()
                .zip(&part.mean)
                .for_each(|(sum, g)| *sum += g);
            sum.squares.extend(part.squares);
        }
        sum
    }

    /// ⟨∇_w ℓ_i, v⟩ of every example.
    pub fn slopes(&self, v: &[f64]) -> Vec<f64> {
        let slopes = self.map_batches(|inputs, labels| {
            let pass = self.network.forward(inputs);
            let along = self.network.directional(&pass, v).logits;
            let delta = loss_delta(&probabilities(&pass.logits), labels);
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
    /// ‖g_i‖² of every example.
    pub squares: Vec<f64>,
}

/// A function of every batch of row-major images, in their order.
fn map_batches<T: Send>(
    pixels: &[f32],
    labels: &[u32],
    f: impl Fn(Mat<f64>, &[u32]) -> T + Sync,
) -> Vec<T> {
    let features = pixels.len() / labels.len();
    let images = pixels.par_chunks(BATCH * features);
    let batches = images.zip(labels.par_chunks(BATCH));
    batches
        .map(|(images, labels)| f(columns(images, features), labels))
        .collect()
}

/// Examples in batches, one per column.
pub fn batches<T: Real>(examples: &Split) -> impl Iterator<Item = (Mat<T>, &[u32])> {
    let features = examples.features();
    let pixels = examples.pixels().chunks(BATCH * features);
    let batch = move |(pixels, labels)| (columns(pixels, features), labels);
    pixels.zip(examples.labels().chunks(BATCH)).map(batch)
}

/// Row-major images as columns.
fn columns<T: Real>(pixels: &[f32], features: usize) -> Mat<T> {
    let pixel = |j, i| T::from_f64(f64::from(pixels[i * features + j]));
    Mat::from_fn(features, pixels.len() / features, pixel)
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
