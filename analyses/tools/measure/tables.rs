//! The tables of one file, and of several side by side.

use rethink::checkpoint::Skipped;
use rethink::measure::{
    Assumption, Card, Contribution, Details, Direction, Folding, LARGEST_SIDE, LayerReport, Need,
    Report, contributions, find, measures,
};
use rethink::report::{Cell, Column, Table};
use rethink::text::number::{fixed, significant};

use super::args::Args;
use super::assumptions::words;
use super::evaluate::Measured;

/// What the table of layers shows unless `--measures` says otherwise: size, scale,
/// rank and spectrum.
const KEY_FEW: [&str; 6] = [
    "parameter-count",
    "frobenius-norm",
    "spectral-norm",
    "stable-rank",
    "alpha",
    "distance-from-init-frobenius",
];

/// The measures a table of layers has columns for.
pub fn shown_of_layers(args: &Args) -> Vec<&'static Card> {
    match args.measures.is_empty() {
        true => {
            let few = KEY_FEW.iter().filter_map(|id| find(id)).map(|m| m.card());
            let geometry = args.image.is_some() || !args.convolution.is_empty();
            let of_images = measures()
                .map(|m| m.card())
                .filter(|card| geometry && card.needs.contains(&Need::Geometry));
            few.chain(of_images).collect()
        }
        false => measures()
            .map(|m| m.card())
            .filter(|card| args.wants(card))
            .collect(),
    }
}

fn layer_cell(layer: &LayerReport, id: &str) -> Cell {
    let value = layer.measures.get(id).copied().flatten();
    let details = layer.details.get(id);
    cell(value, details.and_then(|details| details.interval))
}

fn cell(value: Option<f64>, interval: Option<[Option<f64>; 2]>) -> Cell {
    match (value, interval) {
        (None, _) => Cell::missing(),
        (Some(value), Some([Some(low), Some(high)])) => Cell::estimate(value, low, high),
        (Some(value), Some([Some(low), None])) => {
            let [value_shown, low] = [value, low].map(|x| significant(x, 3));
            Cell::number(value, format!("{value_shown} [{low}, ∞]"))
        }
        // A count is shown in full.
        (Some(value), _) if value.fract() == 0.0 && value.abs() < 1e12 => Cell::fixed(value, 0),
        (Some(value), _) => Cell::significant(value, 4),
    }
}

fn network_cell(report: &Report, id: &str) -> Cell {
    let value = report.network.get(id).copied().flatten();
    let details = report.details.get(id);
    cell(value, details.and_then(|details| details.interval))
}

/// One row per layer, one column per measure that has values there.
pub fn layers(measured: &Measured, cards: &[&Card]) -> Table {
    let of_layers = |card: &&&Card| has_layers(&measured.report, card);
    let cards: Vec<&Card> = cards.iter().filter(of_layers).copied().collect();
    let mut columns = vec![
        Column::text("layer"),
        Column::text("kind"),
        Column::text("shape"),
    ];
    columns.extend(cards.iter().map(|card| Column::number(card.name)));
    let mut table = Table::new("layers", "Layers", columns);
    let side = |layer: &LayerReport| {
        let inputs = layer.shape.iter().skip(1).product::<usize>();
        layer.shape.first().copied().unwrap_or(0).min(inputs)
    };
    if measured
        .report
        .layers
        .iter()
        .any(|layer| side(layer) > LARGEST_SIDE)
    {
        table.note = format!(
            "Of a layer whose smaller side is above {LARGEST_SIDE}, only the largest singular value is \
             computed: what needs all of them is left out (–)."
        );
    }
    table.rows = (measured.report.layers.iter())
        .map(|layer| {
            let mut row = vec![
                Cell::text(layer_name(layer)),
                Cell::text(kind(layer)),
                Cell::text(shape(&layer.shape)),
            ];
            row.extend(cards.iter().map(|card| layer_cell(layer, card.id)));
            row
        })
        .collect();
    table
}

fn has_layers(report: &Report, card: &Card) -> bool {
    report
        .layers
        .iter()
        .any(|layer| layer.measures.contains_key(card.id))
}

/// The only array of a file may be called `"weight"`: its layer has no name.
fn layer_name(layer: &LayerReport) -> &str {
    match layer.name.is_empty() {
        true => "(unnamed)",
        false => &layer.name,
    }
}

fn kind(layer: &LayerReport) -> String {
    let name = serde_json::to_value(layer.kind).ok();
    name.as_ref()
        .and_then(|name| name.as_str())
        .unwrap_or("")
        .to_owned()
}

/// `64 × 3 × 7 × 7`.
fn shape(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    lengths.join("×")
}

/// One row per measure of the network.
pub fn network(measured: &Measured) -> Table {
    let report = &measured.report;
    let columns = vec![
        Column::text("measure"),
        Column::number("value"),
        Column::text("kind"),
    ];
    let mut table = Table::new("network", "Network", columns);
    table.rows = cards_with_network(report)
        .map(|card| {
            let vacuous = report.details.get(card.id).and_then(|d| d.vacuous) == Some(true);
            let vacuous = if vacuous { ", VACUOUS" } else { "" };
            let mark = mark(measured, card);
            vec![
                Cell::text(card.id),
                network_cell(report, card.id),
                Cell::text(format!("{}{mark}{vacuous}", kind_of(report, card.id))),
            ]
        })
        .collect();
    if report.layers.len() > 1 {
        let acts = measured.source.skipped.iter().any(|skipped| !skipped.inert);
        let left = if acts {
            ", and nothing that is skipped"
        } else {
            ""
        };
        table.note = format!("These count every layer of the file once{left}.");
    }
    table
}

/// The mark of a value that depends on the order of the layers.
fn mark(measured: &Measured, card: &Card) -> &'static str {
    match measured
        .assumed_by(card)
        .any(|assumption| matches!(assumption, Assumption::Chain { .. }))
    {
        true => "*",
        false => "",
    }
}

/// What the values of a measure are.
fn kind_of(report: &Report, id: &str) -> &'static str {
    report.kinds.get(id).map_or("", |kind| kind.name())
}

/// The layers that contribute most to the sums and products of the network.
pub fn contributors(measured: &Measured) -> Table {
    let report = &measured.report;
    let columns = [
        "measure",
        "largest layers: share of a sum, or factor of a product",
    ];
    let mut table = Table::new(
        "contributors",
        "What the network's values come from",
        columns.map(Column::text).to_vec(),
    );
    table.rows = cards_with_network(report)
        .map(|card| (card.id, largest(card, report)))
        .filter(|(_, layers)| !layers.is_empty())
        .map(|(id, layers)| vec![Cell::text(id), Cell::text(layers)])
        .collect();
    table
}

/// The layers that contribute most, a few of them.
fn largest(card: &Card, report: &Report) -> String {
    const NAMED: usize = 3;
    let contributions = contributions(card, report).into_iter().take(NAMED);
    let words = contributions.map(|(layer, contribution)| match contribution {
        Contribution::Factor(x) => format!("{layer}: {}", significant(x, 3)),
        Contribution::Share { part, whole } => {
            format!("{layer}: {} %", fixed(100.0 * part / whole, 0))
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

fn cards_with_network(report: &Report) -> impl Iterator<Item = &'static Card> {
    let cards = measures().map(|measure| measure.card());
    cards.filter(|card| report.network.contains_key(card.id))
}

/// What of the file is not measured.
pub fn skipped(measured: &Measured) -> Table {
    let columns = vec![
        Column::text("array"),
        Column::text("why it is not measured"),
    ];
    let mut table = Table::new("skipped", "Skipped", columns);
    let row = |s: &Skipped| vec![Cell::text(&s.name), Cell::text(&s.reason)];
    table.rows = measured.source.skipped.iter().map(row).collect();
    table
}

/// The measures without a value, by what they lack.
pub fn missing(measured: &Measured) -> Table {
    let columns = vec![Column::text("needs"), Column::text("measures")];
    let mut table = Table::new("missing", "Not computed", columns);
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for (card, reason) in &measured.missing {
        match by_reason.iter_mut().find(|(known, _)| known == reason) {
            Some((_, ids)) => ids.push(card.id),
            None => by_reason.push((reason.clone(), vec![card.id])),
        }
    }
    let row =
        |(reason, ids): (String, Vec<&str>)| vec![Cell::text(reason), Cell::text(ids.join(", "))];
    table.rows = by_reason.into_iter().map(row).collect();
    table
}

/// Batch norms, where they went and what speaks for it.
pub fn folded(measured: &Measured) -> Table {
    let mut columns = vec![
        Column::text("batch norm"),
        Column::text("folded into"),
        Column::text("negative running means"),
    ];
    if !measured.source.moments.is_empty() {
        columns.push(Column::number("mean on these data"));
        columns.push(Column::number("variance on these data"));
    }
    let mut table = Table::new("folded", "Batch norm", columns);
    let row = |folding: &Folding| {
        let layer = &folding.layer;
        let mut row = vec![
            Cell::text(&folding.norm),
            Cell::text(match folding.direction {
                Direction::LayerBefore => format!("{layer}, before it"),
                Direction::LayerAfter => format!("{layer}, after it"),
            }),
            Cell::text(format!(
                "{} of {}",
                folding.negative_means, folding.features
            )),
        ];
        let mut moments = measured.source.moments.iter();
        if let Some(moments) = moments.find(|m| m.norm == folding.norm) {
            row.push(Cell::significant(moments.mean_difference, 2));
            row.push(Cell::significant(moments.variance_ratio, 2));
        }
        row
    };
    table.rows = measured.source.folded.iter().map(row).collect();
    table.note = "A negative running mean excludes a ReLU between the layer and the norm, but \
        neither pooling nor another activation."
        .to_owned();
    if !measured.source.moments.is_empty() {
        let agree = measured
            .source
            .moments
            .iter()
            .all(|moments| moments.agree());
        table.note += "\nMedian over features of the distance of the mean from the running mean, in \
            deviations, and of the variance over the running variance: 0 and 1 if order, \
            activation, preprocessing and folding are those of the training.";
        if !agree {
            table.note += " THEY ARE NOT: an assumption about this file does not hold.";
        }
    }
    table
}

/// Columns of the files, each but the first with its ratio to the first.
fn side_by_side(all: &[Measured]) -> Vec<Column> {
    let mut columns = Vec::new();
    for (k, measured) in all.iter().enumerate() {
        columns.push(Column::number(&measured.name));
        if k > 0 {
            columns.push(Column::number("ratio"));
        }
    }
    columns
}

fn ratios(values: impl Iterator<Item = (Cell, Option<f64>)>) -> Vec<Cell> {
    let mut first = None;
    let mut cells = Vec::new();
    for (k, (cell, value)) in values.enumerate() {
        cells.push(cell);
        if k == 0 {
            first = value;
        } else {
            let ratio = value.zip(first).map(|(value, first)| value / first);
            cells.push(ratio.map_or_else(Cell::missing, |ratio| Cell::significant(ratio, 4)));
        }
    }
    cells
}

/// The networks of several files.
pub fn networks(all: &[Measured]) -> Table {
    let mut columns = vec![Column::text("measure")];
    columns.extend(side_by_side(all));
    let mut table = Table::new(
        "network",
        "Networks; each ratio is to the first file",
        columns,
    );
    let any = |card: &&Card| all.iter().any(|m| m.report.network.contains_key(card.id));
    let cards = measures().map(|measure| measure.card()).filter(any);
    table.rows = cards
        .map(|card| {
            let mark = all.iter().map(|m| mark(m, card)).max().unwrap_or("");
            let mut row = vec![Cell::text(format!("{}{mark}", card.id))];
            row.extend(ratios(all.iter().map(|m| {
                let value = m.report.network.get(card.id).copied().flatten();
                (network_cell(&m.report, card.id), value)
            })));
            row
        })
        .collect();
    table
}

/// One measure in the layers of several files, matched by name.
pub fn layers_of(card: &Card, all: &[Measured]) -> Option<Table> {
    if !all.iter().any(|m| has_layers(&m.report, card)) {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for layer in all.iter().flat_map(|m| &m.report.layers) {
        if !names.contains(&layer.name.as_str()) {
            names.push(&layer.name);
        }
    }
    let mut columns = vec![Column::text("layer")];
    columns.extend(side_by_side(all));
    let mut table = Table::new(card.id, format!("{} ({})", card.name, card.id), columns);
    table.rows = names
        .into_iter()
        .map(|name| {
            let layer = |m: &'_ Measured| m.report.layers.iter().find(|l| l.name == name).cloned();
            let value = |m: &Measured| match layer(m) {
                None => (Cell::missing(), None),
                Some(layer) => {
                    let value = layer.measures.get(card.id).copied().flatten();
                    (layer_cell(&layer, card.id), value)
                }
            };
            let mut row = vec![Cell::text(name)];
            row.extend(ratios(all.iter().map(value)));
            row
        })
        .collect();
    Some(table)
}

/// Every value, one row each, with what it is; the layer of a network's value is empty.
pub fn long(all: &[Measured]) -> Table {
    let columns = vec![
        Column::text("file"),
        Column::text("layer"),
        Column::text("id"),
        Column::number("value"),
        Column::text("kind"),
        Column::text("assumes"),
    ];
    let mut table = Table::new("measures", "", columns);
    for measured in all {
        let report = &measured.report;
        let mut push = |layer: &str, id: &str, value: Option<f64>, details: Option<&Details>| {
            let value = value.unwrap_or(f64::NAN);
            let assumed = find(id)
                .into_iter()
                .flat_map(|m| measured.assumed_by(m.card()));
            let assumed: Vec<&str> = assumed.map(|assumption| words(assumption).id).collect();
            table.rows.push(vec![
                Cell::text(&measured.name),
                Cell::text(layer),
                Cell::text(id),
                match details.and_then(|details| details.interval) {
                    Some([Some(low), Some(high)]) => Cell::estimate(value, low, high),
                    _ => Cell::number(value, ""),
                },
                Cell::text(kind_of(report, id)),
                Cell::text(assumed.join(" ")),
            ]);
        };
        for layer in &report.layers {
            for (id, &value) in &layer.measures {
                push(&layer.name, id, value, layer.details.get(id));
            }
        }
        for (id, &value) in &report.network {
            push("", id, value, report.details.get(id));
        }
    }
    table
}
