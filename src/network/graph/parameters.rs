//! Weights and biases of the layers of a network.

use rethink_layers::{BatchNorm, Convolution, Dense, Element, Step};

use super::layout::{Extent, Layer, Layout, Node};
use super::value::Value;
use crate::network::layers::part;
use crate::solution::Weight;

/// Weights and biases of one layer, or numbers of that shape: its gradient, its momentum, a
/// direction.
#[derive(Debug, Clone)]
pub enum Parameters<T> {
    /// A layer without.
    None,
    /// W and b of a dense layer.
    Dense(Dense<T>),
    /// Filters and biases.
    Convolution(Convolution<T>),
    /// Running mean and variance, which no gradient moves.
    BatchNorm(BatchNorm<T>),
}

impl<T: Element> Parameters<T> {
    /// Zeros for a layer that sees such values.
    fn zeros(node: &Node, input: Extent) -> Self {
        match (node.layer, input) {
            (Layer::Dense { outputs }, input) => {
                Parameters::Dense(Dense::zeros(input.numbers(), outputs))
            }
            (Layer::Convolution { geometry, outputs }, Extent::Image(image)) => {
                let layer = Convolution::zeros(geometry, image, outputs);
                Parameters::Convolution(layer.expect("a layout's windows have places"))
            }
            (Layer::BatchNorm, Extent::Image(image)) => {
                Parameters::BatchNorm(BatchNorm::identity(image.channels))
            }
            _ => Parameters::None,
        }
    }

    /// Zeros of the same shape.
    pub fn zeros_like(&self) -> Self {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => Parameters::None,
            Parameters::Dense(layer) => Parameters::Dense(layer.zeros_like()),
            Parameters::Convolution(layer) => Parameters::Convolution(layer.zeros_like()),
        }
    }

    /// Shapes of the arrays: of the weights and of the biases.
    pub fn shapes(&self) -> Option<[Vec<usize>; 2]> {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => None,
            Parameters::Dense(layer) => {
                Some([vec![layer.outputs(), layer.inputs()], vec![layer.outputs()]])
            }
            Parameters::Convolution(layer) => {
                let (outputs, kernel) = (layer.output().channels, layer.geometry().kernel);
                let weight = vec![outputs, layer.input().channels, kernel, kernel];
                Some([weight, vec![outputs]])
            }
        }
    }

    /// Products of the forward pass of one example.
    pub fn products(&self) -> usize {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => 0,
            Parameters::Dense(layer) => layer.inputs() * layer.outputs(),
            Parameters::Convolution(layer) => {
                let window = layer.geometry().kernel * layer.geometry().kernel;
                layer.output().numbers() * layer.input().channels * window
            }
        }
    }

    /// Replaces weights, row-major of their shape, and biases.
    pub fn set(&mut self, weight: &[T], bias: &[T]) {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => {}
            Parameters::Dense(layer) => *layer = Dense::new(weight, bias, layer.inputs()),
            Parameters::Convolution(layer) => layer.set(weight, bias),
        }
    }

    /// Gives every weight and every bias to `take`, together with a number for each.
    pub fn for_each(&self, weight: &mut [T], bias: &mut [T], take: impl Fn(&mut T, T)) {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => {}
            Parameters::Dense(layer) => {
                layer.weight.for_each(weight, &take);
                layer.for_each_bias(bias, take);
            }
            Parameters::Convolution(layer) => layer.for_each(weight, bias, take),
        }
    }

    /// Adds the gradient of the layer that sees `x`, given that by what it computes.
    pub fn add_gradient(&mut self, x: &Value<T>, g: &Value<T>) {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => {}
            Parameters::Dense(sum) => sum.add_gradient(x.numbers(), g.numbers()),
            Parameters::Convolution(sum) => sum.add_gradient(x.images(), g.images()),
        }
    }

    /// The part of [`add_gradient`](Self::add_gradient) for the weights.
    pub fn add_weight_gradient(&mut self, x: &Value<T>, g: &Value<T>) {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => {}
            Parameters::Dense(sum) => {
                let bias = sum.bias.clone();
                sum.add_gradient(x.numbers(), g.numbers());
                sum.bias = bias;
            }
            Parameters::Convolution(sum) => sum.add_filter_gradient(x.images(), g.images()),
        }
    }

    /// Moves along the gradient; `v` is the momentum, none for μ = 0, and `sum` the gradient of
    /// other examples, which is added.
    pub fn descend(
        &mut self,
        v: Option<&mut Self>,
        sum: Option<&Self>,
        x: &Value<T>,
        g: &Value<T>,
        step: Step<T>,
    ) {
        match self {
            Parameters::None | Parameters::BatchNorm(_) => {}
            Parameters::Dense(layer) => {
                let v = v.and_then(|v| match v {
                    Parameters::Dense(v) => Some(v),
                    _ => None,
                });
                let sum = sum.and_then(|sum| match sum {
                    Parameters::Dense(sum) => Some(sum),
                    _ => None,
                });
                layer.descend(v, sum, x.numbers(), g.numbers(), step);
            }
            Parameters::Convolution(layer) => {
                let v = v.and_then(|v| match v {
                    Parameters::Convolution(v) => Some(v),
                    _ => None,
                });
                let mut gradient = match sum {
                    Some(Parameters::Convolution(sum)) => sum.clone(),
                    _ => layer.zeros_like(),
                };
                gradient.add_gradient(x.images(), g.images());
                layer.descend(v, &gradient, step);
            }
        }
    }
}

/// Parameters of every layer of a network, all 0.
pub fn zeros<T: Element>(layout: &Layout) -> Vec<Parameters<T>> {
    let nodes = layout.nodes().iter();
    let of = |node: &Node| Parameters::zeros(node, layout.extent(node.inputs[0]));
    nodes.map(of).collect()
}

/// Running mean and variance of a layer of so many channels.
pub fn running(layer: &BatchNorm<f32>, channels: usize) -> [Vec<f32>; 2] {
    layer.running().map(|lines| {
        let mut numbers: Vec<f32> = lines.iter().flat_map(|line| line.0).collect();
        numbers.truncate(channels);
        numbers
    })
}

/// The weight arrays of a network: weights and biases, or running mean and variance, of every
/// layer in turn.
pub fn arrays(layout: &Layout, layers: &[Parameters<f32>]) -> Vec<Weight> {
    let mut arrays = Vec::new();
    for (node, layer) in layout.nodes().iter().zip(layers) {
        if let (Parameters::BatchNorm(layer), Extent::Image(image)) = (layer, node.output) {
            let [mean, variance] = running(layer, image.channels);
            for (kind, values) in [("running_mean", mean), ("running_var", variance)] {
                arrays.push(Weight {
                    name: part(&node.name, kind),
                    shape: vec![image.channels],
                    values,
                });
            }
            continue;
        }
        let Some(shapes) = layer.shapes() else {
            continue;
        };
        let zeros = |shape: &[usize]| vec![0.0; shape.iter().product()];
        let [mut weight, mut bias] = shapes.each_ref().map(|shape| zeros(shape));
        layer.for_each(&mut weight, &mut bias, |to, number| *to = number);
        let named = [("weight", weight), ("bias", bias)];
        for ((kind, values), shape) in named.into_iter().zip(shapes) {
            arrays.push(Weight {
                name: part(&node.name, kind),
                shape,
                values,
            });
        }
    }
    arrays
}

/// Replaces the parameters by weight arrays in the order of [`arrays`], of the same shapes.
pub fn set_arrays(layers: &mut [Parameters<f32>], arrays: &[Weight]) {
    let mut arrays = arrays.iter();
    for layer in layers {
        if let Parameters::None = layer {
            continue;
        }
        let (Some(first), Some(second)) = (arrays.next(), arrays.next()) else {
            return;
        };
        match layer {
            Parameters::BatchNorm(layer) => {
                let (mean, variance) = (&first.values, &second.values);
                *layer = BatchNorm::new(layer.scales.clone(), mean, variance);
            }
            layer => layer.set(&first.values, &second.values),
        }
    }
}

/// All parameters as one vector: weights, row-major, and biases of every layer in turn.
pub fn to_vector<T: Element>(layers: &[Parameters<T>]) -> Vec<T> {
    let mut vector = Vec::new();
    for layer in layers {
        let Some(shapes) = layer.shapes() else {
            continue;
        };
        let [weights, biases] = shapes.map(|shape| shape.iter().product::<usize>());
        let at = vector.len();
        vector.resize(at + weights + biases, T::default());
        let (weight, bias) = vector[at..].split_at_mut(weights);
        layer.for_each(weight, bias, |to, number| *to = number);
    }
    vector
}

/// Replaces all parameters by the nearest f32 of a vector in the order of [`to_vector`].
pub fn set_rounded(layers: &mut [Parameters<f32>], vector: &[f64]) {
    let rounded: Vec<f32> = vector.iter().map(|&x| x as f32).collect();
    set_vector(layers, &rounded);
}

/// Replaces all parameters by those of a vector in the order of [`to_vector`].
pub fn set_vector<T: Element>(layers: &mut [Parameters<T>], mut vector: &[T]) {
    for layer in layers {
        let Some(shapes) = layer.shapes() else {
            continue;
        };
        let [weights, biases] = shapes.map(|shape| shape.iter().product::<usize>());
        let (own, rest) = vector.split_at(weights + biases);
        let (weight, bias) = own.split_at(weights);
        layer.set(weight, bias);
        vector = rest;
    }
}
