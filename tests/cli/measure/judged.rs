//! Conditions and audits.

use rethink::checkpoint;
use rethink::solution::Weight;

use super::schema::Audit;
use super::{array, diagonal, mlp, one};
use crate::cli::program::{Answer, Place};

#[test]
fn a_condition_that_holds_is_3_and_named() {
    let place = Place::new();
    diagonal(&place, "d.safetensors", 2.0);
    let run = |conditions: &[&str]| -> Answer {
        let mut command = place.command("measure d.safetensors");
        conditions.iter().for_each(|c| {
            command.args(["--fail-if", c]);
        });
        Answer::of(&command.output().expect("starts"), "measure --fail-if")
    };
    let passed = run(&["product-of-spectral-norms>9", "fc2:spectral-norm < 1.5"]).with_code(0);
    assert_eq!(passed.stderr, "");
    let failed = run(&[
        "product-of-spectral-norms>7",
        "fc2:spectral-norm<=2.5",
        "path-norm-l2>99",
    ])
    .with_code(3);
    assert_eq!(failed.stdout, passed.stdout);
    let told: Vec<&str> = failed.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("product-of-spectral-norms > 7"),
        "{told:?}"
    );
    assert!(told[1].contains("fc2:spectral-norm <= 2.5"), "{told:?}");
    // A product of nothing finite is no number, and no number is no pass.
    let huge = array("0.weight", &[2, 1], &[f32::MAX, f32::MAX]);
    let many: Vec<Weight> = (0..10)
        .map(|l| Weight {
            name: format!("{l}.weight"),
            ..huge.clone()
        })
        .collect();
    checkpoint::write(&place.path("d.safetensors"), &many).expect("written");
    let undefined = run(&["product-of-spectral-norms<1"]).with_code(3);
    assert!(
        undefined.stderr.contains("product-of-spectral-norms < 1"),
        "{}",
        undefined.stderr
    );
}

#[test]
fn the_audit_finds_what_the_cards_claim() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    let Some(Audit::Changes(changes)) = one(&place, "mlp.safetensors --audit").audit else {
        panic!("an audit");
    };
    let names: Vec<&str> = changes.iter().map(|c| c.change.as_str()).collect();
    assert_eq!(
        names,
        ["unit-permutation", "layer-rescaling", "unit-rescaling"]
    );
    for change in &changes {
        assert!(change.function_difference.expect("a chain") < 1e-12);
        assert_eq!(
            change.contradictions,
            Vec::<String>::new(),
            "{}",
            change.change
        );
    }
    let moved = |k: usize, id: &str| {
        changes[k]
            .movements
            .iter()
            .find(|m| m.id == id)
            .expect(id)
            .moved
    };
    assert!(
        changes
            .iter()
            .all(|c| !c.unclaimed.iter().any(|id| id == "frobenius-norm"))
    );
    assert!(!moved(0, "frobenius-norm") && moved(1, "frobenius-norm"));
    assert!(!moved(1, "product-of-spectral-norms") && moved(2, "product-of-spectral-norms"));
    assert!(!moved(2, "path-norm-l2"));
    // A single layer has nothing to rescale, and says so.
    let single = [array("0.weight", &[2, 3], &[1.0; 6])];
    checkpoint::write(&place.path("single.safetensors"), &single).expect("written");
    let Some(Audit::NotDone { reason }) = one(&place, "single.safetensors --audit").audit else {
        panic!("no audit");
    };
    assert!(!reason.is_empty());
}
