//! A training.

use std::collections::BTreeMap;

use rethink::checkpoint;
use rethink::experiment::run::StoredRun;
use rethink::solution::Weight;
use serde::Deserialize;

use crate::cli::program::{Place, TINY};

type Values = BTreeMap<String, Option<f64>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Train {
    schema: String,
    warning: Option<String>,
    id: String,
    folder: String,
    spec: Spec,
    summary: Summary,
    measures: Measures,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    numerics: u32,
    data: Data,
    treatment: Treatment,
    architecture: String,
    recipe: Recipe,
    seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    checksum: String,
    train_size: usize,
    test_size: usize,
    preprocessing: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Treatment {
    CorruptedLabels { probability: f64 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    optimizer: Optimizer,
    batch: Batch,
    learning_rate: f64,
    decay: f64,
    initialization: String,
    stopping: Stopping,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Optimizer {
    Sgd { momentum: f64 },
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Batch {
    Mini { size: usize },
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Stopping {
    target: Target,
    max_epochs: usize,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Target {
    CrossEntropy { at_most: f64 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Summary {
    stop: String,
    corruption: Corruption,
    parameters: usize,
    last: Option<Last>,
    initial_sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corruption {
    replaced: f64,
    differing: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    epoch: usize,
    step: usize,
    train_loss: f64,
    train_error: f64,
    test_loss: f64,
    test_error: f64,
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measures {
    layers: Vec<Layer>,
    network: Values,
    #[serde(default)]
    details: BTreeMap<String, Details>,
    kinds: BTreeMap<String, String>,
    margin: Option<Margin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    name: String,
    kind: String,
    shape: [usize; 2],
    measures: Values,
    #[serde(default)]
    details: BTreeMap<String, Details>,
}

/// What belongs to a value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Details {
    #[serde(default)]
    interval: Option<[Option<f64>; 2]>,
    #[serde(default)]
    terms: Vec<Term>,
    #[serde(default)]
    vacuous: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    name: String,
    value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Margin {
    samples: usize,
    tenth_percentile: Option<f64>,
    misclassified: f64,
    not_finite: usize,
    over_margin: Values,
    scale_free: Values,
}

#[test]
fn a_training() {
    let place = Place::new();
    let line = format!("{TINY} --treatment corrupted-labels:0.5 --seed 7 --format json");
    let json = place.run(&line).printed();
    let train: Train = serde_json::from_str(&json).expect("the schema");
    assert_eq!(train.schema, "rethink/train/1");
    // Two epochs do not reach the target.
    assert!(train.warning.is_some_and(|why| why.contains("0.01 nats")));
    assert_eq!(train.folder, format!("out/runs/{}", train.id));
    assert!(place.path(&train.folder).is_dir());

    let spec = train.spec;
    let corrupted = Treatment::CorruptedLabels { probability: 0.5 };
    assert_eq!(
        (spec.numerics, spec.treatment),
        (rethink::store::NUMERICS_VERSION, corrupted)
    );
    assert_eq!((spec.architecture.as_str(), spec.seed), ("linear", 7));
    assert_eq!((spec.data.train_size, spec.data.test_size), (100, 50));
    assert_eq!(spec.data.preprocessing, "per-image-standardization");
    assert_eq!(spec.data.checksum.len(), 64);
    let recipe = spec.recipe;
    assert_eq!(recipe.optimizer, Optimizer::Sgd { momentum: 0.9 });
    assert_eq!(recipe.batch, Batch::Mini { size: 128 });
    assert_eq!((recipe.learning_rate, recipe.decay), (0.01, 1.0));
    assert_eq!(recipe.initialization, "he");
    let stopping = Stopping {
        target: Target::CrossEntropy { at_most: 0.01 },
        max_epochs: 2,
    };
    assert_eq!(recipe.stopping, stopping);

    let summary = train.summary;
    assert_eq!(summary.stop, "epoch-limit");
    assert_eq!(summary.parameters, 784 * 10 + 10);
    assert_eq!(summary.initial_sha256.len(), 64);
    let Corruption {
        replaced,
        differing,
    } = summary.corruption;
    assert!(0.0 < differing && differing <= replaced && replaced < 1.0);
    let last = summary.last.expect("a finite loss");
    assert_eq!((last.epoch, last.step), (2, 2));
    for error in [last.train_error, last.test_error] {
        assert!((0.0..=1.0).contains(&error));
    }
    assert!(last.train_loss > 0.01 && last.test_loss > 0.0 && last.seconds > 0.0);

    // Norms of the stored weights, by their definition.
    let squares = |a: &[f32], b: Option<&[f32]>| -> f64 {
        let difference = |k: usize| f64::from(a[k]) - b.map_or(0.0, |b| f64::from(b[k]));
        (0..a.len()).map(|k| difference(k).powi(2)).sum()
    };
    let folder = place.path(&train.folder);
    let matrix = |weights: Vec<Weight>| weights.into_iter().next().expect("the matrix").values;
    let trained = matrix(
        checkpoint::read(&folder.join("final.safetensors"))
            .expect("weights")
            .arrays,
    );
    let initial = StoredRun::open(&folder).and_then(|run| run.initial());
    let initial = matrix(initial.expect("drawn again"));
    let network = &train.measures.network;
    for (id, sum) in [
        ("frobenius-norm", squares(&trained, None)),
        (
            "distance-from-init-frobenius",
            squares(&trained, Some(&initial)),
        ),
    ] {
        let value = network[id].expect("finite");
        assert!((value / sum.sqrt() - 1.0).abs() < 1e-9, "{id}: {value}");
    }
    let [layer] = &train.measures.layers[..] else {
        panic!("one layer");
    };
    assert_eq!((layer.kind.as_str(), layer.shape), ("linear", [10, 784]));
    assert_eq!(layer.name, "");
    assert_eq!(layer.measures["frobenius-norm"], network["frobenius-norm"]);
    let bound = &train.measures.details["vc-bound"];
    assert_eq!(train.measures.kinds["vc-bound"], "upper-bound");
    assert!(
        network
            .keys()
            .all(|id| train.measures.kinds.contains_key(id))
    );
    assert_eq!(bound.vacuous, Some(true));
    assert!(bound.interval.is_none() && bound.terms.len() > 3);
    let named = |t: &Term| !t.name.is_empty() && t.value.is_some();
    assert!(bound.terms.iter().all(named));
    assert!(layer.details.values().all(|d| d.vacuous.is_none()));
    let margin = train.measures.margin.expect("training outputs");
    assert_eq!((margin.samples, margin.not_finite), (100, 0));
    assert!((margin.misclassified - last.train_error).abs() < 1e-12);
    assert!(margin.tenth_percentile.is_some_and(|gamma| gamma < 0.0));
    assert!(margin.over_margin.is_empty() && margin.scale_free.is_empty());
}
