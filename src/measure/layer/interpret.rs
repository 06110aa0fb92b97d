//! How the arrays of anyone's checkpoint become layers.

use std::collections::HashSet;

use faer::Mat;
use serde::Serialize;

use super::arrays::{Axes, Module, is_embedding, modules};
use super::batch_norm::{BatchNorm, Item, Order};
use super::{Layer, LayerKind, wrong_count};
use crate::checkpoint::Skipped;
use crate::measure::MeasureError;
use crate::solution::Weight;

/// ε of batch norm in PyTorch and Flax, where it is not said otherwise. Keras has 1e-3.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;

/// The layers of a checkpoint, and what became of the rest of its arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpretation {
    /// In the order of the arrays, batch norm folded.
    pub layers: Vec<Layer>,
    /// Arrays, and norms by the name of the module, that are in no layer.
    pub skipped: Vec<Skipped>,
    /// Batch norms that became part of the layer before them.
    pub folded: Vec<Folding>,
    /// Layers whose array was (…, in, out) and is now (out, in, …).
    pub transposed: Vec<String>,
}

/// A batch norm that became part of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Folding {
    /// The layer.
    pub layer: String,
    /// The norm.
    pub norm: String,
    /// How much the function changed: the largest difference of an output on random
    /// inputs over the largest output. Rounding, about 1e-15.
    pub difference: f64,
}

/// Takes arrays for layers by their names and shapes.
///
/// - `NAME.weight` of rank 2 is fully connected, (out, in), or an embedding, (symbols,
///   features), if NAME says so (`embedding`, `embed`, `emb`, `wte`, `wpe`, `tok`);
///   of rank 4 a convolution, (out, in, height, width); of rank 3 one over a
///   sequence, which is a convolution of height 1. A rank-2 weight whose bias
///   fits its second axis and not its first is (in, out) and transposed.
/// - `NAME.kernel` is (in, out), (width, in, out) or (height, width, in, out), as in
///   Flax and Keras, and transposed.
/// - `W1` beside `b1` is either, by the length of `b1`; a square one is as the others.
/// - A `running_mean` and `running_var` make a batch norm. In evaluation it is linear
///   and folded into the layer that is directly before it:
///
/// ```text
/// W' = W γ / √(σ² + ε)      b' = (b − μ) γ / √(σ² + ε) + β
/// ```
///
/// Arrays do not say how layers are wired. A norm is folded into the layer whose
/// arrays come right before its own, in the same block, with as many outputs; where
/// both are numbered as in a sequence, their numbers must follow each other. In a file
/// that is sorted by name, bn1 is folded into conv1 if the shapes of the whole
/// checkpoint allow that reading and rule out that norms go first. A norm for which
/// that leaves a doubt is skipped. What no array shows stays assumed: that
/// nothing is applied between the two, and the layer is used once.
///
/// A grouped convolution is stored as (out, in / groups, height, width) and
/// does not tell its groups: it is measured as this array. With one input channel it
/// is a depthwise convolution or sees grey images.
///
/// Everything else is skipped with a reason. There may be no layers.
///
/// # Errors
/// Two arrays of one name, or values that do not fill their shape.
///
/// ```
/// use rethink::measure::{BATCH_NORM_EPSILON, interpret};
/// use rethink::solution::Weight;
/// let array = |name: &str, shape: &[usize], values: &[f32]| Weight {
///     name: name.into(),
///     shape: shape.into(),
///     values: values.into(),
/// };
/// let interpretation = interpret(
///     &[
///         array("0.weight", &[1, 2], &[3.0, 4.0]),
///         array("1.running_mean", &[1], &[1.0]),
///         array("1.running_var", &[1], &[0.25]),
///         array("2.scale", &[1], &[1.0]),
///     ],
///     BATCH_NORM_EPSILON,
/// )?;
/// let layer = &interpretation.layers[0];
/// assert!((layer.weight[(0, 1)] - 4.0 / 0.25001_f64.sqrt()).abs() < 1e-12);
/// assert_eq!(interpretation.folded[0].norm, "1");
/// assert_eq!(interpretation.skipped[0].name, "2.scale");
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn interpret(arrays: &[Weight], epsilon: f64) -> Result<Interpretation, MeasureError> {
    check(arrays)?;
    let (modules, mut skipped) = modules(arrays);
    let mut transposed = Vec::new();
    let out_last = unknown_are_out_last(&modules);
    let mut items = Vec::with_capacity(modules.len());
    for module in &modules {
        items.push(item(module, out_last, &mut transposed, &mut skipped));
    }
    let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
    let order = Order::new(&names, &items);
    let norms = (0..items.len()).filter(|&at| matches!(items[at], Item::Norm(_)));
    let pairs: Vec<_> = norms.map(|norm| (norm, order.layer_before(norm))).collect();

    let mut folded = Vec::new();
    let mut taken = HashSet::new();
    for (norm, layer) in pairs {
        let layer = layer.and_then(|layer| {
            let free = taken.insert(layer);
            free.then_some(layer)
                .ok_or("another norm is behind its layer".to_owned())
        });
        let difference = layer.and_then(|at| fold(&mut items, at, norm, epsilon));
        let norm = &names[norm];
        match difference {
            Ok((layer, difference)) => folded.push(Folding {
                layer,
                norm: norm.clone(),
                difference,
            }),
            Err(reason) => {
                let reason = format!("batch norm, not folded: {reason}");
                skipped.push(Skipped::new(norm, reason));
            }
        }
    }
    let layer = |item| match item {
        Item::Layer(layer) => Some(layer),
        _ => None,
    };
    Ok(Interpretation {
        layers: items.into_iter().filter_map(layer).collect(),
        skipped,
        folded,
        transposed,
    })
}

fn check(arrays: &[Weight]) -> Result<(), MeasureError> {
    let mut names = HashSet::new();
    for array in arrays {
        if !names.insert(&array.name) {
            return Err(MeasureError::DuplicateArray {
                name: array.name.clone(),
            });
        }
        let product = |count: usize, &length: &usize| count.checked_mul(length);
        if array.shape.iter().try_fold(1, product) != Some(array.values.len()) {
            return Err(wrong_count(array));
        }
    }
    Ok(())
}

/// Folds the norm into the layer, and gives the layer's name and the difference.
fn fold(
    items: &mut [Item],
    layer: usize,
    norm: usize,
    epsilon: f64,
) -> Result<(String, f64), String> {
    match items.get_disjoint_mut([layer, norm]) {
        Ok([Item::Layer(layer), Item::Norm(norm)]) => {
            let difference = norm.fold(layer, epsilon)?;
            Ok((layer.name.clone(), difference))
        }
        _ => Err("it is behind no layer".to_owned()),
    }
}

fn item(
    module: &Module<'_>,
    out_last: bool,
    transposed: &mut Vec<String>,
    skipped: &mut Vec<Skipped>,
) -> Item {
    if module.mean.is_some() || module.variance.is_some() {
        return match BatchNorm::new(module) {
            Ok(norm) => Item::Norm(norm),
            Err(reason) => {
                skip(
                    module,
                    &format!("batch norm, not folded: {reason}"),
                    skipped,
                );
                Item::Skipped
            }
        };
    }
    let built = match module.weight {
        Some((weight, axes)) => Shaped::new(module, weight, axes, out_last),
        None => Err("a bias without a weight beside it".to_owned()),
    };
    let shaped = match built {
        Ok(shaped) => shaped,
        Err(reason) => {
            skip(module, &reason, skipped);
            return Item::Skipped;
        }
    };
    if shaped.out_last {
        transposed.push(module.name.clone());
    }
    let bias = module.bias.and_then(|array| {
        let bias = vector(array, shaped.outputs);
        if bias.is_none() {
            let reason = format!(
                "shape {:?} does not fit the {} outputs of its layer",
                array.shape, shaped.outputs
            );
            skipped.push(Skipped::new(&array.name, reason));
        }
        bias
    });
    Item::Layer(shaped.layer(module, bias))
}

fn skip(module: &Module<'_>, reason: &str, skipped: &mut Vec<Skipped>) {
    skipped.extend(module.arrays().map(|array| Skipped::new(array, reason)));
}

/// How a weight is read.
struct Shaped<'a> {
    weight: &'a Weight,
    kind: LayerKind,
    out_last: bool,
    outputs: usize,
    inputs: usize,
    /// Height and width of the window.
    window: [usize; 2],
}

impl<'a> Shaped<'a> {
    fn new(
        module: &Module<'_>,
        weight: &'a Weight,
        axes: Axes,
        unknown_out_last: bool,
    ) -> Result<Self, String> {
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
                return Err("a scale without running mean and variance: layer, group or RMS norm, which depends on its input".to_owned());
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

    fn layer(&self, module: &Module<'_>, bias: Option<Vec<f64>>) -> Layer {
        let [height, width] = self.window;
        let places = height * width;
        let columns = self.inputs * places;
        let values = &self.weight.values;
        let entry = |row: usize, column: usize| {
            let (input, place) = (column / places, column % places);
            f64::from(if self.out_last {
                values[(place * self.inputs + input) * self.outputs + row]
            } else {
                values[row * columns + column]
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
            weight: Mat::from_fn(self.outputs, columns, entry),
            bias,
        }
    }
}

/// Whether the bias fits the axis that is last where outputs are last, and not the
/// first; `None` if that does not decide.
fn bias_is_last(module: &Module<'_>, weight: &Weight) -> Option<bool> {
    let bias = module.bias?.values.len();
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
fn unknown_are_out_last(modules: &[Module<'_>]) -> bool {
    let told = modules.iter().filter_map(|module| match module.weight {
        Some((weight, Axes::Unknown)) => bias_is_last(module, weight),
        _ => None,
    });
    let told: Vec<bool> = told.collect();
    !told.is_empty() && told.into_iter().all(|last| last)
}

/// A bias, which NumPy programs may keep as a row or a column.
fn vector(array: &Weight, outputs: usize) -> Option<Vec<f64>> {
    let long = array.shape.iter().filter(|&&length| length != 1).count();
    let fits = array.values.len() == outputs && long <= 1;
    fits.then(|| array.values.iter().copied().map(f64::from).collect())
}
