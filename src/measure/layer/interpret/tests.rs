use super::super::{LayerKind, OrderSource};
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

/// An array (out, in) is that by convention where neither a bias nor the chain tells.
#[test]
fn axes_that_nothing_tells_are_assumed() {
    // Named like outputs first, and a chain only the other way round.
    let transposed = of(&[
        ("0.weight", &[6, 8]),
        ("1.weight", &[8, 8]),
        ("2.weight", &[8, 2]),
    ]);
    assert_eq!(transposed.axes_assumed, ["0", "1", "2"]);
    // A chain, and one the other way round too.
    let either = of(&[("0.weight", &[4, 9]), ("1.weight", &[9, 4])]);
    assert_eq!(either.axes_assumed, ["0", "1"]);
    let square = of(&[("0.weight", &[4, 4]), ("0.bias", &[4])]);
    assert_eq!(square.axes_assumed, ["0"]);

    let chain = of(&[("0.weight", &[5, 9]), ("1.weight", &[3, 5])]);
    let bias = of(&[
        ("a.weight", &[4, 4]),
        ("b.weight", &[2, 6]),
        ("b.bias", &[2]),
    ]);
    let named = of(&[("a.kernel", &[4, 4])]);
    for told in [chain, bias, named] {
        assert!(told.axes_assumed.is_empty(), "{:?}", told.axes_assumed);
    }
}
