//! Measures of what a network does on its training data, of a file or of a stored run.

use std::fs;

use super::{close, mlp, one};
use crate::cli::program::{Place, TINY};

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
        Some("label,file,layer,id,value,value low,value high,kind,assumes"),
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
