//! Checkpoints alone: values, formats, several files, text.

use std::fs;

use super::schema::{OfSeveral, One, Several};
use super::{close, diagonal, golden, mlp, one};
use crate::cli::program::Place;

#[test]
fn a_checkpoint_is_measured_by_definition() {
    let place = Place::new();
    diagonal(&place, "final.safetensors", 2.0);
    diagonal(&place, "init.safetensors", 1.0);
    let found = one(&place, "final.safetensors --init init.safetensors");
    let [first, second] = &found.layers[..] else {
        panic!("two layers");
    };
    assert_eq!(
        (first.name.as_str(), first.kind.as_str()),
        ("fc1", "linear")
    );
    assert_eq!(second.shape, [2, 2]);
    close(first.measures["frobenius-norm"], 5.0);
    close(first.measures["spectral-norm"], 4.0);
    close(
        second.measures["distance-from-init-frobenius"],
        2_f64.sqrt(),
    );
    close(found.network.measures["product-of-spectral-norms"], 8.0);
    close(found.network.measures["path-norm-l2"], 10.0);
    // Two matrices of four, and one bias of two.
    close(found.network.measures["parameter-count"], 10.0);
    let [skipped] = &found.skipped[..] else {
        panic!("one array is no layer");
    };
    assert!(skipped.name == "scale" && !skipped.reason.is_empty());
    assert!(found.folded.is_empty() && found.transposed.is_empty());
    assert!(found.margin.is_none() && found.audit.is_none());
    assert!(
        found
            .missing
            .iter()
            .all(|m| !m.id.is_empty() && !m.needs.is_empty())
    );
    let provenance = found.provenance;
    assert_eq!(provenance.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(provenance.path, "final.safetensors");
    assert_eq!(found.label, "final.safetensors");
    assert_eq!(provenance.format, "safetensors");
    assert!(!provenance.commit.is_empty() && provenance.sha256.len() == 64);
    assert!(provenance.data.is_none());
}

#[test]
fn convolutions_batch_norm_and_the_formats_of_others() {
    let place = Place::new();
    let mut found = Vec::new();
    for file in ["net.safetensors", "net.npz", "net.pt"] {
        fs::copy(golden(file), place.path(file)).expect("copied");
        found.push(one(&place, file));
    }
    let first = &found[0];
    assert!(
        first
            .layers
            .iter()
            .any(|l| l.kind == "convolution" && l.shape.len() == 4)
    );
    assert!(!first.folded.is_empty());
    for folding in &first.folded {
        assert_eq!(folding.direction, "layer-before", "{}", folding.norm);
        assert!(folding.negative_means > 0, "{}", folding.norm);
        assert!(first.layers.iter().any(|l| l.name == folding.layer));
    }
    let [assumption] = &first.assumptions[..] else {
        panic!("one assumption");
    };
    assert_eq!(assumption.id, "batch-norm");
    assert!(assumption.measures.iter().any(|id| id == "frobenius-norm"));
    // One network, whatever it is stored in.
    for other in &found[1..] {
        for (id, value) in &first.network.measures {
            let other = other.network.measures[id];
            assert_eq!(other.is_some(), value.is_some(), "{id}");
            let (a, b) = (other.unwrap_or(0.0), value.unwrap_or(0.0));
            assert!(
                (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
                "{id}: {a} {b}"
            );
        }
    }
    // The operator's norm needs the geometry, and depends on it.
    let exact = |line: &str| {
        let found = one(&place, &format!("net.pt {line}"));
        let conv1 = found.layers.iter().find(|l| l.name == "conv1");
        conv1
            .expect("conv1")
            .measures
            .get("conv-spectral-norm-exact")
            .copied()
            .flatten()
    };
    assert_eq!(exact(""), None);
    let (same, strided) = (exact("--image 9x9"), exact("--convolution conv1:9x9:2:1"));
    assert!(
        same > strided && strided > Some(0.0),
        "{same:?} {strided:?}"
    );
    // ε is part of the network that is measured.
    let coarse = one(&place, "net.pt --eps 0.5");
    let norm = |one: &One| one.network.measures["frobenius-norm"];
    assert!(norm(&coarse) < norm(first));
}

#[test]
fn files_are_compared_and_the_ratio_is_to_the_first() {
    let place = Place::new();
    diagonal(&place, "a.safetensors", 1.0);
    diagonal(&place, "b.safetensors", 2.0);
    let both = "measure a.safetensors b.safetensors";
    let json = place.run(&format!("{both} --format json")).printed();
    let several: Several = serde_json::from_str(&json).expect("the schema");
    assert_eq!(several.schema, "rethink/measure/2");
    let product = |k: usize| {
        let file: &OfSeveral = &several.files[k];
        file.network.measures["product-of-spectral-norms"].expect("a number")
    };
    assert_eq!(several.files[1].provenance.path, "b.safetensors");
    assert!((product(1) / product(0) - 2.0).abs() < 1e-9);

    let text = place.run(both).printed();
    let row = |start: &str| {
        let found = text.lines().find(|line| line.starts_with(start));
        found
            .unwrap_or_else(|| panic!("{start} in {text}"))
            .to_owned()
    };
    assert!(row("product-of-spectral-norms").ends_with("2.000"));
    assert!(
        text.lines()
            .any(|line| line.starts_with("fc2 ") && line.ends_with("2.000"))
    );

    let csv = place
        .run(&format!("{both} --measures spectral-norm --format csv"))
        .printed();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "label,file,layer,id,value,kind,assumes");
    assert_eq!(lines.len(), 5);
    assert!(
        lines[4].starts_with("b.safetensors,b.safetensors,fc2,spectral-norm,2")
            && lines[4].ends_with(",exact,"),
        "{csv}"
    );
}

#[test]
fn files_stand_in_the_order_of_the_command_line_under_their_labels() {
    let place = Place::new();
    diagonal(&place, "a.safetensors", 1.0);
    diagonal(&place, "b.safetensors", 2.0);
    diagonal(&place, "c.safetensors", 4.0);
    let line = "measure --label two=b.safetensors c.safetensors --label one=a.safetensors";
    let json = place.run(&format!("{line} --format json")).printed();
    let several: Several = serde_json::from_str(&json).expect("the schema");
    let labels: Vec<&str> = several
        .files
        .iter()
        .map(|file| file.label.as_str())
        .collect();
    assert_eq!(labels, ["two", "c.safetensors", "one"]);
    let text = place
        .run(&format!("{line} --measures product-of-spectral-norms"))
        .printed();
    for direction in ["c.safetensors / two", "one / two"] {
        assert!(text.contains(direction), "{direction} in {text}");
    }
    let row = text.lines().find(|line| line.starts_with("product-of"));
    let numbers = row.expect("a row").split_whitespace().skip(1);
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        ["8", "16", "2.000", "4", "0.5000"]
    );
    place
        .run("measure --label x=a.safetensors --label x=b.safetensors")
        .refuses(2, &["--label x", "name of its own"]);
    place
        .run("measure --label a.safetensors")
        .refuses(2, &["--label", "NAME=FILE"]);
}

#[test]
fn what_has_no_value_is_counted_and_listed_on_request() {
    let place = Place::new();
    diagonal(&place, "d.safetensors", 2.0);
    let text = |more: &str| {
        place
            .run(&format!("measure d.safetensors {more}"))
            .printed()
    };
    let missing = one(&place, "d.safetensors").missing;
    let (short, full) = (text(""), text("--full"));
    for missing in &missing {
        assert!(!short.contains(&missing.id), "{} in {short}", missing.id);
        assert!(full.contains(&missing.id), "{} in {full}", missing.id);
    }
    assert!(short.contains(&format!("{} measures not computed", missing.len())));
    assert!(text("--measures layer-margin").contains("layer-margin"));
    let titles = [
        "Layers",
        "Network",
        "Not computed",
        "What the network's values come from",
    ];
    let others = [
        "--measures layer-margin",
        "--measures path-norm-l2",
        "--measures data",
    ];
    for text in others.map(text).into_iter().chain([short, full]) {
        let empty = |block: &str| titles.contains(&block.trim());
        assert!(!text.split("\n\n").any(empty), "a title alone in {text}");
    }
}

#[test]
fn text_fits_and_names_the_largest_layers_and_what_is_skipped() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    fs::copy(golden("net.pt"), place.path("net.pt")).expect("copied");
    for line in [
        "mlp.safetensors --audit",
        "net.pt --measures all --audit",
        "net.pt mlp.safetensors",
        "--list",
    ] {
        let text = place.run(&format!("measure {line}")).printed();
        for line in text.lines() {
            assert!(
                line.chars().count() <= 100 && line == line.trim_end(),
                "{line}"
            );
        }
    }
    diagonal(&place, "d.safetensors", 2.0);
    let text = place.run("measure d.safetensors").printed();
    // Values come first, what they are made of later.
    let row = |start: &str| {
        text.lines()
            .rfind(|line| line.starts_with(start))
            .expect("a row")
    };
    // 25 of 33 and 8 of 33.
    assert!(
        row("frobenius-norm").contains("fc1: 76 %, fc2: 24 %"),
        "{text}"
    );
    assert!(
        row("product-of-spectral-norms").contains("fc1: 4.00, fc2: 2.00"),
        "{text}"
    );
    assert!(row("scale").len() > "scale".len());
    assert!(text.contains("--init"), "{text}");
}
