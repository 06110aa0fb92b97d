//! Which measures of layers are shown, and every value for `--format csv`.

use rethink::measure::{Assumption, Card, Details, Need, measures, named};
use rethink::report::{Cell, Column, Table};

use super::kind;
use crate::tools::measure::Measured;
use crate::tools::measure::args::Args;

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
    let all = measures().map(|measure| measure.card());
    if !args.measures.is_empty() {
        return all.filter(|card| args.wants(card)).collect();
    }
    let few = KEY_FEW.iter().filter_map(|id| named(id).ok());
    let geometry = args.image.is_some() || !args.convolution.is_empty();
    let of_images = all.filter(|card| geometry && card.needs.contains(&Need::Geometry));
    few.chain(of_images).collect()
}

/// Every value, one row each, with what it is; the layer of a network's value is empty.
pub fn long(all: &[Measured]) -> Table {
    let columns = [
        Column::text("label"),
        Column::text("file"),
        Column::text("layer"),
        Column::text("id"),
        Column::number("value"),
        Column::text("kind"),
        Column::text("assumes"),
    ];
    let mut rows = Vec::new();
    for measured in all {
        let report = &measured.found.report;
        for layer in &report.layers {
            for (id, &value) in &layer.measures {
                let of = (layer.name.as_str(), id.as_str());
                rows.push(row(measured, of, value, layer.details.get(id)));
            }
        }
        for (id, &value) in &report.network {
            rows.push(row(measured, ("", id), value, report.details.get(id)));
        }
    }
    Table::new("measures", "", columns).with_rows(rows)
}

fn row(
    measured: &Measured,
    (layer, id): (&str, &str),
    value: Option<f64>,
    details: Option<&Details>,
) -> Vec<Cell> {
    let value = value.unwrap_or(f64::NAN);
    let assumed = named(id).into_iter();
    let assumed = assumed.flat_map(|card| measured.found.assumed_by(card));
    let assumed: Vec<&str> = assumed.map(Assumption::id).collect();
    vec![
        measured.label.as_str().into(),
        measured.provenance.path.as_str().into(),
        layer.into(),
        id.into(),
        match details.and_then(|details| details.interval) {
            Some([Some(low), Some(high)]) => Cell::estimate(value, low, high),
            _ => Cell::number(value, ""),
        },
        kind(&measured.found.report, id).into(),
        assumed.join(" ").into(),
    ]
}
