//! Training steps of a chain of dense layers.

use super::gradient::Step;
use super::layer::Layer;
use super::loss::cross_entropy_with_gradient;
use super::packed::Packed;
use crate::dataset::Split;
use crate::network::model::PART;
use crate::solution::Weight;

/// A chain of dense layers with ReLU between them, and stochastic gradient descent with
/// momentum on its mean cross-entropy.
///
/// ```text
/// a_0 = x,   z_l = W_l a_{l−1} + b_l,   a_l = max(z_l, 0),   f(x) = z_d
/// ```
///
/// Runs on the calling thread alone; every number is summed in the order of the examples or of
/// the units.
pub struct Trainer {
    layers: Vec<Layer>,
    /// Of the shapes of the layers; none for SGD without momentum.
    velocity: Option<Vec<Layer>>,
    momentum: f32,
    /// a_0 to a_{d−1} and the logits.
    activations: Vec<Packed>,
    /// The gradients by z_1 to z_d.
    deltas: Vec<Packed>,
}

impl Trainer {
    /// The chain of these weight arrays, W and b of every layer in turn and of one layer or more,
    /// with fresh momentum.
    pub fn new(weights: &[Weight], momentum: f64) -> Self {
        let layers: Vec<Layer> = layers(weights).collect();
        let zeros = || layers.iter().map(Layer::zeros_like).collect();
        let outputs = || layers.iter().map(|layer| Packed::zeros(0, layer.outputs()));
        let inputs = Packed::zeros(0, layers[0].inputs());
        Self {
            velocity: (momentum > 0.0).then(zeros),
            momentum: momentum as f32,
            activations: std::iter::once(inputs).chain(outputs()).collect(),
            deltas: outputs().collect(),
            layers,
        }
    }

    /// Replaces the numbers of weight arrays by those of the chain.
    pub fn read(&self, weights: &mut [Weight]) {
        read(&self.layers, weights);
    }

    /// Replaces the numbers of arrays like the weights by the momentum, if there is any.
    pub fn read_velocity(&self, arrays: &mut [Weight]) -> bool {
        if let Some(velocity) = &self.velocity {
            read(velocity, arrays);
        }
        self.velocity.is_some()
    }

    /// Replaces the weights and keeps the momentum.
    pub fn write(&mut self, weights: &[Weight]) {
        self.layers = layers(weights).collect();
    }

    /// Replaces the momentum, if there is any.
    pub fn write_velocity(&mut self, arrays: &[Weight]) {
        if let Some(velocity) = &mut self.velocity {
            *velocity = layers(arrays).collect();
        }
    }

    /// Logits, shape (samples, classes), of row-major inputs.
    pub fn logits(&self, inputs: &[f32]) -> Vec<f32> {
        let features = self.layers[0].inputs();
        let samples = inputs.len() / features;
        let mut x = Packed::of_rows(inputs, features);
        for (l, layer) in self.layers.iter().enumerate() {
            let mut y = Packed::zeros(samples, layer.outputs());
            layer.forward(&x, &mut y, l + 1 < self.layers.len());
            x = y;
        }
        x.to_rows(samples)
    }

    /// One step along the gradient of the mean cross-entropy of the chosen examples.
    pub fn step(&mut self, train: &Split, batch: &[usize], learning_rate: f64) {
        let step = Step {
            momentum: self.momentum,
            rate: learning_rate as f32,
        };
        let parts = batch.len().div_ceil(PART);
        let (before, last) = batch.split_at(parts.saturating_sub(1) * PART);
        let mut sum: Option<Vec<Layer>> = None;
        for part in before.chunks(PART) {
            self.differentiate(train, part, batch.len());
            let zeros = || self.layers.iter().map(Layer::zeros_like).collect();
            let sum = sum.get_or_insert_with(zeros);
            for (l, sum) in sum.iter_mut().enumerate() {
                sum.add_gradient(&self.activations[l], &self.deltas[l]);
            }
        }
        self.differentiate(train, last, batch.len());
        for (l, layer) in self.layers.iter_mut().enumerate() {
            let v = self.velocity.as_mut().map(|v| &mut v[l]);
            let sum = sum.as_ref().map(|sum| &sum[l]);
            layer.descend(v, sum, &self.activations[l], &self.deltas[l], step);
        }
    }

    /// The forward and the backward pass of a part of a batch.
    fn differentiate(&mut self, train: &Split, part: &[usize], batch: usize) {
        for matrix in self.activations.iter_mut().chain(&mut self.deltas) {
            matrix.resize(part.len());
        }
        self.activations[0].fill(part.iter().map(|&i| train.image(i)));
        let depth = self.layers.len();
        for (l, layer) in self.layers.iter().enumerate() {
            let (x, y) = self.activations.split_at_mut(l + 1);
            layer.forward(&x[l], &mut y[0], l + 1 < depth);
        }
        let labels: Vec<u32> = part.iter().map(|&i| train.labels()[i]).collect();
        // The mean over the part, times its share of the batch: as the tape computes it.
        let scale = part.len() as f32 / batch as f32 / part.len() as f32;
        let (logits, delta) = (&self.activations[depth], &mut self.deltas[depth - 1]);
        cross_entropy_with_gradient(logits, &labels, scale, delta);
        for (l, layer) in self.layers.iter().enumerate().skip(1).rev() {
            let (below, delta) = self.deltas.split_at_mut(l);
            layer.backward(&delta[0], Some(&self.activations[l]), &mut below[l - 1]);
        }
    }
}

/// Replaces the numbers of arrays by those of layers.
fn read(layers: &[Layer], arrays: &mut [Weight]) {
    for (layer, pair) in layers.iter().zip(arrays.chunks_exact_mut(2)) {
        layer.weight.for_each(&mut pair[0].values, |to, w| *to = w);
        layer.for_each_bias(&mut pair[1].values, |to, b| *to = b);
    }
}

/// The layers of weight arrays.
fn layers(weights: &[Weight]) -> impl Iterator<Item = Layer> {
    let pairs = weights.chunks_exact(2);
    pairs.map(|pair| Layer::new(&pair[0].values, &pair[1].values, pair[0].shape[1]))
}
