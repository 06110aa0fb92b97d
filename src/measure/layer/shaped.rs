//! The layer that a weight's shape says.

use faer::Mat;

use super::arrays::{Axes, Module, is_embedding};
use super::{Layer, LayerKind};
use crate::solution::Weight;

/// How a weight is read.
pub(super) struct Shaped<'a> {
    weight: &'a Weight,
    kind: LayerKind,
    pub(super) out_last: bool,
    pub(super) outputs: usize,
    inputs: usize,
    /// Height and width of the window.
    window: [usize; 2],
}

impl<'a> Shaped<'a> {
    pub(super) fn new(
        module: &Module,
        weight: &'a Weight,
        unknown_out_last: bool,
    ) -> Result<Self, String> {
        let axes = module.axes;
        let rank = weight.shape.len();
        let out_last = match axes {
            Axes::OutLast => true,
            Axes::Table => false,
            Axes::OutFirst => bias_is_last(module, weight).unwrap_or(false),
            Axes::Unknown => bias_is_last(module, weight).unwrap_or(unknown_out_last),
        };
        let (outputs, inputs, window) = match (&weight.shape[..], out_last) {
            (_, _) if weight.values.is_empty() => {
                return Err(format!("empty: shape {:?}", weight.shape));
            }
            (&[outputs, inputs], false) => (outputs, inputs, [1, 1]),
            (&[inputs, outputs], true) => (outputs, inputs, [1, 1]),
            (&[outputs, inputs, width], false) => (outputs, inputs, [1, width]),
            (&[outputs, inputs, height, width], false) => (outputs, inputs, [height, width]),
            (_, true) if axes != Axes::OutLast => {
                return Err("a transposed convolution by its bias: its array is no matrix of one output per row".to_owned());
            }
            (&[width, inputs, outputs], true) => (outputs, inputs, [1, width]),
            (&[height, width, inputs, outputs], true) => (outputs, inputs, [height, width]),
            ([_], _) => {
                return Err("a vector without running mean and variance: the scale of a layer, group or RMS norm, which depends on its input, or the slopes of a PReLU".to_owned());
            }
            _ => return Err(format!("rank {rank} is that of no layer that is measured")),
        };
        let table = axes == Axes::Table || (is_embedding(&module.name) && module.bias.is_none());
        let kind = match rank {
            2 if table && axes != Axes::OutLast => LayerKind::Embedding,
            2 => LayerKind::Linear,
            _ => LayerKind::Convolution,
        };
        Ok(Self {
            weight,
            kind,
            out_last,
            outputs,
            inputs,
            window,
        })
    }

    pub(super) fn layer(&self, module: &Module, bias: Option<Vec<f64>>) -> Layer {
        let [height, width] = self.window;
        let places = height * width;
        let columns = self.inputs * places;
        let values = &self.weight.values;
        let weight = if self.out_last {
            Mat::from_fn(self.outputs, columns, |row, column| {
                let (input, place) = (column / places, column % places);
                f64::from(values[(place * self.inputs + input) * self.outputs + row])
            })
        } else {
            Mat::from_fn(self.outputs, columns, |row, column| {
                f64::from(values[row * columns + column])
            })
        };
        let mut shape = vec![self.outputs, self.inputs];
        if self.kind == LayerKind::Convolution {
            shape.extend(self.window);
        }
        Layer {
            name: module.name.clone(),
            kind: self.kind,
            shape,
            weight,
            bias,
        }
    }
}

/// Whether the bias fits the axis that is last where outputs are last, and not the
/// first; `None` if that does not decide.
fn bias_is_last(module: &Module, weight: &Weight) -> Option<bool> {
    let bias = module.bias.as_ref()?.values.len();
    let [first, second, ..] = weight.shape[..] else {
        return None;
    };
    match (bias == first, bias == second) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// Whether the weights called `W1` that can be told are all (in, out).
pub(super) fn unknown_are_out_last(modules: &[Module]) -> bool {
    let told: Vec<bool> = matrices(modules, Axes::Unknown)
        .filter_map(|(_, last)| last)
        .collect();
    !told.is_empty() && told.into_iter().all(|last| last)
}

/// The matrices of one way of naming, if the biases tell the axes of none of them.
pub(super) fn axes_assumed(modules: &[Module]) -> Vec<String> {
    let untold = |axes| {
        let all: Vec<_> = matrices(modules, axes).collect();
        let told = all.iter().any(|(_, last)| last.is_some());
        let names = all.into_iter().map(|(module, _)| module.name.clone());
        names.filter(move |_| !told)
    };
    let by_convention = untold(Axes::OutFirst);
    by_convention.chain(untold(Axes::Unknown)).collect()
}

/// Whether layers that follow each other would also do so with the axes of every
/// array swapped; first with an input of this width.
pub(super) fn fit_transposed(layers: &[Layer], width: Option<usize>) -> bool {
    let first = layers.first().map(|layer| layer.outputs());
    let mut pairs = layers.windows(2);
    pairs.all(|pair| pair[0].inputs() == pair[1].outputs())
        && width.is_none_or(|width| first == Some(width))
}

/// Matrices named in one way, and what their biases say of their axes.
fn matrices(modules: &[Module], axes: Axes) -> impl Iterator<Item = (&Module, Option<bool>)> {
    modules.iter().filter_map(move |module| {
        let weight = module.weight.as_ref()?;
        let table = is_embedding(&module.name) && module.bias.is_none();
        let matrix = module.axes == axes && weight.shape.len() == 2 && !table;
        matrix.then(|| (module, bias_is_last(module, weight)))
    })
}
