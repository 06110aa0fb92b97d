//! What a network's value is made of.

use rethink::measure::{Aggregation, Card, Report};
use rethink::report::number::{fixed, significant};

/// How many parts are named.
const NAMED: usize = 3;

/// The layers that contribute most to a sum or product, or the terms of a value
/// that has them; empty if there is nothing to say.
pub fn of(card: &Card, report: &Report) -> String {
    let square = |x: f64| x * x;
    let parts = match card.aggregation {
        Aggregation::Sum => shares(card, report, f64::abs),
        Aggregation::RootSumOfSquares => shares(card, report, square),
        Aggregation::Product => {
            let mut layers = layers(card, report, f64::abs);
            layers.truncate(NAMED);
            let factor = |(name, x): (&str, f64)| format!("{name} × {}", significant(x, 3));
            layers.into_iter().map(factor).collect()
        }
        Aggregation::LayersOnly | Aggregation::Mean | Aggregation::WholeNetwork => Vec::new(),
    };
    match parts.is_empty() {
        false => parts.join(", "),
        true => terms(card, report),
    }
}

/// Layers with |value| or value², largest first.
fn layers<'a>(card: &Card, report: &'a Report, part: fn(f64) -> f64) -> Vec<(&'a str, f64)> {
    let value = |layer: &'a rethink::measure::LayerReport| {
        let value = layer.measures.get(card.id).copied().flatten()?;
        Some((layer.name.as_str(), part(value)))
    };
    let mut layers: Vec<_> = report.layers.iter().filter_map(value).collect();
    layers.sort_by(|a, b| b.1.total_cmp(&a.1));
    layers
}

/// Shares of the whole; nothing for a single layer.
fn shares(card: &Card, report: &Report, part: fn(f64) -> f64) -> Vec<String> {
    let layers = layers(card, report, part);
    let whole: f64 = layers.iter().map(|(_, x)| x).sum();
    if layers.len() < 2 || whole <= 0.0 {
        return Vec::new();
    }
    let share = |(name, x): &(&str, f64)| format!("{name} {} %", fixed(100.0 * x / whole, 0));
    layers.iter().take(NAMED).map(share).collect()
}

fn terms(card: &Card, report: &Report) -> String {
    let details = report.details.get(card.id);
    let terms = details.map_or(&[][..], |details| &details.terms);
    let shown: Vec<String> = terms
        .iter()
        .map(|term| {
            let value = term.value.map_or("–".to_owned(), |x| significant(x, 3));
            format!("{} {value}", term.name)
        })
        .collect();
    shown.join(", ")
}
