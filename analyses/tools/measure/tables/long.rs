//! Every value, for `--format csv`.

use rethink::measure::{Assumption, Details, named};
use rethink::report::{Cell, Column, Table};

use super::kind_of;
use crate::tools::measure::Measured;

/// Every value, one row each, with what it is; the layer of a network's value is empty.
pub fn long(all: &[Measured]) -> Table {
    let columns = [
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
        measured.name().into(),
        layer.into(),
        id.into(),
        match details.and_then(|details| details.interval) {
            Some([Some(low), Some(high)]) => Cell::estimate(value, low, high),
            _ => Cell::number(value, ""),
        },
        kind_of(&measured.found.report, id).into(),
        assumed.join(" ").into(),
    ]
}
