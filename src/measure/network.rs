//! The network that is measured.

use std::ops::Range;
use std::sync::Arc;

use faer::Mat;
use rethink_layers::Element;

use super::layer::{self, Layer};
use crate::linalg::Real;
use crate::network::graph::{self, Graph, Layout, Parameters, Pass, Value};

/// Numbers that the values of a batch hold at most, so that a pass stays within memory.
const NUMBERS: usize = 1 << 24;

/// Examples that are sent through a network at once, at most.
const BATCH: usize = 512;

/// Where the parameters of one layer are in the vector.
#[derive(Debug, Clone)]
pub struct Span {
    /// The node of the layout.
    pub node: usize,
    outputs: usize,
    inputs: usize,
    /// W, column after column.
    weight: Range<usize>,
    /// b; empty for a layer without bias.
    bias: Range<usize>,
}

impl Span {
    /// Whether there is a bias.
    pub fn has_bias(&self) -> bool {
        !self.bias.is_empty()
    }
}

/// A network whose parameters are one vector: W, column after column, and b of every layer in turn.
/// Layers without bias have no such parameters.
///
/// Batch norm is part of the layers, so that everything is differentiable but at the zeros of ReLU
/// and the ties of maxima. Values that are not finite stay so and are no error.
#[derive(Debug, Clone)]
pub struct Network<T> {
    graph: Graph<T>,
    spans: Vec<Span>,
    parameters: Vec<T>,
}

/// The gradients of every example's own scalar, such as its loss.
#[derive(Debug)]
pub struct Gradients<T> {
    /// By the inputs of every layer with parameters.
    pub by_inputs: Vec<Value<T>>,
    /// By what every layer with parameters computes, before ReLU.
    pub by_outputs: Vec<Value<T>>,
}

impl<T: Real + Element> Network<T> {
    /// The network of these layers, those of the layout that have parameters, in its order.
    pub fn new(layout: Arc<Layout>, layers: &[Layer]) -> Self {
        let (mut spans, mut parameters) = (Vec::new(), Vec::new());
        let nodes = layout.nodes().iter().enumerate();
        let of_layers = nodes.filter(|(_, node)| {
            matches!(
                node.layer,
                graph::Layer::Dense { .. } | graph::Layer::Convolution { .. }
            )
        });
        for ((node, _), layer) in of_layers.zip(layers) {
            let start = parameters.len();
            let weights = layer.weight.col_iter().flat_map(|column| column.iter());
            parameters.extend(weights.map(|&w| <T as Real>::from_f64(w)));
            let end = parameters.len();
            let bias = layer.bias.as_deref().unwrap_or_default();
            parameters.extend(bias.iter().map(|&b| <T as Real>::from_f64(b)));
            spans.push(Span {
                node,
                outputs: layer.outputs(),
                inputs: layer.inputs(),
                weight: start..end,
                bias: end..parameters.len(),
            });
        }
        let empty = Self {
            graph: Graph::zeros(layout),
            spans,
            parameters: Vec::new(),
        };
        empty.with(parameters)
    }

    /// Fully connected layers with ReLU between them.
    pub fn chain(layers: &[Layer]) -> Self {
        Self::new(Arc::new(layer::chain(layers)), layers)
    }

    /// The network with other parameters, as many.
    pub fn with(&self, parameters: Vec<T>) -> Self {
        let mut graph = self.graph.clone();
        self.set(graph.layers_mut(), &parameters);
        Self {
            graph,
            spans: self.spans.clone(),
            parameters,
        }
    }

    /// Weights and biases, layer after layer.
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// The layers with parameters, first to last.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Number of outputs.
    pub fn classes(&self) -> usize {
        self.graph.layout().classes()
    }

    /// Numbers of an input.
    pub fn features(&self) -> usize {
        self.graph.layout().features()
    }

    /// Numbers of all values of the network for one example.
    pub fn numbers(&self) -> usize {
        let layout = self.graph.layout();
        (0..=layout.nodes().len())
            .map(|value| layout.extent(value).numbers())
            .sum()
    }

    /// Examples that are sent through the network at once: as many as memory is planned for, the
    /// same on every machine, so that sums over batches are.
    pub fn batch(&self) -> usize {
        (NUMBERS / self.numbers().max(1)).clamp(1, BATCH)
    }

    /// The forward pass on examples, row-major.
    pub fn forward(&self, inputs: &[T]) -> Pass<T> {
        self.graph.forward(inputs.chunks_exact(self.features()))
    }

    /// f(x), shape (classes, n).
    pub fn logits(&self, pass: &Pass<T>) -> Mat<T> {
        self.columns(pass.logits(), pass.examples())
    }

    /// What goes into layer `l`, shape (numbers, n).
    pub fn inputs(&self, pass: &Pass<T>, l: usize) -> Mat<T> {
        self.columns(self.seen(pass, l), pass.examples())
    }

    /// The value that layer `l` sees.
    fn seen<'a>(&self, pass: &'a Pass<T>, l: usize) -> &'a Value<T> {
        let node = &self.graph.layout().nodes()[self.spans[l].node];
        pass.value(node.inputs[0])
    }

    /// Numbers of every example as a column.
    pub fn columns(&self, value: &Value<T>, examples: usize) -> Mat<T> {
        let rows = value.to_rows(examples);
        let numbers = rows.len() / examples.max(1);
        Mat::from_fn(numbers, examples, |j, i| rows[i * numbers + j])
    }

    /// How the logits change when the parameters move along a direction: J v, shape (classes, n).
    pub fn directional(&self, pass: &Pass<T>, direction: &[T]) -> Mat<T> {
        let values = self.graph.directional(pass, &self.direction(direction));
        self.columns(&values[values.len() - 1], pass.examples())
    }

    /// The gradient of each example's own scalar by every layer's inputs and outputs, given that by
    /// the logits, shape (classes, n).
    pub fn backward(&self, pass: &Pass<T>, outputs: &Mat<T>) -> Gradients<T> {
        let by_values = self.graph.gradients(pass, self.value(pass, outputs));
        let nodes = self.graph.layout().nodes();
        let by_outputs = self.spans.iter().map(|span| {
            let gradient = by_values[span.node + 1].clone();
            self.graph.before_relu(span.node, pass, gradient)
        });
        let inputs = self.spans.iter();
        Gradients {
            by_outputs: by_outputs.collect(),
            by_inputs: inputs
                .map(|span| by_values[nodes[span.node].inputs[0]].clone())
                .collect(),
        }
    }

    /// The gradient of each example's own scalar by its inputs, row-major, given that by the logits,
    /// shape (classes, n).
    pub fn input_gradients(&self, pass: &Pass<T>, outputs: &Mat<T>) -> Vec<T> {
        let by_values = self.graph.gradients(pass, self.value(pass, outputs));
        by_values[0].to_rows(pass.examples())
    }

    /// The gradient by the parameters, summed over examples: Jᵀ u with u = `outputs`, shape
    /// (classes, n).
    pub fn gradient(&self, pass: &Pass<T>, outputs: &Mat<T>) -> Vec<T> {
        let mut sum = self.graph.zeros_like();
        let outputs = self.value(pass, outputs);
        self.graph.add_gradient(pass, outputs, &mut sum);
        self.vector(&sum)
    }

    /// How [`gradient`](Self::gradient) changes when the parameters move along a direction; u and
    /// its change are functions of the logits and of theirs.
    pub fn gradient_directional(
        &self,
        pass: &Pass<T>,
        direction: &[T],
        outputs: &Mat<T>,
        change: impl Fn(&Mat<T>) -> Mat<T>,
    ) -> Vec<T> {
        let direction = self.direction(direction);
        let values = self.graph.directional(pass, &direction);
        let along = self.columns(&values[values.len() - 1], pass.examples());
        let outputs = [outputs, &change(&along)].map(|outputs| self.value(pass, outputs));
        let mut sum = self.graph.zeros_like();
        self.graph
            .add_gradient_directional(pass, &direction, &values, outputs, &mut sum);
        self.vector(&sum)
    }

    /// The gradient of example `i` alone by the parameters of the convolution `l`, given the
    /// gradients by what the layers compute.
    pub fn example_gradient(
        &self,
        pass: &Pass<T>,
        gradients: &Gradients<T>,
        l: usize,
        i: usize,
    ) -> Vec<T> {
        let span = &self.spans[l];
        let of_example = |value: &Value<T>| Value::Images(value.images().image(i));
        let mut sum = self.graph.layers()[span.node].zeros_like();
        let (x, delta) = (self.seen(pass, l), &gradients.by_outputs[l]);
        sum.add_gradient(&of_example(x), &of_example(delta));
        let mut vector = vec![T::default(); span.weight.len() + span.bias.len()];
        let own = Span {
            weight: 0..span.weight.len(),
            bias: span.weight.len()..vector.len(),
            ..*span
        };
        own.read(&sum, &mut vector);
        vector
    }

    /// The squared norm of every example's gradient by the parameters of every layer: one row per
    /// layer.
    ///
    /// A gradient of a dense layer is not formed for it:
    ///
    /// ```text
    /// ‖δ aᵀ‖_F² + ‖δ‖² = ‖δ‖² (‖a‖² + 1)      (without bias ‖δ‖² ‖a‖²)
    /// ```
    ///
    /// # Reference
    /// Goodfellow 2015, arXiv 1510.01799.
    pub fn squared_gradients(&self, pass: &Pass<T>, gradients: &Gradients<T>) -> Vec<Vec<f64>> {
        let examples = pass.examples();
        let layer = |(l, span): (usize, &Span)| -> Vec<f64> {
            if !self.is_dense(l) {
                let square = |i| squared(&self.example_gradient(pass, gradients, l, i));
                return (0..examples).map(square).collect();
            }
            let bias = if span.has_bias() { 1.0 } else { 0.0 };
            let delta = gradients.by_outputs[l].to_rows(examples);
            let input = self.seen(pass, l).to_rows(examples);
            let pairs = delta
                .chunks_exact(span.outputs)
                .zip(input.chunks_exact(span.inputs));
            pairs
                .map(|(delta, input)| squared(delta) * (squared(input) + bias))
                .collect()
        };
        self.spans.iter().enumerate().map(layer).collect()
    }

    /// Whether layer `l` is fully connected.
    pub fn is_dense(&self, l: usize) -> bool {
        let layer = &self.graph.layers()[self.spans[l].node];
        matches!(layer, Parameters::Dense(_))
    }

    /// The sum over paths of the products of |w|^p, from inputs and, with `biases`, from biases.
    pub fn paths(&self, p: i32, biases: bool) -> f64 {
        let power = |x: &T| {
            let x = Real::to_f64(*x);
            <T as Real>::from_f64(x.abs().powi(p))
        };
        let mut powers: Vec<T> = self.parameters.iter().map(power).collect();
        if !biases {
            for span in &self.spans {
                powers[span.bias.clone()].fill(T::default());
            }
        }
        Real::to_f64(self.with(powers).graph.paths(p))
    }

    /// A direction of the parameters.
    fn direction(&self, vector: &[T]) -> Vec<Parameters<T>> {
        let mut direction = self.graph.zeros_like();
        self.set(&mut direction, vector);
        direction
    }

    /// Replaces the parameters of a network of these layers.
    fn set(&self, layers: &mut [Parameters<T>], vector: &[T]) {
        for span in &self.spans {
            let Span {
                outputs, inputs, ..
            } = *span;
            let columns = &vector[span.weight.clone()];
            let row = |i: usize| (0..inputs).map(move |j| columns[j * outputs + i]);
            let weight: Vec<T> = (0..outputs).flat_map(row).collect();
            match span.has_bias() {
                true => layers[span.node].set(&weight, &vector[span.bias.clone()]),
                false => layers[span.node].set(&weight, &vec![T::default(); outputs]),
            }
        }
    }

    /// The vector of parameters, or of numbers of that shape.
    fn vector(&self, layers: &[Parameters<T>]) -> Vec<T> {
        let mut vector = vec![T::default(); self.parameters.len()];
        for span in &self.spans {
            span.read(&layers[span.node], &mut vector);
        }
        vector
    }

    /// Numbers of examples, one per column, as a value of the outputs.
    fn value(&self, pass: &Pass<T>, outputs: &Mat<T>) -> Value<T> {
        let mut value = pass.logits().clone();
        value.fill((0..outputs.ncols()).map(|i| outputs.col_as_slice(i)));
        value
    }
}

impl Span {
    /// Puts the numbers of a layer into their places.
    fn read<T: Element>(&self, layer: &Parameters<T>, vector: &mut [T]) {
        let mut weight = vec![T::default(); self.weight.len()];
        let mut bias = vec![T::default(); self.outputs];
        layer.for_each(&mut weight, &mut bias, |to, number| *to = number);
        let columns = &mut vector[self.weight.clone()];
        for (i, row) in weight.chunks_exact(self.inputs).enumerate() {
            for (j, &w) in row.iter().enumerate() {
                columns[j * self.outputs + i] = w;
            }
        }
        let own = &mut vector[self.bias.clone()];
        own.copy_from_slice(&bias[..own.len()]);
    }
}

/// ‖x‖².
fn squared<T: Real>(x: &[T]) -> f64 {
    x.iter().map(|&x| x.to_f64() * x.to_f64()).sum()
}
