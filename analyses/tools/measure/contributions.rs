//! Which layers make a network's value what it is.

use rethink::measure::{Aggregation, Card, Report};
use rethink::text::number::{fixed, significant};

/// How many parts are named.
const NAMED: usize = 3;

/// Products that are computed whole, with the values of layers they multiply.
const FACTORS: [(&str, &str); 2] = [
    ("product-of-spectral-norms", "spectral-norm"),
    ("product-of-frobenius-norms", "frobenius-norm"),
];

/// The layers that contribute most to a sum or product; empty for other values.
pub fn of(card: &Card, report: &Report) -> String {
    let of_layers = FACTORS.iter().find(|(product, _)| *product == card.id);
    let parts = match (of_layers, card.aggregation) {
        (Some((_, id)), _) => factors(id, report),
        (None, Aggregation::Product) => factors(card.id, report),
        (None, Aggregation::Sum) => shares(card.id, report, f64::abs),
        (None, Aggregation::RootSumOfSquares) => shares(card.id, report, |x| x * x),
        (None, Aggregation::LayersOnly | Aggregation::Mean | Aggregation::WholeNetwork) => vec![],
    };
    parts.join(", ")
}

/// The largest factors of a product.
fn factors(id: &str, report: &Report) -> Vec<String> {
    let layers = layers(id, report, f64::abs);
    let factor = |(name, x): &(&str, f64)| format!("{name}: {}", significant(*x, 3));
    layers.iter().take(NAMED).map(factor).collect()
}

/// Layers with |value| or value², largest first.
fn layers<'a>(id: &str, report: &'a Report, part: fn(f64) -> f64) -> Vec<(&'a str, f64)> {
    let value = |layer: &'a rethink::measure::LayerReport| {
        let value = layer.measures.get(id).copied().flatten()?;
        Some((layer.name.as_str(), part(value)))
    };
    let mut layers: Vec<_> = report.layers.iter().filter_map(value).collect();
    layers.sort_by(|a, b| b.1.total_cmp(&a.1));
    layers
}

/// Shares of the whole; nothing for a single layer.
fn shares(id: &str, report: &Report, part: fn(f64) -> f64) -> Vec<String> {
    let layers = layers(id, report, part);
    let whole: f64 = layers.iter().map(|(_, x)| x).sum();
    if layers.len() < 2 || whole <= 0.0 {
        return Vec::new();
    }
    let share = |(name, x): &(&str, f64)| format!("{name}: {} %", fixed(100.0 * x / whole, 0));
    layers.iter().take(NAMED).map(share).collect()
}
