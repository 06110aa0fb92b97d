//! The pilot and the runs, made where they are missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rethink::dataset::Dataset;
use rethink::experiment::trial::{RatePilot, ShellPilot};
use rethink::network::graph::Layout;
use rethink::network::{Architecture, Zoo};
use rethink::store::NUMERICS_VERSION;
use rethink::trial::collection::Job;
use rethink::trial::design::{
    Cells, Method, Outcome, Piloted, Plan, Stratum, Thresholds, methods, rates,
};
use rethink::trial::moving::Norms;
use rethink::trial::rules;

use super::settings::{PILOT_SHELLS, Settings};
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

    fn of(&self, checksum: &str) -> anyhow::Result<&Dataset> {
        let found = self.0.iter().find(|data| data.checksum() == checksum);
        found.ok_or_else(|| anyhow::anyhow!("the data with checksum {checksum} are not loaded"))
    }
}

/// The plan: what can be run of the design, the pilot, then everything fixed.
///
/// Every network is checked before the first training.
pub fn plan(session: &Session, settings: &Settings, data: &Data) -> anyhow::Result<Plan> {
    let mut strata = Vec::new();
    for dataset in &data.0 {
        for &(n, architecture) in &settings.sizes {
            strata.push((
                dataset,
                stratum(settings, data, dataset, (n, architecture))?,
            ));
        }
    }
    let strata = strata
        .into_iter()
        .map(|(dataset, stratum)| piloted(session, settings, dataset, stratum));
    Ok(Plan {
        numerics: NUMERICS_VERSION,
        rules: rules::SOURCES.to_owned(),
        blocks: settings.blocks.clone(),
        pilot_blocks: settings.pilot_blocks.clone(),
        costs: settings.costs.clone(),
        thresholds: Thresholds::default(),
        strata: strata.collect::<anyhow::Result<_>>()?,
        left_out: settings.left_out.clone(),
    })
}

/// A stratum without learning rates.
fn stratum(
    settings: &Settings,
    data: &Data,
    dataset: &Dataset,
    (n, architecture): (usize, Zoo),
) -> anyhow::Result<Stratum> {
    dataset.train().check_size(n)?;
    let beside = dataset.train().len() - n;
    if beside == 0 {
        return Err(UsageError(format!(
            "--train-size {n} is every training image, and two directions go towards the labels of \
             other ones: give at most {}",
            n - 1
        ))
        .into());
    }
    let layout = layout(dataset, architecture)?;
    if Norms::of(&layout).is_none() {
        return Err(UsageError(format!(
            "the norm of {architecture} cannot be moved: give --architecture a network of dense \
             layers, such as mlp-2x128, or small-conv"
        ))
        .into());
    }
    let Cells { cells, left_out } = Cells::of(architecture, &layout, n);
    Ok(Stratum {
        name: format!("{}-{n}-{architecture}", dataset.id()),
        dataset: dataset.id(),
        label: data.label(dataset),
        checksum: dataset.checksum().to_owned(),
        train_size: n,
        test_size: settings.test.min(dataset.test().len()),
        auxiliary: settings.auxiliary.min(beside),
        architecture,
        limit: settings.limit,
        pilot: vec![],
        shell_rate: 0.0,
        cells,
        left_out,
    })
}

fn layout(dataset: &Dataset, architecture: Zoo) -> anyhow::Result<Arc<Layout>> {
    let (features, classes) = (dataset.train().features(), dataset.classes());
    let model = Architecture::from(architecture).build(features, classes)?;
    Ok(model.layout().clone())
}

/// The stratum with the learning rates that its pilot chooses.
fn piloted(
    session: &Session,
    settings: &Settings,
    dataset: &Dataset,
    stratum: Stratum,
) -> anyhow::Result<Stratum> {
    session.say(&format!("implicit-bias: pilot of {}", stratum.title()));
    let primary = &settings.costs[..1];
    // A third of the rate needs about three times the work.
    let limit = stratum.limit / 4;
    let jobs = |stratum: &Stratum| -> Vec<Job> {
        let blocks = settings.pilot_blocks.iter();
        let job = |&block| stratum.job(primary, block, vec![]);
        blocks
            .map(|block| Job {
                limit,
                ..job(block)
            })
            .collect()
    };
    let pilots = methods(stratum.train_size).into_iter();
    let pilots = pilots.map(|method| RatePilot {
        checksum: stratum.checksum.clone(),
        method,
        jobs: jobs(&stratum),
        rates: rates(method, &settings.rates),
    });
    let pilots: Vec<RatePilot> = pilots.collect();
    let pilot: Vec<Piloted> =
        session.parallel(&pilots, |pilot| session.output_on(dataset, pilot))?;
    let stratum = stratum.piloted(pilot);
    let shells = ShellPilot {
        checksum: stratum.checksum.clone(),
        jobs: jobs(&stratum),
        factors: PILOT_SHELLS.to_vec(),
        rates: rates(Method::REFERENCE, &settings.rates),
    };
    Ok(Stratum {
        shell_rate: session.output_on(dataset, &shells)?,
        ..stratum
    })
}

/// Every outcome of the plan, run where it is not stored.
pub fn outcomes(session: &Session, plan: &Plan, data: &Data) -> anyhow::Result<Vec<Outcome>> {
    let jobs = plan.jobs();
    let done = AtomicUsize::new(0);
    let outcomes = session.parallel(&jobs, |job| {
        let outcomes = session.output_on(data.of(&job.checksum)?, job)?;
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        if done.is_multiple_of(jobs.len().div_ceil(10)) {
            session.say(&format!("implicit-bias: {done} of {} jobs", jobs.len()));
        }
        Ok(outcomes)
    })?;
    Ok(outcomes.into_iter().flatten().collect())
}
