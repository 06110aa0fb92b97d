use super::*;
use crate::dataset::Preprocessing;
use crate::network::Architecture;
use crate::run::DataSpec;
use crate::solution::{Outputs, StopReason, Weight};
use crate::training::Recipe;
use crate::treatment::{Corruption, Treatment};

fn spec(seed: u64) -> RunSpec {
    RunSpec {
        numerics: 1,
        data: DataSpec {
            checksum: "00".into(),
            train_size: 2,
            test_size: 2,
            preprocessing: Preprocessing::UnitInterval,
        },
        treatment: Treatment::TrueLabels,
        architecture: Architecture::Linear,
        recipe: Recipe::default(),
        seed,
    }
}

/// A network of one layer, by hand.
fn solution() -> Solution {
    let weights = |scale: f32| {
        vec![Weight {
            name: "weight".into(),
            shape: vec![2, 2],
            values: vec![scale, 0.0, 0.5, -scale],
        }]
    };
    let outputs = Outputs {
        classes: 2,
        logits: vec![1.0, 0.0, 0.25, 2.0],
        labels: vec![0, 1],
    };
    let point = CurvePoint {
        epoch: 0,
        step: 0,
        train_loss: 0.1 + 0.2, // needs all its digits
        train_error: 0.0,
        test_loss: 1e-300,
        test_error: 0.5,
        seconds: 1.0 / 3.0,
    };
    Solution {
        initial: weights(1.0),
        trained: weights(3.0),
        curve: vec![point, CurvePoint { epoch: 1, ..point }],
        stop: StopReason::EpochsDone,
        train: outputs.clone(),
        test: outputs,
    }
}

fn save(store: &Store, spec: &RunSpec) -> Result<StoredRun, RunError> {
    let solution = solution();
    let summary = Summary {
        stop: solution.stop,
        corruption: Corruption {
            replaced: 0.0,
            differing: 0.0,
        },
        parameters: 4,
        last: solution.curve.last().copied(),
    };
    let measures = measure::measure_all(
        &solution.trained,
        Some(&solution.initial),
        Some(&solution.train),
    )
    .expect("measures");
    let provenance = Provenance {
        version: "0".into(),
        commit: "0".into(),
        cpu: "none".into(),
        threads: 1,
        dataset: "none".into(),
        dataset_checksum: "00".into(),
        command: Vec::new(),
        started: 0,
        seconds: 0.0,
    };
    store.save(spec, &solution, &summary, &measures, &provenance)
}

fn store() -> (tempfile::TempDir, Store) {
    let out = tempfile::tempdir().expect("a folder");
    let store = Store::open(out.path()).expect("a store");
    (out, store)
}

#[test]
fn a_run_reads_back_as_it_was_written() {
    let (_out, store) = store();
    assert!(matches!(store.find(&spec(1)), Ok(Found::Absent)));
    let saved = save(&store, &spec(1)).expect("saved");
    let Ok(Found::Complete(found)) = store.find(&spec(1)) else {
        panic!("not found");
    };
    assert_eq!(*found, saved);
    assert_eq!(found.curve, solution().curve);
    let outputs = found.outputs(crate::run::Share::Test).expect("outputs");
    assert_eq!(outputs, solution().test);
    let weights = arrays::read_weights(&found.folder.join(FINAL)).expect("weights");
    assert_eq!(weights, solution().trained);
}

#[test]
fn a_run_opens_wherever_its_folder_is() {
    let (out, store) = store();
    let saved = save(&store, &spec(1)).expect("saved");
    let elsewhere = out.path().join("elsewhere");
    fs::rename(&saved.folder, &elsewhere).expect("moved");
    let found = StoredRun::open(&elsewhere).expect("a run");
    assert_eq!((found.id.clone(), &found.folder), (saved.id, &elsewhere));
    assert_eq!(found.trained().expect("weights"), solution().trained);
    assert_eq!(found.initial().expect("weights"), solution().initial);
    fs::write(elsewhere.join(FINAL), "cut").expect("damaged");
    let error = found.trained().unwrap_err().to_string();
    assert!(
        error.contains(FINAL) && error.contains("damaged"),
        "{error}"
    );
    assert!(StoredRun::open(out.path()).is_err());
}

#[test]
fn damage_to_any_file_is_found_and_nothing_is_deleted() {
    let (_out, store) = store();
    let files = [
        MANIFEST, SPEC, SUMMARY, CURVE, MEASURES, INITIAL, FINAL, OUTPUTS, PROVENANCE,
    ];
    for (k, file) in files.into_iter().enumerate() {
        let run = save(&store, &spec(1)).expect("saved");
        let path = run.folder.join(file);
        let bytes = fs::read(&path).expect("bytes");
        fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut");
        let Ok(Found::SetAside { to, reason }) = store.find(&spec(1)) else {
            panic!("{file} was not missed");
        };
        assert!(reason.contains(file), "{reason}");
        assert!(to.ends_with(format!("{}.damaged-{k}", spec(1).id())));
        let kept = fs::read(to.join(file)).expect("set aside");
        assert_eq!(kept, bytes[..bytes.len() / 2]);
        assert!(matches!(store.find(&spec(1)), Ok(Found::Absent)));
    }
}

#[test]
fn a_run_under_the_name_of_another_is_damaged() {
    let (_out, store) = store();
    let run = save(&store, &spec(1)).expect("saved");
    fs::rename(run.folder, store.folder(&spec(2).id())).expect("renamed");
    let Ok(Found::SetAside { reason, .. }) = store.find(&spec(2)) else {
        panic!("taken for another run");
    };
    assert!(reason.contains("the spec of another run"), "{reason}");
}

#[test]
fn a_damaged_run_that_another_process_has_in_hand_is_left_to_it() {
    let (_out, store) = store();
    let run = save(&store, &spec(1)).expect("saved");
    fs::remove_file(run.folder.join(MANIFEST)).expect("removed");
    let lock = store.lock(&spec(1).id()).expect("a lock");
    assert!(lock.is_some());
    assert!(matches!(store.lock(&spec(1).id()), Ok(None)));
    assert!(matches!(store.find(&spec(1)), Ok(Found::Absent)));
    assert!(run.folder.exists());
    drop(lock);
    assert!(matches!(store.find(&spec(1)), Ok(Found::SetAside { .. })));
    assert!(!run.folder.exists());
}

#[test]
fn what_a_dead_process_left_is_no_run_and_no_obstacle() {
    let (_out, store) = store();
    let partial = store.root.join(format!("{}.partial", spec(1).id()));
    fs::create_dir(&partial).expect("a folder");
    fs::write(partial.join(SPEC), "{").expect("half a file");
    assert!(matches!(store.find(&spec(1)), Ok(Found::Absent)));
    let run = save(&store, &spec(1)).expect("saved");
    assert!(!partial.exists() && run.folder.join(MANIFEST).is_file());
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let (_out, store) = store();
    let folder = store.folder(&spec(1).id());
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("in the way"), "").expect("a file");
    let error = save(&store, &spec(1)).expect_err("the name is taken");
    assert!(error.to_string().contains("rename into place"), "{error}");
    assert!(
        !store
            .root
            .join(format!("{}.partial", spec(1).id()))
            .exists()
    );
    assert!(folder.join("in the way").exists());
}

#[test]
fn a_folder_that_was_removed_or_replaced_is_noticed() {
    let (out, store) = store();
    store.check().expect("the folder that was opened");
    let runs = out.path().join("runs");
    fs::remove_dir_all(&runs).expect("removed");
    assert!(matches!(store.check(), Err(RunError::FolderGone { .. })));
    fs::create_dir(&runs).expect("another folder at the same place");
    assert!(matches!(store.check(), Err(RunError::FolderGone { .. })));
}
