//! Which batch norm becomes part of which layer.

use std::collections::HashSet;

use serde::Serialize;

use super::batch_norm::{BatchNorm, Before};
use super::order::{Between, Item, Order};
use super::reading::{Fold, Reading};
use super::wiring::Chain;
use super::{Layer, LayerKind};
use crate::measure::MeasureError;

/// On which side of a batch norm the layer is that it becomes part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The layer's outputs are normalized.
    LayerBefore,
    /// The layer's inputs are.
    LayerAfter,
}

/// A batch norm that became part of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Folding {
    /// The layer.
    pub layer: String,
    /// The norm.
    pub norm: String,
    /// Where the layer is.
    pub direction: Direction,
    /// Running means below zero, which show that no ReLU is before the norm.
    pub negative_means: usize,
    /// Running means in all.
    pub features: usize,
    #[serde(skip)]
    pub(super) parameters: BatchNorm,
}

/// What folds into what, by place.
pub(super) struct Decision {
    pub(super) norm: usize,
    pub(super) outcome: Result<(usize, Direction), String>,
}

/// Decides for every norm.
///
/// # Errors
/// A norm or layer to fold that the file does not have.
pub(super) fn decide(
    names: &[String],
    items: &[Item],
    order: &Order,
    chain: Option<&Chain>,
    reading: &Reading,
) -> Result<Vec<Decision>, MeasureError> {
    let norms = |&at: &usize| matches!(items[at], Item::Norm(_));
    for fold in &reading.folds {
        find(names, items, &fold.norm, "batch norm", norms)?;
    }
    let mut taken = HashSet::new();
    let mut decisions = Vec::new();
    for norm in (0..items.len()).filter(norms) {
        let wanted = reading.folds.iter().find(|fold| fold.norm == names[norm]);
        let outcome = match wanted {
            Some(fold) => as_wanted(names, items, order, norm, fold)?,
            None if !reading.fold => Err("it is not among those to fold".to_owned()),
            None => by_evidence(items, order, chain, norm),
        };
        let free = |place: (usize, Direction)| match taken.insert(place) {
            true => Ok(place),
            false => Err("another norm is next to its layer".to_owned()),
        };
        decisions.push(Decision {
            norm,
            outcome: outcome.and_then(free),
        });
    }
    Ok(decisions)
}

/// By place in the file and the signs of the running means.
fn by_evidence(
    items: &[Item],
    order: &Order,
    chain: Option<&Chain>,
    norm: usize,
) -> Result<(usize, Direction), String> {
    let layer = order.layer_before(norm)?;
    let parameters = norm_at(items, norm);
    let features = parameters.features();
    let between = order.between(layer, norm);
    match parameters.before() {
        Before::Signed if between == Between::Something => {
            Err("a module without arrays is between its layer and it".to_owned())
        }
        Before::Signed => Ok((layer, Direction::LayerBefore)),
        Before::NonNegative if between == Between::Nothing => Err(format!(
            "none of its {features} running means is negative, as behind an activation, but its \
             number says that it is directly behind its layer"
        )),
        Before::Undecided => Err(format!(
            "of its {features} running means none is negative, which does not show whether a ReLU \
             is before it"
        )),
        Before::NonNegative => {
            let sign = format!(
                "none of its {features} running means is negative: an activation is before it"
            );
            let chain = chain.ok_or_else(|| {
                format!("{sign}, and the layers are no chain in which it has a next layer")
            })?;
            match chain.after(layer) {
                Some(after) => Ok((after, Direction::LayerAfter)),
                None => Err(format!("{sign}, and no layer is after it")),
            }
        }
    }
}

/// As the user says, who knows how the network is wired.
fn as_wanted(
    names: &[String],
    items: &[Item],
    order: &Order,
    norm: usize,
    fold: &Fold,
) -> Result<Result<(usize, Direction), String>, MeasureError> {
    let layers = |&at: &usize| matches!(items[at], Item::Layer(_));
    let at = find(names, items, &fold.layer, "layer", layers)?;
    let features = norm_at(items, norm).features();
    let Item::Layer(layer) = &items[at] else {
        return Ok(Err("it is next to no layer".to_owned()));
    };
    let before = layer.outputs() == features;
    let after = layer.shape[1] == features;
    let name = &layer.name;
    Ok(match fold.direction.or_else(|| order.side(at, norm)) {
        Some(Direction::LayerBefore) if before => Ok((at, Direction::LayerBefore)),
        Some(Direction::LayerAfter) if after => into_layer_after(at, layer),
        None if before && !after => Ok((at, Direction::LayerBefore)),
        None if after && !before => into_layer_after(at, layer),
        None if before => Err(format!(
            "\"{name}\" has as many inputs as outputs, and the file does not tell on which side of \
             the norm it is; give --order with the norm in it"
        )),
        _ => Err(format!(
            "\"{name}\" has {} outputs and {} inputs, the norm {features} features",
            layer.outputs(),
            layer.shape[1]
        )),
    })
}

/// A shift of the inputs is a bias only where every output sees all of them: zeros
/// around an image are not shifted.
fn into_layer_after(at: usize, layer: &Layer) -> Result<(usize, Direction), String> {
    match layer.kind {
        LayerKind::Linear => Ok((at, Direction::LayerAfter)),
        _ => Err(format!(
            "\"{}\" after it is not fully connected: zeros around its inputs would not be \
             normalized",
            layer.name
        )),
    }
}

fn norm_at(items: &[Item], at: usize) -> &BatchNorm {
    match &items[at] {
        Item::Norm(norm) => norm,
        _ => unreachable!("only norms are decided on"),
    }
}

fn find(
    names: &[String],
    items: &[Item],
    wanted: &str,
    kind: &'static str,
    is: impl Fn(&usize) -> bool,
) -> Result<usize, MeasureError> {
    let known: Vec<usize> = (0..items.len()).filter(is).collect();
    let place = known.iter().find(|&&at| names[at] == wanted);
    place.copied().ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|&at| &*names[at]).collect();
        MeasureError::UnknownModule {
            kind,
            name: wanted.to_owned(),
            known: known.join(", "),
        }
    })
}

/// Makes norms parts of layers, as decided.
pub(super) fn apply(
    items: &mut [Item],
    names: &[String],
    decisions: Vec<Decision>,
) -> (Vec<Folding>, Vec<(String, String)>) {
    let (mut folded, mut left) = (Vec::new(), Vec::new());
    for Decision { norm, outcome } in decisions {
        let name = names[norm].clone();
        let (at, direction) = match outcome {
            Ok(place) => place,
            Err(reason) => {
                left.push((name, reason));
                continue;
            }
        };
        if let Ok([Item::Layer(layer), Item::Norm(norm)]) = items.get_disjoint_mut([at, norm]) {
            match direction {
                Direction::LayerBefore => norm.fold_into_layer_before(layer),
                Direction::LayerAfter => norm.fold_into_layer_after(layer),
            }
            folded.push(Folding {
                layer: layer.name.clone(),
                norm: name,
                direction,
                negative_means: norm.negative_means(),
                features: norm.features(),
                parameters: norm.clone(),
            });
        }
    }
    (folded, left)
}

#[cfg(test)]
mod tests {
    use super::super::{Interpretation, OrderSource, interpret};
    use super::*;
    use crate::checkpoint::ArrayOrder;
    use crate::measure::Network;
    use crate::solution::Weight;

    fn array(name: &str, shape: &[usize], values: impl Fn(usize) -> f32) -> Weight {
        Weight {
            name: name.into(),
            shape: shape.into(),
            values: (0..shape.iter().product()).map(values).collect(),
        }
    }

    /// 3 → `features` → 2 with a norm between.
    fn network(features: usize, mean: impl Fn(usize) -> f32) -> Vec<Weight> {
        let wave = |i: usize| (i as f32 * 0.7).sin();
        vec![
            array("0.weight", &[features, 3], wave),
            array("bn.weight", &[features], |i| 1.0 + wave(i)),
            array("bn.bias", &[features], wave),
            array("bn.running_mean", &[features], mean),
            array("bn.running_var", &[features], |i| 0.5 + i as f32),
            array("2.weight", &[2, features], wave),
        ]
    }

    fn read(arrays: Vec<Weight>, folds: Vec<Fold>) -> Interpretation {
        let reading = Reading {
            array_order: ArrayOrder::Registration,
            folds,
            ..Reading::default()
        };
        interpret(arrays, &reading).unwrap()
    }

    fn fold(layer: &str) -> Vec<Fold> {
        vec![Fold {
            norm: "bn".into(),
            layer: layer.into(),
            direction: None,
        }]
    }

    /// W₂ a(x) of the arrays, where a is norm and ReLU in one order or the other.
    fn by_hand(arrays: &[Weight], x: &[f64], relu_first: bool) -> Vec<f64> {
        let value = |name: &str, i: usize| {
            let array = arrays.iter().find(|array| array.name == name).unwrap();
            f64::from(array.values[i])
        };
        let features = arrays[1].values.len();
        let hidden = |i: usize| {
            let z: f64 = (0..3).map(|j| value("0.weight", 3 * i + j) * x[j]).sum();
            let norm = |z: f64| {
                let deviation = (value("bn.running_var", i) + 1e-5).sqrt();
                value("bn.weight", i) * (z - value("bn.running_mean", i)) / deviation
                    + value("bn.bias", i)
            };
            match relu_first {
                true => norm(z.max(0.0)),
                false => norm(z).max(0.0),
            }
        };
        let sum = |k: usize| {
            (0..features)
                .map(|i| value("2.weight", k * features + i) * hidden(i))
                .sum()
        };
        (0..2).map(sum).collect()
    }

    #[test]
    fn signs_of_the_running_means_decide_the_side() {
        let x = [0.3, -2.0, 1.1];
        for (negative, direction) in [
            (true, Direction::LayerBefore),
            (false, Direction::LayerAfter),
        ] {
            let arrays = network(9, |i| if negative && i == 4 { -0.1 } else { 0.2 });
            let expected = by_hand(&arrays, &x, !negative);
            let found = read(arrays, Vec::new());
            assert_eq!(found.chain, Ok(OrderSource::Registration));
            assert_eq!(found.folded[0].direction, direction);
            let network = Network::<f64>::chain(&found.layers);
            let outputs = network.logits(&network.forward(&x));
            for (k, expected) in expected.into_iter().enumerate() {
                assert!((outputs[(k, 0)] - expected).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn numbers_of_a_sequence_count_too() {
        let numbered = |norm: &str, next: &str, mean: f32| {
            let mut arrays = network(9, |_| mean);
            for array in &mut arrays {
                array.name = array.name.replace("2.", next).replace("bn.", norm);
            }
            let found = read(arrays, Vec::new());
            found.folded.first().map(|folding| folding.direction)
        };
        assert_eq!(numbered("1.", "2.", -0.1), Some(Direction::LayerBefore));
        assert_eq!(numbered("2.", "3.", 0.2), Some(Direction::LayerAfter));
        // Sign and number contradict each other.
        assert_eq!(numbered("1.", "2.", 0.2), None);
        assert_eq!(numbered("2.", "3.", -0.1), None);
    }

    #[test]
    fn what_means_do_not_decide_is_left_to_the_user() {
        for arrays in [network(7, |_| 0.2), network(9, |_| 0.0)] {
            let left = read(arrays.clone(), Vec::new());
            assert!(left.folded.is_empty() && left.chain.is_err());
            assert!(left.skipped[0].reason.contains("--fold bn:LAYER"));
            let before = read(arrays.clone(), fold("0"));
            assert_eq!(before.folded[0].direction, Direction::LayerBefore);
            let after = read(arrays, fold("2"));
            assert_eq!(after.folded[0].direction, Direction::LayerAfter);
            assert!(after.chain.is_ok());
        }
        let reading = Reading {
            folds: fold("5"),
            ..Reading::default()
        };
        let error = interpret(network(9, |_| 0.2), &reading).unwrap_err();
        assert!(
            error.to_string().contains("no layer \"5\"; it has 0, 2"),
            "{error}"
        );
    }

    #[test]
    fn the_initial_network_is_folded_as_the_trained_one() {
        let reading = Reading {
            array_order: ArrayOrder::Registration,
            ..Reading::default()
        };
        let trained = interpret(network(9, |_| 0.2), &reading).unwrap();
        let initial = interpret(network(9, |_| 0.0), &reading.like(&trained)).unwrap();
        assert_eq!(initial.folded[0].direction, Direction::LayerAfter);
    }
}
