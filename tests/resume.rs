//! A training that is killed with SIGKILL again and again ends at the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::RngExt;
use rethink::dataset::{Dataset, ImageShape, Preprocessing, Split};
use rethink::experiment::run::{DataSpec, Engine, RunSpec, Silent, StoredRun, Summary};
use rethink::network::Optimizer;
use rethink::provenance::Invocation;
use rethink::random::stream;
use rethink::store::{Entry, Listing, NUMERICS_VERSION, Store};
use rethink::training::{Batch, Recipe, Stopping, Target, Tested};
use rethink::treatment::Treatment;
use serde_json::Value;

/// Names the output folder to the process that is killed.
const FOLDER: &str = "RETHINK_TEST_TRAINING";
/// At most: on a fast machine the training is done before.
const KILLS: usize = 12;

fn dataset() -> Dataset {
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
    Dataset::new("test", shape, 10, split(203), split(20)).expect("a dataset")
}

/// A thousand steps.
fn spec(dataset: &Dataset) -> RunSpec {
    RunSpec {
        numerics: NUMERICS_VERSION,
        data: DataSpec {
            checksum: dataset.checksum().to_owned(),
            train_size: 203,
            test_size: 20,
            preprocessing: Preprocessing::UnitInterval,
        },
        treatment: Treatment::RandomLabels,
        architecture: "mlp-40-20".parse().expect("a description"),
        recipe: Recipe {
            optimizer: Optimizer::Sgd { momentum: 0.9 },
            batch: Batch::Mini { size: 8 },
            decay: 0.99,
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: 40,
            },
            ..Recipe::default()
        },
        tested: Tested::EveryEpoch,
        seed: 1,
    }
}

fn train(out: &Path, checkpoint_interval: Duration) -> StoredRun {
    let dataset = dataset();
    let engine = Engine {
        store: &Store::open(out, Invocation::default()).expect("a store"),
        dataset: &dataset,
        threads: 1,
        checkpoint_interval,
    };
    let runs = engine.run(&[spec(&dataset)], &Silent).expect("trained");
    runs.into_iter().next().expect("one run")
}

/// Not a test but the process that the one below kills.
#[test]
#[ignore = "another test starts it in a process of its own"]
fn the_training_that_is_killed() {
    if let Some(out) = std::env::var_os(FOLDER) {
        train(Path::new(&out), Duration::from_millis(5));
    }
}

fn start(out: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--ignored",
            "--exact",
            "resume::the_training_that_is_killed",
        ])
        .env(FOLDER, out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started")
}

/// The only file below the folder of checkpoints.
fn checkpoint(out: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(out.join(".checkpoints")).ok()?;
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let one = paths.next();
    assert_eq!(paths.next(), None);
    one
}

fn written(out: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(checkpoint(out)?).ok()?.modified().ok()
}

/// A curve without the seconds, which are never the same.
fn curve(run: &StoredRun) -> Vec<Value> {
    let text = fs::read_to_string(run.folder.join("curve.jsonl")).expect("a curve");
    let point = |line| {
        let mut point: Value = serde_json::from_str(line).expect("JSON");
        point["seconds"] = 0.into();
        point
    };
    text.lines().map(point).collect()
}

#[test]
fn a_training_killed_again_and_again_ends_at_the_same_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let [alone, killed] = ["alone", "killed"].map(|name| folder.path().join(name));
    let expected = train(&alone, rethink::training::CHECKPOINT_INTERVAL);
    assert_eq!(checkpoint(&alone), None, "it is short");

    let mut draw = stream(1, "kills");
    let mut kills = 0;
    'killing: while kills < KILLS {
        let before = written(&killed);
        let mut process = start(&killed);
        let patience = Instant::now();
        // So that every process gets further than the one before.
        while written(&killed) == before {
            assert!(
                patience.elapsed() < Duration::from_secs(60),
                "no checkpoint"
            );
            if process.try_wait().expect("asked").is_some() {
                break 'killing;
            }
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_micros(draw.random_range(0..10_000)));
        process.kill().expect("killed"); // SIGKILL
        process.wait().expect("ended");
        // What a list or a check of the folder does leaves the checkpoint where it is.
        let listing = Listing::of(&killed).expect("a list");
        assert_eq!(listing.verify(&killed).1.len(), 0);
        if checkpoint(&killed).is_none() {
            break; // its result was stored at the last moment
        }
        kills += 1;
    }
    assert!(kills >= 3, "the training is too short");
    assert!(start(&killed).wait().expect("ended").success());

    let run = train(&killed, Duration::ZERO);
    for file in ["final.safetensors", "outputs.safetensors"] {
        let read = |run: &StoredRun| fs::read(run.folder.join(file)).expect("a file");
        assert_eq!(read(&run), read(&expected), "{file}");
    }
    assert_eq!(curve(&run), curve(&expected));
    assert_eq!(run.measures, expected.measures);
    let entry = Entry::<RunSpec, Summary>::read(&run.folder).expect("a result");
    assert_eq!(entry.provenance.resumed, kills);
    assert_eq!(checkpoint(&killed), None);
    let partials = fs::read_dir(killed.join(".partial")).expect("a folder");
    assert_eq!(partials.count(), 0);
}
