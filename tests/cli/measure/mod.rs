//! `rethink measure`: checkpoints and stored runs, and the conditions and audits
//! on them.

mod checkpoints;
mod definitions;
mod judged;
mod refused;
mod schema;
mod training_data;

use std::path::{Path, PathBuf};

use rethink::checkpoint;
use rethink::solution::Weight;

use self::schema::One;
use super::program::Place;

fn array(name: &str, shape: &[usize], values: &[f32]) -> Weight {
    Weight {
        name: name.into(),
        shape: shape.into(),
        values: values.into(),
    }
}

/// W₁ = diag(3, 4) and W₂ = c · a rotation by 90 degrees.
fn diagonal(place: &Place, file: &str, c: f32) {
    let weights = [
        array("fc1.weight", &[2, 2], &[3.0, 0.0, 0.0, 4.0]),
        array("fc1.bias", &[2], &[1.0, -1.0]),
        array("fc2.weight", &[2, 2], &[0.0, -c, c, 0.0]),
        array("scale", &[0], &[]),
    ];
    checkpoint::write(&place.path(file), &weights).expect("written");
}

/// A network of 784 inputs with weights of no particular kind.
fn mlp(place: &Place, file: &str) {
    let mut k = 0_u32;
    let mut values = |count: usize| -> Vec<f32> {
        let mut next = || {
            k = k.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(k) / f64::from(u32::MAX) - 0.5) as f32 * 0.2
        };
        (0..count).map(|_| next()).collect()
    };
    let mut weights = Vec::new();
    for (l, (inputs, outputs)) in [(784, 16), (16, 16), (16, 10)].into_iter().enumerate() {
        let name = |part: &str| format!("{l}.{part}");
        weights.push(array(
            &name("weight"),
            &[outputs, inputs],
            &values(inputs * outputs),
        ));
        weights.push(array(&name("bias"), &[outputs], &values(outputs)));
    }
    checkpoint::write(&place.path(file), &weights).expect("written");
}

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/checkpoints")
        .join(file)
}

fn one(place: &Place, line: &str) -> One {
    let json = place
        .run(&format!("measure {line} --format json"))
        .printed();
    let one: One = serde_json::from_str(&json).expect("the schema");
    assert_eq!(one.schema, "rethink/measure/2");
    one
}

#[track_caller]
fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a number");
    let scale = found.abs().max(expected.abs());
    assert!(
        (found - expected).abs() <= 1e-6 * scale,
        "{found} {expected}"
    );
}
