//! Answers, each alone and all together; their schema is that of every report.

use std::fs;

use serde::Deserialize;

use crate::cli::smoke::smoke;
use crate::report_page::schema::{Cell, Outcome, Question};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    schema: String,
    page: String,
    seconds: f64,
    questions: Vec<Question>,
}

/// Checks what every answer promises, and that its files are there.
fn check(question: &Question) {
    let id = &question.question;
    assert_eq!(question.schema, format!("rethink/{id}/5"));
    for text in [&question.title, &question.asks, &question.answer] {
        assert!(!text.is_empty());
    }
    assert!(!question.method.is_empty() && !question.published.is_empty());
    assert!(!question.warnings.is_empty(), "two seeds are too few");
    let folder = smoke().path("out/reports").join(id);
    assert!(!question.figures.is_empty());
    for figure in &question.figures {
        assert_eq!(figure.file, format!("{}.svg", figure.id));
        assert!(!figure.title.is_empty() && !figure.caption.is_empty());
        assert!(!figure.alt.is_empty());
        let svg = fs::read_to_string(folder.join(&figure.file)).expect("a figure");
        assert!(svg.contains("</svg>"), "{}", figure.id);
    }
    for table in &question.tables {
        assert!(folder.join(format!("{}.csv", table.id)).is_file());
        assert!(!table.title.is_empty() && !table.note.is_empty());
        assert!(table.columns.iter().all(|column| {
            let aligned = ["left", "right"].contains(&column.align.as_str());
            aligned && !column.name.is_empty() && column.unit.as_deref() != Some("")
        }));
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", table.id);
            for cell in row {
                check_cell(cell);
            }
        }
    }
    let verdicts = question.verdicts.iter();
    let verdicts = verdicts.map(|one| (&one.claim, &one.finding, &one.rule, &one.evidence));
    let others = question.contributions.iter();
    let others = others.map(|one| (&one.claim, &one.finding, &one.rule, &one.evidence));
    for (claim, finding, rule, evidence) in verdicts.chain(others) {
        assert!(!finding.is_empty() && !rule.is_empty());
        assert!(!evidence.is_empty(), "{claim}");
        for evidence in evidence {
            let parts = [&evidence.label, &evidence.value, &evidence.kind];
            assert!(parts.iter().all(|part| !part.is_empty()));
        }
    }
    let provenance = &question.provenance;
    assert_eq!(provenance.command, format!("rethink {id} --budget smoke"));
    assert_eq!(provenance.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(question.setting.budget, "smoke");
    assert_eq!(question.setting.dataset, "fashion-mnist-10k");
    assert_eq!(question.setting.dataset_checksum.len(), 64);
    assert!(!provenance.cpu.is_empty() && !provenance.commit.is_empty());
    assert!(provenance.threads >= 1 && provenance.started > 0);
    assert!(provenance.seconds > 0.0 && !provenance.results.is_empty());
    for result in &provenance.results {
        let stored = match result.strip_prefix("run/") {
            Some(run) => smoke().path("out/runs").join(run).is_dir(),
            None => (smoke().path("out/records").join(format!("{result}.json"))).is_file(),
        };
        assert!(stored, "{result}");
    }
}

fn check_cell(cell: &Cell) {
    let Cell::Number {
        shown,
        value,
        low,
        high,
    } = cell
    else {
        return;
    };
    assert!(!shown.is_empty());
    assert_eq!(low.is_some(), high.is_some(), "{shown}");
    if let (Some(low), Some(value), Some(high)) = (low, value, high) {
        assert!(low <= value && value <= high, "{shown}");
    }
}

#[test]
fn each_question_alone_and_all_together() {
    let mut alone = Vec::new();
    for (id, answer) in smoke().answers() {
        let json = &answer.stdout;
        let stored = smoke().path("out/reports").join(id).join("report.json");
        let stored = fs::read_to_string(stored).expect("stored");
        // What is stored has checksums behind what is printed.
        assert!(stored.starts_with(json.trim_end_matches("\n}\n")), "{id}");
        let question: Question = serde_json::from_str(json).expect("the schema");
        check(&question);
        alone.push(question);
    }
    let on_claims: Vec<(&str, Vec<&str>, Vec<&str>)> = (alone.iter())
        .map(|q| {
            (
                &q.question[..],
                q.verdicts.iter().map(|v| &v.claim[..]).collect(),
                q.contributions.iter().map(|c| &c.claim[..]).collect(),
            )
        })
        .collect();
    // Claims that are decided, and claims of other questions with evidence on them.
    let expected = [
        ("randomization", vec!["C1", "C6"], vec![]),
        ("expressivity", vec!["C2", "C3"], vec![]),
        ("regularization", vec!["C4", "C5"], vec![]),
        ("norms", vec![], vec!["C7"]),
        ("interpolation", vec![], vec!["C7"]),
        ("rademacher", vec![], vec!["C7"]),
        ("certificates", vec![], vec!["C3", "C7"]),
        ("stability", vec![], vec!["C3"]),
        ("implicit-bias", vec!["C7"], vec![]),
    ];
    assert_eq!(on_claims, expected);
    let c1 = &alone[0].verdicts[0];
    assert_eq!(
        c1.outcome,
        Outcome::Contradicted,
        "random labels are fitted"
    );

    let place = smoke().copy();
    let json = place
        .run("report --budget smoke --format json --threads 2")
        .printed();
    let report: Report = serde_json::from_str(&json).expect("the schema");
    assert_eq!(report.schema, "rethink/report/1");
    assert!(report.seconds > 0.0);
    let page = fs::read_to_string(place.path(&report.page)).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg"));
    for question in &alone {
        assert!(page.contains(&question.asks), "{}", question.question);
        for contribution in &question.contributions {
            let linked = format!("href=\"#{}-{}\"", question.question, contribution.claim);
            assert_eq!(page.matches(&linked).count(), 1, "{linked}");
        }
    }
    let (_, claims) = page.split_once("<ol class=\"claims\">").expect("claims");
    let (claims, _) = claims.split_once("</ol>").expect("claims");
    for claim in claims.split("<h3>").skip(1) {
        assert_eq!(claim.matches("class=\"outcome ").count(), 1, "{claim}");
    }
    assert_eq!(report.questions, alone, "reports are functions of the runs");
}
