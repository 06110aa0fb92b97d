//! Every measure of the registry for one run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, Experiment, ExperimentError};
use crate::dataset::Dataset;
use crate::experiment::run::{RunId, StoredRun, prepare};
use crate::measure::{self, Card, Report, Values};
use crate::store::{Holds, Kind};

/// The measures of a run that is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuresOfRun {
    /// The run.
    pub run: RunId,
    /// The measures asked for: a new one is computed for old runs too.
    pub measures: Vec<String>,
    /// The most training images that a mean is estimated from.
    pub examples: usize,
}

/// Images that the means of a large training set are estimated from: what differs
/// between networks is their spread over seeds.
pub const EXAMPLES: usize = 2000;

/// The measures of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Values of the whole network.
    pub network: Values,
    /// What the values are.
    pub kinds: BTreeMap<String, measure::Kind>,
    /// Whether a bound says nothing, for each bound.
    pub vacuous: BTreeMap<String, bool>,
}

impl Experiment for MeasuresOfRun {
    const KIND: Kind = Kind {
        name: "measures",
        holds: Holds::Measures,
    };
    type Output = Measured;

    fn run(&self, context: &mut Context<'_>) -> Result<Measured, ExperimentError> {
        let run = context.run(&self.run)?;
        of(self, context.dataset(&run.spec.data.checksum)?, &run)
    }
}

fn of(
    spec: &MeasuresOfRun,
    dataset: &Dataset,
    run: &StoredRun,
) -> Result<Measured, ExperimentError> {
    let inputs = prepare(&run.spec, dataset)?.train;
    let subject = run.subject()?;
    let subject = subject.with_inputs(inputs).with_examples(spec.examples);
    let wanted = |card: &Card| spec.measures.iter().any(|id| id == card.id);
    Ok(Report::of(&subject, wanted)?.into())
}

impl From<Report> for Measured {
    fn from(report: Report) -> Self {
        let details = report.details.into_iter();
        let vacuous = details.filter_map(|(id, details)| Some((id, details.vacuous?)));
        Self {
            vacuous: vacuous.collect(),
            network: report.network,
            kinds: report.kinds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Preprocessing;
    use crate::experiment::run::{DataSpec, Engine, MeasuredRun, RunSpec};
    use crate::network::Zoo;
    use crate::provenance::Invocation;
    use crate::store::{NUMERICS_VERSION, Store};
    use crate::training::{Recipe, Stopping, Target, Tested};
    use crate::treatment::Treatment;

    use crate::experiment::pins::pin_output;
    use crate::experiment::run::Silent;
    use crate::experiment::tests::dataset;

    /// A run that is trained, and what is measured of it.
    #[test]
    fn pins_a_run_and_its_measures() {
        let out = tempfile::tempdir().unwrap();
        let invocation = Invocation {
            command: String::new(),
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
            architecture: Zoo::Mlp1x16.into(),
            recipe: Recipe {
                stopping: Stopping {
                    target: Target::Epochs,
                    max_epochs: 10,
                },
                ..Recipe::default()
            },
            tested: Tested::EveryEpoch,
            seed: 1,
        };
        let engine = Engine {
            store: &store,
            dataset: dataset(),
            threads: 1,
            checkpoint_interval: crate::training::CHECKPOINT_INTERVAL,
        };
        let run = (engine.run(&[run], &Silent).unwrap()).remove(0);
        let losses = run
            .curve
            .iter()
            .map(|point| [Some(point.train_loss), point.test_loss]);
        let output = (run.summary.corruption, losses.collect::<Vec<_>>());
        pin_output("run", Kind::RUN, &run.spec, &output);
        let spec = MeasuredRun {
            run: run.id.clone(),
        };
        pin_output("run-measures", MeasuredRun::KIND, &spec, &run.measures);

        let ids = [
            "path-norm-l2",
            "parameter-count",
            "fisher-rao-norm",
            "margin-median",
        ];
        let spec = MeasuresOfRun {
            run: run.id.clone(),
            measures: ids.map(str::to_owned).to_vec(),
            examples: EXAMPLES,
        };
        let output = of(&spec, dataset(), &run).unwrap();
        pin_output("measures", MeasuresOfRun::KIND, &spec, &output);
    }
}
