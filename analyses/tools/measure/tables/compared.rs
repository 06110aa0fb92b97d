//! Several files side by side, with the ratio of each to the first.

use rethink::measure::{Card, Homogeneity, measures};
use rethink::report::{Cell, Column, Table};

use super::{layer_cell, mark, network_cell};
use rethink::experiment::subjects::Evaluation;

/// A network and what it is called.
pub type Labelled<'a> = (&'a str, &'a Evaluation);

/// Columns of the files, each but the first with its ratio to the first.
fn columns(head: &str, all: &[Labelled]) -> Vec<Column> {
    let mut columns = vec![Column::text(head)];
    for (k, measured) in all.iter().enumerate() {
        columns.push(Column::number(measured.0));
        if k > 0 {
            columns.push(Column::number(direction(measured, all)));
        }
    }
    columns
}

/// Which value is divided by which: `random / true`.
fn direction(measured: &Labelled, all: &[Labelled]) -> String {
    format!("{} / {}", measured.0, all[0].0)
}

/// A row of values, each but the first with its ratio to the first. Logarithms and values
/// that are not positive have none.
fn row(head: Cell, card: &Card, values: impl Iterator<Item = (Cell, Option<f64>)>) -> Vec<Cell> {
    let mut cells = vec![head];
    let mut first = None;
    for (k, (cell, value)) in values.enumerate() {
        cells.push(cell);
        if k == 0 {
            first = value;
        } else {
            let ratio = value.zip(first).filter(|&(value, first)| {
                card.homogeneity != Homogeneity::Logarithm && value >= 0.0 && first > 0.0
            });
            let ratio = ratio.map(|(value, first)| value / first);
            cells.push(ratio.map_or_else(Cell::missing, |ratio| Cell::significant(ratio, 4)));
        }
    }
    cells
}

/// The networks of several files.
pub fn networks(all: &[Labelled]) -> Table {
    let reports = || all.iter().map(|(_, found)| &found.report);
    let cards = measures().map(|measure| measure.card());
    let cards = cards.filter(|card| reports().any(|r| r.network.contains_key(card.id)));
    let ratios: Vec<String> = (all.iter().skip(1))
        .map(|measured| direction(measured, all))
        .collect();
    let title = format!("Networks: ratios are {}", ratios.join("; "));
    Table::new("network", title, columns("measure", all)).with_rows(cards.map(|card| {
        let mark = all
            .iter()
            .map(|(_, found)| mark(found, card))
            .max()
            .unwrap_or("");
        let values = reports().map(|r| (network_cell(r, card.id), r.value(card.id)));
        row(format!("{}{mark}", card.id).into(), card, values)
    }))
}

/// One measure in the layers of several files, matched by name; none where no layer has it.
pub fn layers_of(card: &Card, all: &[Labelled]) -> Option<Table> {
    let reports = || all.iter().map(|(_, found)| &found.report);
    if !reports().any(|report| report.layers_have(card.id)) {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for layer in reports().flat_map(|report| &report.layers) {
        if !names.contains(&layer.name.as_str()) {
            names.push(&layer.name);
        }
    }
    let title = format!("{} ({})", card.name, card.id);
    let rows = names.into_iter().map(|name| {
        let values = reports().map(|report| match report.layer(name) {
            None => (Cell::missing(), None),
            Some(layer) => (layer_cell(layer, card.id), layer.value(card.id)),
        });
        row(name.into(), card, values)
    });
    Some(Table::new(card.id, title, columns("layer", all)).with_rows(rows))
}
