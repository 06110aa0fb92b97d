//! Tests that walk the registry: cards, closed forms, a diverged network; and, group
//! by group, the invariances and degrees that the cards claim.

mod data;
mod drawn;
mod images;
mod norms;
mod spectra;

use std::collections::HashSet;
use std::sync::Arc;

use faer::Mat;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::dataset::Split;
use crate::solution::{Outputs, Weight};

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

/// A network of which everything is known: the initial weights, and inputs and
/// outputs of a training set that it fits.
fn known(net: &[Layer], initial: &[Layer]) -> Subject {
    let pixels = (0..12 * net[0].inputs()).map(|i| (1.0 + i as f32 * 1.7).cos());
    fitted(net, Some(initial), pixels.collect())
}

/// A network with training images, labelled as it labels them.
pub(super) fn fitted(net: &[Layer], initial: Option<&[Layer]>, pixels: Vec<f32>) -> Subject {
    let (mut logits, mut labels) = (Vec::new(), Vec::new());
    for image in pixels.chunks(net[0].inputs()) {
        let input: Vec<f64> = image.iter().map(|&x| f64::from(x)).collect();
        let outputs = forward(net, &input);
        let best = (0..outputs.len()).max_by(|&a, &b| outputs[a].total_cmp(&outputs[b]));
        labels.push(best.unwrap() as u32);
        logits.extend(outputs.iter().map(|&x| x as f32));
    }
    let outputs = Outputs {
        classes: net[net.len() - 1].outputs(),
        logits,
        labels: labels.clone(),
    };
    Subject::new(net.to_vec(), initial.map(<[Layer]>::to_vec))
        .unwrap()
        .with_inputs(Split::new(pixels, labels, net[0].inputs()).unwrap())
        .with_outputs(outputs)
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
        // A point only in a number: l3-1.5-norm.
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        assert!(card.id.chars().all(kebab), "{}", card.id);
        let number = |side: Option<char>| side.is_some_and(|c| c.is_ascii_digit());
        for (at, _) in card.id.match_indices('.') {
            let (before, after) = (card.id[..at].chars(), card.id[at + 1..].chars());
            assert!(
                number(before.last()) && number(after.into_iter().next()),
                "{}",
                card.id
            );
        }
        for text in [
            card.name,
            card.formula,
            card.reference,
            card.unit,
            card.normalization,
            card.convolutions,
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
    let subject = data::known(net, gaussian_net(&[3, 4, 2], 2), 20);
    for measure in measures().filter(|m| !m.card().needs.contains(&Need::Geometry)) {
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
    let sum = 2.0 * (cos + sin);
    let expected: [Row; 18] = [
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
        ("sum-of-frobenius-squared", Some([25.0, 8.0]), Some(33.0)),
        ("l1-infinity-norm", Some([4.0, sum]), Some(4.0 * sum)),
        ("l2-infinity-norm", Some([4.0, 2.0]), Some(8.0)),
        ("distance-from-init-l21", Some([7.0, 4.0]), Some(11.0)),
        ("product-of-frobenius-norms", None, Some(200_f64.sqrt())),
        ("path-norm-l1", None, Some(7.0 * sum)),
        ("path-norm-l1-bias", None, Some((7.0 + 18.0) * sum + 18.0)),
        ("balancedness", None, Some(13.0)),
        ("log-sum-of-spec", None, Some(16_f64.ln())),
        ("fro-over-spec", None, Some(25.0 / 16.0 + 2.0)),
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

/// The network's value or, without one, those of the layers; `None` for what is
/// not defined for networks of this depth.
fn values(measure: &dyn Measure, subject: &Subject) -> Option<Vec<f64>> {
    let values = match measure.network(subject).unwrap() {
        Some(value) => vec![value],
        None => measure.layers(subject).unwrap()?,
    };
    Some(values.into_iter().map(|value| value.number).collect())
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
