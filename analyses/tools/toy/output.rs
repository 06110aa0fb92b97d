//! What is printed: text for people, schema `rethink/toy/1`, or the table of all
//! checks.

use rethink::report::{Cell, Table};
use rethink::statistics::{Estimate, Interval, Kind};
use rethink::text::wrap;
use rethink::toy::{Agreement, Check, Toy};
use serde::Serialize;
use serde_json::json;

use super::Run;
use crate::cli::{Format, Options, output};

const SCHEMA: &str = "rethink/toy/1";

/// The rule of the last column.
const RULE: &str = "Agrees: the number, or all of its 95 % interval, lies in the expected range; \
    undecided if only a part of the interval does. Exact: computed in double precision from the weights, \
    no sampling. The widths of the ranges are ours. Theorem: what the paper proves, with our finite \
    thresholds for its limits; published: what it measures, in another setting; derived: from the \
    definitions, in the problem's documentation.";

pub fn text(runs: &[Run], width: usize) -> String {
    let paragraphs = |all: &[&str]| -> String {
        let lines = all.iter().flat_map(|paragraph| wrap(paragraph, width));
        lines.map(|line| line + "\n").collect()
    };
    let mut text = String::new();
    for run in runs {
        let card = run.problem.card();
        text += &format!("{} ({})\n", card.title, card.id);
        text += &paragraphs(&[card.asks, card.setting, card.reference]);
        let mut table = table(std::slice::from_ref(run));
        table.columns.remove(0);
        table.rows.iter_mut().for_each(|row| drop(row.remove(0)));
        text += &format!("\n{}", table.text(width));
        text += &paragraphs(&[&run.found.sentence]);
        // Not wrapped: a path must stay whole to be copied.
        text += &format!("Figure: {}\n\n", run.figure);
    }
    text + &paragraphs(&[RULE])
}

/// The checks of all problems.
pub fn table(runs: &[Run]) -> Table {
    let rows = runs.iter().flat_map(|run| {
        let checks = run.found.checks.iter();
        checks.map(|check| (run.problem.card().id, check))
    });
    Table::of("problems", "Against theory", rows)
        .text("problem", |row| row.0)
        .text("quantity", |row| row.1.quantity.as_str())
        .number("ours", |row| number(&row.1.ours))
        .text("kind", |row| kind(row.1.ours.kind))
        .number("expected", |row| Cell::text(row.1.expected.to_string()))
        .text("basis", |row| row.1.basis.word())
        .text("agrees", |row| row.1.agrees().word())
        .note("")
}

fn number(ours: &Estimate) -> Cell {
    match ours.interval {
        Some(Interval { low, high, .. }) => Cell::estimate(ours.value, low, high),
        None => Cell::number(ours.value, ours.to_string()),
    }
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
    output::json(
        SCHEMA,
        json!({ "seed": seed, "problems": problems, "rule": RULE }),
    )
}

/// The problems there are.
pub fn list(problems: &[&'static dyn Toy], options: &Options) -> anyhow::Result<String> {
    let cards = problems.iter().map(|problem| problem.card());
    let table = Table::of("problems", "Problems", cards.clone())
        .text("problem", |card| card.id)
        .text("asks", |card| card.asks)
        .text("reference", |card| card.reference)
        .note("");
    Ok(match options.format {
        Format::Text => table.text(options.layout().width),
        Format::Csv => table.csv(),
        Format::Json => {
            let problems: Vec<_> = cards
                .map(|card| json!({"id": card.id, "asks": card.asks, "reference": card.reference}))
                .collect();
            output::json(SCHEMA, json!({ "problems": problems }))?
        }
    })
}
