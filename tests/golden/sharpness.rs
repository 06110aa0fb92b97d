//! Measures of gradients and curvature against PyTorch's automatic differentiation
//! in float64; tests/golden/sharpness.py made the values.

use std::collections::BTreeMap;

use rethink::dataset::Split;
use rethink::measure::{Subject, find, layers};
use rethink::solution::{Outputs, Weight};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    trained: Vec<Array>,
    initial: Vec<Array>,
    features: usize,
    pixels: Vec<f32>,
    labels: Vec<u32>,
    outputs: GoldenOutputs,
    exact: BTreeMap<String, f64>,
    layers: BTreeMap<String, Vec<f64>>,
    top_eigenvalue: f64,
    loss: f64,
}

#[derive(Deserialize)]
struct Array {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct GoldenOutputs {
    classes: usize,
    logits: Vec<f32>,
}

fn golden() -> (Golden, Subject) {
    let golden: Golden = serde_json::from_str(include_str!("sharpness.json")).unwrap();
    let network = |arrays: &[Array]| {
        let weight = |array: &Array| Weight {
            name: array.name.clone(),
            shape: array.shape.clone(),
            values: array.values.clone(),
        };
        layers(&arrays.iter().map(weight).collect::<Vec<_>>()).unwrap()
    };
    let (pixels, labels) = (golden.pixels.clone(), golden.labels.clone());
    let subject = Subject::new(network(&golden.trained), Some(network(&golden.initial)))
        .unwrap()
        .with_inputs(Split::new(pixels, labels.clone(), golden.features).unwrap())
        .with_outputs(Outputs {
            classes: golden.outputs.classes,
            logits: golden.outputs.logits.clone(),
            labels,
        });
    (golden, subject)
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found / expected - 1.0).abs();
    println!("{what:30} {found:22.15e} {expected:22.15e} {error:.1e}");
    assert!(error <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn exact_measures_agree_with_automatic_differentiation() {
    let (golden, subject) = golden();
    for (id, expected) in &golden.exact {
        let found = find(id).unwrap().network(&subject).unwrap().unwrap();
        assert_close(id, found.number, *expected, 1e-10);
    }
    for (id, expected) in &golden.layers {
        let found = find(id).unwrap().layers(&subject).unwrap().unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_close(id, found.number, *expected, 1e-10);
        }
    }
}

#[test]
fn the_top_eigenvalue_is_that_of_the_whole_hessian() {
    let (golden, subject) = golden();
    let measure = find("hessian-top-eigenvalue").unwrap();
    let found = measure.network(&subject).unwrap().unwrap();
    assert_close(
        "hessian-top-eigenvalue",
        found.number,
        golden.top_eigenvalue,
        1e-6,
    );
    let residual = found
        .terms
        .iter()
        .find(|term| term.name == "residual")
        .unwrap();
    assert!(residual.value.unwrap() <= 1e-4 * found.number);
}

/// The ascent starts at the weights' own loss.
#[test]
fn sharpness_is_measured_from_the_loss_at_the_weights() {
    let (golden, subject) = golden();
    for id in [
        "sharpness-keskar",
        "sharpness-worst-case",
        "sharpness-adaptive",
    ] {
        let found = find(id).unwrap().network(&subject).unwrap().unwrap();
        assert_close(id, found.terms[0].value.unwrap(), golden.loss, 1e-12);
        assert!(found.number > 0.0, "{id}");
    }
}
