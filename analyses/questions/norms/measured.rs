//! Every measure of the registry for every run, computed once and kept.

use rethink::experiment::Study;
use rethink::experiment::measures::{EXAMPLES, Measured, MeasuresOfRun};
use rethink::experiment::run::StoredRun;
use rethink::measure::{Card, measures};

use super::pairs::Cell;
use crate::session::Session;

/// One run: what was measured of it, and its test error.
pub struct Seen {
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
    runs: &[StoredRun],
    slow: bool,
) -> anyhow::Result<Study<Cell, Seen>> {
    let ids: Vec<String> = cards(slow).map(|card| card.id.to_owned()).collect();
    let specs: Vec<MeasuresOfRun> = (runs.iter())
        .map(|run| MeasuresOfRun {
            run: run.id.clone(),
            measures: ids.clone(),
            examples: EXAMPLES,
        })
        .collect();
    let measured = session.outputs_saying("norms: all measures of these networks", &specs)?;
    let seen = runs.iter().zip(measured).map(|(run, measured)| Seen {
        test_error: run.test_error(),
        measured,
    });
    Ok(Study::of(runs, seen.collect(), key))
}

/// The cell and the seed of a run.
pub fn key(run: &StoredRun) -> (Cell, u64) {
    let spec = &run.spec;
    ((spec.data.train_size, spec.treatment), spec.seed)
}
