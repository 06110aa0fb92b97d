//! Which measures of layers are shown, and every value for `--format csv`.

use rethink::measure::{Assumption, Card, Need, measures, named};
use rethink::report::{Cell, Table};

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
    let mut rows = Vec::new();
    for measured in all {
        let report = &measured.found.report;
        for layer in &report.layers {
            let values = layer.measures.iter();
            rows.extend(
                values.map(|(id, &value)| {
                    (measured, &*layer.name, &**id, value, layer.details.get(id))
                }),
            );
        }
        let values = report.network.iter();
        rows.extend(
            values.map(|(id, &value)| (measured, "", &**id, value, report.details.get(id))),
        );
    }
    Table::of("measures", "", rows)
        .text("label", |row| &*row.0.label)
        .text("file", |row| &*row.0.provenance.path)
        .text("layer", |row| row.1)
        .text("id", |row| row.2)
        .number("value", |&(.., value, details)| {
            let value = value.unwrap_or(f64::NAN);
            match details.and_then(|details| details.interval) {
                Some([Some(low), Some(high)]) => Cell::estimate(value, low, high),
                _ => Cell::number(value, ""),
            }
        })
        .text("kind", |row| kind(&row.0.found.report, row.2))
        .text("assumes", |row| {
            let assumed = named(row.2).into_iter();
            let assumed = assumed.flat_map(|card| row.0.found.assumed_by(card));
            assumed.map(Assumption::id).collect::<Vec<_>>().join(" ")
        })
        .note("")
}
