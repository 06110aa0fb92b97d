//! Bounds on the error against NumPy; tests/golden/bounds.py made the values.

use std::collections::BTreeMap;

use rethink::dataset::Split;
use rethink::measure::{Group, Report, Subject, layers};
use rethink::solution::{Outputs, Weight};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    trained: Vec<Array>,
    initial: Vec<Array>,
    inputs: Vec<f32>,
    features: usize,
    classes: usize,
    logits: Vec<f32>,
    labels: Vec<u32>,
    bounds: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Array {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

fn weights(arrays: Vec<Array>) -> Vec<Weight> {
    let weight = |a: Array| Weight {
        name: a.name,
        shape: a.shape,
        values: a.values,
    };
    arrays.into_iter().map(weight).collect()
}

#[test]
fn every_bound_agrees_with_numpy() {
    let golden: Golden = serde_json::from_str(include_str!("bounds.json")).unwrap();
    for case in golden.cases {
        let trained = layers(&weights(case.trained)).unwrap();
        let initial = layers(&weights(case.initial)).unwrap();
        let inputs = Split::new(case.inputs, case.labels.clone(), case.features).unwrap();
        let outputs = Outputs {
            classes: case.classes,
            logits: case.logits,
            labels: case.labels,
        };
        let subject = Subject::new(trained, Some(initial)).unwrap();
        let subject = subject.with_inputs(inputs).with_outputs(outputs);
        let report = Report::of(&subject, |card| {
            card.group == Group::Bounds && !card.is_slow()
        })
        .unwrap();
        assert!(
            report.network.keys().eq(case.bounds.keys()),
            "{:?}",
            report.network.keys()
        );
        for (id, expected) in case.bounds {
            let found = report.network[&id].unwrap();
            assert!(
                (found / expected - 1.0).abs() < 1e-10,
                "{id}: {found}, not {expected}"
            );
        }
    }
}
