//! Tables of the measures of a network, and of several side by side.

mod compared;
mod file;
mod long;
mod network;

pub use compared::{layers_of, networks};
pub use file::{folded, missing, skipped};
pub use long::{long, shown_of_layers};
pub use network::{HEADS, contributors, layers, network};

use rethink::experiment::subjects::Evaluation;
use rethink::measure::{Assumption, Card, LayerReport, Report, measures};
use rethink::report::Cell;
use rethink::text::number::significant;

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
fn mark(found: &Evaluation, card: &Card) -> &'static str {
    let mut assumed = found.assumed_by(card);
    match assumed.any(|assumption| matches!(assumption, Assumption::Chain { .. })) {
        true => "*",
        false => "",
    }
}

/// What the values of a measure are: `exact`, `estimate`; nothing where there are none.
pub fn kind(report: &Report, id: &str) -> &'static str {
    report.kinds.get(id).map_or("", |kind| kind.name())
}

/// The measures with a value of the network, be it undefined.
fn of_the_network(report: &Report) -> impl Iterator<Item = &'static Card> {
    let cards = measures().map(|measure| measure.card());
    cards.filter(|card| report.network.contains_key(card.id))
}
