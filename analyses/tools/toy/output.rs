//! What is printed: text for people, schema `rethink/toy/1`, or the table of all
//! checks.

use rethink::report::{Cell, Column, Table};
use rethink::statistics::{Interval, Kind};
use rethink::text::{WIDTH, wrap};
use rethink::toy::{Agreement, Check, Toy};
use serde::Serialize;
use serde_json::json;

use super::Run;
use crate::cli::Format;

const SCHEMA: &str = "rethink/toy/1";

/// The rule of the last column.
const RULE: &str = "Agrees: the number, or all of its 95 % interval, lies in the expected range; \
    undecided if only a part of the interval does. Exact: computed in double precision from the weights, \
    no sampling. The widths of the ranges are ours. Theorem: what the paper proves, with our finite \
    thresholds for its limits; published: what it measures, in another setting; derived: from the \
    definitions, in the problem's documentation.";

pub fn text(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let card = run.problem.card();
        text += &format!("{} ({})\n", card.title, card.id);
        text += &paragraphs(&[card.asks, card.setting, card.reference]);
        text.push('\n');
        text += &checks(run).text(WIDTH);
        text += &paragraphs(&[&run.found.sentence]);
        // Not wrapped: a path must stay whole to be copied.
        text += &format!("Figure: {}\n\n", run.figure);
    }
    text + &paragraphs(&[RULE])
}

fn paragraphs(all: &[&str]) -> String {
    let lines = all.iter().flat_map(|paragraph| wrap(paragraph, WIDTH));
    lines.map(|line| line + "\n").collect()
}

/// The checks of one problem.
fn checks(run: &Run) -> Table {
    let columns = vec![
        Column::text("quantity"),
        Column::number("ours"),
        Column::text("kind"),
        Column::number("expected"),
        Column::text("basis"),
        Column::text("agrees"),
    ];
    let mut table = Table::new(run.problem.card().id, "Against theory", columns);
    table.rows = run.found.checks.iter().map(row).collect();
    table
}

/// The checks of all problems.
pub fn table(runs: &[Run]) -> Table {
    let mut table = Table::new("problems", "Against theory", vec![Column::text("problem")]);
    for run in runs {
        let checks = checks(run);
        table.columns.truncate(1);
        table.columns.extend(checks.columns);
        table.rows.extend(checks.rows.into_iter().map(|row| {
            let problem = Cell::text(run.problem.card().id);
            std::iter::once(problem).chain(row).collect()
        }));
    }
    table
}

fn row(check: &Check) -> Vec<Cell> {
    let ours = &check.ours;
    let (low, high) = match ours.interval {
        Some(Interval { low, high, .. }) => (Some(low), Some(high)),
        None => (None, None),
    };
    vec![
        Cell::text(&check.quantity),
        Cell::Number {
            shown: ours.to_string(),
            value: ours.value.is_finite().then_some(ours.value),
            low,
            high,
        },
        Cell::text(kind(ours.kind)),
        Cell::text(check.expected.to_string()),
        Cell::text(check.basis.word()),
        Cell::text(check.agrees().word()),
    ]
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Exact => "exact",
        Kind::Estimate => "estimate",
        Kind::LowerBound => "lower bound",
        Kind::UpperBound => "upper bound",
    }
}

#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    check: &'a Check,
    agrees: Agreement,
}

pub fn json(runs: &[Run], seed: u64) -> anyhow::Result<String> {
    let problems: Vec<_> = (runs.iter())
        .map(|run| {
            let card = run.problem.card();
            let judged = |check| Judged {
                check,
                agrees: Check::agrees(check),
            };
            json!({
                "id": card.id,
                "title": card.title,
                "asks": card.asks,
                "setting": card.setting,
                "reference": card.reference,
                "checks": run.found.checks.iter().map(judged).collect::<Vec<_>>(),
                "sentence": run.found.sentence,
                "figure": run.figure,
            })
        })
        .collect();
    let all = json!({
        "schema": SCHEMA,
        "seed": seed,
        "problems": problems,
        "rule": RULE,
    });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// The problems there are.
pub fn list(problems: &[&'static dyn Toy], format: Format) -> anyhow::Result<String> {
    let columns = ["problem", "asks", "reference"].map(Column::text).to_vec();
    let mut table = Table::new("problems", "Problems", columns);
    let cards = problems.iter().map(|problem| problem.card());
    table.rows = (cards.clone())
        .map(|card| {
            [card.id, card.asks, card.reference]
                .map(Cell::text)
                .to_vec()
        })
        .collect();
    Ok(match format {
        Format::Text => table.text(WIDTH),
        Format::Csv => table.csv(),
        Format::Json => {
            let problems: Vec<_> = cards
                .map(|card| json!({"id": card.id, "asks": card.asks, "reference": card.reference}))
                .collect();
            serde_json::to_string_pretty(&json!({"schema": SCHEMA, "problems": problems}))? + "\n"
        }
    })
}
