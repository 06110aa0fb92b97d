//! Bounds by hand, their scaling laws, and what they say of an easy problem.

use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::measure::tests::fitted;
use crate::measure::{Layer, Report, Value};

/// x ↦ (2, −2)ᵀ relu(2 x): margin 8 x.
pub fn small() -> Vec<Layer> {
    vec![
        Layer::linear("0", faer::mat![[2.0]], None),
        Layer::linear("1", faer::mat![[2.0], [-2.0]], None),
    ]
}

/// W⁰ = 1 and 0, so the distances are 1 and 4.
fn start() -> Vec<Layer> {
    vec![
        Layer::linear("0", faer::mat![[1.0]], None),
        Layer::linear("1", faer::mat![[0.0], [0.0]], None),
    ]
}

pub fn subject(layers: Vec<Layer>, initial: Option<Vec<Layer>>, pixels: &[f32]) -> Subject {
    fitted(&layers, initial.as_deref(), pixels.to_vec())
}

/// The bounds that do not draw at random; the others have tests of their own.
fn exact() -> impl Iterator<Item = &'static dyn Measure> {
    let all = MEASURES.iter().copied();
    all.filter(|measure| !measure.card().is_slow())
}

fn of(measure: &dyn Measure, subject: &Subject) -> Value {
    measure.network(subject).unwrap().unwrap()
}

#[track_caller]
fn assert_bound(measure: &dyn Measure, subject: &Subject, expected: f64) {
    let found = of(measure, subject).number;
    let id = measure.card().id;
    assert!(
        (found / expected - 1.0).abs() < 1e-12,
        "{id}: {found} instead of {expected}"
    );
}

/// 16 samples x = 1: γ = 8 and no margin below it, ‖X‖_F = 4, and every product
/// of norms over γ is a limit of a class.
#[test]
fn bounds_of_one_unit_by_hand() {
    let (m, ln2, e) = (16.0_f64, 2_f64.ln(), std::f64::consts::E);
    let subject = subject(small(), Some(start()), &[1.0; 16]);
    // The price of the class j steps from 1.
    let price = |j: f64| (2.0 * (j + 1.0) * (j + 2.0)).ln();
    let confidence = |union: f64| 3.0 * ((200_f64.ln() + union) / (2.0 * m)).sqrt();

    // 2 · (2 + 2) / 8 = 1 and 2 · √2 · √8 / 8 = 1: the middle class. Rows are equal, so
    // the second is the better one but for l1 norms of two classes.
    let peeled = |supremum: f64| 4.0 * supremum * 0.25 + confidence(price(0.0) + ln2);
    let massart = (2.0 * 4_f64.ln()).sqrt();
    assert_bound(&BARTLETT_MENDELSON_2002, &subject, peeled(2.0 * massart));
    assert_bound(&NEYSHABUR_2015, &subject, peeled(2.0));
    assert_bound(&GOLOWICH_2018, &subject, peeled(2_f64.sqrt()));

    // s = 2 and √8, b = 1 and 4, 16 classes per doubling; 1/γ = 1/8, 8 per doubling.
    let r = ((1.0 * 8_f64.sqrt()).powf(2.0 / 3.0) + 8_f64.powf(2.0 / 3.0)).powf(1.5);
    let covering = 72.0 * m.ln() * (2.0 * 4.0_f64).ln().sqrt() * 4.0 * r / (8.0 * m);
    let union = price(16.0) + price(24.0) + price(0.0) + price(32.0) + price(24.0);
    let expected = 8.0 / 64.0 + covering + confidence(union);
    assert_bound(&Bartlett2017, &subject, expected);

    // β² = 2 √8 / 8, and ‖W‖_F = ‖W‖₂ in both layers.
    let beta = 0.5_f64.sqrt().sqrt();
    let sigma = 1.0 / (8.0 * e * beta) / (4.0 * 16_f64.ln()).sqrt();
    let j = (8.0 * sigma.log2()).floor();
    let kl = beta * beta / (j / 8.0).exp2().powi(2);
    let nats = 2.0 * (kl + ln2) + (200.0 * m.sqrt()).ln() + price(-j);
    assert_bound(&Neyshabur2018, &subject, (nats / (2.0 * m)).sqrt());

    // a = √8/8 = 2^(−12/8), b = 1, U⁰x = 1.
    let complexity = 4.0 * 4_f64.sqrt() / m * 0.125_f64.sqrt() * (8_f64.sqrt() * 4.0 + 4.0);
    let union = 2.0 * 6.75_f64.ln() + price(12.0) + price(0.0);
    assert_bound(&Neyshabur2019, &subject, complexity + confidence(union));
}

#[test]
fn more_samples_of_the_same_kind_lower_every_bound() {
    let at = |m: usize| subject(small(), Some(start()), &vec![1.0; m]);
    let (few, more, most) = (at(50), at(500), at(200_000));
    for measure in exact() {
        let id = measure.card().id;
        let value = |subject| of(measure, subject).number;
        let (few, more, most) = (value(&few), value(&more), value(&most));
        assert!(few > more && more > most, "{id}: {few} {more} {most}");
    }
}

/// Products of norms over γ are of degree 0 in the scale of the outputs, and do
/// not depend on how the scale is shared among the layers.
#[test]
fn without_biases_rescalings_change_no_product() {
    let scaled = |first: f64, second: f64| {
        let scale = |layers: Vec<Layer>| -> Vec<Layer> {
            let factors = [first, second];
            let layer = |(layer, c): (Layer, f64)| Layer {
                weight: layer.weight * faer::Scale(c),
                ..layer
            };
            layers.into_iter().zip(factors).map(layer).collect()
        };
        subject(scale(small()), Some(scale(start())), &[1.0; 64])
    };
    let (plain, balanced, larger) = (scaled(1.0, 1.0), scaled(8.0, 0.125), scaled(4.0, 2.0));
    let products: [&dyn Measure; 4] = [
        &BARTLETT_MENDELSON_2002,
        &NEYSHABUR_2015,
        &GOLOWICH_2018,
        &Neyshabur2018,
    ];
    for measure in products {
        let expected = of(measure, &plain).number;
        assert_bound(measure, &balanced, expected);
        assert_bound(measure, &larger, expected);
    }
    // A larger image makes the margin larger by as much: nothing changes but the class.
    let bright = subject(small(), Some(start()), &[2.0; 64]);
    let before = complexity(&GOLOWICH_2018, &plain);
    assert!((complexity(&GOLOWICH_2018, &bright) / before - 1.0).abs() < 1e-12);
}

fn complexity(measure: &dyn Measure, subject: &Subject) -> f64 {
    let terms = of(measure, subject).terms;
    let term = terms
        .iter()
        .find(|t| t.name == "summand: complexity, error");
    term.unwrap().value.unwrap()
}

/// Terms named summands add up to the bound, those named factors multiply to the
/// complexity, and u is the sum of its parts.
#[test]
fn the_names_of_terms_say_what_they_make() {
    let subject = subject(small(), Some(start()), &[1.0; 16]);
    for measure in exact() {
        let (id, value) = (measure.card().id, of(measure, &subject));
        let named = |start: &'static str| {
            let terms = value
                .terms
                .iter()
                .filter(move |t| t.name.starts_with(start));
            terms.map(|t| t.value.unwrap())
        };
        let same = |what: &str, found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-12, "{id}, {what}");
        };
        same("summands", named("summand").sum(), value.number);
        if named("factor").count() > 0 {
            let rest: f64 = named("part of the complexity").sum();
            let product = rest + named("factor").product::<f64>();
            same("factors", product, complexity(measure, &subject));
        }
        if named("part of u").count() > 0 {
            same("u", named("part of u").sum(), named("u:").sum());
        }
        if named("its part").count() > 0 {
            same("parts", named("its part").sum(), named("factor: sum").sum());
        }
    }
}

/// On m samples x = 1 of one label the class of this network has all constant
/// losses from 0 to 1, so twice its Rademacher complexity is E |Σ ε| / m.
#[test]
fn the_complexity_is_above_that_of_a_class_that_is_known() {
    let m = 400;
    let mut rng = crate::random::stream(7, "signs");
    let mut walk = || {
        let sign = || Distribution::<f64>::sample(&StandardNormal, &mut rng).signum();
        std::iter::repeat_with(sign).take(m).sum::<f64>().abs()
    };
    let mean = (0..2000).map(|_| walk()).sum::<f64>() / 2000.0 / m as f64;
    let subject = subject(small(), Some(start()), &vec![1.0; m]);
    for measure in exact().filter(|m| m.card().id != "neyshabur-2018") {
        assert!(
            complexity(measure, &subject) > mean,
            "{}",
            measure.card().id
        );
    }
}

#[test]
fn an_easy_problem_is_bounded_and_a_hard_one_vacuous() {
    // Training that hardly moved the weights.
    let start = || -> Vec<Layer> {
        let near = |layer: Layer| Layer {
            weight: layer.weight * faer::Scale(0.99),
            ..layer
        };
        small().into_iter().map(near).collect()
    };
    let report = |m: usize| {
        let subject = subject(small(), Some(start()), &vec![1.0; m]);
        let exact = |card: &Card| card.group == Group::Bounds && !card.is_slow();
        Report::of(&subject, exact).unwrap()
    };
    let (easy, hard) = (report(1_000_000), report(8));
    for measure in exact() {
        let id = measure.card().id;
        let bound = easy.network[id].unwrap();
        assert!(bound < 0.5, "{id}: {bound}");
        assert_eq!(easy.details[id].vacuous, Some(false), "{id}");
        assert_eq!(hard.details[id].vacuous, Some(true), "{id}");
        assert!(easy.details[id].terms.len() >= 4, "{id}");
    }
}

#[test]
fn without_a_positive_margin_there_is_no_bound() {
    let fitted = subject(small(), Some(start()), &[1.0; 4]);
    let mut outputs = fitted.outputs().unwrap().clone();
    outputs.labels = vec![1; 4];
    let unfitted = fitted.with_outputs(outputs);
    for measure in exact().filter(|m| m.card().id != "vc-bound") {
        assert!(
            of(measure, &unfitted).number.is_nan(),
            "{}",
            measure.card().id
        );
    }
    // The VC bound counts the errors: all of them.
    assert!(of(&VcBound, &unfitted).number > 1.0);
}

#[test]
fn a_network_that_overflows_is_vacuous_and_no_panic() {
    let layer = |l: usize| {
        let weight = faer::Scale(1e150) * Mat::<f64>::identity(2, 2);
        Layer::linear(l.to_string(), weight, None)
    };
    let layers: Vec<Layer> = (0..4).map(layer).collect();
    let known = subject(small(), Some(start()), &[1.0, 0.5]);
    let outputs = known.outputs().unwrap().clone();
    let pixels = vec![1.0, 0.0, 0.5, 0.0];
    let inputs = crate::dataset::Split::new(pixels, outputs.labels.clone(), 2).unwrap();
    let deep = Subject::new(layers.clone(), Some(layers)).unwrap();
    let deep = deep.with_inputs(inputs).with_outputs(outputs);
    let report = Report::of(&deep, |card| card.group == Group::Bounds).unwrap();
    assert_eq!(report.network["golowich-2018"], None);
    assert!(
        report
            .details
            .values()
            .all(|details| details.vacuous == Some(true))
    );
    assert!(!report.network.contains_key("neyshabur-2019"));
}
