//! What is printed for people.

use rethink::experiment::subjects::Audited;
use rethink::measure::{Assumption, Audit, Movement};
use rethink::report::{Cell, Column, Table};
use rethink::text::number::significant;
use rethink::text::{WIDTH, wrap};

use super::args::Args;
use super::{Measured, tables};

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
                let more = "--measures norms,spectra shows more measures of the layers.";
                layers = layers.with_note(more);
            }
            push(&mut out, &layers);
            push(&mut out, &tables::network(one));
            push(&mut out, &tables::contributors(one));
            out += &terms(one);
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
                table.title = format!("{}: {}", measured.name(), table.title);
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

/// What bounds and estimates are made of, each in lines of its own.
fn terms(measured: &Measured) -> String {
    let mut out = String::new();
    for (id, details) in &measured.found.report.details {
        if details.terms.is_empty() {
            continue;
        }
        let value = |value: Option<f64>| value.map_or("–".to_owned(), |x| significant(x, 3));
        let terms = details.terms.iter();
        let terms: Vec<String> = terms
            .map(|t| format!("{} = {}", t.name, value(t.value)))
            .collect();
        let lines = wrap(&format!("{id}: {}", terms.join("; ")), WIDTH - 2);
        out += &(lines.join("\n  ") + "\n");
    }
    match out.is_empty() {
        true => out,
        false => format!("\nTerms\n{out}"),
    }
}

fn head(measured: &Measured) -> String {
    let (provenance, found) = (&measured.provenance, &measured.found);
    let layers = found.report.layers.len();
    let plural = if layers == 1 { "" } else { "s" };
    let data = provenance.data.as_ref().map_or(String::new(), |data| {
        let sample = found.source.subject.sampled().map_or(String::new(), |used| {
            format!(
                "; means are estimated from {used} of them, with 95 % intervals from the spread \
                 over these"
            )
        });
        format!(
            "; with {} training images of {}, {}{sample}",
            data.images, data.dataset, data.labels
        )
    });
    let digits = &provenance.sha256[..12.min(provenance.sha256.len())];
    let mut text = format!(
        "{} ({}, SHA-256 {digits}…): {layers} layer{plural}{data}",
        provenance.path, provenance.format
    );
    let not_finite = found.report.margin.as_ref().map_or(0, |m| m.not_finite);
    if not_finite > 0 {
        text +=
            &format!("; on {not_finite} of them an output is not finite, which counts as an error");
    }
    let transposed = &found.source.transposed;
    if !transposed.is_empty() {
        text += &format!("; transposed from (in, out): {}", transposed.join(", "));
    }
    let mut lines = wrap(&text, WIDTH);
    lines.extend(assumed(measured));
    lines.join("\n") + "\n"
}

/// What is taken for granted, in lines of its own.
fn assumed(measured: &Measured) -> Vec<String> {
    let found = &measured.found;
    let rested_on = |a: &&Assumption| a.dependent(&found.report).next().is_some();
    (found.source.assumptions.iter().filter(rested_on))
        .flat_map(|a| wrap(&format!("Assumed: {} {a}.", a.scope()), WIDTH))
        .collect()
}

/// What the audit found, or why it was not done.
fn audits(measured: &Measured) -> String {
    let mut out = String::new();
    match &measured.found.audit {
        None => {}
        Some(Audited::NotDone { reason }) => {
            let line = format!("{}: no audit: {reason}", measured.name());
            out += &format!("\n{}\n", wrap(&line, WIDTH).join("\n"));
        }
        Some(Audited::Changes(audits)) => {
            (audits.iter()).for_each(|audit| push(&mut out, &change(audit)));
        }
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
    let title = format!("Audit: {}; {function}", audit.change.words());
    let columns = [
        Column::text("measure"),
        Column::number("before"),
        Column::number("after"),
        Column::number("relative change"),
        Column::text("card and finding"),
    ];
    let told = |m: &&Movement| m.moved || m.unclaimed();
    let number = |value: Option<f64>| value.map_or_else(Cell::missing, |x| Cell::significant(x, 4));
    let row = |m: &Movement| {
        let layer = m.layer.iter().map(|layer| format!(" of layer {layer}"));
        vec![
            format!("{}{}", m.id, layer.collect::<String>()).into(),
            number(m.before),
            number(m.after),
            match m.relative_change {
                Some(change) => Cell::significant(change, 2),
                None => "undefined".into(),
            },
            verdict(m).into(),
        ]
    };
    let rows = audit.movements.iter().filter(told).map(row);
    let all = audit.movements.len();
    let table = Table::new("audit", title, columns).with_rows(rows);
    let still = all - table.rows.len();
    table.with_note(format!(
        "{still} of {all} measures did not move, as their cards claim."
    ))
}

fn verdict(movement: &Movement) -> &'static str {
    match movement.claimed_invariant {
        true if movement.contradicts() => {
            "CONTRADICTS the card, which claims that it does not move"
        }
        true => "moved within its interval, as sampling may",
        false if movement.unclaimed() => "did not move here; the card does not claim that",
        false => "moved, as the card says",
    }
}
