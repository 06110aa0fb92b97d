//! Runs outlive the process: the same spec is the same bits, is trained once,
//! and a run that is there is whole, whatever ended the process that made it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rethink::dataset::Dataset;
use rethink::experiment::run::{Engine, Observer, RunSpec, StoredRun, Summary};
use rethink::provenance::Invocation;
use rethink::solution::CurvePoint;
use rethink::store::{Entry, Kind, Lookup, ResultId, Store, StoreError, Watch};
use rethink::training::Resumed;
use serde_json::Value;

use super::program::{Answer, Place, TINY, name};
use super::smoke::smoke;

/// Six conditions, several seeds: enough to be caught in the middle.
const MANY: &str = "randomization --budget smoke --seeds 5 --threads 1";
const MANY_TRAININGS: usize = 6 * 5;
/// Two labelings, to zero error on the pilot's seeds and for the same updates on those asked for.
const SAME_UPDATES: usize = 2 * 3 + 2 * 5;
/// Five conditions, several seeds, of a convolutional network.
const OF_IMAGES: usize = 5 * 5;

/// Every file of the runs, with its content and the time it was written.
fn files(runs: &[PathBuf]) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    for folder in runs {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let written = fs::metadata(&path).and_then(|m| m.modified());
            let content = fs::read(&path).expect("readable");
            files.insert(path, (content, written.expect("a time")));
        }
    }
    files
}

fn weights(run: &Path) -> Vec<u8> {
    fs::read(run.join("final.safetensors")).expect("weights")
}

/// The whole numbers that a text says, in their order.
fn numbers(text: &str) -> Vec<usize> {
    let words = text.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Whether the store takes this folder for a complete run.
fn opens(place: &Place, run: &Path) -> bool {
    let entry: Entry<RunSpec, Summary> = Entry::read(run).expect("a result");
    assert_eq!(entry.spec.id().as_str(), name(run));
    let store = Store::open(&place.path("out"), Invocation::default()).expect("a store");
    let found = store.find::<RunSpec, Summary>(Kind::RUN, &entry.spec);
    matches!(found, Ok(Lookup::Whole(_)))
}

#[test]
fn weights_are_the_same_bits_for_any_number_of_threads() {
    let place = Place::new();
    let line = "norms --budget smoke --quiet --threads 1";
    place.run(line).with_code(0);
    let one = place.runs();
    // Two labelings and two seeds at two sizes, and of a convolutional network at one.
    assert_eq!(one.len(), 8 + 4);
    for run in &one {
        let two = smoke().path("out/runs").join(name(run));
        for file in ["final.safetensors", "outputs.safetensors"] {
            let read = |run: &Path| fs::read(run.join(file)).expect(file);
            assert_eq!(read(run), read(&two), "{file} of {}", name(run));
        }
    }
    assert_ne!(weights(&one[0]), weights(&one[1]));
}

#[test]
fn a_second_invocation_trains_nothing() {
    let place = smoke().copy();
    let told = place.run(TINY).with_code(0);
    assert!(!told.stderr.is_empty(), "it is trained");
    let norms = "norms --budget smoke --format json --threads 2";
    for (line, first) in [(TINY, &told), (norms, smoke().answer("norms"))] {
        let before = files(&place.runs());
        let second = place.run(line).with_code(0);
        assert_eq!(second.stderr, "");
        assert_eq!(second.stdout, first.stdout);
        assert_eq!(files(&place.runs()), before);
    }
}

#[test]
fn only_what_is_missing_is_trained() {
    let place = smoke().copy();
    let before = files(&place.runs());
    let more = place.run("norms --budget smoke --seeds 3").with_code(0);
    let counts = numbers(&more.stderr);
    assert!(counts.starts_with(&[4, 8]), "{}", more.stderr);
    let after = files(&place.runs());
    assert!(
        before
            .iter()
            .all(|(path, file)| after.get(path) == Some(file))
    );
}

#[test]
fn kill_9_loses_nothing_that_was_complete() {
    let place = Place::new();
    let mut child = place.start(MANY);
    let patience = Instant::now();
    while place.runs().len() < 2 {
        assert!(patience.elapsed() < Duration::from_secs(60), "no run");
        sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed"); // SIGKILL
    child.wait().expect("ended");
    let complete = place.runs();
    assert!(complete.len() < MANY_TRAININGS, "killed too late");
    assert!(complete.iter().all(|run| opens(&place, run)));
    let before = files(&complete);

    let answer = place.run(MANY).with_code(0);
    let counts = numbers(&answer.stderr);
    let missing = MANY_TRAININGS - complete.len();
    let mut pairs = counts.windows(2);
    let told = pairs.any(|pair| pair == [missing, complete.len()]);
    assert!(told, "{}", answer.stderr);
    assert_eq!(files(&complete), before);
    assert_eq!(
        place.runs().len(),
        MANY_TRAININGS + SAME_UPDATES + OF_IMAGES
    );
    assert!(place.folders(|name| name.contains(".partial")).is_empty());
}

#[test]
fn two_processes_share_the_work() {
    let place = Place::new();
    let children = [place.start(MANY), place.start(MANY)];
    let answers = children.map(|child| {
        let output = child.wait_with_output().expect("ends");
        Answer::of(&output, MANY).with_code(0)
    });
    assert_eq!(answers[0].stdout, answers[1].stdout);
    assert_eq!(
        place.runs().len(),
        MANY_TRAININGS + SAME_UPDATES + OF_IMAGES
    );
    assert!(place.runs().iter().all(|run| opens(&place, run)));
    assert_eq!(place.folders(|name| name.contains(".partial")).len(), 0);
}

#[test]
fn a_damaged_run_is_set_aside_trained_again_and_warned_about() {
    let place = Place::new();
    place.run(TINY).with_code(0);
    let run = place.the_run();
    let original = weights(&run);
    let truncate: fn(&Path) = |run| {
        let path = run.join("final.safetensors");
        let bytes = fs::read(&path).expect("bytes");
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("cut");
    };
    let flip: fn(&Path) = |run| {
        let path = run.join("result.json");
        let mut bytes = fs::read(&path).expect("bytes");
        let digit = bytes.iter().rposition(u8::is_ascii_digit).expect("digit");
        bytes[digit] ^= 1; // another digit: still JSON
        fs::write(&path, bytes).expect("changed");
    };
    let forget: fn(&Path) = |run| fs::remove_file(run.join("result.json")).expect("gone");
    let kinds = [
        (truncate, "final.safetensors is damaged: it has"),
        (flip, "result.json is damaged: its checksum"),
        (forget, "result.json: No such file"),
    ];
    for (k, (damage, reason)) in kinds.into_iter().enumerate() {
        damage(&run);
        let broken = fs::read_dir(&run).expect("a folder").count();
        // Even --quiet does not keep a warning back.
        let answer = place.run(&format!("{TINY} --quiet")).with_code(0);
        assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
        assert!(answer.stderr.starts_with("warning: "), "{}", answer.stderr);
        let aside = format!("{}.damaged-{k}", name(&run));
        for word in [reason, &aside] {
            assert!(answer.stderr.contains(word), "{word}: {}", answer.stderr);
        }
        let kept = fs::read_dir(place.path("out/runs").join(aside));
        assert_eq!(kept.expect("set aside").count(), broken);
        assert_eq!(weights(&run), original);
        assert!(opens(&place, &run));
    }
}

/// Ends a training after its first epoch, as if its process was killed there.
struct Killed;

impl Observer for Killed {
    fn measuring_again(&self, _: usize) {}
    fn planned(&self, _: usize, _: usize) {}
    fn started(&self, _: &RunSpec) {}
    fn resumed(&self, _: &RunSpec, _: &Resumed) {}
    fn epoch(&self, _: &RunSpec, point: &CurvePoint) {
        assert_eq!(point.epoch, 0, "as if killed");
    }
    fn finished(&self, _: &StoredRun) {}
}

impl Watch for Killed {
    fn waiting(&self, _: Kind, _: &ResultId) {}
    fn set_aside(&self, _: &Path, _: &str) {}
    fn starts_again(&self, _: &Path, _: &str) {}
    fn without_checkpoints(&self, _: &StoreError) {}
    fn without_locks(&self, _: &std::io::Error) {}
}

/// A folder in which the training of a spec was interrupted, and its checkpoint.
fn interrupted(spec: &RunSpec) -> (Place, PathBuf) {
    let place = Place::new();
    let out = place.path("out");
    let engine = Engine {
        store: &Store::open(&out, Invocation::default()).expect("a store"),
        dataset: &Dataset::load("fashion-mnist-10k", None).expect("embedded"),
        threads: 1,
        checkpoint_interval: Duration::ZERO,
    };
    let broken = engine.run(std::slice::from_ref(spec), &Killed);
    broken.expect_err("as if killed");
    let checkpoint = out.join(format!(".checkpoints/run-{}", spec.id()));
    assert!(checkpoint.is_file());
    (place, checkpoint)
}

#[test]
fn an_interrupted_training_goes_on_and_says_so() {
    let alone = Place::new();
    alone.run(TINY).with_code(0);
    let entry: Entry<RunSpec, Summary> = Entry::read(&alone.the_run()).expect("a result");
    let (place, checkpoint) = interrupted(&entry.spec);
    let verified = place.run("runs verify").printed();
    assert!(verified.contains("1 unfinished training"), "{verified}");
    let answer = place.run(TINY).with_code(0);
    let told = "seed 1: resumed at epoch 1 of 2";
    assert!(answer.stderr.contains(told), "{}", answer.stderr);
    assert_eq!(weights(&place.the_run()), weights(&alone.the_run()));
    assert!(!checkpoint.exists());
    let show = format!("runs show {}", entry.id);
    let shown: Value = serde_json::from_str(&place.run(&show).printed()).expect("JSON");
    assert_eq!(shown["provenance"]["resumed"], 1);

    let (place, checkpoint) = interrupted(&entry.spec);
    let bytes = fs::read(&checkpoint).expect("bytes");
    fs::write(&checkpoint, &bytes[..bytes.len() - 1]).expect("cut");
    // Even --quiet does not keep a warning back.
    let answer = place.run(&format!("{TINY} --quiet")).with_code(0);
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
    assert!(answer.stderr.starts_with("warning: "), "{}", answer.stderr);
    for word in ["is damaged: it has", ".damaged-0", "starts again"] {
        assert!(answer.stderr.contains(word), "{word}: {}", answer.stderr);
    }
    assert_eq!(weights(&place.the_run()), weights(&alone.the_run()));
}

#[test]
fn a_diverged_training_is_a_result() {
    let place = Place::new();
    // The first blows up in some steps, the second leaves no finite weight.
    for (line, norm_is_finite) in [
        (
            "train --architecture mlp-1x16 --train-size 100 --learning-rate 1e6",
            true,
        ),
        (
            "train --architecture linear --train-size 100 --learning-rate 1e40",
            false,
        ),
    ] {
        place.run(line).with_code(0);
        let again = place.run(&format!("{line} --format json")).with_code(0);
        assert_eq!(again.stderr, "", "a stored result is not trained again");
        let json: Value = serde_json::from_str(&again.stdout).expect("JSON");
        assert_eq!(json["summary"]["stop"], "diverged");
        let norm = &json["measures"]["network"]["frobenius-norm"];
        assert_eq!(
            (norm.is_f64(), norm.is_null()),
            (norm_is_finite, !norm_is_finite)
        );
    }
}
