//! What the measures are.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cli::program::Place;

#[test]
fn every_measure_explains_itself() {
    let place = Place::new();
    #[derive(Deserialize)]
    struct Listed {
        schema: String,
        measures: Vec<BTreeMap<String, serde_json::Value>>,
    }
    let json = place.run("measure --list --format json").printed();
    let listed: Listed = serde_json::from_str(&json).expect("cards");
    assert_eq!(listed.schema, "rethink/measure-list/1");
    assert!(listed.measures.len() >= 8);
    let text = place.run("measure --list").printed();
    for card in &listed.measures {
        let id = card["id"].as_str().expect("an id");
        assert!(text.lines().any(|line| line.contains(id)), "{id}");
        let explained = place.run(&format!("measure --explain {id}")).printed();
        assert!(
            explained
                .lines()
                .next()
                .expect("a title")
                .ends_with(&format!("({id})"))
        );
        // Every field of the card is there.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let right: String = explained
            .lines()
            .skip(1)
            .map(|l| l.chars().skip(22).collect::<String>() + " ")
            .collect();
        let right = words(&right);
        for field in [
            "formula",
            "reference",
            "unit",
            "convolutions",
            "known-failures",
        ] {
            let text = words(card[field].as_str().expect(field));
            assert!(right.contains(&text), "{id} {field}: {right}");
        }
    }
    let json = place
        .run("measure --explain frobenius-norm --format json")
        .printed();
    let card: BTreeMap<String, serde_json::Value> = serde_json::from_str(&json).expect("a card");
    assert_eq!(card["schema"], "rethink/measure-card/1");
    assert!(card.contains_key("batch-norm") && card.contains_key("invariant-to"));
    place
        .run("measure --explain frobenius-nrom")
        .refuses(2, &["'frobenius-nrom'", "closest are frobenius-norm"]);
}
