//! Every measure of the registry for every run, computed once and kept.

use rethink::experiment::measures::{EXAMPLES, Measured, MeasuresOfRun};
use rethink::measure::{Card, measures};
use rethink::run::StoredRun;

use super::pairs::Pairs;
use crate::session::Session;

/// The measures of the runs of one training-set size, as [`Pairs`].
pub struct MeasuredPairs {
    pub size: usize,
    /// (seed, measures, test error)
    pub clean: Vec<Seen>,
    pub random: Vec<Seen>,
}

/// One run: what it was, and what was measured.
pub struct Seen {
    pub seed: u64,
    pub test_error: Option<f64>,
    pub measured: Measured,
}

impl Seen {
    /// The network's value of a measure.
    pub fn value(&self, id: &str) -> Option<f64> {
        *self.measured.network.get(id)?
    }
}

/// The cards of what is measured: everything, but what is slow only where asked for.
pub fn cards(slow: bool) -> impl Iterator<Item = &'static Card> {
    measures()
        .map(|measure| measure.card())
        .filter(move |card| slow || !card.is_slow())
}

/// Measures all runs, several at once.
pub fn measure(
    session: &Session,
    by_size: &[Pairs],
    slow: bool,
) -> anyhow::Result<Vec<MeasuredPairs>> {
    let ids: Vec<String> = cards(slow).map(|card| card.id.to_owned()).collect();
    let runs: Vec<&StoredRun> = (by_size.iter())
        .flat_map(|pairs| pairs.clean.iter().chain(&pairs.random))
        .collect();
    session.say("norms: all measures of these networks");
    let specs: Vec<MeasuresOfRun> = (runs.iter())
        .map(|run| MeasuresOfRun {
            run: run.id.clone(),
            measures: ids.clone(),
            examples: EXAMPLES,
        })
        .collect();
    let measured = session.outputs_of(&specs)?;
    let mut seen = runs.iter().zip(measured).map(|(run, measured)| Seen {
        seed: run.spec.seed,
        test_error: run.test_error(),
        measured,
    });
    Ok((by_size.iter())
        .map(|pairs| MeasuredPairs {
            size: pairs.size,
            clean: seen.by_ref().take(pairs.clean.len()).collect(),
            random: seen.by_ref().take(pairs.random.len()).collect(),
        })
        .collect())
}
