//! The forward pass, and its derivative along a direction of the parameters.

use rethink_layers::{
    BatchNorm, Dropout, Element, Images, Inputs, Moments, Normalizer, Roots, Scales, Winners,
    concatenate, flatten, global_average, mask, relu,
};

use super::Graph;
use super::layout::{Layer, Layout, Node};
use super::parameters::Parameters;
use super::value::Value;
use crate::network::steps::Words;

/// What a network computes of some examples.
#[derive(Debug, Clone)]
pub struct Pass<T> {
    /// Examples.
    pub(super) examples: usize,
    /// The inputs, then what every layer computes.
    pub(super) values: Vec<Value<T>>,
    /// What layers keep for the way back.
    pub(super) kept: Vec<Kept<T>>,
    /// What tells which units are dropped; none where none are.
    pub(super) words: Option<Words>,
}

/// What a layer keeps for the way back besides its values.
#[derive(Debug, Clone)]
pub(super) enum Kept<T> {
    Nothing,
    Dropped(Dropout),
    Winners(Winners),
    Roots(Roots<T>),
    Normalizer {
        by: Normalizer<T>,
        /// Of the batch, in training.
        moments: Option<Moments>,
    },
}

/// Whether a network is trained or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Batch normalization by the moments of the batch.
    Training,
    /// Batch normalization by running statistics: a linear map.
    Inference,
}

impl<T: Element> Pass<T> {
    /// Room for examples.
    pub(super) fn new(graph: &Graph<T>) -> Self {
        let layout = graph.layout();
        let values = 0..=layout.nodes().len();
        let kept = |node: &Node| match node.layer {
            Layer::MaxPooling(_) => Kept::Winners(Winners::new()),
            Layer::LocalResponse(_) => Kept::Roots(Roots::default()),
            _ => Kept::Nothing,
        };
        Self {
            examples: 0,
            values: values.map(|v| Value::zeros(0, layout.extent(v))).collect(),
            kept: layout.nodes().iter().map(kept).collect(),
            words: None,
        }
    }

    /// Lets passes in training drop units, at a rate in (0, 1).
    pub(super) fn drop_units(&mut self, layout: &Layout, rate: f64, seed: u64) {
        for (node, kept) in layout.nodes().iter().zip(&mut self.kept) {
            if node.dropout {
                *kept = Kept::Dropped(Dropout::new(rate));
            }
        }
        self.words = Some(Words::new(seed));
    }

    /// Replaces the inputs, with room for what is computed of them.
    pub(super) fn begin<'a>(&mut self, examples: impl ExactSizeIterator<Item = &'a [T]>) {
        self.examples = examples.len();
        for value in &mut self.values {
            value.resize(self.examples);
        }
        self.values[0].fill(examples);
    }

    /// The values that node `n` can see, and room for the one it computes.
    pub(super) fn split(&mut self, n: usize) -> (&[Value<T>], &mut Value<T>) {
        let (seen, computed) = self.values.split_at_mut(n + 1);
        (seen, &mut computed[0])
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// What value `value` is for every example: 0 the inputs, the last one the logits.
    pub fn value(&self, value: usize) -> &Value<T> {
        &self.values[value]
    }

    /// The logits.
    pub fn logits(&self) -> &Value<T> {
        &self.values[self.values.len() - 1]
    }
}

impl<T: Element> Graph<T> {
    /// The forward pass on examples, each given as its numbers, channel after channel.
    pub fn forward<'a>(&self, examples: impl ExactSizeIterator<Item = &'a [T]>) -> Pass<T> {
        let mut pass = Pass::new(self);
        self.forward_into(&mut pass, examples, Mode::Inference);
        pass
    }

    /// The forward pass in the room of an earlier one.
    pub(super) fn forward_into<'a>(
        &self,
        pass: &mut Pass<T>,
        examples: impl ExactSizeIterator<Item = &'a [T]>,
        mode: Mode,
    ) {
        pass.begin(examples);
        for (n, node) in self.layout().nodes().iter().enumerate() {
            let (seen, computed) = pass.values.split_at_mut(n + 1);
            self.layer((n, node), seen, mode, &mut pass.kept[n], &mut computed[0]);
            if let (Kept::Dropped(dropout), Some(random)) = (&mut pass.kept[n], &mut pass.words) {
                dropout.forward(computed[0].numbers_mut(), |words| random.fill(words));
            }
        }
    }

    fn layer(
        &self,
        (n, node): (usize, &Node),
        seen: &[Value<T>],
        mode: Mode,
        kept: &mut Kept<T>,
        y: &mut Value<T>,
    ) {
        let x = &seen[node.inputs[0]];
        match (node.layer, &self.layers()[n], kept) {
            (_, Parameters::Dense(layer), _) => {
                layer.forward(x.numbers(), y.numbers_mut(), node.relu);
            }
            (_, Parameters::Convolution(layer), _) => {
                layer.forward(x.images(), y.images_mut(), node.relu);
            }
            (_, Parameters::BatchNorm(layer), kept) => {
                let x = x.images();
                *kept = normalizer(layer, x, mode);
                if let Kept::Normalizer { by, .. } = kept {
                    let relu = node.relu;
                    layer.forward(Inputs { x, by, relu }, y.images_mut());
                }
            }
            (Layer::MaxPooling(pooling), _, Kept::Winners(winners)) => {
                pooling.forward(x.images(), y.images_mut(), winners);
            }
            (Layer::LocalResponse(response), _, Kept::Roots(roots)) => {
                response.forward(x.images(), roots, y.images_mut());
            }
            (Layer::Relu, ..) => {
                y.clone_from(x);
                relu(y.images_mut());
            }
            _ => linear(node, seen, y),
        }
    }

    /// How values change when the parameters move along a direction: the R-operator.
    ///
    /// ```text
    /// R a_0 = 0,   R z = W R a + V a + v,   R max(z, 0) = 1[z > 0] R z
    /// ```
    ///
    /// # Reference
    /// Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    pub fn directional(&self, pass: &Pass<T>, direction: &[Parameters<T>]) -> Vec<Value<T>> {
        let mut dots: Vec<Value<T>> = Vec::with_capacity(pass.values.len());
        dots.push(Value::zeros(pass.examples, self.layout().extent(0)));
        for (n, node) in self.layout().nodes().iter().enumerate() {
            let mut dot = Value::zeros(pass.examples, node.output);
            let at = node.inputs[0];
            let (x, x_dot) = (&pass.values[at], &dots[at]);
            let moves = (at > 0).then_some(x_dot);
            match (node.layer, &self.layers()[n], &direction[n], &pass.kept[n]) {
                (_, Parameters::Dense(layer), Parameters::Dense(direction), _) => {
                    let x_dot = moves.map(Value::numbers);
                    layer.directional(direction, x.numbers(), x_dot, dot.numbers_mut());
                }
                (_, Parameters::Convolution(layer), Parameters::Convolution(direction), _) => {
                    let x_dot = moves.map(Value::images);
                    layer.directional(direction, x.images(), x_dot, dot.images_mut());
                }
                (_, Parameters::BatchNorm(layer), _, Kept::Normalizer { by, .. }) => {
                    let (x, relu) = (x.images(), false);
                    let zeros = vec![T::default(); x.shape().channels];
                    let still = Scales::new(&zeros, &zeros);
                    let to = dot.images_mut();
                    layer.directional(Inputs { x, by, relu }, x_dot.images(), &still, to);
                }
                (Layer::MaxPooling(pooling), .., Kept::Winners(winners)) => {
                    pooling.directional(x_dot.images(), winners, dot.images_mut());
                }
                (Layer::LocalResponse(response), .., Kept::Roots(roots)) => {
                    let (x, x_dot) = (x.images(), x_dot.images());
                    response.directional(x, roots, x_dot, dot.images_mut());
                }
                (Layer::Relu, ..) => {
                    dot.clone_from(x_dot);
                    mask(pass.values[n + 1].images(), dot.images_mut());
                }
                _ => linear(node, &dots, &mut dot),
            }
            if node.relu {
                mask_value(&pass.values[n + 1], &mut dot);
            }
            dots.push(dot);
        }
        dots
    }
}

/// What a layer normalizes a batch by.
///
/// # Panics
/// In training, a batch of one number a channel: the images of the zoo have more pixels.
fn normalizer<T: Element>(layer: &BatchNorm<T>, x: &Images<T>, mode: Mode) -> Kept<T> {
    let moments = (mode == Mode::Training).then(|| Moments::of(x));
    let by = match &moments {
        Some(moments) => moments.normalizer().expect("more than one pixel"),
        None => layer.normalizer(),
    };
    Kept::Normalizer { by, moments }
}

/// Layers that are linear maps without parameters.
pub(super) fn linear<T: Element>(node: &Node, seen: &[Value<T>], y: &mut Value<T>) {
    let x = seen[node.inputs[0]].images();
    match node.layer {
        Layer::GlobalAverage => global_average(x, y.numbers_mut()),
        Layer::Flatten => flatten(x, y.numbers_mut()),
        Layer::Concatenation => {
            let parts: Vec<_> = node.inputs.iter().map(|&v| seen[v].images()).collect();
            concatenate(&parts, y.images_mut());
        }
        _ => unreachable!("every other layer has a pass of its own"),
    }
}

/// Sets numbers to 0 where units are not positive.
pub(super) fn mask_value<T: Element>(units: &Value<T>, values: &mut Value<T>) {
    match (units, values) {
        (Value::Numbers(units), Value::Numbers(values)) => values.mask(units),
        (Value::Images(units), Value::Images(values)) => mask(units, values),
        _ => unreachable!("of one layer"),
    }
}
