//! `--explain` and `--list`: what the measures are.

use rethink::measure::{BATCH_NORM, Card, Need, measures};
use rethink::report::{Cell, Column, Table};
use rethink::text::{WIDTH, wrap};
use serde::Serialize;

use crate::cli::Format;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Explained<'a> {
    schema: &'static str,
    #[serde(flatten)]
    card: &'a Card,
    batch_norm: &'static str,
}

/// One card.
pub fn explain(card: &Card, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => text(card),
        Format::Json => {
            let explained = Explained {
                schema: "rethink/measure-card/1",
                card,
                batch_norm: BATCH_NORM,
            };
            serde_json::to_string_pretty(&explained)? + "\n"
        }
        Format::Csv => {
            let names = [("id", card.id.to_owned()), ("name", card.name.to_owned())];
            let fields = names.into_iter().chain(card.fields());
            Table::new("card", "", ["field", "text"].map(Column::text))
                .with_rows(fields.map(|(field, text)| vec![field.into(), text.into()]))
                .csv()
        }
    })
}

/// The fields under each other, their texts in one column.
fn text(card: &Card) -> String {
    const INDENT: usize = 22;
    let mut text = format!("{} ({})\n", card.name, card.id);
    for (field, words) in card.fields() {
        let heads = wrap(field, INDENT - 2);
        let words = wrap(&words, WIDTH - INDENT);
        for line in 0..heads.len().max(words.len()) {
            let [head, words] = [&heads, &words].map(|lines| lines.get(line).map_or("", |l| l));
            let padding = " ".repeat(INDENT - head.chars().count());
            text += format!("{head}{padding}{words}").trim_end();
            text.push('\n');
        }
    }
    text
}

#[derive(Serialize)]
struct Listed {
    schema: &'static str,
    measures: Vec<&'static Card>,
}

/// All cards: as text with what tells them apart, as JSON with everything.
pub fn list(format: Format) -> anyhow::Result<String> {
    let cards = || measures().map(|measure| measure.card());
    if format == Format::Json {
        let listed = Listed {
            schema: "rethink/measure-list/1",
            measures: cards().collect(),
        };
        return Ok(serde_json::to_string_pretty(&listed)? + "\n");
    }
    let needs = |card: &Card| {
        let words = |need: &Need| serde_json::to_value(need).ok()?.as_str().map(str::to_owned);
        let needs: Vec<String> = card.needs.iter().filter_map(words).collect();
        needs.join(", ")
    };
    let title = "Measures (rethink measure --explain ID prints the definition)";
    let columns = ["group", "id", "kind", "needs"].map(Column::text);
    let table = Table::new("measures", title, columns).with_rows(cards().map(|card| {
        let (group, kind) = (card.group.name(), card.kind.name());
        [group, card.id, kind, &needs(card)].map(Cell::from).into()
    }));
    Ok(match format {
        Format::Csv => table.csv(),
        _ => table.text(WIDTH),
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn every_line_of_a_card_fits() {
        for measure in measures() {
            for line in text(measure.card()).lines() {
                // The hat of R̂ is a character of its own, over the one before it.
                assert!(UnicodeWidthStr::width(line) <= WIDTH, "{line}");
            }
        }
    }
}
