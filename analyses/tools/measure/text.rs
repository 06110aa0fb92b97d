//! What is printed for people.

use std::path::Path;

use rethink::experiment::subjects::Audited;
use rethink::measure::{Assumption, Audit, Missing, Movement, summary};
use rethink::report::{Cell, Layout, Table};
use rethink::text::number::significant;
use rethink::text::wrap;

use super::args::Args;
use super::{Measured, tables};

/// One file in full, or several side by side.
pub fn text(all: &[Measured], args: &Args, layout: Layout) -> String {
    let shown = tables::shown_of_layers(args);
    let mut out = String::new();
    for measured in all {
        out += &head(measured, layout.width);
    }
    let mut push = |table: Table| {
        if !table.rows.is_empty() {
            out += &format!("\n{}", table.text(layout.width));
        }
    };
    match all {
        [one] => {
            let layers = tables::layers(&one.found, &shown);
            match args.measures.is_empty() {
                true => push(
                    layers.with_note("--measures norms,spectra shows more measures of the layers."),
                ),
                false if layers.columns.len() > tables::HEADS.len() => push(layers),
                false => {}
            }
            push(tables::network(&one.found));
            push(tables::contributors(&one.found));
        }
        several => {
            let labelled: Vec<_> = (several.iter())
                .map(|measured| (&*measured.label, &measured.found))
                .collect();
            let layers = shown.into_iter();
            let layers = layers.filter_map(|card| tables::layers_of(card, &labelled));
            push(tables::networks(&labelled));
            layers.for_each(&mut push);
        }
    }
    let mut last = String::new();
    for measured in all {
        // Listed where it was asked for by its name, counted where it was not.
        let (listed, counted): (Vec<&Missing>, Vec<&Missing>) = (measured.found.missing.iter())
            .partition(|missing| layout.full || args.names(missing.card));
        let parts = [
            tables::folded(&measured.found),
            tables::skipped(&measured.found),
            tables::missing(listed),
        ];
        let of = match all.len() {
            1 => String::new(),
            _ => format!("{}: ", measured.label),
        };
        for mut table in parts {
            table.title.insert_str(0, &of);
            push(table);
        }
        if !counted.is_empty() {
            last += &paragraph(
                &format!("{of}{}; --full lists them.", summary(counted)),
                layout.width,
            );
        }
    }
    if let [one] = all {
        let terms = terms(one, layout.width);
        match layout.full || !args.measures.is_empty() {
            true => out += &terms,
            false if terms.is_empty() => {}
            false => {
                last += &paragraph(
                    "--full shows what the bounds and estimates are made of.",
                    layout.width,
                );
            }
        }
    }
    if !last.is_empty() {
        out += &format!("\n{last}");
    }
    for measured in all {
        out += &audits(measured, layout.width);
    }
    out
}

fn paragraph(text: &str, width: usize) -> String {
    wrap(text, width).join("\n") + "\n"
}

/// What bounds and estimates are made of, each in lines of its own.
fn terms(measured: &Measured, width: usize) -> String {
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
        let lines = wrap(&format!("{id}: {}", terms.join("; ")), width - 2);
        out += &(lines.join("\n  ") + "\n");
    }
    match out.is_empty() {
        true => out,
        false => format!("\nTerms\n{out}"),
    }
}

fn head(measured: &Measured, width: usize) -> String {
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
    let path = match &provenance.path {
        path if Path::new(path).ends_with(&measured.label) => path.clone(),
        path => format!("{}: {path}", measured.label),
    };
    let mut text = format!(
        "{path} ({}, SHA-256 {digits}…): {layers} layer{plural}{data}",
        provenance.format
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
    paragraph(&text, width) + &assumed(measured, width)
}

/// What is taken for granted, in lines of its own.
fn assumed(measured: &Measured, width: usize) -> String {
    let found = &measured.found;
    let rested_on = |a: &&Assumption| a.dependent(&found.report).next().is_some();
    (found.source.assumptions.iter().filter(rested_on))
        .map(|a| paragraph(&format!("Assumed: {} {a}.", a.scope()), width))
        .collect()
}

/// What the audit found, or why it was not done.
fn audits(measured: &Measured, width: usize) -> String {
    let told = match &measured.found.audit {
        None => vec![],
        Some(Audited::NotDone { reason }) => {
            vec![paragraph(
                &format!("{}: no audit: {reason}", measured.label),
                width,
            )]
        }
        Some(Audited::Changes(audits)) => (audits.iter().map(change))
            .map(|table| match table.rows.is_empty() {
                true => paragraph(&table.title, width) + &paragraph(&table.note, width),
                false => table.text(width),
            })
            .collect(),
    };
    told.iter().map(|one| format!("\n{one}")).collect()
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
    let number = |value: Option<f64>| value.map(|x| Cell::significant(x, 4));
    let told = |m: &&Movement| m.moved || m.unclaimed();
    let told: Vec<&Movement> = audit.movements.iter().filter(told).collect();
    let all = audit.movements.len();
    let still = all - told.len();
    Table::of("audit", title, told)
        .text("measure", |m| match &m.layer {
            Some(layer) => format!("{} of layer {layer}", m.id),
            None => m.id.to_string(),
        })
        .number("before", |m| number(m.before))
        .number("after", |m| number(m.after))
        .number("relative change", |m| match m.relative_change {
            Some(change) => Cell::significant(change, 2),
            None => "undefined".into(),
        })
        .text("card and finding", |m| m.finding())
        .note(format!(
            "{still} of {all} measures did not move, as their cards claim."
        ))
}
