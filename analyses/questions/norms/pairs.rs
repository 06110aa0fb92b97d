//! Runs on true and on random labels, and the numbers that compare the two.

use rethink::experiment::Study;
use rethink::experiment::run::StoredRun;
use rethink::measure::{Card, Values, measures};
use rethink::statistics::{Estimate, GrowthExponents, auc, growth_exponents};
use rethink::treatment::Treatment;

/// What differs between runs: the size of the training set and the labels. Two runs of one
/// size and seed are a pair.
pub type Cell = (usize, Treatment);

/// The labelings compared, with their names.
pub const LABELINGS: [(Treatment, &str); 2] = [
    (Treatment::TrueLabels, "true"),
    (Treatment::RandomLabels, "random"),
];

/// The cells of one size: true labels, then random ones.
pub fn cells(size: usize) -> [Cell; 2] {
    LABELINGS.map(|(labels, _)| (size, labels))
}

/// The form a norm is compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Raw,
    /// Divided by the margin.
    OverMargin,
    /// Divided by the power of the margin that cancels its degree.
    ScaleFree,
}

/// The norms compared one by one; all measures are in the ranking.
const NORMS: [&str; 7] = [
    "frobenius-norm",
    "spectral-norm",
    "l21-norm",
    "distance-from-init-frobenius",
    "distance-from-init-spectral",
    "product-of-spectral-norms",
    "path-norm-l2",
];

fn norms() -> impl Iterator<Item = &'static Card> {
    let cards = measures().map(|measure| measure.card());
    cards.filter(|card| NORMS.contains(&card.id))
}

/// The norms that whole networks have. (id, name)
pub fn network_measures(run: &StoredRun) -> Vec<(&'static str, &'static str)> {
    norms()
        .filter(|card| run.measures.network.contains_key(card.id))
        .map(|card| (card.id, card.name))
        .collect()
}

/// The norms that layers have. (id, name)
pub fn layer_measures(run: &StoredRun) -> Vec<(&'static str, &'static str)> {
    norms()
        .filter(|card| (run.measures.layers.iter()).any(|l| l.measures.contains_key(card.id)))
        .map(|card| (card.id, card.name))
        .collect()
}

/// A network's value of a measure.
pub fn value(run: &StoredRun, id: &str, form: Form) -> Option<f64> {
    let values: &Values = match form {
        Form::Raw => &run.measures.network,
        Form::OverMargin => &run.measures.margin.as_ref()?.over_margin,
        Form::ScaleFree => &run.measures.margin.as_ref()?.scale_free,
    };
    *values.get(id)?
}

/// Random / true within the pairs of one size.
pub fn ratio<O>(
    study: &Study<Cell, O>,
    size: usize,
    number: impl Fn(&O) -> Option<f64>,
) -> Option<Estimate> {
    let [clean, random] = cells(size);
    study.ratio(&random, &clean, number)
}

/// Probability that a random-label network of one size has the larger value.
pub fn separation<O>(
    study: &Study<Cell, O>,
    size: usize,
    number: impl Fn(&O) -> Option<f64>,
) -> Option<Estimate> {
    let [clean, random] = cells(size).map(|cell| study.values(&cell, &number));
    auc(&random?, &clean?).ok()
}

/// Growth exponents of a number over all sizes.
pub fn growth<O>(
    study: &Study<Cell, O>,
    number: impl Fn(&O) -> Option<f64>,
) -> Option<GrowthExponents> {
    let [clean, random] = LABELINGS.map(|(labels, _)| {
        let size = |cell: &Cell| (cell.1 == labels).then_some(cell.0);
        study.growth_points(size, &number)
    });
    growth_exponents(&clean?, &random?).ok()
}
