//! Norms and margins against NumPy; tests/golden/measures.py made the values.

use std::collections::BTreeMap;

use rethink::measure::{Group, Report, Subject, layers, margins};
use rethink::solution::{Outputs, Weight};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    trained: Vec<Array>,
    initial: Vec<Array>,
    outputs: GoldenOutputs,
    layers: BTreeMap<String, Vec<f64>>,
    network: BTreeMap<String, f64>,
    margin: GoldenMargin,
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
    labels: Vec<u32>,
}

#[derive(Deserialize)]
struct GoldenMargin {
    values: Vec<f64>,
    tenth_percentile: f64,
    misclassified: f64,
    over_margin: BTreeMap<String, f64>,
    scale_free: BTreeMap<String, f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("measures.json")).unwrap()
}

fn weights(arrays: Vec<Array>) -> Vec<Weight> {
    arrays
        .into_iter()
        .map(
            |Array {
                 name,
                 shape,
                 values,
             }| Weight {
                name,
                shape,
                values,
            },
        )
        .collect()
}

fn outputs(golden: GoldenOutputs) -> Outputs {
    let GoldenOutputs {
        classes,
        logits,
        labels,
    } = golden;
    Outputs {
        classes,
        logits,
        labels,
    }
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= 1e-12 * expected.abs(),
        "{what}: {found} instead of {expected}"
    );
}

/// Every expected value is found. (Other files have the values of other groups.)
#[track_caller]
fn assert_values(
    what: &str,
    found: &BTreeMap<String, Option<f64>>,
    expected: &BTreeMap<String, f64>,
) {
    for (id, expected) in expected {
        let value = found.get(id).copied().flatten();
        let value = value.unwrap_or_else(|| panic!("{what} has no {id}"));
        assert_close(&format!("{what} {id}"), value, *expected);
    }
}

#[test]
fn norms_and_margins_agree_with_numpy() {
    let golden = golden();
    let (trained, initial) = (weights(golden.trained), weights(golden.initial));
    let train = outputs(golden.outputs);
    let initial = layers(&initial).unwrap();
    let subject = Subject::new(layers(&trained).unwrap(), Some(initial)).unwrap();
    let subject = subject.with_outputs(train);
    let report = Report::of(&subject, |card| {
        matches!(card.group, Group::Norms | Group::Data)
    })
    .unwrap();

    assert_values("network", &report.network, &golden.network);
    for (l, layer) in report.layers.iter().enumerate() {
        let expected = golden
            .layers
            .iter()
            .map(|(id, values)| (id.clone(), values[l]))
            .collect();
        assert_values(&format!("layer {l}"), &layer.measures, &expected);
        assert_eq!(layer.shape[..], trained[2 * l].shape);
        assert_eq!(format!("{}.weight", layer.name), trained[2 * l].name);
    }
    let margin = report.margin.unwrap();
    assert_values(
        "over margin",
        &margin.over_margin,
        &golden.margin.over_margin,
    );
    assert_values("scale-free", &margin.scale_free, &golden.margin.scale_free);
}

#[test]
fn margins_agree_with_numpy() {
    let golden = golden();
    let margins = margins(&outputs(golden.outputs)).unwrap();
    assert_eq!(margins.values, golden.margin.values);
    let tenth = margins.tenth_percentile.unwrap();
    assert_close("10th percentile", tenth, golden.margin.tenth_percentile);
    assert_close(
        "misclassified",
        margins.misclassified,
        golden.margin.misclassified,
    );
    assert!(
        margins.misclassified > 0.0,
        "the case must have misclassified samples"
    );
}
