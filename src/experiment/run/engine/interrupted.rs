//! Trainings that break off, and go on.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::tests::{Counter, dataset, open, spec};
use super::*;
use crate::experiment::run::Share;
use crate::network::Optimizer;
use crate::sealed;
use crate::training::{Batch, CHECKPOINT_INTERVAL, Recipe, Stopping, Target};

const EPOCHS: usize = 4;
/// Of 20 images in batches of 8.
const STEPS: usize = 3;

fn long(dataset: &Dataset, momentum: f64) -> RunSpec {
    let mut spec = spec(dataset, 1);
    spec.recipe = Recipe {
        optimizer: Optimizer::Sgd { momentum },
        batch: Batch::Mini { size: 8 },
        stopping: Stopping {
            target: Target::Epochs,
            max_epochs: EPOCHS,
        },
        ..spec.recipe
    };
    spec
}

/// One run with a checkpoint after every step, or with none.
fn run(
    out: &Path,
    dataset: &Dataset,
    spec: &RunSpec,
    observer: &Counter,
    checkpoint_interval: Duration,
) -> Result<StoredRun, ExperimentError> {
    let engine = Engine {
        store: &open(out),
        dataset,
        threads: 1,
        checkpoint_interval,
    };
    let mut runs = engine.run(std::slice::from_ref(spec), observer)?;
    Ok(runs.remove(0))
}

fn undisturbed(dataset: &Dataset, spec: &RunSpec) -> (tempfile::TempDir, StoredRun) {
    let out = tempfile::tempdir().expect("a folder");
    let observer = Counter::default();
    let run = run(out.path(), dataset, spec, &observer, CHECKPOINT_INTERVAL).expect("a run");
    assert!(!out.path().join(".checkpoints").exists(), "it is short");
    (out, run)
}

/// A folder in which the training of a run broke off at an epoch, and its checkpoint.
fn broken_off(dataset: &Dataset, spec: &RunSpec, epoch: usize) -> (tempfile::TempDir, PathBuf) {
    let out = tempfile::tempdir().expect("a folder");
    let killed = Counter::dies_at(epoch);
    let broke = run(out.path(), dataset, spec, &killed, Duration::ZERO);
    assert!(matches!(broke, Err(ExperimentError::Panicked { .. })));
    let checkpoint = out.path().join(format!(".checkpoints/run-{}", spec.id()));
    assert!(checkpoint.is_file());
    (out, checkpoint)
}

fn go_on(out: &Path, dataset: &Dataset, spec: &RunSpec) -> (StoredRun, Counter) {
    let observer = Counter::default();
    let run = run(out, dataset, spec, &observer, CHECKPOINT_INTERVAL);
    (run.expect("a run"), observer)
}

/// All that is stored, but for seconds.
fn assert_same(a: &StoredRun, b: &StoredRun) {
    assert_eq!(a.trained().expect("read"), b.trained().expect("read"));
    for share in [Share::Train, Share::Test] {
        assert_eq!(
            a.outputs(share).expect("read"),
            b.outputs(share).expect("read")
        );
    }
    let [a_curve, b_curve] = [a, b].map(|run| {
        let untimed = run.curve.iter().map(|point| CurvePoint {
            seconds: 0.0,
            ..*point
        });
        untimed.collect::<Vec<_>>()
    });
    assert_eq!(a_curve, b_curve);
    assert_eq!(a.measures, b.measures);
    assert_eq!(a.summary.stop, b.summary.stop);
    assert_eq!(a.summary.initial_sha256, b.summary.initial_sha256);
}

#[test]
fn a_run_that_breaks_off_goes_on_to_the_same_result() {
    let dataset = dataset();
    for momentum in [0.0, 0.9] {
        let spec = long(&dataset, momentum);
        let (_alone, alone) = undisturbed(&dataset, &spec);
        for epoch in 1..=EPOCHS {
            let (out, checkpoint) = broken_off(&dataset, &spec, epoch);
            // Neither a list nor another process that opens the folder takes it away.
            open(out.path());
            let listing = crate::store::Listing::of(out.path()).expect("a list");
            assert!(checkpoint.is_file());
            let expected =
                "Nothing is stored. 1 unfinished training goes on when it is asked for again.";
            assert_eq!(listing.totals(), expected);
            let (run, told) = go_on(out.path(), &dataset, &spec);
            assert_same(&run, &alone);
            let from = told.resumed.lock().expect("no panic")[0];
            assert_eq!((from.epoch, from.step), (epoch, epoch * STEPS));
            let entry = Entry::<RunSpec, Summary>::read(&run.folder).expect("a result");
            assert_eq!(entry.provenance.resumed, 1);
            assert!(entry.provenance.seconds > from.seconds);
            assert!(!checkpoint.exists());
        }
    }
}

#[test]
fn a_checkpoint_that_is_of_no_use_is_told_of_and_the_run_starts_again() {
    let dataset = dataset();
    let spec = long(&dataset, 0.9);
    let (_alone, alone) = undisturbed(&dataset, &spec);
    let mut other = spec.clone();
    other.seed = 2;
    let (_other, foreign) = broken_off(&dataset, &other, 2);
    let foreign = fs::read(foreign).expect("a file");
    let (_mine, mine) = broken_off(&dataset, &spec, 2);
    let whole = fs::read(mine).expect("a file");
    let mut flipped = whole.clone();
    *flipped.last_mut().expect("a byte") ^= 1;
    let truncated = whole[..whole.len() - 1].to_vec();
    // The head is JSON in several lines, which ends with a brace in a line.
    let end = whole
        .windows(3)
        .position(|three| three == b"\n}\n")
        .expect("a head")
        + 3;
    let mut head: Value = sealed::open(&whole[..end]).expect("sealed");
    head.as_object_mut().expect("an object").remove("sha256");
    head["versions"]["numerics"] = 0.into();
    let old = [sealed::seal(&head).as_bytes(), &whole[end..]].concat();
    for (bytes, reason) in [
        (flipped, "its checksum does not match"),
        (truncated, "bytes, not"),
        (vec![], "it does not end with its checksum"),
        (foreign, "another spec"),
        (old, "another version"),
    ] {
        let (out, checkpoint) = broken_off(&dataset, &spec, 2);
        fs::write(&checkpoint, &bytes).expect("written");
        let (run, told) = go_on(out.path(), &dataset, &spec);
        let again = told.started_again.lock().expect("no panic");
        let [(to, said)] = &again[..] else {
            panic!("told {} times", again.len());
        };
        assert!(said.contains(reason), "{said}");
        assert_eq!(fs::read(to).expect("set aside"), bytes);
        assert!(told.resumed.lock().expect("no panic").is_empty());
        assert_same(&run, &alone);
        let entry = Entry::<RunSpec, Summary>::read(&run.folder).expect("a result");
        assert_eq!(entry.provenance.resumed, 0);
    }
    // A whole file of this spec, with what is no state of a training.
    let (out, _) = broken_off(&dataset, &spec, 2);
    let unfinished = open(out.path()).unfinished(Kind::RUN, &spec);
    unfinished.write(b"{}\n").expect("written");
    let (run, told) = go_on(out.path(), &dataset, &spec);
    assert!(
        told.started_again.lock().expect("no panic")[0]
            .1
            .contains("does not say")
    );
    assert_same(&run, &alone);
}

#[test]
fn a_run_that_is_computed_again_leaves_the_checkpoint_alone() {
    let dataset = dataset();
    let spec = long(&dataset, 0.9);
    let (out, checkpoint) = broken_off(&dataset, &spec, 2);
    let before = fs::read(&checkpoint).expect("a file");
    let observer = Counter::default();
    let laboratory = Laboratory {
        store: &open(out.path()),
        dataset: &dataset,
        listener: &Of {
            spec: &spec,
            observer: &observer,
        },
        checkpoint_interval: Duration::ZERO,
    };
    let computed = laboratory.compute(&spec).expect("computed");
    assert_eq!(computed.earlier, crate::store::Earlier::default());
    assert!(observer.resumed.lock().expect("no panic").is_empty());
    assert_eq!(fs::read(&checkpoint).expect("a file"), before);
}

#[test]
fn a_run_whose_state_cannot_be_kept_is_warned_about_once_and_done() {
    let (dataset, out) = (dataset(), tempfile::tempdir().expect("a folder"));
    let spec = long(&dataset, 0.9);
    fs::write(out.path().join(".checkpoints"), "in the way").expect("written");
    let observer = Counter::default();
    let done = run(out.path(), &dataset, &spec, &observer, Duration::ZERO).expect("a run");
    assert_same(&done, &undisturbed(&dataset, &spec).1);
    assert_eq!(observer.without_checkpoints.load(Ordering::SeqCst), 1);
}
