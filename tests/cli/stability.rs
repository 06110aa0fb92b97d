//! `rethink stability`: what must hold between its numbers whatever the images
//! are, and what it refuses.

use serde_json::Value;

use super::program::Place;
use super::smoke::{rows, smoke, value};

fn report(place: &Place, line: &str) -> Value {
    let json = place
        .run(&format!("stability {line} --format json"))
        .printed();
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn no_measured_value_lies_above_a_proved_bound_and_averages_agree() {
    let report = smoke().json("stability");
    let mut proved = 0;
    for row in rows(&report, "bounds-of-sgd") {
        let distance_bound = row[3]["number"]["value"].as_f64();
        if let Some(bound) = distance_bound {
            assert!(value(&row[2]) > 0.0 && value(&row[2]) <= bound, "{row:?}");
            assert!(value(&row[5]) <= value(&row[6]), "{row:?}");
            proved += 1;
        }
        // The mean over test points is no larger than the largest.
        assert!(value(&row[4]) <= value(&row[5]), "{row:?}");
    }
    assert_eq!(proved, 2, "true and random labels");
    let ridge = rows(&report, "kernel-ridge-regression");
    for row in &ridge {
        assert!(value(&row[2]) <= value(&row[3]) && value(&row[3]) <= value(&row[4]));
    }
    // No bound sees the labels: rows of one ridge have the same.
    for pair in ridge.chunks(2) {
        assert_eq!(
            (value(&pair[0][4]), value(&pair[0][7])),
            (value(&pair[1][4]), value(&pair[1][7]))
        );
    }
    for row in rows(&report, "memorization") {
        let difference = value(&row[2]) - value(&row[3]);
        assert!((difference - value(&row[4])).abs() < 1e-9, "{row:?}");
    }
    for row in rows(&report, "on-average-stability") {
        let difference = value(&row[2]) - value(&row[3]);
        assert!((difference - value(&row[4])).abs() < 1e-9, "{row:?}");
    }
}

#[test]
fn threads_change_nothing_and_records_are_used_again() {
    let (one, two) = (Place::new(), Place::new());
    let line = "--budget smoke --replacements 2 --networks 4";
    let first = report(&one, &format!("{line} --threads 1"));
    let second = report(&two, &format!("{line} --threads 2"));
    assert_eq!(first["tables"], second["tables"]);
    let command = first["provenance"]["command"].as_str().expect("a command");
    assert!(
        command.ends_with("--replacements 2 --networks 4"),
        "{command}"
    );
    let again = report(&one, &format!("{line} --threads 1"));
    assert_eq!(first, again);
}

#[test]
fn the_smallest_question_there_is_has_an_answer() {
    let line = "--budget smoke --train-size 2 --replacements 1 --networks 2 --seeds 1";
    let report = report(&Place::new(), line);
    assert_eq!(rows(&report, "stability").len(), 10);
    assert!(!report["warnings"].as_array().expect("warnings").is_empty());
}

#[test]
fn numbers_that_cannot_be_are_refused_before_any_work() {
    let place = Place::new();
    for (arguments, words) in [
        ("--train-size 0", ["'0'", "--train-size"]),
        ("--train-size 1", ["'1'", "from 2 to"]),
        ("--train-size -1", ["'-1'", "from 2 to"]),
        ("--train-size 1e3", ["'1e3'", "whole number"]),
        (
            "--train-size 99999999999999999999",
            ["'99999999999999999999'", "--train-size"],
        ),
        ("--train-size 9999", ["9999", "lower --train-size"]),
        (
            "--train-size 5 --replacements 6",
            ["6 replacements", "at most 5"],
        ),
        ("--replacements 0", ["'0'", "from 1 to"]),
        ("--replacements -1", ["'-1'", "from 1 to"]),
        ("--replacements 1000000000", ["1000000000", "at most 60"]),
        ("--networks 1", ["'1'", "from 2 to"]),
        ("--networks -1", ["'-1'", "from 2 to"]),
        ("--networks 100001", ["'100001'", "to 100000"]),
        ("--delta 0", ["'0'", "between 0 and 1"]),
        ("--delta 1", ["'1'", "between 0 and 1"]),
        ("--delta -0.5", ["-0.5", "between 0 and 1"]),
        ("--delta nan", ["nan", "between 0 and 1"]),
    ] {
        place
            .run(&format!("stability --budget smoke {arguments}"))
            .refuses(2, &words);
    }
    assert!(!place.path("out/records").exists());
}
