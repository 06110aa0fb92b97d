//! `--list`: the measures.

use rethink::measure::{Card, Need, measures};
use rethink::report::{Cell, Column, Table};
use serde_json::json;

use crate::cli::{Format, Options, output};

/// All cards: as text with what tells them apart, as JSON with everything.
pub fn list(options: &Options) -> anyhow::Result<String> {
    let cards = || measures().map(|measure| measure.card());
    if options.format == Format::Json {
        let cards: Vec<&Card> = cards().collect();
        return output::json("rethink/measure-list/1", json!({ "measures": cards }));
    }
    let needs = |card: &Card| {
        let words = |need: &Need| serde_json::to_value(need).ok()?.as_str().map(str::to_owned);
        let needs: Vec<String> = card.needs.iter().filter_map(words).collect();
        needs.join(", ")
    };
    let title = "Measures (rethink explain ID prints the definition)";
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
