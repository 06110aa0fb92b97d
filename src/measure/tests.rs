//! Tests that walk the registry: closed forms, invariances, a diverged network.

use std::collections::HashSet;

use faer::Mat;
use proptest::prelude::*;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::solution::{CurvePoint, Outputs, Weight};

fn gaussian_net(widths: &[usize], seed: u64) -> Vec<Layer> {
    let mut rng = crate::random::stream(seed, "gaussian network");
    let mut normal = || StandardNormal.sample(&mut rng);
    let layer = |(l, pair): (usize, &[usize])| {
        let weight = Mat::from_fn(pair[1], pair[0], |_, _| normal());
        let bias = (0..pair[1]).map(|_| normal()).collect();
        Layer::linear(l.to_string(), weight, Some(bias))
    };
    widths.windows(2).enumerate().map(layer).collect()
}

/// The network and all that can be known of it: Gaussian inputs, the outputs on
/// them, labels 0, 1, … in turn, and a short curve.
fn known(layers: Vec<Layer>, initial: Vec<Layer>, n: usize) -> Subject {
    let (features, classes) = (layers[0].inputs(), layers[layers.len() - 1].outputs());
    let inputs = differentiable::tests::gaussian_inputs(n, features, classes, 1);
    let logits = (0..n).flat_map(|i| {
        let x: Vec<f64> = inputs.image(i).iter().map(|&x| x.into()).collect();
        forward(&layers, &x)
    });
    let outputs = Outputs {
        classes,
        logits: logits.map(|z| z as f32).collect(),
        labels: inputs.labels().to_vec(),
    };
    let point = |epoch| CurvePoint {
        epoch,
        step: epoch,
        train_loss: 1.0,
        train_error: 0.5,
        test_loss: 1.0,
        test_error: 0.5,
        seconds: 0.0,
    };
    Subject::new(layers, Some(initial))
        .unwrap()
        .with_inputs(inputs)
        .with_outputs(outputs)
        .with_curve((0..3).map(point).collect())
}

/// Whether the value depends on random draws or on a search with a tolerance.
fn sampled(card: &Card) -> bool {
    let searched = card.group == Group::Sharpness && card.kind != Kind::Exact;
    searched || card.id.starts_with("pacbayes-bound")
}

/// Equal up to rounding: exponentials of logits, and outputs in single precision,
/// magnify it.
fn equal(card: &Card, a: f64, b: f64) -> bool {
    let data = card
        .needs
        .iter()
        .any(|need| [Need::Inputs, Need::Outputs].contains(need));
    let tolerance = if data { 1e-6 } else { 1e-10 };
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

fn network(measure: &dyn Measure, layers: &[Layer]) -> f64 {
    let subject = Subject::new(layers.to_vec(), None).unwrap();
    measure.network(&subject).unwrap().unwrap().number
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(b.abs())
}

#[test]
fn every_card_is_complete_and_every_id_unique() {
    let mut ids = HashSet::new();
    for card in measures().map(|measure| measure.card()) {
        assert!(ids.insert(card.id), "{} appears twice", card.id);
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(card.id.chars().all(kebab), "{}", card.id);
        for text in [
            card.name,
            card.formula,
            card.reference,
            card.unit,
            card.biases,
            card.known_failures,
        ] {
            assert!(!text.trim().is_empty(), "{} has an empty field", card.id);
            assert!(!text.contains("  "), "{}: broken line in {text:?}", card.id);
        }
    }
}

#[test]
fn the_card_says_which_values_there_are() {
    let net = gaussian_net(&[3, 4, 2], 1);
    let subject = known(net.clone(), net, 20);
    for measure in measures() {
        let card = measure.card();
        let layers = measure.layers(&subject).unwrap();
        let whole = measure.network(&subject).unwrap();
        let has_layers = card.aggregation != Aggregation::WholeNetwork;
        assert_eq!(
            layers.map(|v| v.len()),
            has_layers.then_some(2),
            "{}",
            card.id
        );
        assert_eq!(
            whole.is_some(),
            card.aggregation != Aggregation::LayersOnly,
            "{}",
            card.id
        );
    }
}

/// W₁ = diag(3, 4), W₂ = 2 · a rotation: all norms are known.
#[test]
fn a_diagonal_and_an_orthogonal_layer_have_closed_forms() {
    let (sin, cos) = 0.3_f64.sin_cos();
    let weight = |a: [[f64; 2]; 2]| Mat::from_fn(2, 2, |i, j| a[i][j]);
    let layer = |name: &str, weight| Layer::linear(name, weight, Some(vec![9.0; 2]));
    let net = vec![
        layer("0", weight([[3.0, 0.0], [0.0, 4.0]])),
        layer(
            "1",
            weight([[2.0 * cos, -2.0 * sin], [2.0 * sin, 2.0 * cos]]),
        ),
    ];
    let zero: Vec<Layer> = net
        .iter()
        .map(|l| Layer {
            weight: Mat::zeros(2, 2),
            ..l.clone()
        })
        .collect();
    let subject = Subject::new(net, Some(zero)).unwrap();
    type Row = (&'static str, Option<[f64; 2]>, Option<f64>);
    let expected: [Row; 8] = [
        ("parameter-count", Some([6.0, 6.0]), Some(12.0)),
        (
            "frobenius-norm",
            Some([5.0, 8_f64.sqrt()]),
            Some(33_f64.sqrt()),
        ),
        ("spectral-norm", Some([4.0, 2.0]), None),
        ("l21-norm", Some([7.0, 4.0]), Some(11.0)),
        (
            "distance-from-init-frobenius",
            Some([5.0, 8_f64.sqrt()]),
            Some(33_f64.sqrt()),
        ),
        (
            "distance-from-init-spectral",
            Some([4.0, 2.0]),
            Some(20_f64.sqrt()),
        ),
        ("product-of-spectral-norms", None, Some(8.0)),
        // Columns of the rotation have squared norm 4: 4·9 + 4·16.
        ("path-norm-l2", None, Some(10.0)),
    ];
    for (id, layers, whole) in expected {
        let measure = find(id).unwrap();
        let found = measure.layers(&subject).unwrap();
        match (found, layers) {
            (Some(found), Some(expected)) => {
                assert!(
                    found.iter().zip(expected).all(|(a, b)| close(a.number, b)),
                    "{id}: {found:?}"
                );
            }
            (found, expected) => assert!(found.is_none() && expected.is_none(), "{id}"),
        }
        match (measure.network(&subject).unwrap(), whole) {
            (Some(found), Some(expected)) => {
                assert!(close(found.number, expected), "{id}: {found:?}");
            }
            (found, expected) => assert!(found.is_none() && expected.is_none(), "{id}"),
        }
    }
}

/// Sum over all paths from unit `unit` of layer `depth` on, one by one.
fn paths(layers: &[Layer], depth: usize, unit: usize, product: f64, count: &mut usize) -> f64 {
    let Some(layer) = layers.get(depth) else {
        *count += 1;
        return product * product;
    };
    (0..layer.outputs())
        .map(|next| {
            paths(
                layers,
                depth + 1,
                next,
                product * layer.weight[(next, unit)],
                count,
            )
        })
        .sum()
}

/// Multiplies row `unit` of layer `l`, and its bias, by c, and divides the
/// column `unit` of the next layer by c.
fn rescale_unit(net: &mut [Layer], l: usize, unit: usize, c: f64) {
    net[l].weight.row_mut(unit).iter_mut().for_each(|w| *w *= c);
    if let Some(bias) = &mut net[l].bias {
        bias[unit] *= c;
    }
    net[l + 1]
        .weight
        .col_mut(unit)
        .iter_mut()
        .for_each(|w| *w /= c);
}

fn reverse_units(net: &mut [Layer], l: usize) {
    let last = net[l].outputs() - 1;
    let (weight, next) = (net[l].weight.clone(), net[l + 1].weight.clone());
    net[l].weight = Mat::from_fn(weight.nrows(), weight.ncols(), |i, j| weight[(last - i, j)]);
    net[l + 1].weight = Mat::from_fn(next.nrows(), next.ncols(), |i, j| next[(i, last - j)]);
    if let Some(bias) = &mut net[l].bias {
        bias.reverse();
    }
}

fn apply(change: Invariance, net: &[Layer], l: usize, c: f64) -> Vec<Layer> {
    let mut net = net.to_vec();
    match change {
        Invariance::UnitPermutation => reverse_units(&mut net, l),
        Invariance::UnitRescaling => rescale_unit(&mut net, l, 0, c),
        Invariance::LayerRescaling => {
            for unit in 0..net[l].outputs() {
                rescale_unit(&mut net, l, unit, c);
            }
        }
    }
    net
}

/// The outputs of the ReLU network: what an invariance must not change.
fn forward(net: &[Layer], input: &[f64]) -> Vec<f64> {
    let mut x = input.to_vec();
    for (l, layer) in net.iter().enumerate() {
        let output = |i: usize| {
            let bias = layer.bias.as_ref().map_or(0.0, |b| b[i]);
            let sum = (0..x.len())
                .map(|j| layer.weight[(i, j)] * x[j])
                .sum::<f64>()
                + bias;
            if l + 1 < net.len() { sum.max(0.0) } else { sum }
        };
        x = (0..layer.outputs()).map(output).collect();
    }
    x
}

/// The network's value or, without one, those of the layers.
fn values(measure: &dyn Measure, subject: &Subject) -> Vec<f64> {
    match measure.network(subject).unwrap() {
        Some(value) => vec![value.number],
        None => {
            let layers = measure.layers(subject).unwrap().unwrap();
            layers.into_iter().map(|value| value.number).collect()
        }
    }
}

/// Whether one of the values is no number, as the distance to a boundary where no
/// unit is active.
fn undefined(values: &[f64]) -> bool {
    !values.iter().all(|value| value.is_finite())
}

/// Whether the measure's values survive a change of the network.
fn survives(measure: &dyn Measure, before: &Subject, after: &Subject) -> bool {
    let (a, b) = (values(measure, before), values(measure, after));
    let card = measure.card();
    undefined(&a) && undefined(&b) || a.iter().zip(b).all(|(&a, b)| equal(card, a, b))
}

/// One network shows that a measure is not invariant; on a few others it may be, as
/// where a unit is never active.
#[test]
fn measures_have_no_invariances_their_cards_do_not_claim() {
    let c = 2.5;
    let networks = (0..5).map(|seed| {
        let widths = [5, 6, 4, 3];
        (
            gaussian_net(&widths, seed),
            gaussian_net(&widths, seed + 100),
        )
    });
    let subjects: Vec<_> = networks
        .map(|(net, initial)| {
            let after =
                |&change| known(apply(change, &net, 0, c), apply(change, &initial, 0, c), 21);
            let after: Vec<_> = Invariance::ALL.iter().map(after).collect();
            (known(net, initial, 21), after)
        })
        .collect();
    for measure in measures().filter(|measure| !sampled(measure.card())) {
        let card = measure.card();
        for (i, change) in Invariance::ALL.iter().enumerate() {
            let always = subjects
                .iter()
                .all(|(before, after)| survives(measure, before, &after[i]));
            assert_eq!(
                always,
                card.invariant_to.contains(change),
                "{} {change:?}",
                card.id
            );
        }
    }
}

/// Draws are not those of the changed network, so claims hold within their spread,
/// and a rescaling must be large to show.
#[test]
fn sampled_measures_have_the_invariances_their_cards_claim() {
    let net = gaussian_net(&[4, 8, 6, 3], 1);
    let initial: Vec<Layer> = net
        .iter()
        .map(|l| Layer {
            weight: &l.weight * faer::Scale(0.99),
            ..l.clone()
        })
        .collect();
    // Labels that the network fits, so that there is an accuracy to lose.
    let inputs = differentiable::tests::fitted_inputs(&net, 3000, 1);
    let own = |net, initial| {
        let subject = Subject::new(net, Some(initial)).unwrap();
        subject.with_inputs(inputs.clone())
    };
    let before = own(net.clone(), initial.clone());
    let sampled: Vec<_> = measures().filter(|m| sampled(m.card())).collect();
    assert!(sampled.len() > 10);
    for &change in Invariance::ALL {
        let c = 1e6;
        let after = own(apply(change, &net, 0, c), apply(change, &initial, 0, c));
        for measure in &sampled {
            let card = measure.card();
            let (a, b) = (values(*measure, &before)[0], values(*measure, &after)[0]);
            let same = b.is_finite() && (a - b).abs() <= 0.5 * a.abs().max(b.abs());
            let claimed = card.invariant_to.contains(&change);
            assert_eq!(same, claimed, "{} {change:?}: {a} {b}", card.id);
        }
    }
}

proptest! {
    #[test]
    fn the_path_norm_is_the_sum_over_all_paths(
        widths in prop::collection::vec(1..5_usize, 2..5), seed: u64
    ) {
        let net = gaussian_net(&widths, seed);
        let mut count = 0;
        let sum: f64 = (0..widths[0]).map(|input| paths(&net, 0, input, 1.0, &mut count)).sum();
        prop_assert_eq!(count, widths.iter().product::<usize>());
        prop_assert!(close(network(find("path-norm-l2").unwrap(), &net), sum.sqrt()));
    }

    /// Every network shows the invariances that a card claims.
    #[test]
    fn measures_have_the_invariances_their_cards_claim(
        widths in prop::collection::vec(2..6_usize, 3..5), seed: u64, c in 1.5..4.0_f64
    ) {
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        let input: Vec<f64> = (0..widths[0]).map(|i| (i as f64).cos()).collect();
        let before = known(net.clone(), initial.clone(), 21);
        for &change in Invariance::ALL {
            let changed = apply(change, &net, 0, c);
            for (a, b) in forward(&net, &input).iter().zip(forward(&changed, &input)) {
                prop_assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{change:?} changed the function");
            }
            let after = known(changed, apply(change, &initial, 0, c), 21);
            for measure in measures().filter(|measure| !sampled(measure.card())) {
                let card = measure.card();
                let claimed = card.invariant_to.contains(&change);
                prop_assert!(!claimed || survives(measure, &before, &after), "{} {:?}", card.id, change);
            }
        }
    }

    /// Multiplying all weights by c multiplies a measure by c^degree.
    #[test]
    fn measures_have_the_degree_their_cards_claim(
        hidden in prop::collection::vec(1..5_usize, 1..4), classes in 2..5_usize, seed: u64,
        c in 1.5..3.0_f64
    ) {
        let widths = [&hidden[..], &[classes]].concat();
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        // Activations of layer l then scale by c^l, and its bias must too.
        let scaled = |net: &[Layer], c: f64| -> Vec<Layer> {
            let scaled = |(l, layer): (usize, &Layer)| Layer {
                weight: &layer.weight * faer::Scale(c),
                bias: layer.bias.as_ref().map(|bias| {
                    bias.iter().map(|b| b * c.powi(l as i32 + 1)).collect()
                }),
                ..layer.clone()
            };
            net.iter().enumerate().map(scaled).collect()
        };
        let before = known(net.clone(), initial.clone(), 20);
        let depth = net.len();
        // Outputs are in single precision, where only a power of two scales exactly.
        let [by_c, by_two] = [c, 2.0].map(|c| known(scaled(&net, c), scaled(&initial, c), 20));
        for measure in measures().filter(|measure| !sampled(measure.card())) {
            let card = measure.card();
            let exact = card.needs.contains(&Need::Outputs);
            let (c, after) = if exact { (2.0_f64, &by_two) } else { (c, &by_c) };
            let margin = c.powi(depth as i32); // of the scaled network, if it was 1
            let (a, b) = (values(measure, &before), values(measure, after));
            if card.homogeneity == Homogeneity::None || undefined(&a) {
                continue;
            }
            for (a, b) in a.into_iter().zip(b) {
                let b = match card.homogeneity {
                    Homogeneity::Zero => b,
                    degree => degree.scale_free(b, margin, depth).unwrap(),
                };
                prop_assert!(equal(card, a, b), "{}: {} {}", card.id, a, b);
            }
        }
    }

    #[test]
    fn the_product_of_spectral_norms_is_a_lipschitz_constant(
        widths in prop::collection::vec(1..6_usize, 2..5), seed: u64
    ) {
        let net = gaussian_net(&widths, seed);
        let mut rng = crate::random::stream(seed, "inputs");
        let mut input = || -> Vec<f64> {
            (0..widths[0]).map(|_| StandardNormal.sample(&mut rng)).collect()
        };
        let distance = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let (x, z) = (input(), input());
        let stretch = distance(&forward(&net, &x), &forward(&net, &z)) / distance(&x, &z);
        prop_assert!(stretch <= network(find("product-of-spectral-norms").unwrap(), &net) * (1.0 + 1e-12));
    }
}

fn array(name: &str, shape: &[usize], values: &[f32]) -> Weight {
    Weight {
        name: name.into(),
        shape: shape.into(),
        values: values.into(),
    }
}

#[test]
fn a_diverged_network_has_null_values_and_no_error() {
    let trained = [array("0.weight", &[1, 2], &[f32::NAN, f32::INFINITY])];
    let initial = [array("0.weight", &[1, 2], &[1.0, 2.0])];
    let outputs = Outputs {
        classes: 2,
        logits: vec![f32::NAN; 4],
        labels: vec![0, 1],
    };
    let report = measure_all(&trained, Some(&initial), Some(&outputs)).unwrap();
    assert_eq!(report.network["frobenius-norm"], None);
    assert_eq!(report.network["parameter-count"], Some(2.0));
    assert_eq!(report.layers[0].measures["spectral-norm"], None);
    let margin = report.margin.as_ref().unwrap();
    assert_eq!((margin.misclassified, margin.tenth_percentile), (1.0, None));
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains(r#""frobenius-norm":null"#), "{json}");
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn a_diverged_network_with_inputs_has_null_values_and_no_error() {
    let mut net = gaussian_net(&[3, 4, 2], 1);
    net[1].weight[(0, 0)] = f64::NAN;
    net[1].weight[(1, 1)] = f64::INFINITY;
    let subject = known(net.clone(), net, 20);
    let report = Report::of(&subject, |_| true).unwrap();
    let fine = ["parameter-count", "sum-of-training-losses"];
    for measure in measures().filter(|m| m.card().needs.contains(&Need::Inputs)) {
        let card = measure.card();
        let value = report.network.get(card.id).copied().flatten();
        assert!(
            value.is_none() || fine.contains(&card.id),
            "{}: {value:?}",
            card.id
        );
    }
}

#[test]
fn weights_at_the_limit_of_f32_do_not_overflow_in_f64() {
    let trained = [array("0.weight", &[1, 2], &[f32::MAX, f32::MAX])];
    let report = measure_all(&trained, None, None).unwrap();
    assert!(report.network["frobenius-norm"].unwrap() > f64::from(f32::MAX));
    assert!(report.margin.is_none());
}

#[test]
fn values_are_divided_by_a_positive_margin_only() {
    let trained = [
        array("0.weight", &[2, 2], &[3.0, 0.0, 0.0, 4.0]),
        array("1.weight", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
    ];
    let report = |logits: &[f32]| {
        let outputs = Outputs {
            classes: 2,
            logits: logits.into(),
            labels: vec![0],
        };
        measure_all(&trained, None, Some(&outputs))
            .unwrap()
            .margin
            .unwrap()
    };
    let fitted = report(&[9.0, 5.0]);
    assert_eq!(fitted.tenth_percentile, Some(4.0));
    assert_eq!(fitted.over_margin["product-of-spectral-norms"], Some(1.0));
    assert_eq!(fitted.scale_free["product-of-spectral-norms"], Some(1.0));
    let frobenius = 27_f64.sqrt();
    assert!(close(
        fitted.over_margin["frobenius-norm"].unwrap(),
        frobenius / 4.0
    ));
    assert!(close(
        fitted.scale_free["frobenius-norm"].unwrap(),
        frobenius / 2.0
    ));
    assert!(!fitted.over_margin.contains_key("parameter-count"));
    let unfitted = report(&[5.0, 9.0]);
    assert_eq!(unfitted.tenth_percentile, Some(-4.0));
    assert!(unfitted.over_margin.is_empty() && unfitted.scale_free.is_empty());
}
