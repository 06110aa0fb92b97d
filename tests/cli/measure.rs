//! `rethink measure`: checkpoints and stored runs, and the conditions and audits
//! on them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rethink::checkpoint;
use rethink::solution::Weight;
use serde::Deserialize;

use super::program::{Answer, Place, TINY};

type Values = BTreeMap<String, Option<f64>>;
type AllDetails = BTreeMap<String, Details>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    schema: String,
    layers: Vec<Layer>,
    network: Network,
    kinds: BTreeMap<String, String>,
    skipped: Vec<Skipped>,
    folded: Vec<Folding>,
    assumptions: Vec<Assumption>,
    transposed: Vec<String>,
    missing: Vec<Missing>,
    margin: Option<Margin>,
    audit: Option<Audit>,
    provenance: Provenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    schema: String,
    files: Vec<OfSeveral>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are those of One")]
struct OfSeveral {
    layers: Vec<Layer>,
    network: Network,
    kinds: BTreeMap<String, String>,
    skipped: Vec<Skipped>,
    folded: Vec<Folding>,
    assumptions: Vec<Assumption>,
    transposed: Vec<String>,
    missing: Vec<Missing>,
    provenance: Provenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    name: String,
    kind: String,
    shape: Vec<usize>,
    measures: Values,
    #[serde(default)]
    #[allow(dead_code, reason = "few measures have any")]
    details: AllDetails,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    measures: Values,
    #[allow(dead_code, reason = "few measures have any")]
    details: AllDetails,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Details {
    interval: Option<[Option<f64>; 2]>,
    #[serde(default)]
    terms: Vec<Term>,
    vacuous: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Term {
    name: String,
    value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skipped {
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Folding {
    layer: String,
    norm: String,
    direction: String,
    negative_means: usize,
    features: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Assumption {
    id: String,
    statement: String,
    measures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Missing {
    id: String,
    needs: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Margin {
    samples: usize,
    tenth_percentile: Option<f64>,
    misclassified: f64,
    not_finite: usize,
    over_margin: Values,
    scale_free: Values,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Audit {
    Changes(Vec<Change>),
    NotDone { reason: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Change {
    change: String,
    function_difference: Option<f64>,
    movements: Vec<Movement>,
    contradictions: Vec<String>,
    unclaimed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Movement {
    id: String,
    before: Option<f64>,
    after: Option<f64>,
    layer: Option<String>,
    relative_change: Option<f64>,
    moved: bool,
    within_interval: bool,
    claimed_invariant: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Provenance {
    command: String,
    version: String,
    commit: String,
    cpu: String,
    threads: usize,
    started: u64,
    seconds: f64,
    path: String,
    format: String,
    sha256: String,
    data: Option<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    dataset: String,
    checksum: String,
    images: usize,
    labels: String,
    preprocessing: String,
    rounded: bool,
    seed: u64,
}

fn array(name: &str, shape: &[usize], values: &[f32]) -> Weight {
    Weight {
        name: name.into(),
        shape: shape.into(),
        values: values.into(),
    }
}

/// W₁ = diag(3, 4) and W₂ = c · a rotation by 90 degrees.
fn diagonal(place: &Place, file: &str, c: f32) {
    let weights = [
        array("fc1.weight", &[2, 2], &[3.0, 0.0, 0.0, 4.0]),
        array("fc1.bias", &[2], &[1.0, -1.0]),
        array("fc2.weight", &[2, 2], &[0.0, -c, c, 0.0]),
        array("scale", &[0], &[]),
    ];
    checkpoint::write(&place.path(file), &weights).expect("written");
}

/// A network of 784 inputs with weights of no particular kind.
fn mlp(place: &Place, file: &str) {
    let mut k = 0_u32;
    let mut values = |count: usize| -> Vec<f32> {
        let mut next = || {
            k = k.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(k) / f64::from(u32::MAX) - 0.5) as f32 * 0.2
        };
        (0..count).map(|_| next()).collect()
    };
    let mut weights = Vec::new();
    for (l, (inputs, outputs)) in [(784, 16), (16, 16), (16, 10)].into_iter().enumerate() {
        let name = |part: &str| format!("{l}.{part}");
        weights.push(array(
            &name("weight"),
            &[outputs, inputs],
            &values(inputs * outputs),
        ));
        weights.push(array(&name("bias"), &[outputs], &values(outputs)));
    }
    checkpoint::write(&place.path(file), &weights).expect("written");
}

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/checkpoints")
        .join(file)
}

fn one(place: &Place, line: &str) -> One {
    let json = place
        .run(&format!("measure {line} --format json"))
        .printed();
    let one: One = serde_json::from_str(&json).expect("the schema");
    assert_eq!(one.schema, "rethink/measure/2");
    one
}

#[track_caller]
fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a number");
    let scale = found.abs().max(expected.abs());
    assert!(
        (found - expected).abs() <= 1e-6 * scale,
        "{found} {expected}"
    );
}

#[test]
fn a_checkpoint_is_measured_by_definition() {
    let place = Place::new();
    diagonal(&place, "final.safetensors", 2.0);
    diagonal(&place, "init.safetensors", 1.0);
    let found = one(&place, "final.safetensors --init init.safetensors");
    let [first, second] = &found.layers[..] else {
        panic!("two layers");
    };
    assert_eq!(
        (first.name.as_str(), first.kind.as_str()),
        ("fc1", "linear")
    );
    assert_eq!(second.shape, [2, 2]);
    close(first.measures["frobenius-norm"], 5.0);
    close(first.measures["spectral-norm"], 4.0);
    close(
        second.measures["distance-from-init-frobenius"],
        2_f64.sqrt(),
    );
    close(found.network.measures["product-of-spectral-norms"], 8.0);
    close(found.network.measures["path-norm-l2"], 10.0);
    // Two matrices of four, and one bias of two.
    close(found.network.measures["parameter-count"], 10.0);
    let [skipped] = &found.skipped[..] else {
        panic!("one array is no layer");
    };
    assert!(skipped.name == "scale" && !skipped.reason.is_empty());
    assert!(found.folded.is_empty() && found.transposed.is_empty());
    assert!(found.margin.is_none() && found.audit.is_none());
    assert!(
        found
            .missing
            .iter()
            .all(|m| !m.id.is_empty() && !m.needs.is_empty())
    );
    let provenance = found.provenance;
    assert_eq!(provenance.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(provenance.path, "final.safetensors");
    assert_eq!(provenance.format, "safetensors");
    assert!(!provenance.commit.is_empty() && provenance.sha256.len() == 64);
    assert!(provenance.data.is_none());
}

#[test]
fn convolutions_batch_norm_and_the_formats_of_others() {
    let place = Place::new();
    let mut found = Vec::new();
    for file in ["net.safetensors", "net.npz", "net.pt"] {
        fs::copy(golden(file), place.path(file)).expect("copied");
        found.push(one(&place, file));
    }
    let first = &found[0];
    assert!(
        first
            .layers
            .iter()
            .any(|l| l.kind == "convolution" && l.shape.len() == 4)
    );
    assert!(!first.folded.is_empty());
    for folding in &first.folded {
        assert_eq!(folding.direction, "layer-before", "{}", folding.norm);
        assert!(folding.negative_means > 0, "{}", folding.norm);
        assert!(first.layers.iter().any(|l| l.name == folding.layer));
    }
    let [assumption] = &first.assumptions[..] else {
        panic!("one assumption");
    };
    assert_eq!(assumption.id, "batch-norm");
    assert!(assumption.measures.iter().any(|id| id == "frobenius-norm"));
    // One network, whatever it is stored in.
    for other in &found[1..] {
        for (id, value) in &first.network.measures {
            let other = other.network.measures[id];
            assert_eq!(other.is_some(), value.is_some(), "{id}");
            let (a, b) = (other.unwrap_or(0.0), value.unwrap_or(0.0));
            assert!(
                (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
                "{id}: {a} {b}"
            );
        }
    }
    // The operator's norm needs the geometry, and depends on it.
    let exact = |line: &str| {
        let found = one(&place, &format!("net.pt {line}"));
        let conv1 = found.layers.iter().find(|l| l.name == "conv1");
        conv1
            .expect("conv1")
            .measures
            .get("conv-spectral-norm-exact")
            .copied()
            .flatten()
    };
    assert_eq!(exact(""), None);
    let (same, strided) = (exact("--image 9x9"), exact("--convolution conv1:9x9:2:1"));
    assert!(
        same > strided && strided > Some(0.0),
        "{same:?} {strided:?}"
    );
    // ε is part of the network that is measured.
    let coarse = one(&place, "net.pt --eps 0.5");
    let norm = |one: &One| one.network.measures["frobenius-norm"];
    assert!(norm(&coarse) < norm(first));
}

#[test]
fn files_are_compared_and_the_ratio_is_to_the_first() {
    let place = Place::new();
    diagonal(&place, "a.safetensors", 1.0);
    diagonal(&place, "b.safetensors", 2.0);
    let both = "measure a.safetensors b.safetensors";
    let json = place.run(&format!("{both} --format json")).printed();
    let several: Several = serde_json::from_str(&json).expect("the schema");
    assert_eq!(several.schema, "rethink/measure/2");
    let product = |k: usize| {
        let file: &OfSeveral = &several.files[k];
        file.network.measures["product-of-spectral-norms"].expect("a number")
    };
    assert_eq!(several.files[1].provenance.path, "b.safetensors");
    assert!((product(1) / product(0) - 2.0).abs() < 1e-9);

    let text = place.run(both).printed();
    let row = |start: &str| {
        let found = text.lines().find(|line| line.starts_with(start));
        found
            .unwrap_or_else(|| panic!("{start} in {text}"))
            .to_owned()
    };
    assert!(row("product-of-spectral-norms").ends_with("2.000"));
    assert!(
        text.lines()
            .any(|line| line.starts_with("fc2 ") && line.ends_with("2.000"))
    );

    let csv = place
        .run(&format!("{both} --measures spectral-norm --format csv"))
        .printed();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "file,layer,id,value,kind,assumes");
    assert_eq!(lines.len(), 5);
    assert!(
        lines[4].starts_with("b.safetensors,fc2,spectral-norm,2") && lines[4].ends_with(",exact,"),
        "{csv}"
    );
}

#[test]
fn text_fits_and_names_the_largest_layers_and_what_is_skipped() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    fs::copy(golden("net.pt"), place.path("net.pt")).expect("copied");
    for line in [
        "mlp.safetensors --audit",
        "net.pt --measures all --audit",
        "net.pt mlp.safetensors",
        "--list",
    ] {
        let text = place.run(&format!("measure {line}")).printed();
        for line in text.lines() {
            assert!(
                line.chars().count() <= 100 && line == line.trim_end(),
                "{line}"
            );
        }
    }
    diagonal(&place, "d.safetensors", 2.0);
    let text = place.run("measure d.safetensors").printed();
    // Values come first, what they are made of later.
    let row = |start: &str| {
        text.lines()
            .rfind(|line| line.starts_with(start))
            .expect("a row")
    };
    // 25 of 33 and 8 of 33.
    assert!(
        row("frobenius-norm").contains("fc1: 76 %, fc2: 24 %"),
        "{text}"
    );
    assert!(
        row("product-of-spectral-norms").contains("fc1: 4.00, fc2: 2.00"),
        "{text}"
    );
    assert!(row("scale").len() > "scale".len());
    assert!(text.contains("--init"), "{text}");
}

#[test]
fn a_condition_that_holds_is_3_and_named() {
    let place = Place::new();
    diagonal(&place, "d.safetensors", 2.0);
    let run = |conditions: &[&str]| -> Answer {
        let mut command = place.command("measure d.safetensors");
        conditions.iter().for_each(|c| {
            command.args(["--fail-if", c]);
        });
        Answer::of(&command.output().expect("starts"), "measure --fail-if")
    };
    let passed = run(&["product-of-spectral-norms>9", "fc2:spectral-norm < 1.5"]).with_code(0);
    assert_eq!(passed.stderr, "");
    let failed = run(&[
        "product-of-spectral-norms>7",
        "fc2:spectral-norm<=2.5",
        "path-norm-l2>99",
    ])
    .with_code(3);
    assert_eq!(failed.stdout, passed.stdout);
    let told: Vec<&str> = failed.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("product-of-spectral-norms > 7 holds: it is "),
        "{told:?}"
    );
    assert!(told[1].contains("fc2:spectral-norm <= 2.5"), "{told:?}");
    // A product of nothing finite is no number, and no number is no pass.
    let huge = array("0.weight", &[2, 1], &[f32::MAX, f32::MAX]);
    let many: Vec<Weight> = (0..10)
        .map(|l| Weight {
            name: format!("{l}.weight"),
            ..huge.clone()
        })
        .collect();
    checkpoint::write(&place.path("d.safetensors"), &many).expect("written");
    let undefined = run(&["product-of-spectral-norms<1"]).with_code(3);
    assert!(
        undefined.stderr.contains("undefined"),
        "{}",
        undefined.stderr
    );
}

#[test]
fn every_measure_explains_itself() {
    let place = Place::new();
    #[derive(Deserialize)]
    struct Listed {
        schema: String,
        measures: Vec<BTreeMap<String, serde_json::Value>>,
    }
    let json = place.run("measure --list --format json").printed();
    let listed: Listed = serde_json::from_str(&json).expect("cards");
    assert_eq!(listed.schema, "rethink/measure-list/1");
    assert!(listed.measures.len() >= 8);
    let text = place.run("measure --list").printed();
    for card in &listed.measures {
        let id = card["id"].as_str().expect("an id");
        assert!(text.lines().any(|line| line.contains(id)), "{id}");
        let explained = place.run(&format!("measure --explain {id}")).printed();
        assert!(
            explained
                .lines()
                .next()
                .expect("a title")
                .ends_with(&format!("({id})"))
        );
        // Every field of the card is there, and the convention of batch norm.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let right: String = explained
            .lines()
            .skip(1)
            .map(|l| l.chars().skip(22).collect::<String>() + " ")
            .collect();
        let right = words(&right);
        for field in [
            "formula",
            "reference",
            "unit",
            "convolutions",
            "known-failures",
        ] {
            let text = words(card[field].as_str().expect(field));
            assert!(right.contains(&text), "{id} {field}: {right}");
        }
        assert!(right.contains("folded into the weights"), "{explained}");
    }
    let json = place
        .run("measure --explain frobenius-norm --format json")
        .printed();
    let card: BTreeMap<String, serde_json::Value> = serde_json::from_str(&json).expect("a card");
    assert_eq!(card["schema"], "rethink/measure-card/1");
    assert!(card.contains_key("batch-norm") && card.contains_key("invariant-to"));
    place
        .run("measure --explain frobenius-nrom")
        .refuses(2, &["'frobenius-nrom'", "closest are frobenius-norm"]);
}

#[test]
fn the_audit_finds_what_the_cards_claim() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    let Some(Audit::Changes(changes)) = one(&place, "mlp.safetensors --audit").audit else {
        panic!("an audit");
    };
    let names: Vec<&str> = changes.iter().map(|c| c.change.as_str()).collect();
    assert_eq!(
        names,
        ["unit-permutation", "layer-rescaling", "unit-rescaling"]
    );
    for change in &changes {
        assert!(change.function_difference.expect("a chain") < 1e-12);
        assert_eq!(
            change.contradictions,
            Vec::<String>::new(),
            "{}",
            change.change
        );
    }
    let moved = |k: usize, id: &str| {
        changes[k]
            .movements
            .iter()
            .find(|m| m.id == id)
            .expect(id)
            .moved
    };
    assert!(
        changes
            .iter()
            .all(|c| !c.unclaimed.iter().any(|id| id == "frobenius-norm"))
    );
    assert!(!moved(0, "frobenius-norm") && moved(1, "frobenius-norm"));
    assert!(!moved(1, "product-of-spectral-norms") && moved(2, "product-of-spectral-norms"));
    assert!(!moved(2, "path-norm-l2"));
    // A single layer has nothing to rescale, and says so.
    let single = [array("0.weight", &[2, 3], &[1.0; 6])];
    checkpoint::write(&place.path("single.safetensors"), &single).expect("written");
    let Some(Audit::NotDone { reason }) = one(&place, "single.safetensors --audit").audit else {
        panic!("no audit");
    };
    assert!(!reason.is_empty());
}

#[test]
fn data_give_outputs_and_margins() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    let line = "mlp.safetensors --dataset fashion-mnist-10k --network chain --train-size 50 \
                --labels random --seed 3";
    let found = one(&place, line);
    let margin = found.margin.expect("outputs");
    assert_eq!((margin.samples, margin.not_finite), (50, 0));
    // Weights that learned nothing are right about one image in ten.
    assert!(margin.misclassified > 0.6);
    let data = found.provenance.data.expect("data");
    assert_eq!(
        (data.dataset.as_str(), data.images, data.seed, data.rounded),
        ("fashion-mnist-10k", 50, 3, false)
    );
    assert_eq!(data.labels, "random-labels");
    assert_eq!(data.preprocessing, "per-image-standardization");
    assert_eq!(data.checksum.len(), 64);
    place
        .run(&format!("measure {}", line.replace("chain", "mlp-3x512")))
        .refuses(2, &["no mlp-3x512", "[16, 16]"]);
}

/// What a value is depends on whether all images were used, and every format says it.
#[test]
fn a_sample_of_the_images_gives_estimates() {
    let place = Place::new();
    mlp(&place, "mlp.safetensors");
    let line = "mlp.safetensors --dataset fashion-mnist-10k --network chain --train-size 90 \
                --measures fisher-rao-norm,layer-margin";
    let exact = one(&place, line);
    let some = one(&place, &format!("{line} --examples 60"));
    let id = "fisher-rao-norm";
    assert_eq!(
        (exact.kinds[id].as_str(), some.kinds[id].as_str()),
        ("exact", "estimate")
    );
    assert_eq!(some.kinds["layer-margin"], "estimate");
    assert!(exact.network.details[id].interval.is_none());
    let Some([Some(low), Some(high)]) = some.network.details[id].interval else {
        panic!("no interval");
    };
    let value = exact.network.measures[id].expect("finite");
    assert!(low < value && value < high, "{low} {value} {high}");
    let of = |options: &str| place.run(&format!("measure {line} {options}")).printed();
    let text = of("--examples 60");
    assert!(text.contains("estimated from 60 of them"), "{text}");
    let row = |text: &str| text.lines().find(|l| l.starts_with(id)).map(str::to_owned);
    assert!(
        row(&text).is_some_and(|row| row.ends_with("estimate*")),
        "{text}"
    );
    assert!(row(&of("")).is_some_and(|row| row.ends_with("exact*")));
    let csv = of("--examples 60 --format csv");
    let head = csv.lines().next();
    assert_eq!(
        head,
        Some("file,layer,id,value,value low,value high,kind,assumes"),
        "{csv}"
    );
    // All that there are, or more, are all.
    let all = one(&place, &format!("{line} --examples 90"));
    assert_eq!(all.kinds[id], "exact");
    assert_eq!(all.network.measures, exact.network.measures);
    place
        .run("measure mlp.safetensors --examples 5")
        .refuses(2, &["--examples", "--dataset"]);
    place
        .run(&format!("measure {line} --examples 1"))
        .refuses(2, &["--examples", "from 2"]);
}

/// The program measures a run as it did when it trained it.
#[test]
fn a_stored_run_has_its_initial_weights_outputs_and_data() {
    let place = Place::new();
    let json = place.run(&format!("{TINY} --format json")).printed();
    let train: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let folder = train["folder"].as_str().expect("a folder");
    let found = one(&place, folder);
    let stored = train["measures"]["network"].as_object().expect("values");
    for (id, value) in stored {
        match value.as_f64() {
            Some(value) => close(found.network.measures[id], value),
            None => assert_eq!(found.network.measures[id], None, "{id}"),
        }
    }
    assert!(stored.contains_key("distance-from-init-frobenius"));
    let margin = found.margin.expect("outputs");
    assert_eq!(
        Some(margin.misclassified),
        train["summary"]["last"]["train_error"].as_f64()
    );
    let data = found
        .provenance
        .data
        .expect("the embedded data are known by checksum");
    assert_eq!(
        (data.dataset.as_str(), data.images),
        ("fashion-mnist-10k", 100)
    );
    assert_eq!(found.provenance.format, "stored run");
    let line = format!("measure {folder} --init x.safetensors");
    place.run(&line).refuses(2, &["stored run", "--init"]);
    fs::write(place.path(folder).join("final.safetensors"), "cut").expect("damaged");
    place
        .run(&format!("measure {folder}"))
        .refuses(1, &["final.safetensors", "damaged"]);
}

#[test]
fn what_cannot_be_is_refused_before_the_work() {
    let place = Place::new();
    diagonal(&place, "d.safetensors", 2.0);
    fs::create_dir(place.path("empty")).expect("a folder");
    for (arguments, words) in [
        ("", &["--list", "--explain"][..]),
        ("d.safetensors --measures alpa", &["'alpa'", "closest"]),
        (
            "d.safetensors --fail-if frobenius-norm",
            &["one of > < >= <="],
        ),
        (
            "d.safetensors --fail-if frobenius-norn>1",
            &["frobenius-norm"],
        ),
        ("d.safetensors --fail-if fc9:spectral-norm>1", &["'fc9'"]),
        (
            "d.safetensors --fail-if distance-from-init-frobenius>1",
            &["--init"],
        ),
        ("d.safetensors --dataset fashion-mnist-10k", &["--network"]),
        ("d.safetensors --labels random", &["--labels", "--dataset"]),
        (
            "d.safetensors --network resnet-18",
            &["'resnet-18'", "mlp-1x512"],
        ),
        ("d.safetensors --sharpness", &["--dataset"]),
        (
            "d.safetensors --convolution fc1:8x8:1:1",
            &["'fc1'", "no convolution"],
        ),
        ("d.safetensors --image 8x", &["HEIGHTxWIDTH"]),
        ("d.safetensors --eps -1", &["a number from 0"]),
        ("d.safetensors --seed 2", &["--seed", "without --dataset"]),
        ("d.safetensors --budget smoke", &["--budget", "--dataset"]),
        ("empty", &["result.json"]),
    ] {
        place.run(&format!("measure {arguments}")).refuses(2, words);
    }
    for (arguments, words) in [
        ("d.safetensors missing.npz", &["missing.npz"][..]),
        (
            "d.safetensors --dataset fashion-mnist-10k --network chain",
            &["takes 2", "784"],
        ),
    ] {
        place.run(&format!("measure {arguments}")).refuses(1, words);
    }
    // Another network is no initial state of this one.
    mlp(&place, "mlp.safetensors");
    place
        .run("measure d.safetensors --init mlp.safetensors")
        .refuses(1, &["initial", "\"fc1\" [2, 2]"]);
    let bytes = fs::read(place.path("d.safetensors")).expect("bytes");
    fs::write(place.path("cut.safetensors"), &bytes[..bytes.len() - 3]).expect("cut");
    place
        .run("measure cut.safetensors")
        .refuses(1, &["cut.safetensors"]);
    // Arrays that make no layer are told of.
    checkpoint::write(
        &place.path("odd.safetensors"),
        &[array("step", &[1], &[7.0])],
    )
    .expect("written");
    place
        .run("measure odd.safetensors")
        .refuses(1, &["no layer", "step"]);
}
