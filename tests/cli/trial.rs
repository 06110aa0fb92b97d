//! `rethink implicit-bias`: the plan, the runs, and what is computed from them again.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::program::Place;
use super::smoke::smoke;

const SMOKE: &str = "implicit-bias --budget smoke";

/// The hash that `--plan` prints.
fn hash(place: &Place) -> String {
    let printed = place.run(&format!("{SMOKE} --plan --quiet")).printed();
    let first = printed.lines().next().expect("a line");
    first.strip_prefix("Plan ").expect("the hash").to_owned()
}

fn json(place: &Place, line: &str) -> Value {
    let printed = place.run(&format!("{line} --format json")).printed();
    serde_json::from_str(&printed).expect("JSON")
}

/// Tables of the trial itself, without those that are measured beside it.
fn of_the_trial(report: &Value) -> Vec<Value> {
    const OWN: [&str; 10] = [
        "parts",
        "comparisons",
        "networks",
        "norms",
        "held",
        "ends",
        "costs",
        "across",
        "pilot",
        "rules",
    ];
    let tables = report["tables"].as_array().expect("tables").iter();
    tables
        .filter(|table| OWN.contains(&table["id"].as_str().expect("an id")))
        .cloned()
        .collect()
}

#[test]
fn a_trial_runs_under_its_plan_alone_and_is_computed_again_from_its_runs() {
    let place = Place::new();
    let hash = hash(&place);
    let folder = PathBuf::from("out/trial").join(&hash);
    assert!(!place.path("out/trial").exists(), "--plan runs no trial");

    let refused = place.run(&format!("{SMOKE} --frozen 0123456789abcdef"));
    let refused = refused.with_code(2);
    assert!(refused.stderr.contains(&hash) && refused.stderr.contains("0123456789abcdef"));
    assert!(!place.path("out/trial").exists(), "nothing is run");

    let place = smoke().copy();
    let report = smoke().json("implicit-bias");
    let runs = place.path("").join(&folder).join("runs.jsonl");
    let text = fs::read_to_string(&runs).expect("the runs");
    let (last, outcomes) = (text.lines().last(), text.lines().count() - 1);
    let last: Value = serde_json::from_str(last.expect("a line")).expect("JSON");
    assert_eq!(last["outcomes"], outcomes);
    for line in text.lines().take(outcomes) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["plan"], hash.as_str());
        assert_eq!(
            line["end"] == "reached",
            !line["network"].is_null(),
            "{line}"
        );
    }
    let starved = &report["verdicts"][0];
    assert_eq!(
        starved["outcome"], "inconclusive",
        "three blocks decide nothing"
    );

    let again = json(
        &place,
        &format!("implicit-bias --from {}", folder.display()),
    );
    // The --out folder holds one trial.
    assert_eq!(json(&place, "implicit-bias --from out"), again);
    assert_eq!(of_the_trial(&again), of_the_trial(&report));
    assert!(of_the_trial(&again).len() >= 8);
    assert_eq!(again["answer"], report["answer"]);

    // Interrupted: some runs are not on record any more. Fewer threads change nothing.
    let records = fs::read_dir(place.path("out/records/trial-runs")).expect("records");
    for record in records.step_by(4) {
        fs::remove_file(record.expect("a file").path()).expect("removed");
    }
    place
        .run(&format!("{SMOKE} --frozen {hash} --threads 1"))
        .printed();
    assert_eq!(fs::read_to_string(&runs).expect("the runs"), text);

    // A row that comes out otherwise than in the frozen table.
    let table = runs.with_file_name("table.json");
    let frozen = fs::read_to_string(&table).expect("the table");
    let changed = frozen.replacen("\"undecided\"", "\"holds\"", 1);
    assert_ne!(changed, frozen);
    fs::write(&table, changed).expect("written");
    let from = format!("implicit-bias --from {}", folder.display());
    place.run(&from).refuses(1, &["S1", "--rejudge"]);
    let anew = json(&place, &format!("{from} --rejudge"));
    let warning = anew["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("judged anew by rules"), "{warning}");
    fs::write(&table, frozen).expect("written");

    let other = text.replacen(&hash, "0123456789abcdef", 1);
    fs::write(&runs, other).expect("written");
    place
        .run(&format!("implicit-bias --from {}", folder.display()))
        .refuses(1, &["runs.jsonl", "cut or damaged"]);
}

#[test]
fn what_cannot_be_a_trial_is_refused_before_any_work() {
    let place = Place::new();
    for (arguments, told) in [
        ("--seeds 2", "--seeds 3"),
        ("--architecture all-conv", "the norm of all-conv cannot"),
        ("--architecture small-conv-bn", "the norm of small-conv-bn"),
        ("--rejudge", "--from"),
        ("--train-size 39", "40"),
        ("--world all", "rethink toy"),
        ("--n 50", "--train-size"),
        (
            "--datasets mnist --dataset mnist",
            "--dataset changes nothing",
        ),
    ] {
        let answer = place.run(&format!("{SMOKE} {arguments}")).with_code(2);
        assert!(
            answer.stderr.contains(told),
            "{arguments}: {}",
            answer.stderr
        );
    }
    let answer = place.run("implicit-bias --from nowhere").with_code(1);
    assert!(
        answer.stderr.contains("nowhere holds no trial"),
        "{}",
        answer.stderr
    );
    assert!(!place.path("out/records").exists());
}
