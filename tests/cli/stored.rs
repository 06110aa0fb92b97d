//! `rethink runs`, and what becomes of damaged reports and plans.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::program::{Place, TINY, name};
use super::smoke::smoke;

fn json(place: &Place, line: &str) -> Value {
    serde_json::from_str(&place.run(line).printed()).expect("JSON")
}

fn listed(place: &Place) -> Vec<Value> {
    let all = json(place, "runs list --format json");
    assert_eq!(all["schema"], "rethink/runs/1");
    all["results"].as_array().expect("results").clone()
}

#[test]
fn results_are_listed_shown_verified_and_exported() {
    let place = Place::new();
    assert_eq!(listed(&place), Vec::<Value>::new());
    place.run("runs list").with_code(0);
    place.run(TINY).with_code(0);
    let run = place.the_run();
    let id = name(&run);
    let text = place.run("runs list --kind run").printed();
    assert!(text.contains(id) && text.contains("current"), "{text}");
    assert!(text.contains("train_size=100"), "{text}");
    assert!(!text.contains("run-measures"), "{text}");
    let results = listed(&place);
    let of_run = (results.iter()).find(|result| result["id"] == id);
    let of_run = of_run.expect("the run");
    assert_eq!(of_run["state"], "current");
    assert_eq!(of_run["spec"]["data"]["train_size"], 100);
    assert!(of_run["scalars"]["last.train_error"].is_f64());
    assert!(of_run["seconds"].as_f64().expect("seconds") > 0.0);

    let shown = place.run(&format!("runs show {}", &id[..6])).printed();
    let stored = fs::read_to_string(run.join("result.json")).expect("stored");
    assert_eq!(shown, stored);
    place.run("runs show zzz").refuses(1, &["zzz", "runs list"]);

    place
        .run(&format!("runs export {id} --to weights"))
        .with_code(0);
    let exported = |file: &str| fs::read(place.path("weights").join(file)).expect("written");
    let trained = fs::read(run.join("final.safetensors")).expect("stored");
    assert_eq!(exported("final.safetensors"), trained);
    assert_ne!(exported("init.safetensors"), trained);
    let line = "measure weights/final.safetensors --init weights/init.safetensors";
    place.run(line).with_code(0);

    let verified = json(&place, "runs verify --format json");
    assert_eq!(verified["schema"], "rethink/runs-verify/1");
    assert_eq!(verified["damaged"], serde_json::json!([]));
    assert!(verified["verified"].as_u64() > Some(0), "{verified}");
    let mut bytes = trained;
    bytes[200] ^= 1; // as long as before
    fs::write(run.join("final.safetensors"), bytes).expect("damaged");
    let found = place.run("runs verify").with_code(1);
    assert!(
        found.stdout.contains("final.safetensors"),
        "{}",
        found.stdout
    );
}

#[test]
fn a_result_is_computed_again_and_a_difference_is_told() {
    let place = smoke().copy();
    let first = |kind: &str| {
        let folder = fs::read_dir(place.path("out/records").join(kind)).expect("results");
        let mut files = folder.map(|file| file.expect("a result").path());
        files.next().expect("a result")
    };
    let line = |file: &Path| {
        let id = file.file_stem().expect("a name").to_string_lossy();
        format!("runs recompute {id}")
    };
    // The second holds numbers of single precision.
    for kind in ["double-descent", "rademacher-network", "run-measures"] {
        place.run(&line(&first(kind))).with_code(0);
    }
    let file = first("double-descent");
    // What is sealed with a number that does not come out is no damage.
    let text = fs::read_to_string(&file).expect("a result");
    let mut entry: Value = serde_json::from_str(&text).expect("JSON");
    entry.as_object_mut().expect("an entry").remove("sha256");
    entry["output"][0]["test_error"] = 2.0.into();
    fs::write(&file, rethink::sealed::seal(&entry)).expect("written");
    let other = place.run(&line(&file)).with_code(3).stdout;
    assert!(other.contains("[0].test_error: 2.0 "), "{other}");
    let run = &place.runs()[0];
    let line = format!("runs recompute {}", name(run));
    place.run(&line).with_code(0);
    let weights = run.join("final.safetensors");
    let mut bytes = fs::read(&weights).expect("weights");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&weights, bytes).expect("written");
    place.run(&line).refuses(1, &["final.safetensors"]);
}

/// What the first versions of the program wrote is counted, and left where it is.
#[test]
fn results_of_another_version_are_left_in_place() {
    let place = Place::new();
    let folder = place.path("out/records/kernel");
    fs::create_dir_all(&folder).expect("a folder");
    let old = folder.join("0123456789abcdef.json");
    fs::write(&old, r#"{"numerics": 1, "spec": 1, "result": 2}"#).expect("written");
    let [listed] = &listed(&place)[..] else {
        panic!("one result");
    };
    assert_eq!(listed["state"], "other-version");
    place.run("runs verify").with_code(0);
    assert!(old.is_file());
}

#[test]
fn a_damaged_report_stops_no_other_question() {
    let place = smoke().copy();
    let figure = place.path("out/reports/norms/norms.svg");
    let svg = fs::read_to_string(&figure).expect("a figure");
    fs::write(&figure, svg.replace("</svg>", "<script>1</script></svg>")).expect("changed");
    let answer = place.run("stability --budget smoke --quiet").with_code(0);
    assert!(answer.stderr.contains("norms.svg"), "{}", answer.stderr);
    let page = fs::read_to_string(place.path("out/index.html")).expect("the page");
    assert!(!page.contains("<script>"));
    assert!(page.contains("id=\"stability\"") && !page.contains("id=\"norms\""));
}
