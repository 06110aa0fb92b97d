//! Which layers make a network's value what it is.

use std::fmt;

use super::{Aggregation, Card, LayerReport, Report};
use crate::text::number::{fixed, significant};

/// Products that are computed whole, with the values of layers they multiply.
const FACTORS: [(&str, &str); 2] = [
    ("product-of-spectral-norms", "spectral-norm"),
    ("product-of-frobenius-norms", "frobenius-norm"),
];

/// What a layer contributes to a value of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Contribution {
    /// A factor of a product, in absolute value.
    Factor(f64),
    /// A part of a sum, of absolute values or of squares.
    Share {
        /// The layer's.
        part: f64,
        /// Of all layers.
        whole: f64,
    },
}

/// The factor, or the share in per cent.
impl fmt::Display for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Factor(factor) => f.write_str(&significant(factor, 3)),
            Self::Share { part, whole } => write!(f, "{} %", fixed(100.0 * part / whole, 0)),
        }
    }
}

/// The layers that contribute to a sum or product, largest first; empty for other values,
/// and for the sum of a single layer.
///
/// ```
/// use rethink::measure::{Contribution, contributions, find, measure_all};
/// use rethink::solution::Weight;
/// let weight = |name: &str, x| Weight { name: name.into(), shape: vec![1, 1], values: vec![x] };
/// let report = measure_all(&[weight("0.weight", 3.0), weight("1.weight", 4.0)], None, None)?;
/// let of = contributions(find("frobenius-norm").unwrap().card(), &report);
/// assert_eq!(of[0], ("1", Contribution::Share { part: 16.0, whole: 25.0 }));
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn contributions<'a>(card: &Card, report: &'a Report) -> Vec<(&'a str, Contribution)> {
    let of_layers = FACTORS.iter().find(|(product, _)| *product == card.id);
    match (of_layers, card.aggregation) {
        (Some((_, id)), _) => factors(id, report),
        (None, Aggregation::Product) => factors(card.id, report),
        (None, Aggregation::Sum) => shares(card.id, report, f64::abs),
        (None, Aggregation::RootSumOfSquares) => shares(card.id, report, |x| x * x),
        (None, Aggregation::LayersOnly | Aggregation::Mean | Aggregation::WholeNetwork) => vec![],
    }
}

fn factors<'a>(id: &str, report: &'a Report) -> Vec<(&'a str, Contribution)> {
    let layers = layers(id, report, f64::abs).into_iter();
    layers
        .map(|(name, x)| (name, Contribution::Factor(x)))
        .collect()
}

fn shares<'a>(id: &str, report: &'a Report, part: fn(f64) -> f64) -> Vec<(&'a str, Contribution)> {
    let layers = layers(id, report, part);
    let whole: f64 = layers.iter().map(|(_, x)| x).sum();
    if layers.len() < 2 || whole <= 0.0 {
        return vec![];
    }
    let share = |(name, part)| (name, Contribution::Share { part, whole });
    layers.into_iter().map(share).collect()
}

/// Layers with |value| or value², largest first.
fn layers<'a>(id: &str, report: &'a Report, part: fn(f64) -> f64) -> Vec<(&'a str, f64)> {
    let value = |layer: &'a LayerReport| Some((layer.name.as_str(), part(layer.value(id)?)));
    let mut layers: Vec<_> = report.layers.iter().filter_map(value).collect();
    layers.sort_by(|a, b| b.1.total_cmp(&a.1));
    layers
}
