//! Pairs of runs, and the numbers that compare their two sides.

use rethink::measure::{Card, Values, measures};
use rethink::run::StoredRun;
use rethink::statistics::Estimate;
use rethink::statistics::auc;
use rethink::statistics::geometric_mean_ratio;
use rethink::statistics::{GrowthExponents, GrowthPoint, growth_exponents};

use crate::show;

/// The pairs of one training-set size, in the order of the seeds.
#[derive(Debug, Clone)]
pub struct Pairs {
    pub size: usize,
    pub clean: Vec<StoredRun>,
    pub random: Vec<StoredRun>,
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

/// Splits runs, ordered by size, labeling and seed, into pairs.
pub fn group(runs: &[StoredRun], seeds: usize) -> Vec<Pairs> {
    runs.chunks(2 * seeds)
        .map(|runs| {
            let (clean, random) = runs.split_at(seeds);
            Pairs {
                size: clean[0].spec.data.train_size,
                clean: clean.to_vec(),
                random: random.to_vec(),
            }
        })
        .collect()
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

/// A number of every run; `None` when one has it not.
fn all(runs: &[StoredRun], number: impl Fn(&StoredRun) -> Option<f64>) -> Option<Vec<f64>> {
    runs.iter().map(number).collect()
}

/// Geometric mean over runs, with 95 % interval.
pub fn geometric_mean(
    runs: &[StoredRun],
    number: impl Fn(&StoredRun) -> Option<f64>,
) -> Option<Estimate> {
    show::geometric_mean(&all(runs, number)?)
}

impl Pairs {
    /// Random / true within pairs.
    pub fn ratio(&self, number: impl Fn(&StoredRun) -> Option<f64>) -> Option<Estimate> {
        let random = all(&self.random, &number)?;
        geometric_mean_ratio(&random, &all(&self.clean, &number)?).ok()
    }

    /// Probability that a random-label network has the larger value.
    pub fn auc(&self, number: impl Fn(&StoredRun) -> Option<f64>) -> Option<Estimate> {
        auc(&all(&self.random, &number)?, &all(&self.clean, &number)?).ok()
    }
}

/// Growth exponents of a measure over all sizes.
pub fn growth(by_size: &[Pairs], id: &str, form: Form) -> Option<GrowthExponents> {
    let observations = |side: fn(&Pairs) -> &[StoredRun]| -> Option<Vec<GrowthPoint>> {
        by_size
            .iter()
            .flat_map(side)
            .map(|run| {
                Some(GrowthPoint {
                    seed: run.spec.seed,
                    samples: run.spec.data.train_size,
                    norm: value(run, id, form)?,
                })
            })
            .collect()
    };
    growth_exponents(
        &observations(|pairs| &pairs.clean)?,
        &observations(|pairs| &pairs.random)?,
    )
    .ok()
}
