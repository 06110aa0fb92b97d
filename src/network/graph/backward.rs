//! The backward pass.

use rethink_layers::{Element, Inputs, global_average_backward, mask, split, unflatten};

use super::forward::{Kept, Pass, mask_value};
use super::layout::{Extent, Layer, Node};
use super::parameters::Parameters;
use super::value::Value;
use super::{Graph, Layout};

/// The gradients by the values of a network on the way back, as far as they are known, and room
/// for others.
#[derive(Debug)]
pub(super) struct Gradients<T> {
    /// By every value.
    known: Vec<Option<Value<T>>>,
    free: Vec<(Extent, Value<T>)>,
    examples: usize,
}

impl<T: Element> Gradients<T> {
    /// No gradient is known.
    pub fn new(layout: &Layout) -> Self {
        Self {
            known: vec![None; layout.nodes().len() + 1],
            free: Vec::new(),
            examples: 0,
        }
    }

    /// Begins the way back of so many examples, with room for the gradient by the outputs.
    pub fn begin(&mut self, examples: usize, outputs: Extent) -> Value<T> {
        self.examples = examples;
        self.room(outputs)
    }

    /// The same with the gradient by the outputs of a network.
    pub fn of_outputs(layout: &Layout, examples: usize, outputs: Value<T>) -> Self {
        let mut gradients = Self::new(layout);
        gradients.examples = examples;
        gradients.set(layout.nodes().len(), outputs);
        gradients
    }

    /// A value whose numbers are not specified.
    fn room(&mut self, extent: Extent) -> Value<T> {
        let found = self.free.iter().position(|(free, _)| *free == extent);
        match found {
            Some(i) => {
                let (_, mut value) = self.free.swap_remove(i);
                value.resize(self.examples);
                value
            }
            None => Value::zeros(self.examples, extent),
        }
    }

    /// Gives back what [`begin`](Self::begin) or [`take`](Self::take) gave.
    pub fn release(&mut self, extent: Extent, value: Value<T>) {
        self.free.push((extent, value));
    }

    /// Sets the gradient by a value.
    pub fn set(&mut self, value: usize, gradient: Value<T>) {
        self.known[value] = Some(gradient);
    }

    /// The gradient by what a layer computes, of which no other layer has a part any more.
    pub fn take(&mut self, value: usize, extent: Extent) -> Value<T> {
        match self.known[value].take() {
            Some(gradient) => gradient,
            None => Value::zeros(self.examples, extent), // no layer sees it
        }
    }

    /// Adds a part of the gradient by a value; `compute` adds to what is known, or replaces what
    /// is not.
    pub fn add(&mut self, value: usize, extent: Extent, compute: impl FnOnce(&mut Value<T>, bool)) {
        match self.known[value].take() {
            Some(mut known) => {
                compute(&mut known, true);
                self.known[value] = Some(known);
            }
            None => {
                let mut below = self.room(extent);
                compute(&mut below, false);
                self.known[value] = Some(below);
            }
        }
    }

    /// As [`add`](Self::add), where `compute` can only replace.
    pub fn add_computed(
        &mut self,
        value: usize,
        extent: Extent,
        compute: impl FnOnce(&mut Value<T>),
    ) {
        let mut part = self.room(extent);
        compute(&mut part);
        self.add_part(value, extent, part);
    }

    /// Adds a part of the gradient by a value.
    fn add_part(&mut self, value: usize, extent: Extent, part: Value<T>) {
        match &mut self.known[value] {
            Some(known) => {
                known.add(&part);
                self.release(extent, part);
            }
            unknown => *unknown = Some(part),
        }
    }
}

impl<T: Element> Graph<T> {
    /// Adds Jᵀ u to `sum`: the gradient of Σ_i ⟨u_i, f(x_i)⟩ by the parameters.
    ///
    /// Shapes: `outputs` is u, as the logits.
    pub fn add_gradient(&self, pass: &Pass<T>, outputs: Value<T>, sum: &mut [Parameters<T>]) {
        let mut gradients = Gradients::of_outputs(self.layout(), pass.examples, outputs);
        self.gather(pass, &mut gradients, sum);
    }

    /// The way back from the gradient by the outputs; adds that by the parameters to `sum`.
    pub(super) fn gather(
        &self,
        pass: &Pass<T>,
        gradients: &mut Gradients<T>,
        sum: &mut [Parameters<T>],
    ) {
        for n in (0..sum.len()).rev() {
            let g = self.step_back(n, pass, gradients);
            let node = &self.layout().nodes()[n];
            sum[n].add_gradient(pass.value(node.inputs[0]), &g);
            gradients.release(node.output, g);
        }
    }

    /// The gradient by what node `n` computes before ReLU; adds what follows from it to the
    /// gradients by what the node sees.
    pub(super) fn step_back(
        &self,
        n: usize,
        pass: &Pass<T>,
        gradients: &mut Gradients<T>,
    ) -> Value<T> {
        let node = &self.layout().nodes()[n];
        let mut g = gradients.take(n + 1, node.output);
        if let Kept::Dropped(dropout) = &pass.kept[n] {
            dropout.mask(g.numbers_mut());
        }
        if node.relu {
            mask_value(&pass.values[n + 1], &mut g);
        }
        // Nothing moves the inputs of the network.
        if node.inputs.iter().any(|&value| value > 0) {
            self.below(n, node, pass, &g, gradients);
        }
        g
    }

    /// Adds what follows from the gradient `g` by what node `n` computes before ReLU to the
    /// gradients by what the node sees.
    pub(super) fn below(
        &self,
        n: usize,
        node: &Node,
        pass: &Pass<T>,
        g: &Value<T>,
        gradients: &mut Gradients<T>,
    ) {
        let (at, extent) = (node.inputs[0], self.layout().extent(node.inputs[0]));
        let x = &pass.values[at];
        match (node.layer, &self.layers()[n], &pass.kept[n]) {
            (_, Parameters::Dense(layer), _) => gradients.add_computed(at, extent, |below| {
                layer.backward(g.numbers(), below.numbers_mut());
            }),
            (_, Parameters::Convolution(layer), _) => gradients.add(at, extent, |below, add| {
                layer.backward(g.images(), below.images_mut(), add);
            }),
            (_, Parameters::BatchNorm(layer), Kept::Normalizer { by, moments }) => {
                // The gradient is masked where ReLU is behind the layer.
                let (x, relu) = (x.images(), false);
                let inputs = Inputs { x, by, relu };
                let sums = (moments.is_some()).then(|| layer.gradient(inputs, g.images()));
                gradients.add_computed(at, extent, |below| {
                    layer.backward(inputs, g.images(), sums.as_ref(), below.images_mut());
                });
            }
            (Layer::MaxPooling(pooling), _, Kept::Winners(winners)) => {
                gradients.add_computed(at, extent, |below| {
                    pooling.backward(g.images(), winners, below.images_mut());
                });
            }
            (Layer::LocalResponse(response), _, Kept::Roots(roots)) => {
                gradients.add_computed(at, extent, |below| {
                    response.backward(x.images(), roots, g.images(), below.images_mut());
                });
            }
            (Layer::Relu, ..) => gradients.add_computed(at, extent, |below| {
                below.clone_from(g);
                mask(pass.values[n + 1].images(), below.images_mut());
            }),
            (Layer::GlobalAverage, ..) => gradients.add_computed(at, extent, |below| {
                global_average_backward(g.numbers(), below.images_mut());
            }),
            (Layer::Flatten, ..) => gradients.add_computed(at, extent, |below| {
                unflatten(g.numbers(), below.images_mut());
            }),
            (Layer::Concatenation, ..) => {
                let extent = |value| self.layout().extent(value);
                let inputs = node.inputs.iter().map(|&value| (value, extent(value)));
                let mut parts: Vec<Value<T>> = inputs
                    .clone()
                    .map(|(_, extent)| gradients.room(extent))
                    .collect();
                let mut images: Vec<_> = parts.iter_mut().map(Value::images_mut).collect();
                split(g.images(), &mut images);
                for ((value, extent), part) in inputs.zip(parts) {
                    gradients.add_part(value, extent, part);
                }
            }
            _ => unreachable!("every layer has a backward pass"),
        }
    }
}
