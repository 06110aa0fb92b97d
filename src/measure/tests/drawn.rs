//! Means over all examples are exact, and over some of them estimates.

use super::data::known;
use super::*;
use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};

const MEANS: [&str; 8] = [
    "layer-margin",
    "input-jacobian-norm",
    "fisher-rao-norm",
    "fisher-rao-norm-empirical",
    "gradient-norm",
    "gradient-noise",
    "gradient-noise-scale",
    "hessian-trace",
];

/// A small network on n Gaussian inputs.
fn subject(n: usize, seed: u64) -> Subject {
    Subject::new(gaussian_layers(&[4, 6, 3], seed), None)
        .unwrap()
        .with_inputs(gaussian_inputs(n, 4, 3, seed + 1000))
}

/// The network's value or, of layers, the first.
fn value(id: &str, subject: &Subject) -> Value {
    let measure = find(id).unwrap();
    let network = measure.network(subject).unwrap();
    network.unwrap_or_else(|| measure.layers(subject).unwrap().unwrap().remove(0))
}

#[test]
fn all_examples_are_used_and_the_value_is_exact() {
    let subject = subject(2500, 1);
    for id in MEANS {
        let value = value(id, &subject);
        assert_eq!((value.kind, value.interval), (None, None), "{id}");
        assert_eq!(value.terms[0].name, "examples used");
        assert_eq!(value.terms[0].value, Some(2500.0), "{id}");
    }
    // As many as there are, or more, are all.
    let report = |subject: &Subject| Report::of(subject, |card| MEANS.contains(&card.id)).unwrap();
    let all = report(&subject);
    assert!(all.kinds.values().all(|&kind| kind == Kind::Exact));
    assert_eq!(report(&subject.with_examples(2500)), all);
}

/// Batches are put together again as they were: 1,200 examples are three.
#[test]
fn repeated_examples_change_no_mean() {
    let (layers, few) = (gaussian_layers(&[4, 6, 3], 2), gaussian_inputs(6, 4, 3, 2));
    let indices: Vec<usize> = (0..1200).map(|i| i % 6).collect();
    let [few, many] = [few.clone(), few.gather(&indices)].map(|inputs| {
        let subject = Subject::new(layers.clone(), None).unwrap();
        subject.with_inputs(inputs)
    });
    for id in MEANS.iter().filter(|id| **id != "layer-margin") {
        let (a, b) = (value(id, &few).number, value(id, &many).number);
        assert!((a / b - 1.0).abs() < 1e-10, "{id}: {a} {b}");
    }
    // The median of repeated numbers is another one between the same two.
    let at = |subject| {
        let value = value("layer-margin", subject);
        value
            .terms
            .iter()
            .find(|t| t.name == "upper quartile")
            .cloned()
    };
    assert!(at(&few).is_some() && at(&many).is_some());
}

/// 60 of 300 examples, of 100 networks. The intervals are nominally of 95 %; those of
/// the layer margin and of a small gradient are wider.
#[test]
fn the_interval_of_an_estimate_covers_the_value_with_all_examples() {
    let mut covered = [0; MEANS.len()];
    for seed in 0..100 {
        let all = subject(300, seed);
        let exact = MEANS.map(|id| value(id, &all).number);
        let some = all.with_examples(60);
        for ((id, exact), covered) in MEANS.iter().zip(exact).zip(&mut covered) {
            let value = value(id, &some);
            assert_eq!(value.kind, Some(Kind::Estimate), "{id}");
            let [low, high] = value.interval.unwrap();
            assert!(low <= value.number && value.number <= high, "{id}");
            *covered += usize::from(low <= exact && exact <= high);
        }
    }
    for (id, covered) in MEANS.iter().zip(covered) {
        assert!(covered >= 86, "{id}: {covered} of 100");
    }
}

/// A gradient that vanishes over all examples looks large over some of them: there its
/// square is the noise over their number. The estimate takes that off.
#[test]
fn noise_is_not_taken_for_a_gradient() {
    // Every input has every label once: at f = 0 the gradient is exactly 0.
    let layers = gaussian_layers(&[4, 3], 3);
    let zero = layers.into_iter().map(|layer| Layer {
        weight: &layer.weight * faer::Scale(0.0),
        bias: None,
        ..layer
    });
    let inputs = gaussian_inputs(100, 4, 1, 3);
    let indices: Vec<usize> = (0..300).map(|i| i / 3).collect();
    let pixels = inputs.gather(&indices).pixels().to_vec();
    let labels = (0..300).map(|i| (i % 3) as u32).collect();
    let inputs = crate::dataset::Split::new(pixels, labels, 4).unwrap();
    let subject = Subject::new(zero.collect(), None)
        .unwrap()
        .with_inputs(inputs);
    let noise = value("gradient-noise", &subject).number;
    assert!(value("gradient-norm", &subject).number < 1e-12);
    let some = subject.with_examples(60);
    let found = value("gradient-norm", &some);
    let naive = (noise / 60.0).sqrt();
    assert_eq!(found.interval.unwrap()[0], 0.0, "{found:?}");
    assert!(found.number < naive, "{found:?} {naive}");
    let scale = value("gradient-noise-scale", &some);
    assert_eq!(scale.interval.unwrap()[1], f64::INFINITY, "{scale:?}");
}

/// It is defined between the first 200 examples of an order, however many are asked for.
#[test]
fn the_tangent_kernel_is_one_of_stated_examples() {
    let layers = gaussian_layers(&[4, 6, 3], 4);
    let subject = known(layers.clone(), gaussian_layers(&[4, 6, 3], 5), 500);
    let of = |id: &str, subject: &Subject| find(id).unwrap().network(subject).unwrap().unwrap();
    let all = ["ntk-alignment", "ntk-drift"].map(|id| of(id, &subject));
    let some = subject.with_examples(300);
    for (id, all) in ["ntk-alignment", "ntk-drift"].iter().zip(all) {
        assert_eq!((all.terms[0].value, all.kind), (Some(200.0), None));
        assert_eq!(of(id, &some), all);
    }
}
