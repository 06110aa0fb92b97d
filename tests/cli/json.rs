//! The JSON that other programs read, declared again: a field that is added,
//! lost or renamed fails here.

use std::collections::BTreeMap;
use std::fs;

use rethink::checkpoint;
use rethink::experiment::run::StoredRun;
use rethink::solution::Weight;
use serde::Deserialize;

use super::program::{Place, TINY};
use super::smoke::smoke;

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

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Question {
    schema: String,
    question: String,
    title: String,
    asks: String,
    answer: String,
    verdicts: Vec<Verdict>,
    figures: Vec<Figure>,
    tables: Vec<Table>,
    warnings: Vec<String>,
    method: Vec<String>,
    published: Vec<String>,
    setting: Setting,
    provenance: Provenance,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Verdict {
    claim: String,
    outcome: Outcome,
    finding: String,
    rule: String,
    evidence: Vec<Evidence>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Supported,
    Contradicted,
    PartlySupported,
    Inconclusive,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Evidence {
    label: String,
    value: String,
    kind: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Figure {
    id: String,
    title: String,
    caption: String,
    alt: String,
    file: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Table {
    id: String,
    title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    note: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    unit: Option<String>,
    align: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Cell {
    Text(String),
    Number {
        shown: String,
        value: Option<f64>,
        low: Option<f64>,
        high: Option<f64>,
    },
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Setting {
    budget: String,
    dataset: String,
    dataset_checksum: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Provenance {
    command: String,
    version: String,
    commit: String,
    cpu: String,
    threads: usize,
    started: u64,
    seconds: f64,
    results: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    schema: String,
    page: String,
    seconds: f64,
    questions: Vec<Question>,
}

/// Checks what every answer promises, and that its files are there.
fn check(question: &Question) {
    let id = &question.question;
    assert_eq!(question.schema, format!("rethink/{id}/3"));
    for text in [&question.title, &question.asks, &question.answer] {
        assert!(!text.is_empty());
    }
    assert!(!question.method.is_empty() && !question.published.is_empty());
    assert!(!question.warnings.is_empty(), "two seeds are too few");
    let folder = smoke().path("out/reports").join(id);
    assert!(!question.figures.is_empty());
    for figure in &question.figures {
        assert_eq!(figure.file, format!("{}.svg", figure.id));
        assert!(!figure.title.is_empty() && !figure.caption.is_empty());
        assert!(!figure.alt.is_empty());
        let svg = fs::read_to_string(folder.join(&figure.file)).expect("a figure");
        assert!(svg.contains("</svg>"), "{}", figure.id);
    }
    for table in &question.tables {
        assert!(folder.join(format!("{}.csv", table.id)).is_file());
        assert!(!table.title.is_empty() && !table.note.is_empty());
        assert!(table.columns.iter().all(|column| {
            let aligned = ["left", "right"].contains(&column.align.as_str());
            aligned && !column.name.is_empty() && column.unit.as_deref() != Some("")
        }));
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", table.id);
            for cell in row {
                check_cell(cell);
            }
        }
    }
    for verdict in &question.verdicts {
        assert!(!verdict.finding.is_empty() && !verdict.rule.is_empty());
        assert!(!verdict.evidence.is_empty(), "{}", verdict.claim);
        for evidence in &verdict.evidence {
            let parts = [&evidence.label, &evidence.value, &evidence.kind];
            assert!(parts.iter().all(|part| !part.is_empty()));
        }
    }
    let provenance = &question.provenance;
    assert_eq!(provenance.command, format!("rethink {id} --budget smoke"));
    assert_eq!(provenance.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(question.setting.budget, "smoke");
    assert_eq!(question.setting.dataset, "fashion-mnist-10k");
    assert_eq!(question.setting.dataset_checksum.len(), 64);
    assert!(!provenance.cpu.is_empty() && !provenance.commit.is_empty());
    assert!(provenance.threads >= 1 && provenance.started > 0);
    assert!(provenance.seconds > 0.0 && !provenance.results.is_empty());
    for result in &provenance.results {
        let stored = match result.strip_prefix("run/") {
            Some(run) => smoke().path("out/runs").join(run).is_dir(),
            None => (smoke().path("out/records").join(format!("{result}.json"))).is_file(),
        };
        assert!(stored, "{result}");
    }
}

fn check_cell(cell: &Cell) {
    let Cell::Number {
        shown,
        value,
        low,
        high,
    } = cell
    else {
        return;
    };
    assert!(!shown.is_empty());
    assert_eq!(low.is_some(), high.is_some(), "{shown}");
    if let (Some(low), Some(value), Some(high)) = (low, value, high) {
        assert!(low <= value && value <= high, "{shown}");
    }
}

#[test]
fn each_question_alone_and_all_together() {
    let mut alone = Vec::new();
    for (id, answer) in smoke().answers() {
        let json = &answer.stdout;
        let stored = smoke().path("out/reports").join(id).join("report.json");
        let stored = fs::read_to_string(stored).expect("stored");
        // What is stored has checksums behind what is printed.
        assert!(stored.starts_with(json.trim_end_matches("\n}\n")), "{id}");
        let question: Question = serde_json::from_str(json).expect("the schema");
        check(&question);
        alone.push(question);
    }
    let decided: Vec<(&str, Vec<&str>)> = (alone.iter())
        .map(|q| {
            (
                &q.question[..],
                q.verdicts.iter().map(|v| &v.claim[..]).collect(),
            )
        })
        .collect();
    let claims = [
        ("randomization", vec!["C1", "C6"]),
        ("expressivity", vec!["C2", "C3"]),
        ("norms", vec!["C7"]),
        ("interpolation", vec!["C7"]),
        ("rademacher", vec!["C7"]),
        ("stability", vec!["C3"]),
        ("implicit-bias", vec!["C7"]),
    ];
    assert_eq!(decided, claims);
    let c1 = &alone[0].verdicts[0];
    assert_eq!(
        c1.outcome,
        Outcome::Contradicted,
        "random labels are fitted"
    );

    let place = smoke().copy();
    let json = place
        .run("report --budget smoke --format json --threads 2")
        .printed();
    let report: Report = serde_json::from_str(&json).expect("the schema");
    assert_eq!(report.schema, "rethink/report/1");
    assert!(report.seconds > 0.0);
    let page = fs::read_to_string(place.path(&report.page)).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg"));
    for question in &alone {
        assert!(page.contains(&question.asks), "{}", question.question);
    }
    assert_eq!(report.questions, alone, "reports are functions of the runs");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Datasets<T> {
    schema: String,
    datasets: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    train: usize,
    test: usize,
    shape: String,
    classes: usize,
    bytes: u64,
    location: String,
    licence: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verified {
    name: String,
    file: String,
    state: String,
    path: Option<String>,
}

#[test]
fn datasets() {
    let place = Place::new();
    let json = place.run("data list --format json").printed();
    let list: Datasets<Listed> = serde_json::from_str(&json).expect("the schema");
    assert_eq!(list.schema, "rethink/data-list/1");
    let names: Vec<&str> = list.datasets.iter().map(|set| &set.name[..]).collect();
    let known = ["fashion-mnist-10k", "fashion-mnist", "mnist", "cifar10"];
    assert_eq!(names, known);
    for set in &list.datasets {
        assert!(set.train > set.test && set.classes == 10 && set.bytes > 0);
        assert!(!set.licence.is_empty() && !set.description.is_empty());
        assert!(["1x28x28", "3x28x28"].contains(&&set.shape[..]));
    }
    assert_eq!(list.datasets[0].location, "embedded");

    let json = place
        .run("data verify fashion-mnist-10k --format json")
        .printed();
    let verified: Datasets<Verified> = serde_json::from_str(&json).expect("the schema");
    assert_eq!(verified.schema, "rethink/data-verify/1");
    assert_eq!(verified.datasets.len(), 4);
    for file in &verified.datasets {
        assert_eq!((&file.name[..], &file.state[..]), (known[0], "intact"));
        assert!(file.path.is_none() && file.file.ends_with("-ubyte"));
    }
}
