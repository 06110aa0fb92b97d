//! How the arrays of anyone's checkpoint become layers.

use std::collections::HashSet;

use rayon::prelude::*;

use super::arrays::{Module, modules};
use super::batch_norm::BatchNorm;
use super::folding::{Folding, apply, decide};
use super::order::{Item, Order};
use super::reading::Reading;
use super::shaped::{Shaped, unknown_are_out_last};
use super::wiring::{Chain, Evidence, OrderSource};
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
    Ok(Interpretation {
        layers: (places.into_iter())
            .filter_map(|at| layers[at].take())
            .collect(),
        chain,
        skipped,
        folded,
        transposed,
    })
}

fn layer_of(item: Item) -> Option<Layer> {
    match item {
        Item::Layer(layer) => Some(layer),
        _ => None,
    }
}

/// Puts the modules in the order that was given if it names batch norms too, and tells
/// whether it does.
///
/// # Errors
/// An order that names some of the norms.
fn reorder(modules: &mut [Module], order: &[String]) -> Result<bool, MeasureError> {
    let place = |module: &Module| order.iter().position(|name| *name == module.name);
    let norms: Vec<&Module> = modules.iter().filter(|m| m.mean.is_some()).collect();
    let named = norms.iter().filter(|norm| place(norm).is_some()).count();
    if named == 0 {
        return Ok(false);
    }
    if named < norms.len() {
        return Err(order_error(order, modules.iter().map(|m| &*m.name)));
    }
    modules.sort_by_key(|module| place(module).unwrap_or(order.len()));
    Ok(true)
}

fn order_error<'a>(order: &[String], known: impl Iterator<Item = &'a str>) -> MeasureError {
    MeasureError::Order {
        given: order.join(", "),
        known: known.collect::<Vec<_>>().join(", "),
    }
}

/// The chain that the layers make, by their places among the items, or why they make
/// none.
///
/// # Errors
/// An order that does not name every layer once.
fn chain(
    names: &[String],
    items: &[Item],
    reading: &Reading,
) -> Result<Result<Chain, String>, MeasureError> {
    let (places, layers): (Vec<usize>, Vec<&Layer>) = (items.iter().enumerate())
        .filter_map(|(at, item)| match item {
            Item::Layer(layer) => Some((at, layer)),
            _ => None,
        })
        .unzip();
    let is_norm = |name: &&String| {
        let at = names.iter().position(|known| known == *name);
        at.is_some_and(|at| matches!(items[at], Item::Norm(_)))
    };
    let given = match &reading.order {
        None => None,
        Some(order) => {
            let place = |name: &String| layers.iter().position(|layer| layer.name == *name);
            let order_of_layers = order.iter().filter(|name| !is_norm(name));
            let given: Option<Vec<usize>> = order_of_layers.map(place).collect();
            let each_once = |given: &Vec<usize>| {
                let distinct: HashSet<usize> = given.iter().copied().collect();
                distinct.len() == layers.len() && given.len() == layers.len()
            };
            let known = layers.iter().map(|layer| &*layer.name);
            Some(
                given
                    .filter(each_once)
                    .ok_or_else(|| order_error(order, known))?,
            )
        }
    };
    let evidence = Evidence {
        given,
        arrays: &reading.array_order,
        widths: reading.widths,
    };
    Ok(Chain::of(&layers, evidence).map(|chain| Chain {
        order: chain.order.into_iter().map(|at| places[at]).collect(),
        source: chain.source,
    }))
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
mod tests {
    use super::super::LayerKind;
    use super::*;

    fn array(name: &str, shape: &[usize]) -> Weight {
        let count: usize = shape.iter().product();
        Weight {
            name: name.into(),
            shape: shape.into(),
            values: (0..count).map(|i| (i as f32 * 0.7).sin() + 1.5).collect(),
        }
    }

    fn of(arrays: &[(&str, &[usize])]) -> Interpretation {
        let arrays: Vec<Weight> = arrays
            .iter()
            .map(|(name, shape)| array(name, shape))
            .collect();
        interpret(arrays, &Reading::default()).unwrap()
    }

    fn kinds(interpretation: &Interpretation) -> Vec<(&str, LayerKind, &[usize])> {
        let layers = interpretation.layers.iter();
        layers
            .map(|layer| (&*layer.name, layer.kind, &*layer.shape))
            .collect()
    }

    fn reason(interpretation: &Interpretation, name: &str) -> String {
        let mut skipped = interpretation.skipped.iter();
        skipped
            .find(|skipped| skipped.name == name)
            .unwrap()
            .reason
            .clone()
    }

    #[test]
    fn names_and_shapes_say_what_a_layer_is() {
        let found = of(&[
            ("model.embed_tokens.weight", &[7, 4]),
            ("features.0.weight", &[8, 3, 5, 5]),
            ("features.0.bias", &[8]),
            ("sequence.weight", &[6, 4, 3]),
            ("fc.weight", &[5, 8]),
        ]);
        assert_eq!(
            kinds(&found),
            [
                ("model.embed_tokens", LayerKind::Embedding, &[7, 4][..]),
                ("features.0", LayerKind::Convolution, &[8, 3, 5, 5]),
                ("sequence", LayerKind::Convolution, &[6, 4, 1, 3]),
                ("fc", LayerKind::Linear, &[5, 8]),
            ]
        );
        assert_eq!(
            (found.layers[1].outputs(), found.layers[1].inputs()),
            (8, 75)
        );
        assert_eq!((found.skipped.len(), found.transposed.len()), (0, 0));
    }

    #[test]
    fn kernels_are_transposed_and_said_to_be() {
        let found = of(&[
            ("params/Conv_0/kernel", &[2, 3, 4, 5]),
            ("params/Conv_0/bias", &[5]),
            ("params/Dense_0/kernel", &[6, 2]),
            ("params/Embed_0/embedding", &[9, 3]),
        ]);
        assert_eq!(
            kinds(&found),
            [
                ("Conv_0", LayerKind::Convolution, &[5, 4, 2, 3][..]),
                ("Dense_0", LayerKind::Linear, &[2, 6]),
                ("Embed_0", LayerKind::Embedding, &[9, 3]),
            ]
        );
        assert_eq!(found.transposed, ["Conv_0", "Dense_0"]);
        // Output 4 of input 3 at row 1 and column 2.
        let values = array("", &[2, 3, 4, 5]).values;
        let entry = found.layers[0].weight[(4, (3 * 2 + 1) * 3 + 2)];
        assert_eq!(entry, f64::from(values[((3 + 2) * 4 + 3) * 5 + 4]));
    }

    #[test]
    fn biases_tell_the_axes_of_weights_that_may_be_either() {
        let numpy = of(&[
            ("W1", &[3, 4]),
            ("b1", &[1, 4]),
            ("W2", &[4, 4]),
            ("b2", &[4]),
        ]);
        assert_eq!(numpy.transposed, ["W1", "W2"]);
        assert_eq!(numpy.layers[0].bias.as_ref().unwrap().len(), 4);
        let upright = of(&[("W1", &[4, 3]), ("b1", &[4]), ("W2", &[4, 4]), ("b2", &[4])]);
        assert_eq!(upright.transposed.len(), 0);
        let gpt = of(&[
            ("c_attn.weight", &[2, 6]),
            ("c_attn.bias", &[6]),
            ("lm_head.weight", &[9, 2]),
        ]);
        assert_eq!(gpt.transposed, ["c_attn"]);
    }

    #[test]
    fn nothing_is_dropped_without_a_reason() {
        let found = of(&[
            ("ln.weight", &[4]),
            ("ln.bias", &[4]),
            ("lone.bias", &[4]),
            ("up.weight", &[4, 8, 2, 2]),
            ("up.bias", &[8]),
            ("video.weight", &[4, 4, 3, 3, 3]),
            ("rnn.weight_ih_l0", &[8, 2]),
            ("temperature.weight", &[]),
            ("fc.weight", &[5, 8]),
            ("fc.bias", &[3]),
            ("half.running_mean", &[5]),
            ("fc.scale", &[5]),
        ]);
        assert_eq!(kinds(&found), [("fc", LayerKind::Linear, &[5, 8][..])]);
        for (name, part) in [
            ("ln.weight", "layer, group or RMS norm"),
            ("ln.bias", "layer, group or RMS norm"),
            ("lone.bias", "without a weight"),
            ("up.weight", "transposed convolution"),
            ("up.bias", "transposed convolution"),
            ("video.weight", "rank 5"),
            ("rnn.weight_ih_l0", "its name"),
            ("temperature.weight", "rank 0"),
            ("fc.bias", "does not fit the 5 outputs"),
            ("half.running_mean", "running mean or variance is missing"),
            ("fc.scale", "\"fc.weight\" has the same part"),
        ] {
            let reason = reason(&found, name);
            assert!(reason.contains(part), "{name}: {reason}");
        }
        assert_eq!(found.skipped.len(), 11);
    }

    #[test]
    fn arrays_that_contradict_themselves_are_refused() {
        let twice = [array("a.weight", &[2, 2]), array("a.weight", &[2, 2])];
        assert!(matches!(
            interpret(twice.into(), &Reading::default()),
            Err(MeasureError::DuplicateArray { .. })
        ));
        let short = Weight {
            shape: vec![usize::MAX, 2],
            ..array("a.weight", &[2, 2])
        };
        assert!(matches!(
            interpret(vec![short], &Reading::default()),
            Err(MeasureError::ValueCount { .. })
        ));
    }

    #[test]
    fn what_acts_on_activations_and_is_in_no_layer_breaks_the_chain() {
        let two: &[(&str, &[usize])] = &[("0.weight", &[4, 3]), ("2.weight", &[2, 4])];
        assert_eq!(of(two).chain, Ok(OrderSource::Names));
        for (name, shape) in [
            ("1.weight", &[4][..]), // PReLU or LayerNorm
            ("gate", &[4]),
            ("1.running_mean", &[4]),
            ("temperature.weight", &[]),
        ] {
            let broken = of(&[two, &[(name, shape)]].concat()).chain.unwrap_err();
            assert!(broken.contains(name), "{broken}");
        }
        let convolution = of(&[two, &[("4.weight", &[2, 2, 3, 3])]].concat());
        assert!(
            convolution
                .chain
                .unwrap_err()
                .contains("\"4\" is a convolution")
        );
    }

    #[test]
    fn an_order_names_every_layer_once() {
        let arrays = || vec![array("b.weight", &[2, 4]), array("a.weight", &[4, 3])];
        let order = |names: &[&str]| Reading {
            order: Some(names.iter().map(ToString::to_string).collect()),
            ..Reading::default()
        };
        let given = interpret(arrays(), &order(&["a", "b"])).unwrap();
        assert_eq!(
            (&*given.layers[0].name, given.chain),
            ("a", Ok(OrderSource::Given))
        );
        for names in [&["a"][..], &["a", "a"], &["a", "b", "c"]] {
            let refused = interpret(arrays(), &order(names));
            assert!(
                matches!(refused, Err(MeasureError::Order { .. })),
                "{names:?}"
            );
        }
    }
}
