//! Every measure of the registry for every run, computed once and kept.

use std::collections::BTreeMap;
use std::sync::Once;

use rethink::dataset::Dataset;
use rethink::measure::{Card, Kind, Report, Values, measures};
use rethink::run::{StoredRun, prepare};
use rethink::store::{Holds, Kind as RecordKind};
use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use crate::session::Session;

/// The kind of its records.
const KIND: RecordKind = RecordKind {
    name: "measures",
    holds: Holds::Measures,
};

/// What is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MeasuresSpec {
    run: String,
    /// The measures asked for: a new one is computed for old runs too.
    measures: Vec<String>,
    /// The most training images that a mean is estimated from.
    examples: usize,
}

/// Images that the means of a large training set are estimated from: what differs
/// between networks is their spread over seeds.
pub const EXAMPLES: usize = 2000;

/// The measures of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub network: Values,
    /// What the values are.
    pub kinds: BTreeMap<String, Kind>,
    /// Whether a bound says nothing, for each bound.
    pub vacuous: BTreeMap<String, bool>,
}

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
    let announced = Once::new();
    let mut seen = session
        .parallel(&runs, |&run| {
            let spec = MeasuresSpec {
                run: run.id.to_string(),
                measures: ids.clone(),
                examples: EXAMPLES,
            };
            let measured = session.record(KIND, &spec, || {
                announced.call_once(|| session.say("norms: all measures of these networks"));
                of(&spec, &session.dataset, run)
            })?;
            Ok(Seen {
                seed: run.spec.seed,
                test_error: run.test_error(),
                measured,
            })
        })?
        .into_iter();
    Ok((by_size.iter())
        .map(|pairs| MeasuredPairs {
            size: pairs.size,
            clean: seen.by_ref().take(pairs.clean.len()).collect(),
            random: seen.by_ref().take(pairs.random.len()).collect(),
        })
        .collect())
}

fn of(spec: &MeasuresSpec, dataset: &Dataset, run: &StoredRun) -> anyhow::Result<Measured> {
    let inputs = prepare(&run.spec, dataset)?.train;
    let subject = run.subject()?;
    let subject = subject.with_inputs(inputs).with_examples(spec.examples);
    let wanted = |card: &Card| spec.measures.iter().any(|id| id == card.id);
    let report = Report::of(&subject, wanted)?;
    let vacuous = (report.details.into_iter())
        .filter_map(|(id, details)| Some((id, details.vacuous?)))
        .collect();
    Ok(Measured {
        network: report.network,
        kinds: report.kinds,
        vacuous,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rethink::dataset::Preprocessing;
    use rethink::network::Architecture;
    use rethink::run::{DataSpec, Engine, RunSpec};
    use rethink::store::{Invocation, NUMERICS_VERSION, Store};
    use rethink::training::{Recipe, Stopping, Target};
    use rethink::treatment::Treatment;

    use crate::pins::{dataset, pin_output as pin};
    use crate::progress::Progress;

    /// A run that is trained, and what is measured of it.
    #[test]
    fn pins_a_run_and_its_measures() {
        let out = tempfile::tempdir().unwrap();
        let invocation = Invocation {
            command: vec![],
            threads: 1,
        };
        let store = Store::open(out.path(), invocation).unwrap();
        let run = RunSpec {
            numerics: NUMERICS_VERSION,
            data: DataSpec {
                checksum: dataset().checksum().to_owned(),
                train_size: 20,
                test_size: 30,
                preprocessing: Preprocessing::PerImageStandardization,
            },
            treatment: Treatment::RandomLabels,
            architecture: Architecture::Mlp1x16,
            recipe: Recipe {
                stopping: Stopping {
                    target: Target::Epochs,
                    max_epochs: 10,
                },
                ..Recipe::default()
            },
            seed: 1,
        };
        let engine = Engine {
            store: &store,
            dataset: dataset(),
            threads: 1,
        };
        let run = (engine.run(&[run], &Progress::new("pins", true)).unwrap()).remove(0);
        let losses = run
            .curve
            .iter()
            .map(|point| [point.train_loss, point.test_loss]);
        let output = (run.summary.corruption, losses.collect::<Vec<_>>());
        pin("run", RecordKind::RUN, &run.spec, &output);

        let ids = [
            "path-norm-l2",
            "parameter-count",
            "fisher-rao-norm",
            "margin-median",
        ];
        let spec = MeasuresSpec {
            run: run.id.to_string(),
            measures: ids.map(str::to_owned).to_vec(),
            examples: EXAMPLES,
        };
        pin(
            "measures",
            KIND,
            &spec,
            &of(&spec, dataset(), &run).unwrap(),
        );
    }
}
