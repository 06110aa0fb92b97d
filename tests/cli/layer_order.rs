//! `rethink measure` of files that do not say how their layers follow each other.

use rethink::checkpoint;
use rethink::solution::Weight;
use serde_json::Value;

use super::program::Place;

const SIDE: usize = 2;

/// A square matrix that is no other's multiple.
fn matrix(k: usize) -> Vec<f32> {
    (0..SIDE * SIDE)
        .map(|i| ((k * 4 + i * i) as f32 * 0.9).sin())
        .collect()
}

/// Square layers, which fit in any order.
fn write(place: &Place, file: &str, names: &[&str]) {
    let weights: Vec<Weight> = names
        .iter()
        .enumerate()
        .map(|(k, name)| Weight {
            name: format!("{name}.weight"),
            shape: vec![SIDE, SIDE],
            values: matrix(k),
        })
        .collect();
    checkpoint::write(&place.path(file), &weights).expect("written");
}

/// Σ over paths of the product of |w|, along matrices in this order.
fn path_norm(order: &[usize]) -> f64 {
    let mut sums = vec![1.0; SIDE];
    for &k in order {
        let weights = matrix(k);
        let row = |i: usize| {
            let row = weights[i * SIDE..][..SIDE].iter().zip(&sums);
            row.map(|(w, sum)| f64::from(w.abs()) * sum).sum()
        };
        sums = (0..SIDE).map(row).collect();
    }
    sums.iter().sum()
}

fn measured(place: &Place, line: &str) -> Value {
    let line = format!("measure {line} --measures path-norm-l1,frobenius-norm --format json");
    serde_json::from_str(&place.run(&line).printed()).expect("JSON")
}

fn is_close(found: &Value, expected: f64) -> bool {
    found
        .as_f64()
        .is_some_and(|found| (found - expected).abs() < 1e-6 * expected)
}

#[test]
fn an_order_that_is_not_known_is_asked_for() {
    let place = Place::new();
    write(&place, "net.safetensors", &["inp", "body", "alpha", "out"]);
    let unknown = measured(&place, "net.safetensors");
    assert!(unknown["network"]["measures"].get("path-norm-l1").is_none());
    assert!(unknown["network"]["measures"]["frobenius-norm"].is_f64());
    let needs = unknown["missing"][0]["needs"].as_str().expect("a reason");
    assert!(needs.contains("--order "), "{needs}");
    let given = measured(&place, "net.safetensors --order inp,body,alpha,out");
    let norm = &given["network"]["measures"]["path-norm-l1"];
    assert!(is_close(norm, path_norm(&[0, 1, 2, 3])), "{norm}");
    let assumed = &given["assumptions"][0];
    assert_eq!(assumed["measures"], serde_json::json!(["path-norm-l1"]));
    let other = measured(&place, "net.safetensors --order out,body,alpha,inp");
    let norm = &other["network"]["measures"]["path-norm-l1"];
    assert!(is_close(norm, path_norm(&[3, 1, 2, 0])), "{norm}");
    let refused = place.run("measure net.safetensors --order inp,body");
    assert!(
        refused.stderr.contains("name each once"),
        "{}",
        refused.stderr
    );
}

#[test]
fn numbers_in_names_are_believed() {
    let place = Place::new();
    write(&place, "net.safetensors", &["fc2", "fc10", "fc1"]);
    let found = measured(&place, "net.safetensors");
    let norm = &found["network"]["measures"]["path-norm-l1"];
    assert!(is_close(norm, path_norm(&[2, 0, 1])), "{norm}");
}
