//! Which layers a network has, and what each of them sees.

use rethink_layers::{Geometry, LocalResponse, MaxPooling, Shape};

/// What is computed of the values a layer sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Layer {
    /// x Wᵀ + b.
    Dense {
        /// Rows of W.
        outputs: usize,
    },
    /// Sums of a window over an image.
    Convolution {
        /// The window.
        geometry: Geometry,
        /// Filters.
        outputs: usize,
    },
    /// Mean 0 and variance 1 in every channel.
    BatchNorm,
    /// Positive parts.
    Relu,
    /// Maxima of a window over an image.
    MaxPooling(MaxPooling),
    /// The mean of every channel.
    GlobalAverage,
    /// Division by the size of neighbouring channels.
    LocalResponse(LocalResponse),
    /// The channels of several images.
    Concatenation,
    /// The numbers of an image, channel after channel.
    Flatten,
}

/// What a value of a network is for one example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many numbers.
    Numbers(usize),
    /// An image.
    Image(Shape),
}

impl Extent {
    /// How many numbers.
    pub fn numbers(self) -> usize {
        match self {
            Extent::Numbers(numbers) => numbers,
            Extent::Image(shape) => shape.numbers(),
        }
    }
}

/// A layer in its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What the names of its arrays begin with.
    pub name: String,
    /// What it computes.
    pub layer: Layer,
    /// Whether the positive parts of that are what others see.
    pub relu: bool,
    /// Whether a training may drop units of that.
    pub dropout: bool,
    /// The values it sees: 0 is the input of the network, i + 1 is what node i computes.
    pub inputs: Vec<usize>,
    /// What it computes for one example.
    pub output: Extent,
}

/// The layers of a network with their wiring, each behind those it sees.
#[derive(Debug, Clone)]
pub struct Layout {
    input: Extent,
    nodes: Vec<Node>,
}

impl Layout {
    /// No layers yet.
    pub fn new(input: Extent) -> Self {
        Self {
            input,
            nodes: Vec::new(),
        }
    }

    /// Dense layers of these widths, inputs first, with ReLU between them.
    pub fn chain(widths: &[usize]) -> Self {
        let mut layout = Self::new(Extent::Numbers(widths[0]));
        let mut value = 0;
        for (l, &outputs) in widths.iter().enumerate().skip(1) {
            value = layout.push((l - 1).to_string(), Layer::Dense { outputs }, &[value]);
            if l + 1 < widths.len() {
                value = layout.push(String::new(), Layer::Relu, &[value]);
                layout.drop_units(value);
            }
        }
        layout
    }

    /// Adds a layer, and returns the number of the value it computes.
    ///
    /// Positive parts are taken where a layer stores what it computed, if that can.
    ///
    /// # Panics
    /// Values that the layer cannot see: the compiler has checked the shapes of typed networks, and
    /// chains fit by construction.
    pub fn push(&mut self, name: String, layer: Layer, inputs: &[usize]) -> usize {
        let last = self.nodes.len();
        if layer == Layer::Relu
            && inputs == [last]
            && let Some(node) = self.nodes.last_mut()
            && matches!(
                node.layer,
                Layer::Dense { .. } | Layer::Convolution { .. } | Layer::BatchNorm
            )
        {
            node.relu = true;
            return last;
        }
        let extents: Vec<Extent> = inputs.iter().map(|&value| self.extent(value)).collect();
        let output =
            output(layer, &extents).unwrap_or_else(|| panic!("{layer:?} does not fit {extents:?}"));
        self.nodes.push(Node {
            name,
            layer,
            relu: false,
            dropout: false,
            inputs: inputs.to_vec(),
            output,
        });
        self.nodes.len()
    }

    /// Lets a training drop units of a value, which a layer with ReLU has computed.
    pub fn drop_units(&mut self, value: usize) {
        self.nodes[value - 1].dropout = true;
    }

    /// The network in which every batch norm has become part of the convolution before it, whose
    /// values no other layer sees.
    pub fn folded(&self) -> Self {
        let mut folded = Self::new(self.input);
        let mut values = vec![0];
        for node in &self.nodes {
            let inputs: Vec<usize> = node.inputs.iter().map(|&value| values[value]).collect();
            if node.layer == Layer::BatchNorm {
                let value = inputs[0];
                folded.nodes[value - 1].relu = node.relu;
                values.push(value);
                continue;
            }
            folded.nodes.push(Node {
                inputs,
                ..node.clone()
            });
            values.push(folded.nodes.len());
        }
        folded
    }

    /// The layers.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether every layer is dense.
    pub fn is_dense(&self) -> bool {
        let dense = |node: &Node| matches!(node.layer, Layer::Dense { .. });
        self.nodes.iter().all(dense)
    }

    /// What value `value` is for one example.
    pub fn extent(&self, value: usize) -> Extent {
        match value {
            0 => self.input,
            _ => self.nodes[value - 1].output,
        }
    }

    /// Numbers of an input.
    pub fn features(&self) -> usize {
        self.input.numbers()
    }

    /// Numbers of an output.
    pub fn classes(&self) -> usize {
        self.extent(self.nodes.len()).numbers()
    }
}

/// What a layer computes of such values.
fn output(layer: Layer, inputs: &[Extent]) -> Option<Extent> {
    Some(match (layer, inputs) {
        (Layer::Dense { outputs }, [Extent::Numbers(_)]) => Extent::Numbers(outputs),
        (Layer::Convolution { geometry, outputs }, &[Extent::Image(image)]) => {
            Extent::Image(geometry.output(image, outputs)?)
        }
        (Layer::Relu, &[any]) => any,
        (Layer::BatchNorm | Layer::LocalResponse(_), &[Extent::Image(image)]) => {
            Extent::Image(image)
        }
        (Layer::MaxPooling(pooling), &[Extent::Image(image)]) => {
            Extent::Image(pooling.output(image))
        }
        (Layer::GlobalAverage, &[Extent::Image(image)]) => Extent::Numbers(image.channels),
        (Layer::Flatten, &[Extent::Image(image)]) => Extent::Numbers(image.numbers()),
        (Layer::Concatenation, &[Extent::Image(first), ..]) => {
            let mut channels = 0;
            for &input in inputs {
                let Extent::Image(image) = input else {
                    return None;
                };
                if (image.height, image.width) != (first.height, first.width) {
                    return None;
                }
                channels += image.channels;
            }
            Extent::Image(Shape { channels, ..first })
        }
        _ => return None,
    })
}
