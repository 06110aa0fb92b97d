//! What is printed for people.

use rethink::measure::{Audit, Movement};
use rethink::report::number::significant;
use rethink::report::text::{WIDTH, wrap};
use rethink::report::{Cell, Column, Table};

use super::args::Args;
use super::cards;
use super::evaluate::Measured;
use super::tables;

/// One file in full, or several side by side.
pub fn text(all: &[Measured], args: &Args) -> String {
    let shown = tables::shown_of_layers(args);
    let mut out = String::new();
    for measured in all {
        out += &head(measured);
    }
    match all {
        [one] => {
            let mut layers = tables::layers(one, &shown);
            if args.measures.is_empty() {
                layers.note = "--measures all shows every measure of the layers.".to_owned();
            }
            push(&mut out, &layers);
            push(&mut out, &tables::network(one));
        }
        several => {
            for card in shown {
                if let Some(table) = tables::layers_of(card, several) {
                    push(&mut out, &table);
                }
            }
            push(&mut out, &tables::networks(several));
        }
    }
    for measured in all {
        let mut parts = [
            tables::folded(measured),
            tables::skipped(measured),
            tables::missing(measured),
        ];
        if all.len() > 1 {
            for table in &mut parts {
                table.title = format!("{}: {}", measured.name, table.title);
            }
        }
        parts
            .iter()
            .filter(|t| !t.rows.is_empty())
            .for_each(|t| push(&mut out, t));
    }
    for measured in all {
        out += &audits(measured);
    }
    out
}

/// A table with a blank line before it; of one without rows, what is said about it.
fn push(out: &mut String, table: &Table) {
    out.push('\n');
    match table.rows.is_empty() {
        false => *out += &table.text(WIDTH),
        true => {
            let lines = [&table.title, &table.note].map(|text| wrap(text, WIDTH).join("\n"));
            *out += &(lines.join("\n") + "\n");
        }
    }
}

fn head(measured: &Measured) -> String {
    let provenance = &measured.provenance;
    let layers = measured.report.layers.len();
    let plural = if layers == 1 { "" } else { "s" };
    let data = provenance.data.as_ref().map_or(String::new(), |data| {
        format!(
            "; with {} training images of {}, labels {}",
            data.images, data.dataset, data.labels
        )
    });
    let digits = &provenance.sha256[..12.min(provenance.sha256.len())];
    let mut text = format!(
        "{} ({}, SHA-256 {digits}…): {layers} layer{plural}{data}",
        measured.name, provenance.format
    );
    if !measured.transposed.is_empty() {
        text += &format!(
            "; transposed from (in, out): {}",
            measured.transposed.join(", ")
        );
    }
    wrap(&text, WIDTH).join("\n") + "\n"
}

/// What the audit found, or why it was not done.
fn audits(measured: &Measured) -> String {
    let mut out = String::new();
    match &measured.audit {
        None => {}
        Some(Err(reason)) => {
            let line = format!("{}: no audit: {reason}", measured.name);
            out += &format!("\n{}\n", wrap(&line, WIDTH).join("\n"));
        }
        Some(Ok(audits)) => audits
            .iter()
            .for_each(|audit| push(&mut out, &change(audit))),
    }
    out
}

/// The measures that moved, and those that did not do what their card claims.
fn change(audit: &Audit) -> Table {
    let function = match audit.function_difference {
        Some(0.0) => "the function is the same to the last bit".to_owned(),
        Some(difference) => format!(
            "outputs differ by at most {} of the largest",
            significant(difference, 2)
        ),
        None => "that the function is the same was not checked by a forward pass: only chains of \
                 fully connected layers have one"
            .to_owned(),
    };
    let title = format!("Audit: {}; {function}", cards::change(audit.change));
    let columns = vec![
        Column::text("measure"),
        Column::number("before"),
        Column::number("after"),
        Column::number("relative change"),
        Column::text("card and finding"),
    ];
    let mut table = Table::new("audit", title, columns);
    let told = |m: &&Movement| m.moved || !m.as_claimed();
    let number = |value: Option<f64>| value.map_or_else(Cell::missing, |x| Cell::significant(x, 4));
    table.rows = (audit.movements.iter().filter(told))
        .map(|m| {
            let layer = m.layer.iter().map(|layer| format!(" of layer {layer}"));
            vec![
                Cell::text(format!("{}{}", m.id, layer.collect::<String>())),
                number(m.before),
                number(m.after),
                match m.relative_change {
                    Some(change) => Cell::significant(change, 2),
                    None => Cell::text("undefined"),
                },
                Cell::text(verdict(m)),
            ]
        })
        .collect();
    let still = audit.movements.iter().filter(|m| !told(m)).count();
    table.note = format!(
        "{still} of {} measures did not move, as their cards claim.",
        audit.movements.len()
    );
    table
}

fn verdict(movement: &Movement) -> &'static str {
    match (movement.claimed_invariant, movement.moved) {
        (true, true) => "CONTRADICTS the card, which claims that it does not move",
        (false, false) => "CONTRADICTS the card, which claims no invariance",
        _ => "moved, as the card says",
    }
}
