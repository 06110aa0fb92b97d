//! The pilot and the runs, made where they are missing.

use std::sync::atomic::{AtomicUsize, Ordering};

use rethink::dataset::Dataset;
use rethink::provenance::VERSION;
use rethink::store::{Holds, Kind, NUMERICS_VERSION};
use rethink::trial::{Job, Outcome, Piloted, Plan, Rules, Stratum, fastest};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::ways::{self, Rates};
use crate::cli::exit::UsageError;
use crate::session::Session;

/// The data of the trial.
pub struct Data(Vec<Dataset>);

impl Data {
    /// Loads every dataset; each is judged by itself, so none may be there twice.
    pub fn load(session: &Session, settings: &Settings) -> anyhow::Result<Self> {
        let folder = session.options.data_dir();
        let mut loaded: Vec<Dataset> = Vec::new();
        for name in &settings.datasets {
            let dataset = Dataset::load(name, Some(&folder))?;
            let same = |other: &Dataset| other.checksum() == dataset.checksum();
            if let Some(place) = loaded.iter().position(same) {
                return Err(UsageError(format!(
                    "--datasets names the same images twice, {} and {name}: give each dataset once",
                    settings.datasets[place]
                ))
                .into());
            }
            loaded.push(dataset);
        }
        Ok(Self(loaded))
    }

    /// What a dataset is called if it is not in the catalogue: its file, and the beginning
    /// of its checksum where files share a name.
    fn label(&self, dataset: &Dataset) -> Option<String> {
        let name = dataset.name();
        let namesakes = self.0.iter().filter(|other| other.name() == name).count();
        (dataset.id() != name).then(|| match namesakes {
            1 => name.to_owned(),
            _ => format!("{name} ({})", &dataset.checksum()[..6]),
        })
    }

    fn of(&self, checksum: &str) -> Option<&Dataset> {
        self.0.iter().find(|data| data.checksum() == checksum)
    }
}

const PILOT: Kind = Kind {
    name: "trial-pilot",
    holds: Holds::Numbers,
};

const RUNS: Kind = Kind {
    name: "trial",
    holds: Holds::Measures,
};

/// What determines the pilot of one group of arms.
#[derive(Serialize, Deserialize, PartialEq)]
struct PilotSpec {
    jobs: Vec<Job>,
    rates: Vec<f64>,
}

/// The plan: strata without learning rates, the pilot, then everything fixed.
pub fn plan(session: &Session, settings: &Settings, data: &Data) -> anyhow::Result<Plan> {
    let mut strata = Vec::new();
    for dataset in &data.0 {
        for &(n, architecture) in &settings.sizes {
            dataset.train().check_size(n)?;
            let stratum = Stratum {
                name: format!("{}-{n}-{architecture}", dataset.id()),
                dataset: dataset.id(),
                label: data.label(dataset),
                checksum: dataset.checksum().to_owned(),
                train_size: n,
                test_size: settings.test.min(dataset.test().len()),
                architecture,
                error_margin: if dataset.id() == "mnist" { 0.005 } else { 0.01 },
                limit: settings.limit,
                pilot: vec![],
                arms: vec![],
            };
            strata.push(pilot(session, settings, dataset, stratum)?);
        }
    }
    Ok(Plan {
        program: VERSION.to_owned(),
        numerics: NUMERICS_VERSION,
        blocks: settings.blocks.clone(),
        pilot_blocks: settings.pilot_blocks.clone(),
        costs: settings.costs.clone(),
        rules: Rules::default(),
        strata,
    })
}

/// The stratum with the learning rates that its pilot chooses, and its arms.
fn pilot(
    session: &Session,
    settings: &Settings,
    dataset: &Dataset,
    stratum: Stratum,
) -> anyhow::Result<Stratum> {
    let n = stratum.train_size;
    session.say(&format!("implicit-bias: pilot of {}", stratum.title()));
    let cost = &settings.costs[settings.costs.len() - 1..];
    let specs: Vec<PilotSpec> = (ways::piloted(n).into_iter())
        .map(|arms| PilotSpec {
            rates: ways::rates(&arms[0], &settings.rates),
            jobs: (settings.pilot_blocks.iter())
                .map(|&block| stratum.job(cost, block, arms.clone()))
                .collect(),
        })
        .collect();
    let piloted = session.parallel(&specs, |spec| {
        session.record(PILOT, spec, || -> anyhow::Result<Piloted> {
            let arm = &spec.jobs[0].arms[0].id;
            Ok(fastest(arm, &spec.jobs, &spec.rates, dataset)?)
        })
    })?;
    let rates: Rates = (piloted.iter())
        .map(|piloted| (piloted.arm.clone(), piloted.rate))
        .collect();
    Ok(Stratum {
        arms: ways::arms(settings.extent(n), &rates),
        pilot: piloted,
        ..stratum
    })
}

/// Every outcome of the plan, run where it is not stored.
pub fn outcomes(session: &Session, plan: &Plan, data: &Data) -> anyhow::Result<Vec<Outcome>> {
    let jobs = plan.jobs();
    let done = AtomicUsize::new(0);
    let outcomes = session.parallel(&jobs, |job| {
        let outcomes = session.record(RUNS, job, || -> anyhow::Result<Vec<Outcome>> {
            let dataset = (data.of(&job.checksum))
                .ok_or_else(|| anyhow::anyhow!("the data of '{}' are not loaded", job.stratum))?;
            Ok(job.run(dataset)?)
        })?;
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        if done.is_multiple_of(jobs.len().div_ceil(10)) {
            session.say(&format!("implicit-bias: {done} of {} jobs", jobs.len()));
        }
        Ok(outcomes)
    })?;
    Ok(outcomes.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rethink::network::{Optimizer, Zoo};
    use rethink::training::Batch;
    use rethink::training::search::{Move, Steps};
    use rethink::treatment::Treatment;
    use rethink::trial::{Arm, Role, Start, Way};

    use crate::pins::{dataset, pin_output as pin};

    fn stratum() -> Stratum {
        Stratum {
            name: "tiny".to_owned(),
            dataset: dataset().id(),
            label: None,
            checksum: dataset().checksum().to_owned(),
            train_size: 20,
            test_size: 30,
            architecture: Zoo::Mlp1x16,
            error_margin: 0.01,
            limit: 4,
            pilot: vec![],
            arms: vec![],
        }
    }

    fn arm(id: &str, role: Role, way: Way) -> Arm {
        Arm {
            id: id.to_owned(),
            role,
            labels: Treatment::TrueLabels,
            train_size: 20,
            way,
        }
    }

    fn descent(learning_rate: f64) -> Arm {
        let way = Way::Descent {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Mini { size: 4 },
            learning_rate,
            start: Start::USUAL,
        };
        arm("sgd-4", Role::Reference, way)
    }

    #[test]
    fn pins_the_trial() {
        let search = Way::Search {
            moves: Move::Row,
            steps: Steps {
                first: 0.1,
                largest: None,
            },
            trials: 200,
            start: Start::USUAL,
        };
        let arms = vec![
            descent(0.02),
            arm("search", Role::Search, search),
            arm("theorem-1", Role::Pole, Way::FiniteSample),
            arm("features", Role::Pole, Way::RandomFeatures { width: 40 }),
        ];
        let job = stratum().job(&[1.0, 0.4], 1, arms);
        pin("trial", RUNS, &job, &job.run(dataset()).unwrap());
    }

    #[test]
    fn pins_the_pilot() {
        let job = stratum().job(&[1.0], 1, vec![descent(1.0)]);
        let spec = PilotSpec {
            jobs: vec![job],
            rates: vec![0.02, 0.05, 0.1],
        };
        let output = fastest("sgd-4", &spec.jobs, &spec.rates, dataset()).unwrap();
        pin("trial-pilot", PILOT, &spec, &output);
    }
}
