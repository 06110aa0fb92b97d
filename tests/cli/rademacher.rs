//! `rethink rademacher`: the tables of the answer, one complexity on request, and what
//! is refused before any work.

use serde_json::Value;

use super::program::Place;
use super::smoke::smoke;

fn json(place: &Place, line: &str) -> Value {
    let text = place.run(&format!("{line} --format json")).printed();
    serde_json::from_str(&text).expect("JSON")
}

/// The rows of a table, as values or words.
fn rows(report: &Value, id: &str) -> Vec<Vec<Value>> {
    let tables = report["tables"].as_array().expect("tables");
    let table = tables.iter().find(|table| table["id"] == id);
    let rows = table.expect("the table")["rows"].as_array().expect("rows");
    let cell = |cell: &Value| match cell.get("text") {
        Some(text) => text.clone(),
        None => cell["number"]["value"].clone(),
    };
    let row = |row: &Value| row.as_array().expect("cells").iter().map(cell).collect();
    rows.iter().map(row).collect()
}

fn number(cell: &Value) -> f64 {
    cell.as_f64().expect("a number")
}

#[test]
fn the_smoke_budget_bounds_orders_and_decides() {
    let report = smoke().json("rademacher");
    assert_eq!(report["schema"], "rethink/rademacher/5");

    // Norms and bounds of kernels rise with the noise; the error is that of the noise.
    let bounds = rows(&report, "bounds");
    for kernel in bounds.chunks(5).take(2) {
        for (less, more) in kernel.iter().zip(&kernel[1..]) {
            assert!(number(&less[3]) < number(&more[3]), "{less:?} {more:?}");
            assert!(number(&less[4]) <= number(&more[4]));
        }
        assert_eq!(number(&kernel[4][6]), 0.5);
    }
    for row in &bounds {
        let vacuous = number(&row[4]) >= 1.0;
        assert_eq!(row[5] == "vacuous", vacuous, "{row:?}");
    }

    // Networks reach no more than 1 and certify less than they reach.
    for row in rows(&report, "capacity") {
        let (reached, certified) = (number(&row[2]), number(&row[3]));
        assert!(certified < reached && reached <= 1.0);
    }

    // Lower bounds are below upper bounds, and the complexity of a class between them.
    for row in rows(&report, "profile") {
        let (low, high) = (number(&row[3]), number(&row[4]));
        assert!(0.0 < low && low <= high && high <= 1.0, "{row:?}");
    }
    for row in rows(&report, "classes") {
        let (value, low, high) = (number(&row[1]), number(&row[3]), number(&row[4]));
        assert!(low <= value && value <= high, "{row:?}");
        // Only where suprema are exact is anything certified.
        let network = row[0] == "relu network, path norm (units)";
        assert_eq!(row[2].is_null(), network, "{row:?}");
    }
    for row in rows(&report, "local") {
        let (value, low, high) = (number(&row[5]), number(&row[6]), number(&row[7]));
        assert!(low < value && value < high && value < number(&row[8]));
        // r* is the fixed point of the upper bound.
        assert!((high / number(&row[3]) - 1.0).abs() < 1e-6, "{row:?}");
    }

    let evidence = &report["contributions"][0];
    assert_eq!(evidence["claim"], "C7");
    // All bounds of so few images are vacuous: no order of norms makes them speak for C7.
    assert!(bounds.iter().all(|row| row[5] == "vacuous"));
    assert_eq!(evidence["direction"], "neither-way");
    let figures = report["figures"].as_array().expect("figures");
    assert_eq!(figures.len(), 3);
    let folder = smoke().path("out/reports/rademacher");
    for figure in figures {
        assert!(
            folder
                .join(figure["file"].as_str().expect("a name"))
                .exists()
        );
    }

    // What is stored is not computed again, and gives the same answer.
    let again = json(
        &smoke().copy(),
        "rademacher --budget smoke --quiet --threads 1",
    );
    assert_eq!(again["tables"], report["tables"]);
}

#[test]
fn one_ball_is_proportional_to_its_radius_and_nothing_is_stored() {
    let place = Place::new();
    let line = "complexity --kernel gaussian --bandwidth 5 --train-size 60 --draws 200";
    let one = rows(&json(&place, line), "complexity");
    let two = rows(
        &json(&place, &format!("{line} --radius 2 --delta 0.01")),
        "complexity",
    );
    assert_eq!(number(&two[0][1]), 2.0 * number(&one[0][1]));
    // k(x, x) = 1: at most B/√n.
    let at_most = |rows: &[Vec<Value>]| {
        let row = rows.iter().find(|row| row[0] == "R̂ at most");
        number(&row.expect("the bound")[1])
    };
    assert!((at_most(&one) - 1.0 / 60_f64.sqrt()).abs() < 1e-12);
    let same = "complexity --kernel gaussian:5 --train-size 60 --draws 200";
    assert_eq!(rows(&json(&place, same), "complexity"), one);
    // Two images leave little between the bounds: the estimate stays there.
    let two = rows(
        &json(&place, "complexity --kernel gaussian:5 --train-size 2"),
        "complexity",
    );
    assert!(number(&two[0][1]) <= at_most(&two), "{two:?}");
    assert!(!place.path("out").exists());
}

#[test]
fn what_cannot_be_is_refused_with_its_value_and_remedy() {
    for (line, words) in [
        (
            "--kernel gaussian:5 --draws 0",
            ["'0'", "--draws", "from 2"],
        ),
        (
            "--kernel gaussian:5 --radius 0",
            ["'0'", "--radius", "above 0"],
        ),
        (
            "--kernel gaussian:5 --radius -1",
            ["'-1'", "--radius", "above 0"],
        ),
        (
            "--kernel gaussian:5 --delta 1",
            ["'1'", "--delta", "between 0 and 1"],
        ),
        (
            "--kernel gaussian:5 --train-size 0",
            ["'0'", "--train-size", "from 2"],
        ),
        (
            "--kernel gaussian:5 --train-size 1",
            ["'1'", "--train-size", "from 2"],
        ),
        (
            "--kernel gaussian:5 --train-size -1",
            ["'-1'", "--train-size", "from 2"],
        ),
        (
            "--kernel gaussian:5 --draws -3",
            ["'-3'", "--draws", "from 2 to 10000000"],
        ),
        (
            "--kernel gaussian:5 --draws 99999999999999999",
            ["'99999999999999999'", "--draws", "from 2 to 10000000"],
        ),
        (
            "--kernel gaussian:5 --train-size 99999",
            ["99999", "10000", ""],
        ),
        ("--kernel gauss:5", ["gauss", "gaussian", "linear"]),
        ("--kernel gaussian", ["gaussian", "BANDWIDTH", ""]),
        ("--draws 100", ["--kernel", "is missing", ""]),
    ] {
        let place = Place::new();
        let answer = place.run(&format!("complexity {line}"));
        answer.refuses(2, &words);
        assert!(!place.path("out").exists(), "{line}");
    }
}
