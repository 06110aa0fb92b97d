//! In which order the layers of a file follow each other.

use std::path::PathBuf;

use super::{Layer, LayerKind, check_chain};
use crate::checkpoint::{ArrayOrder, Piece, natural};

/// Layers that are ordered by their shapes at most.
const MOST_LAYERS: usize = 512;
/// Steps that a search for orders takes at most.
const MOST_STEPS: usize = 200_000;

/// How the order of the layers is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderSource {
    /// It was given.
    Given,
    /// The program that trained the network made the arrays in this order.
    Registration,
    /// Another file of the same arrays has it.
    Of(PathBuf),
    /// The names are numbered.
    Names,
    /// No other order lets each layer take what the one before it puts out.
    Shapes,
}

/// What is known of the order beside the layers.
pub(super) struct Evidence<'a> {
    /// Places of the layers, where the user gave their order.
    pub(super) given: Option<Vec<usize>>,
    pub(super) arrays: &'a ArrayOrder,
    /// Inputs of the first layer and outputs of the last.
    pub(super) widths: Option<[usize; 2]>,
}

/// Fully connected layers that follow each other.
pub(super) struct Chain {
    /// Places of the layers, first to last.
    pub(super) order: Vec<usize>,
    pub(super) source: OrderSource,
}

impl Chain {
    /// The order of the layers, or why they are no chain.
    ///
    /// It is the one that was given; else that of the file or of its numbered names, if
    /// the layers follow each other in it; else the only one in which they do, where
    /// numbers in names that are otherwise the same must ascend.
    pub(super) fn of(layers: &[&Layer], evidence: Evidence) -> Result<Self, String> {
        if let Some(other) = layers.iter().find(|layer| layer.kind != LayerKind::Linear) {
            let kind = match other.kind {
                LayerKind::Embedding => "an embedding",
                _ => "a convolution",
            };
            return Err(format!("\"{}\" is {kind}", other.name));
        }
        if let Some(order) = evidence.given {
            let ordered: Vec<&Layer> = order.iter().map(|&at| layers[at]).collect();
            let source = OrderSource::Given;
            return check_chain(&ordered)
                .map(|()| Self { order, source })
                .map_err(|error| error.to_string());
        }
        let as_stored = match evidence.arrays {
            ArrayOrder::Registration => Some(OrderSource::Registration),
            ArrayOrder::Of(path) => Some(OrderSource::Of(path.clone())),
            ArrayOrder::Sorted => None,
        };
        let stored = as_stored.map(|source| ((0..layers.len()).collect(), source));
        let numbered = by_number(layers).map(|order| (order, OrderSource::Names));
        for (order, source) in stored.into_iter().chain(numbered) {
            if follow(layers, &order) {
                return Ok(Self { order, source });
            }
        }
        let order = only_order(layers, evidence.widths)?;
        let source = OrderSource::Shapes;
        Ok(Self { order, source })
    }

    /// The layer after this one.
    pub(super) fn after(&self, layer: usize) -> Option<usize> {
        let place = self.order.iter().position(|&at| at == layer)?;
        self.order.get(place + 1).copied()
    }
}

fn follow(layers: &[&Layer], order: &[usize]) -> bool {
    let pair = |pair: &[usize]| layers[pair[1]].inputs() == layers[pair[0]].outputs();
    order.windows(2).all(pair)
}

/// The order of the numbers, if the names differ first in a number, as `"0.0"`, `"1.0"`
/// and `"3"` do, and `"encoder.0"` and `"decoder.0"` do not.
fn by_number(layers: &[&Layer]) -> Option<Vec<usize>> {
    let keys: Vec<_> = layers.iter().map(|layer| natural(&layer.name)).collect();
    let mut order: Vec<usize> = (0..layers.len()).collect();
    order.sort_by_key(|&at| &keys[at]);
    let numbered = |pair: &[usize]| {
        let (a, b) = (&keys[pair[0]], &keys[pair[1]]);
        let parts = a.iter().zip(b).find(|(a, b)| a != b);
        let pieces = parts.and_then(|(a, b)| a.1.iter().zip(&b.1).find(|(a, b)| a != b));
        matches!(pieces, Some((Piece::Number(_), Piece::Number(_))))
    };
    order.windows(2).all(numbered).then_some(order)
}

/// Whether the names are the same but for one number, which is smaller in the first.
fn precedes(a: &str, b: &str) -> bool {
    let flat = |name| natural(name).into_iter().flat_map(|(_, pieces)| pieces);
    let (a, b): (Vec<Piece>, Vec<Piece>) = (flat(a).collect(), flat(b).collect());
    let mut differences = a.iter().zip(&b).filter(|(a, b)| a != b);
    match (differences.next(), differences.next()) {
        (Some((Piece::Number(x), Piece::Number(y))), None) => a.len() == b.len() && x < y,
        _ => false,
    }
}

/// The only order that shapes and numbers allow, or why there is not just one.
fn only_order(layers: &[&Layer], widths: Option<[usize; 2]>) -> Result<Vec<usize>, String> {
    if layers.len() > MOST_LAYERS {
        return Err(format!(
            "their order is not known, and {} layers are too many to try the orders that their \
             shapes allow; give it with --order",
            layers.len()
        ));
    }
    let mut search = Search {
        layers,
        widths,
        before: layers
            .iter()
            .map(|b| {
                let names = layers.iter().enumerate();
                let before = names.filter(|(_, a)| precedes(&a.name, &b.name));
                before.map(|(at, _)| at).collect()
            })
            .collect(),
        path: Vec::new(),
        used: vec![false; layers.len()],
        found: Vec::new(),
        steps: 0,
    };
    search.extend();
    let names = |order: &[usize]| {
        let names: Vec<&str> = order.iter().map(|&at| &*layers[at].name).collect();
        names.join(",")
    };
    match &search.found[..] {
        _ if search.steps >= MOST_STEPS => Err(format!(
            "their order is not known, and their shapes allow too many to try; give it, such as \
             --order {}",
            names(&(0..layers.len()).collect::<Vec<_>>())
        )),
        [] => Err("in no order does each layer take what the one before it puts out, arrays being (out, in)"
            .to_owned()),
        [only] => Ok(only.clone()),
        [first, second, ..] => Err(format!(
            "their order is not known, and the shapes allow more than one; give it, if they are \
             a chain: --order {} or --order {}, for example",
            names(first),
            names(second)
        )),
    }
}

/// A search in depth for orders of the layers, that stops at two.
struct Search<'a> {
    layers: &'a [&'a Layer],
    widths: Option<[usize; 2]>,
    /// The layers that must come before each.
    before: Vec<Vec<usize>>,
    path: Vec<usize>,
    used: Vec<bool>,
    found: Vec<Vec<usize>>,
    steps: usize,
}

impl Search<'_> {
    fn extend(&mut self) {
        let last = self.path.last().map(|&at| self.layers[at]);
        if self.path.len() == self.layers.len() {
            let outputs = last.map(Layer::outputs);
            if self.widths.is_none_or(|[_, width]| outputs == Some(width)) {
                self.found.push(self.path.clone());
            }
            return;
        }
        let inputs = match last {
            Some(last) => Some(last.outputs()),
            None => self.widths.map(|[width, _]| width),
        };
        for next in 0..self.layers.len() {
            if self.found.len() >= 2 || self.steps >= MOST_STEPS {
                return;
            }
            let fits = inputs.is_none_or(|inputs| self.layers[next].inputs() == inputs);
            let in_order = || self.before[next].iter().all(|&at| self.used[at]);
            if fits && !self.used[next] && in_order() {
                self.steps += 1;
                self.path.push(next);
                self.used[next] = true;
                self.extend();
                self.used[next] = false;
                self.path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;

    fn layers(shapes: &[(&str, usize, usize)]) -> Vec<Layer> {
        let layer = |&(name, outputs, inputs): &(&str, usize, usize)| {
            Layer::linear(name, Mat::zeros(outputs, inputs), None)
        };
        shapes.iter().map(layer).collect()
    }

    fn chain(
        shapes: &[(&str, usize, usize)],
        arrays: ArrayOrder,
        widths: Option<[usize; 2]>,
    ) -> Result<(Vec<String>, OrderSource), String> {
        let layers = layers(shapes);
        let layers: Vec<&Layer> = layers.iter().collect();
        let evidence = Evidence {
            given: None,
            arrays: &arrays,
            widths,
        };
        let chain = Chain::of(&layers, evidence)?;
        let names = chain.order.iter().map(|&at| layers[at].name.clone());
        Ok((names.collect(), chain.source))
    }

    fn is(names: &[&str], source: OrderSource) -> Result<(Vec<String>, OrderSource), String> {
        Ok((names.iter().map(ToString::to_string).collect(), source))
    }

    #[test]
    fn numbers_in_names_are_an_order_and_words_are_none() {
        let sorted = |shapes: &[(&str, usize, usize)]| chain(shapes, ArrayOrder::Sorted, None);
        let zoo = [("0.0", 4, 4), ("1.0", 4, 4), ("3", 4, 4)];
        assert_eq!(sorted(&zoo), is(&["0.0", "1.0", "3"], OrderSource::Names));
        let ten = [("fc10", 4, 4), ("fc2", 4, 4)];
        assert_eq!(sorted(&ten), is(&["fc2", "fc10"], OrderSource::Names));
        let words = [("alpha", 4, 4), ("body", 4, 4)];
        let error = sorted(&words).unwrap_err();
        assert!(
            error.contains("--order alpha,body or --order body,alpha"),
            "{error}"
        );
    }

    #[test]
    fn an_autoencoder_is_not_read_in_the_order_of_the_alphabet() {
        // The wrong order fits too: 3 -> 8 -> 3 twice.
        let square = [
            ("decoder.0", 3, 2),
            ("decoder.2", 8, 3),
            ("encoder.0", 3, 8),
            ("encoder.2", 2, 3),
        ];
        let error = chain(&square, ArrayOrder::Sorted, None).unwrap_err();
        assert!(error.contains("more than one"), "{error}");
        let right = is(
            &["encoder.0", "encoder.2", "decoder.0", "decoder.2"],
            OrderSource::Shapes,
        );
        assert_eq!(chain(&square, ArrayOrder::Sorted, Some([8, 8])), right);
        let registered = chain(&square, ArrayOrder::Registration, None).unwrap();
        assert_eq!(registered.0[0], "decoder.0");
    }

    #[test]
    fn shapes_find_the_one_order_that_they_allow() {
        let sorted = [("fc", 2, 4), ("layer1", 4, 3), ("layer2", 4, 4)];
        let right = is(&["layer1", "layer2", "fc"], OrderSource::Shapes);
        assert_eq!(chain(&sorted, ArrayOrder::Sorted, None), right);
        // Made in another order than used.
        assert_eq!(chain(&sorted, ArrayOrder::Registration, None), right);
        let apart = [("a", 2, 4), ("b", 3, 5)];
        let error = chain(&apart, ArrayOrder::Registration, None).unwrap_err();
        assert!(error.contains("in no order"), "{error}");
    }

    #[test]
    fn many_equal_layers_and_dead_ends_are_given_up() {
        let names: Vec<String> = (0..40u8)
            .map(|i| char::from(b'A' + i).to_string() + "x")
            .collect();
        let mut shapes: Vec<(&str, usize, usize)> = names.iter().map(|n| (&**n, 4, 4)).collect();
        let error = chain(&shapes, ArrayOrder::Sorted, None).unwrap_err();
        assert!(error.contains("more than one"), "{error}");
        shapes.push(("z", 5, 6));
        let error = chain(&shapes, ArrayOrder::Sorted, None).unwrap_err();
        assert!(error.contains("too many to try"), "{error}");
    }

    #[test]
    fn an_order_that_was_given_is_checked() {
        let layers = layers(&[("fc", 2, 4), ("in", 4, 3)]);
        let of = |given| {
            let arrays = &ArrayOrder::Registration;
            let given = Some(given);
            let evidence = Evidence {
                given,
                arrays,
                widths: None,
            };
            let layers: Vec<&Layer> = layers.iter().collect();
            Chain::of(&layers, evidence).map(|chain| chain.order)
        };
        assert_eq!(of(vec![1, 0]), Ok(vec![1, 0]));
        assert!(of(vec![0, 1]).unwrap_err().contains("takes 3 inputs"));
    }
}
