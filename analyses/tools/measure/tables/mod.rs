//! The tables of one file, and of several side by side.

mod compared;
mod file;
mod long;
mod network;

pub use compared::{layers_of, networks};
pub use file::{folded, missing, skipped};
pub use long::long;
pub use network::{contributors, layers, network};

use rethink::measure::{Assumption, Card, LayerReport, Need, Report, measures, named};
use rethink::report::Cell;
use rethink::text::number::significant;

use super::Measured;
use super::args::Args;

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

fn layer_cell(layer: &LayerReport, id: &str) -> Cell {
    let details = layer.details.get(id);
    cell(
        layer.value(id),
        details.and_then(|details| details.interval),
    )
}

fn network_cell(report: &Report, id: &str) -> Cell {
    let details = report.details.get(id);
    cell(
        report.value(id),
        details.and_then(|details| details.interval),
    )
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

/// The mark of a value that depends on the order of the layers.
fn mark(measured: &Measured, card: &Card) -> &'static str {
    let mut assumed = measured.found.assumed_by(card);
    match assumed.any(|assumption| matches!(assumption, Assumption::Chain { .. })) {
        true => "*",
        false => "",
    }
}

/// What the values of a measure are.
fn kind_of(report: &Report, id: &str) -> &'static str {
    report.kinds.get(id).map_or("", |kind| kind.name())
}

/// The measures with a value of the network, be it undefined.
fn of_the_network(report: &Report) -> impl Iterator<Item = &'static Card> {
    let cards = measures().map(|measure| measure.card());
    cards.filter(|card| report.network.contains_key(card.id))
}
