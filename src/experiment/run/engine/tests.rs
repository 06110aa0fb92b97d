use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::dataset::{ImageShape, Preprocessing, Split};
use crate::experiment::run::{DataSpec, prepare};
use crate::network::Zoo;
use crate::provenance::Invocation;
use crate::store::{NUMERICS_VERSION, StoreError};
use crate::training::{CHECKPOINT_INTERVAL, Recipe, Stopping, Target, Task, Tested, fit};
use crate::treatment::Treatment;

/// Counts what the engine tells.
#[derive(Default)]
pub(super) struct Counter {
    planned: Mutex<(usize, usize)>,
    started: AtomicUsize,
    finished: AtomicUsize,
    set_aside: Mutex<Vec<PathBuf>>,
    measured_again: AtomicUsize,
    /// Where a training breaks off, as if its process was killed.
    dies_at: Option<usize>,
    pub resumed: Mutex<Vec<Resumed>>,
    pub started_again: Mutex<Vec<(PathBuf, String)>>,
    pub without_checkpoints: AtomicUsize,
}

impl Observer for Counter {
    fn measuring_again(&self, runs: usize) {
        self.measured_again.fetch_add(runs, Ordering::SeqCst);
    }
    fn planned(&self, needed: usize, stored: usize) {
        *self.planned.lock().expect("no panic") = (needed, stored);
    }
    fn started(&self, _: &RunSpec) {
        self.started.fetch_add(1, Ordering::SeqCst);
    }
    fn resumed(&self, _: &RunSpec, from: &Resumed) {
        self.resumed.lock().expect("no panic").push(*from);
    }
    fn epoch(&self, _: &RunSpec, point: &CurvePoint) {
        assert_ne!(self.dies_at, Some(point.epoch), "as if killed");
    }
    fn finished(&self, _: &StoredRun) {
        self.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl Watch for Counter {
    fn waiting(&self, _: Kind, _: &ResultId) {}
    fn starts_again(&self, to: &Path, reason: &str) {
        let mut all = self.started_again.lock().expect("no panic");
        all.push((to.to_owned(), reason.to_owned()));
    }
    fn without_checkpoints(&self, _: &StoreError) {
        self.without_checkpoints.fetch_add(1, Ordering::SeqCst);
    }
    fn without_locks(&self, _: &std::io::Error) {}
    fn set_aside(&self, to: &Path, _: &str) {
        let mut set_aside = self.set_aside.lock().expect("no panic");
        set_aside.push(to.to_owned());
    }
}

impl Counter {
    /// Of a process that is killed when a training gets to this epoch.
    pub fn dies_at(epoch: usize) -> Self {
        Self {
            dies_at: Some(epoch),
            ..Self::default()
        }
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }
}

pub(super) fn dataset() -> Dataset {
    let split = |n: usize| {
        let pixels = (0..n * 784).map(|k| (k * 7919 % 251) as f32 / 250.0);
        let labels = (0..n).map(|k| (k % 10) as u32);
        Split::new(pixels.collect(), labels.collect(), 784).expect("a split")
    };
    let shape = ImageShape {
        channels: 1,
        height: 28,
        width: 28,
    };
    Dataset::new("test", shape, 10, split(30), split(20)).expect("a dataset")
}

pub(super) fn spec(dataset: &Dataset, seed: u64) -> RunSpec {
    RunSpec {
        numerics: NUMERICS_VERSION,
        data: DataSpec {
            checksum: dataset.checksum().to_owned(),
            train_size: 20,
            test_size: 10,
            preprocessing: Preprocessing::UnitInterval,
        },
        treatment: Treatment::TrueLabels,
        architecture: Zoo::Linear.into(),
        recipe: Recipe {
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: 2,
            },
            ..Recipe::default()
        },
        tested: Tested::EveryEpoch,
        seed,
    }
}

pub(super) fn open(out: &Path) -> Store {
    Store::open(out, Invocation::default()).expect("a store")
}

fn run(
    out: &Path,
    dataset: &Dataset,
    threads: usize,
    specs: &[RunSpec],
    observer: &Counter,
) -> Result<Vec<StoredRun>, ExperimentError> {
    let engine = Engine {
        store: &open(out),
        dataset,
        threads,
        checkpoint_interval: CHECKPOINT_INTERVAL,
    };
    engine.run(specs, observer)
}

#[test]
fn two_engines_at_once_compute_each_run_once() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let specs: Vec<RunSpec> = (0..12).map(|seed| spec(&dataset, seed)).collect();
    let counters = [Counter::default(), Counter::default()];
    let runs: Vec<Vec<StoredRun>> = thread::scope(|scope| {
        let engines = counters
            .each_ref()
            .map(|counter| scope.spawn(|| run(out.path(), &dataset, 2, &specs, counter)));
        engines
            .into_iter()
            .map(|engine| engine.join().expect("no panic").expect("runs"))
            .collect()
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(counters[0].started() + counters[1].started(), specs.len());
}

#[test]
fn runs_come_in_the_order_asked_for_and_equal_specs_are_computed_once() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let specs = [3, 1, 3, 2].map(|seed| spec(&dataset, seed));
    let counter = Counter::default();
    let runs = run(out.path(), &dataset, 2, &specs, &counter).expect("runs");
    let seeds: Vec<u64> = runs.iter().map(|run| run.spec.seed).collect();
    assert_eq!(seeds, [3, 1, 3, 2]);
    assert_eq!(counter.started(), 3);
    assert_eq!(*counter.planned.lock().expect("no panic"), (3, 0));
    let again = Counter::default();
    let found = run(out.path(), &dataset, 2, &specs, &again).expect("runs");
    assert_eq!(found, runs);
    assert_eq!(again.started(), 0);
    assert_eq!(*again.planned.lock().expect("no panic"), (3, 3));
}

/// As a program finds it whose measures are of another version: none of this version.
#[test]
fn measures_that_are_missing_are_computed_from_the_same_weights() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let specs = [1, 2].map(|seed| spec(&dataset, seed));
    let runs = run(out.path(), &dataset, 2, &specs, &Counter::default()).expect("runs");
    let state = |path: &Path| {
        let modified = std::fs::metadata(path).expect("a file").modified();
        (
            std::fs::read(path).expect("bytes"),
            modified.expect("a time"),
        )
    };
    let names = ["final.safetensors", "curve.jsonl", "result.json"];
    let paths = names.map(|name| runs[0].folder.join(name));
    let before: Vec<_> = paths.iter().map(|path| state(path)).collect();
    let of = MeasuredRun {
        run: runs[0].id.clone(),
    };
    let kind = MeasuredRun::KIND;
    let measures = open(out.path()).folder(kind, &ResultId::of(kind, &of));
    std::fs::remove_file(measures.with_extension("json")).expect("removed");

    let counter = Counter::default();
    let found = run(out.path(), &dataset, 2, &specs, &counter).expect("runs");
    assert_eq!(found, runs);
    assert_eq!(
        counter.started() + counter.finished.load(Ordering::SeqCst),
        0
    );
    assert_eq!(counter.measured_again.load(Ordering::SeqCst), 1);
    assert_eq!(*counter.planned.lock().expect("no panic"), (2, 2));
    let after: Vec<_> = paths.iter().map(|path| state(path)).collect();
    assert_eq!(after, before);
    // Opened by itself, without a store, it is measured too.
    let opened = StoredRun::open(&runs[0].folder).expect("a run");
    assert_eq!(opened.measures, runs[0].measures);
}

/// What stops a training changes nothing before it stops: runs that go on are paired with
/// runs to a target.
#[test]
fn a_training_that_goes_on_begins_like_one_that_stops() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let stopping = |target, max_epochs| {
        let mut spec = spec(&dataset, 1);
        spec.recipe.stopping = Stopping { target, max_epochs };
        spec
    };
    let at_most = 2.0; // ln 10 is the cost of guessing
    let stops = stopping(Target::CrossEntropy { at_most }, 100);
    let goes_on = stopping(Target::Epochs, 100);
    let runs = run(
        out.path(),
        &dataset,
        1,
        &[stops, goes_on],
        &Counter::default(),
    );
    let runs = runs.expect("runs");
    let epochs = runs[0].epochs_to_target().expect("the target");
    assert!((1..100).contains(&epochs), "{epochs}");
    assert_eq!(runs[1].epochs_to_target(), Some(100));
    assert_eq!(runs[0].curve.len(), epochs + 1);
    for (stopped, going_on) in runs[0].curve.iter().zip(&runs[1].curve) {
        let seconds = stopped.seconds;
        assert_eq!(
            *stopped,
            CurvePoint {
                seconds,
                ..*going_on
            }
        );
    }
    assert_eq!(runs[0].train_error_after(epochs), runs[0].train_error());
    assert_eq!(runs[0].train_error_after(epochs + 1), None);
}

#[test]
fn initial_weights_are_drawn_again() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let spec = spec(&dataset, 3);
    let prepared = prepare(&spec, &dataset).expect("data");
    let task = Task {
        architecture: &spec.architecture,
        recipe: &spec.recipe,
        classes: 10,
        train: &prepared.train,
        test: &prepared.test,
        tested: Tested::EveryEpoch,
        held_out: None,
        shape: None,
        seed: spec.seed,
    };
    let solution = fit(&task, &mut |_| {}).expect("trained");
    let runs = run(out.path(), &dataset, 1, &[spec], &Counter::default()).expect("runs");
    assert_eq!(runs[0].initial().expect("drawn"), solution.initial);
    assert_eq!(runs[0].trained().expect("read"), solution.trained);
    let mut other = runs[0].clone();
    other.summary.initial_sha256 = "0".repeat(64);
    let error = other.initial().expect_err("other weights").to_string();
    assert!(error.contains(other.id.as_str()), "{error}");
}

#[test]
fn one_impossible_spec_is_refused_before_any_training() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let mut impossible = vec![spec(&dataset, 1); 4];
    impossible[0].data.train_size = 31;
    impossible[1].data.test_size = 21;
    impossible[2].recipe.learning_rate = -1.0;
    impossible[3].treatment = Treatment::CorruptedLabels { probability: 1.5 };
    for bad in impossible {
        let counter = Counter::default();
        let specs = [spec(&dataset, 1), bad];
        run(out.path(), &dataset, 1, &specs, &counter).expect_err("impossible");
        assert_eq!(counter.started(), 0);
    }
    let folder = open(out.path()).folder(Kind::RUN, &spec(&dataset, 1).id());
    assert!(!folder.exists());
}

#[test]
fn a_failure_keeps_the_runs_that_were_complete() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let specs: Vec<RunSpec> = (0..6).map(|seed| spec(&dataset, seed)).collect();
    // A folder where the lock of a run is.
    let obstacle = out.path().join(format!(".locks/run-{}", specs[3].id()));
    std::fs::create_dir_all(&obstacle).expect("a folder");
    let first = Counter::default();
    let error = run(out.path(), &dataset, 1, &specs, &first).expect_err("the obstacle");
    assert!(error.to_string().contains(".locks"), "{error}");
    let kept = first.finished.load(Ordering::SeqCst);
    assert_eq!(first.started(), kept, "no run begins after a failure");

    std::fs::remove_dir(&obstacle).expect("removed");
    let second = Counter::default();
    run(out.path(), &dataset, 1, &specs, &second).expect("runs");
    assert_eq!(second.started(), specs.len() - kept);
}

#[test]
fn two_engines_that_meet_a_damaged_run_set_it_aside_once() {
    let (out, dataset) = (tempfile::tempdir().expect("a folder"), dataset());
    let specs = [spec(&dataset, 1)];
    let runs = run(out.path(), &dataset, 1, &specs, &Counter::default()).expect("runs");
    for round in 1..=5 {
        std::fs::write(runs[0].folder.join("curve.jsonl"), "{}").expect("damaged");
        let counters = [Counter::default(), Counter::default()];
        thread::scope(|scope| {
            let engines = counters
                .each_ref()
                .map(|counter| scope.spawn(|| run(out.path(), &dataset, 1, &specs, counter)));
            for engine in engines {
                let found = engine.join().expect("no panic").expect("runs");
                assert_eq!(found[0].summary.stop, runs[0].summary.stop);
            }
        });
        let told = counters
            .iter()
            .map(|c| c.set_aside.lock().expect("no panic").len());
        assert_eq!(told.sum::<usize>(), 1, "round {round}");
        assert_eq!(counters[0].started() + counters[1].started(), 1);
    }
}
