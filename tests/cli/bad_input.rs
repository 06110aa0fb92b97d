//! Bad input is refused in one line that names the value and the remedy,
//! before any training, and leaves nothing half-written.

use std::fs;

use super::idx::{self, IMAGES, LABELS};
use super::program::{Answer, Place, TINY};

/// A training on the IDX folder `set` after `damage` was done to it.
fn trained_after(damage: impl Fn(&Place)) -> (Place, Answer) {
    let place = Place::new();
    idx::bars(&place.path("set"));
    damage(&place);
    let answer = place.run(&format!("{TINY} --dataset set"));
    assert!(place.runs().is_empty() || answer.code == 0);
    (place, answer)
}

#[test]
fn an_undamaged_folder_is_learned_from() {
    trained_after(|_| ()).1.with_code(0);
}

#[test]
fn a_missing_file_is_named() {
    let (_, answer) = trained_after(|place| {
        fs::remove_file(place.path("set").join(LABELS[1])).expect("removed");
    });
    answer.refuses(1, &["set", LABELS[1]]);
}

#[test]
fn a_truncated_file_is_named_with_both_lengths() {
    let (_, answer) = trained_after(|place| {
        let path = place.path("set").join(IMAGES[0]);
        let bytes = fs::read(&path).expect("bytes");
        fs::write(&path, &bytes[..1000]).expect("cut");
    });
    let whole = (16 + 120 * 784).to_string();
    answer.refuses(1, &[IMAGES[0], "1000 bytes", &whole, "cut off"]);
}

#[test]
fn a_wrong_magic_number_is_shown() {
    let (_, answer) = trained_after(|place| {
        let set = place.path("set");
        fs::copy(set.join(IMAGES[0]), set.join(LABELS[0])).expect("copied");
    });
    answer.refuses(1, &[LABELS[0], "0x00000803", "0x00000801"]);
}

#[test]
fn a_file_that_is_not_the_published_one_is_refused_under_the_published_name() {
    let place = Place::new();
    idx::bars(&place.path("data/mnist"));
    let answer = place.run(&format!("{TINY} --dataset mnist"));
    answer.refuses(1, &["mnist", "bytes", "get it again"]);
    let verified = place.run("data verify mnist").with_code(1);
    assert!(verified.stderr.contains("rethink data fetch mnist"));
    assert!(verified.stdout.contains("SHA-256"));
    assert!(place.runs().is_empty());
}

#[test]
fn classes_without_images_are_warned_of() {
    let (_, answer) = trained_after(|place| {
        let path = place.path("set").join(LABELS[0]);
        let mut bytes = fs::read(&path).expect("bytes");
        bytes[8] = 200;
        fs::write(&path, bytes).expect("changed");
    });
    assert!(
        answer
            .with_code(0)
            .stderr
            .contains("190 of the 201 classes")
    );
}

#[test]
fn images_of_any_size_are_trained_on() {
    let place = Place::new();
    idx::write(&place.path("small"), 20, 10, |_, _, _| 7);
    for network in ["linear", "mlp-1x16", "mlp-12-5"] {
        let line = format!(
            "train --architecture {network} --train-size 10 --test-size 5 --max-epochs 1 --dataset small"
        );
        place.run(&line).with_code(0);
    }
    let wide =
        "train --architecture mlp-900000000000 --train-size 10 --test-size 5 --dataset small";
    place.run(wide).refuses(2, &["900000000000", "fewer units"]);
}

#[test]
fn options_that_change_nothing_are_refused_with_a_remedy() {
    let place = Place::new();
    for (line, words) in [
        ("train --seeds 3", ["--seeds", "once for each seed"]),
        ("train --budget smoke", ["--budget", "--dataset"]),
        ("man --seed 2", ["--seed", "leave it out"]),
        ("completions bash --check", ["--check", "leave it out"]),
        ("measure d.safetensors --check", ["--check", "leave it out"]),
        (
            "interpolate --kernel gaussian:5 --check",
            ["--check", "leave it out"],
        ),
        (
            "complexity --kernel gaussian:5 --check",
            ["--check", "leave it out"],
        ),
        (
            "construct n.safetensors --check",
            ["--check", "leave it out"],
        ),
        ("data list --dataset mnist", ["--dataset", "leave it out"]),
        ("measure --list --seed 2", ["--seed", "leave it out"]),
        (
            "train --optimizer adam --momentum 0.5",
            ["--momentum", "adam"],
        ),
        (
            "train --optimizer gd --batch-size 5",
            ["--batch-size", "gd"],
        ),
        ("train --n 100", ["--n is", "--train-size"]),
        ("train --test-n=100", ["--test-n", "--test-size"]),
        ("stability --n 100", ["--n is", "--train-size"]),
    ] {
        place.run(line).refuses(2, &words);
    }
    assert!(!place.path("out").exists());
}

#[test]
fn a_training_that_misses_its_target_says_what_follows() {
    let warning = |line: &str| {
        let json = Place::new().run(&format!("{line} --format json")).printed();
        let train: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        train.get("warning").cloned()
    };
    let told = warning(TINY).expect("a warning");
    let told = told.as_str().expect("words");
    assert!(
        told.contains("0.01") && told.contains("--max-epochs"),
        "{told}"
    );
    assert_eq!(warning(&format!("{TINY} --until epochs")), None);
}

#[test]
fn values_that_cannot_be_are_refused_with_their_range() {
    let place = Place::new();
    for (arguments, words) in [
        ("--treatment corrupted-labels:1.5", ["1.5", "0 to 1"]),
        ("--treatment corrupted-labels:-0.1", ["-0.1", "0 to 1"]),
        ("--treatment corrupted-labels:nan", ["NaN", "0 to 1"]),
        ("--treatment upside-down", ["upside-down", "random-labels"]),
        ("--architecture mlp-1x17", ["mlp-1x17", "mlp-1x16"]),
        ("--train-size 10001", ["10001", "1 to 10000"]),
        ("--train-size 0", ["0 images", "1 to 10000"]),
        ("--test-size 5001", ["5001", "1 to 5000"]),
        ("--train-size few", ["few", "--train-size"]),
        ("--learning-rate 0", ["is 0", "--learning-rate"]),
        ("--learning-rate -1", ["is -1", "--learning-rate"]),
        ("--learning-rate inf", ["is inf", "--learning-rate"]),
        ("--momentum 1", ["is 1", "--momentum"]),
        ("--decay 1.1", ["is 1.1", "--decay"]),
        ("--batch-size 0", ["is 0", "--batch-size"]),
        ("--max-epochs 0", ["is 0", "--max-epochs"]),
        ("--until 0", ["is 0", "--until"]),
        ("--until soon", ["soon", "zero-error"]),
    ] {
        place.run(&format!("train {arguments}")).refuses(2, &words);
    }
    assert!(place.runs().is_empty());
}

#[test]
fn an_unknown_dataset_is_answered_with_those_that_are_known() {
    let place = Place::new();
    let words = ["nowhere", "fashion-mnist-10k", "cifar10"];
    place.run("norms --dataset nowhere").refuses(1, &words);
    place.run("data verify nowhere").refuses(1, &words);
    place.run("data fetch nowhere").refuses(1, &words);
    let words = ["cifar10", "rethink data fetch cifar10"];
    place.run("train --dataset cifar10").refuses(1, &words);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_refused_before_any_training() {
    let place = Place::new();
    fs::write(place.path("file"), "not a folder").expect("written");
    for out in ["file", "file/below"] {
        for line in [TINY, "report --budget smoke"] {
            let answer = place.run(&format!("{line} --out {out}"));
            answer.refuses(1, &["file", "--out"]);
        }
    }
    let kept = fs::read_to_string(place.path("file")).expect("still there");
    assert_eq!(kept, "not a folder");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf8_is_a_path() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let place = Place::new();
    let out = OsStr::from_bytes(b"caf\xe9");
    let status = place
        .command(TINY)
        .arg("--out")
        .arg(out)
        .output()
        .expect("starts")
        .status;
    assert!(status.success());
    assert!(place.path("").join(out).join("runs").is_dir());
}
