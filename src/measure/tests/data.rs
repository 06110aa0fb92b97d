//! Measures of outputs, gradients and curvature, and the bounds that draw at random.

use proptest::prelude::*;

use super::*;
use crate::solution::CurvePoint;

/// What this file walks.
fn walked() -> impl Iterator<Item = &'static dyn Measure> {
    measures().filter(|measure| {
        let card = measure.card();
        matches!(card.group, Group::Data | Group::Sharpness) || sampled(card)
    })
}

/// The network and all that can be known of it: Gaussian inputs, the outputs on
/// them, labels 0, 1, … in turn, and a short curve.
pub(super) fn known(layers: Vec<Layer>, initial: Vec<Layer>, n: usize) -> Subject {
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
        test_loss: Some(1.0),
        test_error: Some(0.5),
        held_out_error: None,
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
    for measure in walked().filter(|measure| !sampled(measure.card())) {
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
    let sampled: Vec<_> = walked().filter(|m| sampled(m.card())).collect();
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
            for measure in walked().filter(|measure| !sampled(measure.card())) {
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
        for measure in walked().filter(|measure| !sampled(measure.card())) {
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
}

#[test]
fn a_diverged_network_with_inputs_has_null_values_and_no_error() {
    let mut net = gaussian_net(&[3, 4, 2], 1);
    net[1].weight[(0, 0)] = f64::NAN;
    net[1].weight[(1, 1)] = f64::INFINITY;
    let subject = known(net.clone(), net, 20);
    let report = Report::of(&subject, |_| true).unwrap();
    // A certificate of what is not finite is 1: it claims nothing.
    let fine = [
        "parameter-count",
        "sum-of-training-losses",
        "pac-bayes-certificate",
    ];
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
