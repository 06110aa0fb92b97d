//! What can be represented, and the network of Theorem 1 in a file.

use serde_json::Value;

use super::program::Place;
use super::smoke::smoke;

#[test]
fn the_answer_decides_its_claims_and_counts_what_it_promises() {
    let report = smoke().json("expressivity");
    assert_eq!(report["schema"], "rethink/expressivity/5");
    let claims: Vec<&str> = (report["verdicts"].as_array().expect("verdicts").iter())
        .map(|verdict| verdict["claim"].as_str().expect("a claim"))
        .collect();
    assert_eq!(claims, ["C2", "C3"]);
    let table = |id: &str| {
        let tables = report["tables"].as_array().expect("tables");
        let table = tables.iter().find(|table| table["id"] == id);
        table.unwrap_or_else(|| panic!("no table {id}"))["rows"]
            .as_array()
            .expect("rows")
            .clone()
    };
    let number = |cell: &Value| cell["number"]["value"].as_f64().expect("a number");
    for row in table("theorem-1") {
        let n = number(&row[0]);
        assert_eq!(number(&row[1]), n * 11.0 + 784.0);
        assert_eq!(number(&row[2]), n * 785.0 + n * 10.0);
        assert!(number(&row[4]) < 1e-6);
    }
    for row in table("depths") {
        let (depth, width, hinges) = (number(&row[0]), number(&row[1]), number(&row[2]));
        assert_eq!(hinges, (100.0 / (depth - 1.0)).ceil());
        assert!(width <= hinges + 22.0);
    }
    // Networks that fit the same labels, and are far apart.
    let ratios = table("reachable");
    let ratio = ratios.iter().find(|row| {
        let words = (row[0]["text"].as_str(), row[1]["text"].as_str());
        words == (Some("random"), Some("path norm (l1) / margin"))
    });
    assert!(number(&ratio.expect("the row")[4]) > 10.0);
}

#[test]
fn the_network_in_the_file_has_the_labels_and_can_be_measured() {
    let place = Place::new();
    let printed = place
        .run("construct net.safetensors --train-size 60 --labels random --seed 3")
        .printed();
    assert!(printed.contains(" 1444 "), "60 · 11 + 784 in {printed}");
    let line = "measure net.safetensors --dataset fashion-mnist-10k --network chain \
                --train-size 60 --labels random --seed 3 --measures margin-minimum --format json";
    let measured: Value = serde_json::from_str(&place.run(line).printed()).expect("JSON");
    // One-hot targets: the smallest margin is 1 but for rounding.
    let value = measured["network"]["measures"]["margin-minimum"].as_f64();
    let value = value.expect("measured");
    assert!((value - 1.0).abs() < 1e-3, "{value}");
    let deep = place
        .run("construct deep.safetensors --train-size 60 --depth 4")
        .printed();
    // 60 hinges in three layers, and 2 + 2 · 10 carried.
    assert!(deep.contains(" 42 "), "{deep}");
}

#[test]
fn what_cannot_be_constructed_is_refused_before_work() {
    let place = Place::new();
    let line = |rest: &str| place.run(&format!("construct {rest}"));
    line("n.safetensors --train-size 1").refuses(2, &["'1'", "--train-size", "from 2"]);
    line("n.safetensors --train-size -1").refuses(2, &["'-1'", "from 2"]);
    line("n.safetensors --depth -3").refuses(2, &["'-3'", "--depth", "from 2"]);
    line("n.safetensors --train-size 18446744073709551615")
        .refuses(2, &["18446744073709551615", "from 2 to"]);
    line("n.safetensors --train-size 10 --depth 12").refuses(2, &["--depth 12", "2 to 11"]);
    line("n.safetensors --train-size 20000").refuses(2, &["20000"]);
    line(".").refuses(2, &["is a folder"]);
    line("nowhere/n.safetensors --train-size 10").refuses(2, &["no folder nowhere"]);
    assert!(!place.path("n.safetensors").exists());
}
