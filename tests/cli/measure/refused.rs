//! What is refused.

use std::fs;

use rethink::checkpoint;

use super::{array, diagonal, mlp};
use crate::cli::program::Place;

#[test]
fn what_cannot_be_is_refused_before_the_work() {
    let place = Place::new();
    diagonal(&place, "d.safetensors", 2.0);
    fs::create_dir(place.path("empty")).expect("a folder");
    for (arguments, words) in [
        ("", &["a checkpoint", "--list"][..]),
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
