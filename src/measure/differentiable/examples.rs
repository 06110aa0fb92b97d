//! A network with the examples it is measured on.

use faer::Mat;

use super::loss::{cross_entropy, loss_delta, probabilities};
use super::network::Network;
use crate::dataset::Split;
use crate::kernel::Real;
use crate::measure::{MeasureError, Subject};

/// Columns per matrix product: enough for its speed, few for the memory.
const BATCH: usize = 512;

/// The seed of the draw of examples, the same for every network: networks are
/// compared on the same examples.
const SEED: u64 = 0;

/// A chain network in f64 and the training examples it is measured on.
pub struct Model {
    /// The network.
    pub network: Network<f64>,
    /// The examples drawn.
    examples: Split,
}

impl Model {
    /// The trained network with its training inputs; if there are more than
    /// `limit`, with that many of them, drawn without replacement by a fixed seed.
    /// `None` if the subject is no chain or has no inputs.
    ///
    /// # Errors
    /// Inputs of another size than the first layer's, or a label that is no class.
    pub fn of(subject: &Subject, limit: usize) -> Result<Option<Self>, MeasureError> {
        let (true, Some(inputs)) = (subject.is_chain(), subject.inputs()) else {
            return Ok(None);
        };
        let network = Network::of(subject.layers());
        let expected = network.spans().first().map_or(0, |span| span.inputs);
        if inputs.features() != expected {
            return Err(MeasureError::InputSize {
                features: inputs.features(),
                expected,
            });
        }
        let classes = network.classes();
        let wrong = |&(_, &label): &(usize, &u8)| usize::from(label) >= classes;
        if let Some((sample, &label)) = inputs.labels().iter().enumerate().find(wrong) {
            return Err(MeasureError::Label {
                sample,
                label,
                classes,
            });
        }
        let examples = match inputs.subset_indices(limit.min(inputs.len()), SEED) {
            Ok(indices) if indices.len() < inputs.len() => inputs.gather(&indices),
            _ => inputs.clone(),
        };
        Ok(Some(Self { network, examples }))
    }

    /// The same examples with the network at initialization, if it is known.
    pub fn initial(&self, subject: &Subject) -> Option<Self> {
        Some(Self {
            network: Network::of(subject.initial()?),
            examples: self.examples.clone(),
        })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// All examples, one per column.
    pub fn all(&self) -> Mat<f64> {
        columns(self.examples.pixels(), self.examples.features())
    }

    /// The examples in batches, one example per column, with their labels.
    pub fn batches(&self) -> impl Iterator<Item = (Mat<f64>, &[u8])> {
        batches(&self.examples)
    }

    /// The examples drawn.
    pub fn examples(&self) -> &Split {
        &self.examples
    }

    /// The gradient of the mean cross-entropy, and the sum over examples of the
    /// squared norms of their own gradients.
    pub fn gradient(&self, network: &Network<f64>) -> Gradient {
        let scale = 1.0 / self.len() as f64;
        let mut gradient = Gradient {
            loss: 0.0,
            mean: vec![0.0; network.parameters().len()],
            mean_square: 0.0,
        };
        for (inputs, labels) in self.batches() {
            let pass = network.forward(inputs);
            let losses = cross_entropy(&pass.logits, labels);
            gradient.loss += scale * losses.iter().sum::<f64>();
            let delta = loss_delta(&probabilities(&pass.logits), labels);
            let deltas = network.backward(&pass, delta);
            network.add_gradient(&mut gradient.mean, scale, &pass.inputs, &deltas);
            let squares = network.squared_gradients(&pass, &deltas);
            gradient.mean_square += scale * squares.iter().flatten().sum::<f64>();
        }
        gradient
    }

    /// Visits the deltas of every logit on its own, batch after batch, with its class.
    pub fn for_each_logit(&self, mut visit: impl FnMut(usize, &[Mat<f64>])) {
        for (inputs, _) in self.batches() {
            let pass = self.network.forward(inputs);
            let (classes, n) = (pass.logits.nrows(), pass.logits.ncols());
            for class in 0..classes {
                let one = |k, _| if k == class { 1.0 } else { 0.0 };
                let deltas = self.network.backward(&pass, Mat::from_fn(classes, n, one));
                visit(class, &deltas);
            }
        }
    }
}

/// The mean loss and its gradient.
pub struct Gradient {
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// ḡ: its gradient by all parameters.
    pub mean: Vec<f64>,
    /// The mean of ‖g_i‖² over the examples.
    pub mean_square: f64,
}

/// Examples in batches, one per column.
pub fn batches<T: Real>(examples: &Split) -> impl Iterator<Item = (Mat<T>, &[u8])> {
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
