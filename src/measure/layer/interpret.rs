//! How the arrays of anyone's checkpoint become layers.

use std::collections::HashSet;

use rayon::prelude::*;

use super::arrays::{Module, modules};
use super::batch_norm::BatchNorm;
use super::folding::{Folding, apply, decide};
use super::known_order::{chain, reorder};
use super::order::{Item, Order};
use super::reading::Reading;
use super::shaped::{Shaped, axes_assumed, fit_transposed, unknown_are_out_last};
use super::wiring::OrderSource;
use super::{Layer, wrong_count};
use crate::checkpoint::{ArrayOrder, Skipped};
use crate::measure::MeasureError;
use crate::solution::Weight;

/// The layers of a checkpoint, and what became of the rest of its arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpretation {
    /// Batch norm folded; first to last if they are a chain, else in the order of the
    /// arrays.
    pub layers: Vec<Layer>,
    /// How it is known that the layers follow each other, fully connected, with nothing
    /// but an activation between them; or why it is not.
    pub chain: Result<OrderSource, String>,
    /// Arrays, and norms by the name of the module, that are in no layer.
    pub skipped: Vec<Skipped>,
    /// Batch norms that became part of a layer.
    pub folded: Vec<Folding>,
    /// Layers whose array was (…, in, out) and is now (out, in, …).
    pub transposed: Vec<String>,
    /// Layers whose array is taken to be (out, in), of which no bias tells it and no chain
    /// that fits only so.
    pub axes_assumed: Vec<String>,
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
/// - A `running_mean` and `running_var` make a batch norm, which in evaluation is
///   x ↦ a x + c with a = γ / √(σ² + ε) and c = β − a μ.
///
/// Arrays do not say how layers are wired. A norm is taken to be behind the layer whose
/// arrays come right before its own, in the same block, with as many outputs; where
/// both are numbered as in a sequence, their numbers must follow each other. In a file
/// that is sorted by name, bn1 is behind conv1 if the shapes of the whole
/// checkpoint allow that reading and rule out that norms go first. It is folded by the
/// signs of its running means, since a ReLU has no negative outputs:
///
/// ```text
/// some negative:               into the layer before    W' = diag(a) W    b' = a b + c
/// none, of 8 or more features: into the next layer      W' = W diag(a)    b' = b + W c
/// none of fewer, or all zero:  not
/// ```
///
/// The second only in a chain of fully connected layers: a convolution may pad its
/// input with zeros, which are not normalized. What no array shows stays assumed: that
/// no pooling and no other activation is between the two, and that the layer is used once.
///
/// The layers are a *chain* if all are fully connected, their order is known (see
/// [`OrderSource`]), each takes what the one before it puts out, and nothing else in the
/// file acts on activations: no norm that is not folded, no gate, no slope of a PReLU.
///
/// A grouped convolution is stored as (out, in / groups, height, width) and
/// does not tell its groups: it is measured as this array. With one input channel it
/// is a depthwise convolution or sees grey images.
///
/// Everything else is skipped with a reason. There may be no layers.
///
/// # Errors
/// Two arrays of one name, values that do not fill their shape, or an order or a fold
/// that names what the file does not have.
///
/// ```
/// use rethink::checkpoint::ArrayOrder;
/// use rethink::measure::{Reading, interpret};
/// use rethink::solution::Weight;
/// let array = |name: &str, shape: &[usize], values: &[f32]| Weight {
///     name: name.into(),
///     shape: shape.into(),
///     values: values.into(),
/// };
/// let interpretation = interpret(
///     vec![
///         array("0.weight", &[1, 2], &[3.0, 4.0]),
///         array("1.running_mean", &[1], &[-1.0]),
///         array("1.running_var", &[1], &[0.25]),
///         array("2.scale", &[1], &[1.0]),
///     ],
///     &Reading { array_order: ArrayOrder::Registration, ..Reading::default() },
/// )?;
/// let layer = &interpretation.layers[0];
/// assert!((layer.weight[(0, 1)] - 4.0 / 0.25001_f64.sqrt()).abs() < 1e-12);
/// assert_eq!(interpretation.folded[0].norm, "1");
/// assert_eq!(interpretation.skipped[0].name, "2.scale");
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn interpret(arrays: Vec<Weight>, reading: &Reading) -> Result<Interpretation, MeasureError> {
    check(&arrays)?;
    let (mut modules, mut skipped) = modules(arrays);
    let norms_ordered = match &reading.order {
        Some(order) => reorder(&mut modules, order)?,
        None => false,
    };
    let mut transposed = Vec::new();
    let mut axes_assumed = axes_assumed(&modules);
    let out_last = unknown_are_out_last(&modules);
    let mut items = Vec::with_capacity(modules.len());
    let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
    // Each array is dropped when its layer is made, so that a large checkpoint is
    // not held twice.
    let read = |module: Module| {
        let (mut transposed, mut skipped) = (Vec::new(), Vec::new());
        let epsilon = reading.epsilon;
        let item = item(&module, out_last, epsilon, &mut transposed, &mut skipped);
        (item, transposed, skipped)
    };
    let read: Vec<_> = modules.into_par_iter().map(read).collect();
    for (item, also_transposed, also_skipped) in read {
        items.push(item);
        transposed.extend(also_transposed);
        skipped.extend(also_skipped);
    }
    let chain = chain(&names, &items, reading)?;
    let sorted = reading.array_order == ArrayOrder::Sorted && !norms_ordered;
    let order = Order::new(&names, &items, sorted);
    let decisions = decide(&names, &items, &order, chain.as_ref().ok(), reading)?;
    let (folded, left) = apply(&mut items, &names, decisions);
    skipped.extend(left.into_iter().map(|(norm, reason)| {
        let reason = format!("batch norm, not folded: {reason}; --fold {norm}:LAYER folds it");
        Skipped::new(norm, reason)
    }));
    let chain = match skipped.iter().find(|skipped| !skipped.inert) {
        Some(other) => Err(format!(
            "\"{}\" may act on what passes between them, and is in no layer",
            other.name
        )),
        None => chain,
    };
    let mut layers: Vec<Option<Layer>> = items.into_iter().map(layer_of).collect();
    let (places, chain) = match chain {
        Ok(chain) => (chain.order, Ok(chain.source)),
        Err(reason) => ((0..layers.len()).collect(), Err(reason)),
    };
    let layers: Vec<Layer> = (places.into_iter())
        .filter_map(|at| layers[at].take())
        .collect();
    let width = reading.widths.map(|[inputs, _]| inputs);
    if chain.is_ok() && !fit_transposed(&layers, width) {
        axes_assumed.clear();
    }
    Ok(Interpretation {
        layers,
        chain,
        skipped,
        folded,
        transposed,
        axes_assumed,
    })
}

fn layer_of(item: Item) -> Option<Layer> {
    match item {
        Item::Layer(layer) => Some(layer),
        _ => None,
    }
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

fn item(
    module: &Module,
    out_last: bool,
    epsilon: f64,
    transposed: &mut Vec<String>,
    skipped: &mut Vec<Skipped>,
) -> Item {
    if module.mean.is_some() || module.variance.is_some() {
        return match BatchNorm::new(module, epsilon) {
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
    let built = match &module.weight {
        Some(weight) => Shaped::new(module, weight, out_last),
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
    let bias = module.bias.as_ref().and_then(|array| {
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

fn skip(module: &Module, reason: &str, skipped: &mut Vec<Skipped>) {
    skipped.extend(module.arrays().map(|array| Skipped::new(array, reason)));
}

/// A bias, which NumPy programs may keep as a row or a column.
fn vector(array: &Weight, outputs: usize) -> Option<Vec<f64>> {
    let long = array.shape.iter().filter(|&&length| length != 1).count();
    let fits = array.values.len() == outputs && long <= 1;
    fits.then(|| array.values.iter().copied().map(f64::from).collect())
}

#[cfg(test)]
mod tests;
