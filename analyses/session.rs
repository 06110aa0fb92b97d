//! What a subcommand works with: the options, the data, the store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, Once};
use std::time::Instant;

use rayon::prelude::*;
use rethink::dataset::{Dataset, Preprocessing};
use rethink::experiment::run::{DataSpec, Engine, RunSpec, StoredRun};
use rethink::experiment::{Experiment, Laboratory, Listed, Listener, Study, crossed};
use rethink::network::Architecture;
use rethink::provenance::{Invocation, Provenance};
use rethink::report::Setting;
use rethink::store::{Computed, Entry, Kind, NUMERICS_VERSION, ResultId, Store, Watch};
use rethink::training::{CHECKPOINT_INTERVAL, Recipe, Tested};
use rethink::treatment::Treatment;
use serde_json::Value;

use crate::cli::progress::Progress;
use crate::cli::{Budget, Options};
use crate::cli::{output, place, signals};

/// Options that were checked, a dataset that was loaded, a store that can be
/// written to.
pub struct Session {
    /// What was asked for.
    pub options: Options,
    /// What is learned from.
    pub dataset: Dataset,
    store: Store,
    started: Instant,
    /// The results that were used, with the seconds that each took and when it began.
    used: Mutex<BTreeMap<String, (f64, u64)>>,
}

impl Session {
    /// Opens the store, then loads the data, so that a folder that cannot be
    /// written to is found before any work.
    pub fn open(options: &Options) -> anyhow::Result<Self> {
        Self::open_on(options.dataset(), options)
    }

    /// The same on another dataset than that of the options.
    pub fn open_on(dataset: &str, options: &Options) -> anyhow::Result<Self> {
        let started = Instant::now();
        options.figures.paper()?;
        let invocation = Invocation {
            command: place::typed_in_full(),
            threads: options.threads(),
        };
        let store = Store::open(&options.out, invocation)?;
        let dataset = Dataset::load(dataset, Some(&options.data_dir()))?;
        let unused = dataset.unused_classes();
        if unused > 0 {
            output::say(format_args!(
                "warning: {unused} of the {} classes of {} have no training image; the classes are the \
                 largest label plus one, so check the labels",
                dataset.classes(),
                dataset.name()
            ));
        }
        signals::watch()?;
        Ok(Self {
            options: options.clone(),
            dataset,
            store,
            started,
            used: Mutex::default(),
        })
    }

    /// Training and test images of this session's data, preprocessed as the paper's
    /// were.
    pub fn data(&self, (train_size, test_size): (usize, usize)) -> DataSpec {
        DataSpec {
            checksum: self.dataset.checksum().to_owned(),
            train_size,
            test_size,
            preprocessing: Preprocessing::PerImageStandardization,
        }
    }

    /// The spec of a run on this session's data, tested at the end.
    pub fn spec(
        &self,
        architecture: impl Into<Architecture>,
        treatment: Treatment,
        sizes: (usize, usize),
        recipe: Recipe,
        seed: u64,
    ) -> RunSpec {
        RunSpec {
            numerics: NUMERICS_VERSION,
            data: self.data(sizes),
            treatment,
            architecture: architecture.into(),
            recipe,
            tested: Tested::AtTheEnd,
            seed,
        }
    }

    /// The runs of these specs, trained where they are missing.
    pub fn runs(&self, title: &str, specs: &[RunSpec]) -> anyhow::Result<Vec<StoredRun>> {
        let engine = Engine {
            store: &self.store,
            dataset: &self.dataset,
            threads: self.options.threads(),
            checkpoint_interval: CHECKPOINT_INTERVAL,
        };
        let runs = engine.run(specs, &Progress::new(title, self.options.quiet))?;
        self.check_out()?;
        runs.iter()
            .for_each(|run| self.uses(Kind::RUN, &run.id, run.seconds, run.started));
        Ok(runs)
    }

    /// The runs of every cell and seed, trained where they are missing.
    pub fn trained<C: Clone + PartialEq>(
        &self,
        title: &str,
        cells: impl IntoIterator<Item = C>,
        seeds: &[u64],
        spec: impl Fn(&C, u64) -> RunSpec,
    ) -> anyhow::Result<Study<C, StoredRun>> {
        let keys = crossed(cells, seeds);
        let specs: Vec<RunSpec> = keys.iter().map(|(cell, seed)| spec(cell, *seed)).collect();
        Ok(Study::of(&keys, self.runs(title, &specs)?, Clone::clone))
    }

    /// The output of an experiment, read from the store or computed.
    pub fn output_of<E: Experiment>(&self, spec: &E) -> anyhow::Result<E::Output> {
        self.output_on(&self.dataset, spec)
    }

    /// The same on another dataset than that of the session.
    pub fn output_on<E: Experiment>(
        &self,
        dataset: &Dataset,
        spec: &E,
    ) -> anyhow::Result<E::Output> {
        self.obtain(dataset, spec, &|| {})
    }

    fn obtain<E: Experiment>(
        &self,
        dataset: &Dataset,
        spec: &E,
        computing: &(dyn Fn() + Sync),
    ) -> anyhow::Result<E::Output> {
        let notices = Progress::new(E::KIND.name, self.options.quiet);
        let laboratory = Laboratory {
            store: &self.store,
            dataset,
            listener: &Notices { notices, computing },
            checkpoint_interval: CHECKPOINT_INTERVAL,
        };
        self.used(E::KIND, laboratory.obtain(spec)?)
    }

    /// What a spec in JSON comes to, computed whether its result is stored or not.
    pub fn compute(
        &self,
        experiment: &dyn Listed,
        spec: &Value,
    ) -> anyhow::Result<Computed<Value>> {
        let notices = Progress::new(experiment.kind().name, self.options.quiet);
        let computing = || {};
        let laboratory = Laboratory {
            store: &self.store,
            dataset: &self.dataset,
            listener: &Notices {
                notices,
                computing: &computing,
            },
            checkpoint_interval: CHECKPOINT_INTERVAL,
        };
        Ok(experiment.compute(spec, &laboratory)?)
    }

    /// The outputs of experiments, in the order of their specs, as many at once as there
    /// are threads.
    pub fn outputs_of<E: Experiment>(&self, specs: &[E]) -> anyhow::Result<Vec<E::Output>> {
        self.parallel(specs, |spec| self.output_of(spec))
    }

    /// The outputs of an experiment for every cell and seed.
    pub fn study<C: Clone + PartialEq, E: Experiment>(
        &self,
        cells: impl IntoIterator<Item = C>,
        seeds: &[u64],
        spec: impl Fn(&C, u64) -> E,
    ) -> anyhow::Result<Study<C, E::Output>> {
        let keys = crossed(cells, seeds);
        let specs: Vec<E> = keys.iter().map(|(cell, seed)| spec(cell, *seed)).collect();
        Ok(Study::of(&keys, self.outputs_of(&specs)?, Clone::clone))
    }

    /// The outputs of an experiment for every seed, in their order.
    pub fn of_seeds<E: Experiment>(
        &self,
        seeds: &[u64],
        spec: impl Fn(u64) -> E,
    ) -> anyhow::Result<Vec<E::Output>> {
        let specs: Vec<E> = seeds.iter().map(|&seed| spec(seed)).collect();
        self.outputs_of(&specs)
    }

    /// The same as [`outputs_of`](Self::outputs_of); `line` is said before the first that
    /// has to be computed.
    pub fn outputs_saying<E: Experiment>(
        &self,
        line: &str,
        specs: &[E],
    ) -> anyhow::Result<Vec<E::Output>> {
        let said = Once::new();
        let computing = || said.call_once(|| self.say(line));
        self.parallel(specs, |spec| self.obtain(&self.dataset, spec, &computing))
    }

    /// The output of a result, which is remembered as used.
    fn used<S, O>(&self, kind: Kind, entry: Entry<S, O>) -> anyhow::Result<O> {
        self.check_out()?;
        let made = &entry.provenance;
        self.uses(kind, &entry.id, made.seconds, made.started);
        Ok(entry.output)
    }

    fn uses(&self, kind: Kind, id: &ResultId, seconds: f64, started: u64) {
        if let Ok(mut used) = self.used.lock() {
            used.insert(kind.result(id), (seconds, started));
        }
    }

    /// The seconds that a result took when it was computed; none of one that was not used since
    /// results were last put into a provenance.
    pub fn seconds_of<E: Experiment>(&self, spec: &E) -> Option<f64> {
        let result = E::KIND.result(&ResultId::of(E::KIND, spec));
        let used = self.used.lock().ok()?;
        used.get(&result).map(|(seconds, _)| *seconds)
    }

    /// Puts into a provenance the results that were used since this was last asked, the
    /// seconds that they took when they were computed, and when the first of them began.
    pub fn put_used(&self, provenance: &mut Provenance) {
        let used = self.used.lock().map(|mut used| std::mem::take(&mut *used));
        let used = used.unwrap_or_default();
        provenance.seconds = used.values().fold(0.0, |sum, (seconds, _)| sum + seconds); // `sum` of none is −0
        provenance.started = used
            .values()
            .map(|(_, started)| *started)
            .min()
            .unwrap_or(0);
        provenance.results = used.into_keys().collect();
    }

    /// The output folder is still the one that was opened: what is written after it was
    /// removed would be a part of the whole.
    pub fn check_out(&self) -> anyhow::Result<()> {
        Ok(self.store.check()?)
    }

    /// A function of each item, as many at once as there are threads; the
    /// results are in the order of the items.
    pub fn parallel<T: Sync, R: Send>(
        &self,
        items: &[T],
        f: impl Fn(&T) -> anyhow::Result<R> + Send + Sync,
    ) -> anyhow::Result<Vec<R>> {
        let pool = self.options.pool()?;
        pool.install(|| items.par_iter().map(f).collect())
    }

    /// Tells the user what is being done.
    pub fn say(&self, line: &str) {
        if !self.options.quiet {
            output::say(line);
        }
    }

    /// Where the page and the reports go.
    pub fn out(&self) -> PathBuf {
        self.options.out.clone()
    }

    /// The error of guessing a class.
    pub fn chance(&self) -> f64 {
        1.0 - 1.0 / self.dataset.classes() as f64
    }

    /// How much smaller than the paper's a setting with so many images is, at the budgets
    /// where it is; `more` goes on with the sentence.
    pub fn smaller(&self, images: usize, more: &str) -> Option<String> {
        let data = self.dataset.name();
        (self.options.budget != Budget::Paper).then(|| {
            format!(
                "Smaller than the paper: at most {images} images of {data} instead of 50,000 of \
                 CIFAR-10{more}."
            )
        })
    }

    /// What is asked about.
    pub fn setting(&self) -> Setting {
        self.options.setting(&self.dataset)
    }

    /// Where an answer comes from; the results it used are told when it is there.
    pub fn provenance(&self, question: &str) -> Provenance {
        let invocation = Invocation {
            command: self.regenerate(question),
            threads: self.options.threads(),
        };
        invocation.now()
    }

    /// Seconds since the session was opened.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// The command that answers one question as this session does.
    fn regenerate(&self, question: &str) -> String {
        let options = &self.options;
        let mut command = format!("rethink {question} --budget {}", options.budget.name());
        if let Some(dataset) = &options.dataset {
            command += &format!(" --dataset {}", place::dataset(dataset));
        }
        if options.seed != 1 {
            command += &format!(" --seed {}", options.seed);
        }
        if let Some(seeds) = options.seeds {
            command += &format!(" --seeds {seeds}");
        }
        command
    }
}

/// Says what the store finds, and calls what is to be called before a computation.
struct Notices<'a> {
    notices: Progress,
    computing: &'a (dyn Fn() + Sync),
}

impl Listener for Notices<'_> {
    fn watch(&self) -> &dyn Watch {
        &self.notices
    }
    fn computing(&self) {
        (self.computing)();
    }
}
