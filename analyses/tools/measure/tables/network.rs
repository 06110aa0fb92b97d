//! One network and its layers.

use rethink::measure::{Card, LARGEST_SIDE, LayerReport, contributions};
use rethink::report::{Cell, Column, Table};

use super::{kind, layer_cell, mark, network_cell, of_the_network};
use rethink::experiment::subjects::Evaluation;

/// What the table of layers tells of each beside its measures.
pub const HEADS: [&str; 3] = ["layer", "kind", "shape"];

/// One row per layer, one column per measure that has values there.
pub fn layers(found: &Evaluation, cards: &[&Card]) -> Table {
    let report = &found.report;
    let cards: Vec<&Card> = (cards.iter().copied())
        .filter(|card| report.layers_have(card.id))
        .collect();
    let mut columns = Vec::from(HEADS.map(Column::text));
    columns.extend(cards.iter().map(|card| Column::number(card.name)));
    let row = |layer: &LayerReport| {
        let head = [
            name(layer).into(),
            layer.kind.name().into(),
            shape(layer).into(),
        ];
        let values = cards.iter().map(|card| layer_cell(layer, card.id));
        head.into_iter().chain(values).collect()
    };
    let table = Table::new("layers", "Layers", columns).with_rows(report.layers.iter().map(row));
    match report.layers.iter().any(|layer| side(layer) > LARGEST_SIDE) {
        false => table,
        true => table.with_note(format!(
            "Of a layer whose smaller side is above {LARGEST_SIDE}, only the largest singular value is \
             computed: what needs all of them is left out (–)."
        )),
    }
}

/// The only array of a file may be called `"weight"`: its layer has no name.
fn name(layer: &LayerReport) -> &str {
    match layer.name.is_empty() {
        true => "(unnamed)",
        false => &layer.name,
    }
}

/// `64×3×7×7`.
fn shape(layer: &LayerReport) -> String {
    let lengths: Vec<String> = layer.shape.iter().map(ToString::to_string).collect();
    lengths.join("×")
}

/// The smaller side of the matrix.
fn side(layer: &LayerReport) -> usize {
    let inputs = layer.shape.iter().skip(1).product::<usize>();
    layer.shape.first().copied().unwrap_or(0).min(inputs)
}

/// One row per measure of the network.
pub fn network(found: &Evaluation) -> Table {
    let report = &found.report;
    let vacuous = |id: &str| report.details.get(id).and_then(|d| d.vacuous) == Some(true);
    let mut skipped = found.source.skipped.iter();
    let note = match skipped.any(|skipped| !skipped.inert) {
        _ if report.layers.len() < 2 => "",
        true => "These count every layer of the file once, and nothing that is skipped.",
        false => "These count every layer of the file once.",
    };
    Table::of("network", "Network", of_the_network(report))
        .text("measure", |card| card.id)
        .number("value", |card| network_cell(report, card.id))
        .text("kind", |card| {
            let vacuous = if vacuous(card.id) { ", VACUOUS" } else { "" };
            format!("{}{}{vacuous}", kind(report, card.id), mark(found, card))
        })
        .note(note)
}

/// The layers that contribute most to the sums and products of the network.
pub fn contributors(found: &Evaluation) -> Table {
    const NAMED: usize = 3;
    let report = &found.report;
    let largest = |card: &'static Card| -> Option<Vec<Cell>> {
        let contributions = contributions(card, report).into_iter().take(NAMED);
        let largest = contributions.map(|(layer, contribution)| format!("{layer}: {contribution}"));
        let largest: Vec<String> = largest.collect();
        (!largest.is_empty()).then(|| vec![card.id.into(), largest.join(", ").into()])
    };
    let columns = [
        "measure",
        "largest layers: share of a sum, or factor of a product",
    ];
    let title = "What the network's values come from";
    Table::new("contributors", title, columns.map(Column::text))
        .with_rows(of_the_network(report).filter_map(largest))
}
