//! `rethink regularization`: other networks and regularizers than the budget's.

use super::program::Place;

#[test]
fn what_cannot_be_compared_is_refused_before_any_training() {
    let refused = [
        (
            "--regularizers none",
            1,
            &["no regularizer", "--regularizers"][..],
        ),
        (
            "--networks all-conv --regularizers dropout",
            1,
            &["dropout", "all-conv"],
        ),
        (
            "--train-size 2 --regularizers early-stopping",
            1,
            &["2", "0.2"],
        ),
        ("--train-size 1000000", 2, &["1000000"]),
        ("--networks resnet", 2, &["resnet", "small-alexnet"]),
        ("--regularizers penalty", 2, &["penalty", "weight-decay"]),
    ];
    for (arguments, code, words) in refused {
        let place = Place::new();
        let answer = place.run(&format!("regularization --budget smoke {arguments}"));
        answer.refuses(code, words);
        assert!(place.runs().is_empty(), "{arguments}");
    }
}

/// One network and one regularizer: every part of the answer that needs another is left out.
#[test]
fn a_part_of_the_grid_has_an_answer() {
    let place = Place::new();
    let line = "regularization --budget smoke --networks mlp-1x8 --regularizers dropout \
                --train-size 20 --format json --quiet";
    let answer = place.run(line).printed();
    let report: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let tables = report["tables"].as_array().expect("tables");
    let of = |id: &str| {
        tables
            .iter()
            .find(|table| table["id"] == id)
            .expect("a table")
    };
    assert_eq!(of("true-labels")["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        of("random-labels")["rows"].as_array().map(Vec::len),
        Some(2)
    );
    let command = report["provenance"]["command"].as_str().expect("a command");
    assert!(command.ends_with("--networks mlp-1x8 --regularizers dropout --train-size 20"));
}
