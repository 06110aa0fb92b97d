//! What the measures are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::cli::program::Place;

#[derive(Deserialize)]
struct Listed {
    schema: String,
    measures: Vec<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Explained {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    kind: String,
    name: String,
    fields: Vec<(String, String)>,
}

#[test]
fn every_measure_that_is_listed_is_explained_in_full() {
    let place = Place::new();
    let json = place.run("measure --list --format json").printed();
    let listed: Listed = serde_json::from_str(&json).expect("cards");
    assert_eq!(listed.schema, "rethink/measure-list/1");
    assert!(listed.measures.len() >= 8);
    let text = place.run("measure --list").printed();
    let json = place.run("explain --format json").printed();
    let explained: Explained = serde_json::from_str(&json).expect("entries");
    for card in &listed.measures {
        let id = card["id"].as_str().expect("an id");
        assert!(text.lines().any(|line| line.contains(id)), "{id}");
        let mut entries = explained.entries.iter();
        let entry = entries.find(|entry| entry.kind == "measure" && entry.name == id);
        let entry = entry.unwrap_or_else(|| panic!("{id} is not explained"));
        for field in [
            "name",
            "formula",
            "reference",
            "unit",
            "convolutions",
            "known-failures",
        ] {
            let text = card[field].as_str().expect(field);
            assert!(
                entry.fields.iter().any(|(_, said)| said == text),
                "{id} {field}"
            );
        }
    }
    place
        .run("explain frobenius-nrom")
        .refuses(2, &["`frobenius-nrom`", "frobenius-norm"]);
    place
        .run("measure --explain frobenius-norm")
        .refuses(2, &["rethink explain ID"]);
}
