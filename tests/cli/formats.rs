//! CSV: a header that does not change unnoticed, and rows that fit it.

use super::program::{Place, TINY};
use super::smoke::smoke;

/// Cells of the lines of a CSV text, quotes undone.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, csv.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !quoted, "{csv}");
    rows
}

/// The rows below a header, each as long as it.
fn table(csv: &str, header: &[&str]) -> Vec<Vec<String>> {
    let mut rows = cells(csv);
    let first = rows.remove(0);
    assert_eq!(first[..header.len()], *header);
    for row in &rows {
        assert_eq!(row.len(), first.len(), "{row:?}");
    }
    rows
}

#[test]
fn train_prints_its_curve() {
    let csv = Place::new()
        .run(&format!("{TINY} --until epochs --format csv"))
        .printed();
    let header = "epoch,step,train_loss,train_error,test_loss,test_error,seconds";
    assert_eq!(csv.lines().next(), Some(header));
    let rows = table(&csv, &header.split(',').collect::<Vec<_>>());
    let epochs: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        epochs,
        ["0", "1", "2"],
        "the initial network and two epochs"
    );
    for row in rows {
        for cell in row {
            assert!(cell.parse::<f64>().is_ok_and(|x| x >= 0.0), "{cell}");
        }
    }
}

#[test]
fn questions_print_their_main_table() {
    let place = smoke().copy();
    let csv = place
        .run("randomization --budget smoke --format csv")
        .printed();
    let rows = table(&csv, &["treatment"]);
    let first: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert!(first.contains(&"true labels") && first.contains(&"random labels"));
    let stored = place.path("out/reports/randomization/treatments.csv");
    assert_eq!(std::fs::read_to_string(stored).expect("stored"), csv);

    let csv = place.run("norms --budget smoke --format csv").printed();
    let rows = table(&csv, &["norm of the network"]);
    assert!(rows.iter().any(|row| row[0] == "Path norm (l2)"));
}

#[test]
fn report_prints_its_verdicts() {
    let csv = smoke()
        .copy()
        .run("report --budget smoke --format csv")
        .printed();
    let rows = table(&csv, &["claim", "outcome", "question", "finding"]);
    let claims: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        claims,
        ["C1", "C6", "C2", "C3", "C4", "C5", "C7"],
        "each claim once"
    );
}

#[test]
fn data_prints_its_rows() {
    let place = Place::new();
    let csv = place.run("data list --format csv").printed();
    let header = [
        "name",
        "train",
        "test",
        "shape",
        "classes",
        "bytes",
        "location",
        "licence",
        "description",
    ];
    let rows = table(&csv, &header);
    let embedded = rows.iter().find(|row| row[0] == "fashion-mnist-10k");
    let embedded = embedded.expect("the embedded set");
    assert_eq!(embedded[1..5], ["10000", "5000", "1x28x28", "10"]);
    assert_eq!(embedded[6], "embedded");
    let csv = place
        .run("data verify fashion-mnist-10k --format csv")
        .printed();
    let rows = table(&csv, &["name", "file", "state", "path"]);
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row[2] == "intact"));
    place.run("data fetch fashion-mnist-10k").with_code(0);
}

#[test]
fn text_tables_are_rectangular_and_lines_do_not_end_in_blanks() {
    let place = smoke().copy();
    for line in [TINY, "report --budget smoke", "data list"] {
        let text = place.run(line).printed();
        for line in text.lines() {
            assert_eq!(line.trim_end(), line);
        }
        assert!(text.ends_with('\n'));
    }
    // Name and value of a line never touch.
    let summary = place.run(&format!("{TINY} --until epochs")).printed();
    let (numbers, _) = summary.split_once("\n\n").expect("numbers, and a command");
    for line in numbers.lines() {
        assert!(line.contains("  "), "{line}");
    }
}
