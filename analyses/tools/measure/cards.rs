//! `--explain` and `--list`: what the measures are.

use rethink::measure::{BATCH_NORM, Card, Need, measures};
use rethink::report::{Cell, Column, Table};
use rethink::text::fields;
use serde::Serialize;

use crate::cli::{Format, Options};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Explained<'a> {
    schema: &'static str,
    #[serde(flatten)]
    card: &'a Card,
    batch_norm: &'static str,
}

/// One card.
pub fn explain(card: &Card, options: &Options) -> anyhow::Result<String> {
    Ok(match options.format {
        Format::Text => {
            let text = fields(&card.fields(), options.layout().width);
            format!("{} ({})\n{text}", card.name, card.id)
        }
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

#[derive(Serialize)]
struct Listed {
    schema: &'static str,
    measures: Vec<&'static Card>,
}

/// All cards: as text with what tells them apart, as JSON with everything.
pub fn list(options: &Options) -> anyhow::Result<String> {
    let cards = || measures().map(|measure| measure.card());
    if options.format == Format::Json {
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
    Ok(match options.format {
        Format::Csv => table.csv(),
        _ => table.text(options.layout().width),
    })
}
