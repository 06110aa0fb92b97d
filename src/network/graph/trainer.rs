//! Training steps without a tape.

use std::sync::Arc;

use rethink_layers::{Step, cross_entropy_with_gradient, on_threads};

use super::backward::Gradients;
use super::forward::{Kept, Mode};
use super::{Graph, Layout, Parameters, Pass, arrays, set_arrays};
use crate::dataset::Split;
use crate::network::model::PART;
use crate::network::{Optimizer, Steps};
use crate::solution::Weight;

/// A network, and stochastic gradient descent with momentum, weight decay and dropout on its mean
/// cross-entropy.
///
/// Its layers are split over threads, see [`on_threads`]; every number is summed in the order of
/// the examples or of the units, however many there are.
pub struct Trainer {
    graph: Graph<f32>,
    /// None for SGD without momentum.
    velocity: Option<Vec<Parameters<f32>>>,
    momentum: f32,
    weight_decay: f32,
    /// Steps that were taken.
    steps: u64,
    pass: Pass<f32>,
    gradients: Gradients<f32>,
}

impl Trainer {
    /// The network of these weight arrays, with fresh momentum; none where the steps are not those
    /// of SGD.
    pub fn new(layout: Arc<Layout>, weights: &[Weight], steps: &Steps) -> Self {
        let momentum = match steps.optimizer {
            Optimizer::Sgd { momentum } => momentum,
            Optimizer::Adam => 0.0,
        };
        let mut graph = Graph::zeros(layout);
        set_arrays(graph.layers_mut(), weights);
        let mut pass = Pass::new(&graph);
        if steps.dropout > 0.0 {
            pass.drop_units(graph.layout(), steps.dropout, steps.seed);
        }
        Self {
            velocity: (momentum > 0.0).then(|| graph.zeros_like()),
            momentum: momentum as f32,
            weight_decay: steps.weight_decay as f32,
            steps: 0,
            pass,
            gradients: Gradients::new(graph.layout()),
            graph,
        }
    }

    /// The weight arrays.
    pub fn weights(&self) -> Vec<Weight> {
        arrays(self.graph.layout(), self.graph.layers())
    }

    /// Goes on as after so many steps.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Replaces the weights and keeps the momentum.
    pub fn set_weights(&mut self, weights: &[Weight]) {
        set_arrays(self.graph.layers_mut(), weights);
    }

    /// The momentum, as arrays of the names and shapes of those it moves; none for μ = 0.
    pub fn velocity(&self) -> Option<Vec<Weight>> {
        let velocity = self.velocity.as_ref()?;
        Some(arrays(self.graph.layout(), velocity))
    }

    /// Replaces the momentum, if there is any.
    pub fn set_velocity(&mut self, arrays: &[Weight]) {
        if let Some(velocity) = &mut self.velocity {
            set_arrays(velocity, arrays);
        }
    }

    /// Logits, shape (samples, classes), of row-major inputs.
    pub fn logits(&self, inputs: &[f32]) -> Vec<f32> {
        self.graph.logits(inputs)
    }

    /// One step along the gradient of the mean cross-entropy of the chosen examples.
    pub fn step(&mut self, train: &Split, batch: &[usize], learning_rate: f64) {
        // Each product of the forward pass makes two of the backward pass.
        let products = 3 * self.graph.products();
        on_threads(batch.len() * products, || {
            self.step_on_threads(train, batch, learning_rate);
        });
    }

    fn step_on_threads(&mut self, train: &Split, batch: &[usize], learning_rate: f64) {
        if let Some(words) = &mut self.pass.words {
            words.begin(self.steps);
        }
        self.steps += 1;
        let step = Step {
            decay: self.weight_decay,
            momentum: self.momentum,
            rate: learning_rate as f32,
        };
        let parts = batch.len().div_ceil(PART);
        let (before, last) = batch.split_at(parts.saturating_sub(1) * PART);
        let mut sum: Option<Vec<Parameters<f32>>> = None;
        for part in before.chunks(PART) {
            self.forward(train, part, batch.len());
            let sum = sum.get_or_insert_with(|| self.graph.zeros_like());
            self.graph.gather(&self.pass, &mut self.gradients, sum);
        }
        self.forward(train, last, batch.len());
        for n in (0..self.graph.layers().len()).rev() {
            let g = self.graph.step_back(n, &self.pass, &mut self.gradients);
            let (input, output) = {
                let node = &self.graph.layout().nodes()[n];
                (node.inputs[0], node.output)
            };
            let v = self.velocity.as_mut().map(|v| &mut v[n]);
            let sum = sum.as_ref().map(|sum| &sum[n]);
            let x = self.pass.value(input);
            self.graph.layers_mut()[n].descend(v, sum, x, &g, step);
            self.gradients.release(output, g);
        }
    }

    /// The forward pass of a part of a batch, and the gradient by its logits.
    fn forward(&mut self, train: &Split, part: &[usize], batch: usize) {
        let examples = part.iter().map(|&i| train.image(i));
        self.graph
            .forward_into(&mut self.pass, examples, Mode::Training);
        for (layer, kept) in self.graph.layers_mut().iter_mut().zip(&self.pass.kept) {
            if let (Parameters::BatchNorm(layer), Kept::Normalizer { moments, .. }) = (layer, kept)
                && let Some(moments) = moments
            {
                layer.update(moments);
            }
        }
        let labels: Vec<u32> = part.iter().map(|&i| train.labels()[i]).collect();
        // The mean over the part, times its share of the batch: as the tape computes it.
        let scale = part.len() as f32 / batch as f32 / part.len() as f32;
        let last = self.graph.layout().nodes().len();
        let outputs = self.graph.layout().extent(last);
        let mut delta = self.gradients.begin(part.len(), outputs);
        let logits = self.pass.logits().numbers();
        cross_entropy_with_gradient(logits, &labels, scale, delta.numbers_mut());
        self.gradients.set(last, delta);
    }
}
