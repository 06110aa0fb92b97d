//! What comes in may be named and made by anyone, and what goes out tells nothing about
//! this machine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::idx;
use super::program::{Answer, Place, TINY};
use crate::zip::zip;

/// An array of bytes as NumPy saves it.
fn npy(shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

/// A dataset of ten classes.
fn npz(path: &Path) {
    let images: Vec<u8> = (0..120 * 784_u32).map(|i| (i * 7919 % 251) as u8).collect();
    let labels: Vec<u8> = (0..120).map(|i| i % 10).collect();
    let (x, y) = (npy("(120, 784)", &images), npy("(120,)", &labels));
    fs::write(path, zip(true, &[("x.npy", &x), ("y.npy", &y)])).expect("written");
}

#[test]
fn a_trial_is_planned_for_the_content_of_a_file_whatever_its_name() {
    let place = Place::new();
    let plan = |name: &str| {
        let mut command = place.command("implicit-bias --budget smoke --plan --quiet --dataset");
        let output = command.arg(name).output().expect("the program starts");
        Answer::of(&output, name).printed()
    };
    let long = format!("{}.npz", "x".repeat(150));
    for name in ["MyData.npz", "1. Größe (neu).npz", &long] {
        npz(&place.path(name));
    }
    let first = plan("MyData.npz");
    assert!(first.contains("MyData, n = 40, mlp-1x16"), "{first}");
    let hash = first.lines().next();
    let records = || {
        fs::read_dir(place.path("out/records/trial-rate"))
            .expect("records")
            .count()
    };
    let pilots = records();
    for name in ["1. Größe (neu).npz", &long] {
        assert_eq!(plan(name).lines().next(), hash);
    }
    assert_eq!(records(), pilots, "another name is no reason to work");

    let twice = place
        .run("implicit-bias --budget smoke --datasets MyData.npz,fashion-mnist-10k,./MyData.npz");
    twice.refuses(
        2,
        &["MyData.npz and ./MyData.npz", "give each dataset once"],
    );
    assert_eq!(records(), pilots);
}

#[test]
fn an_archive_is_not_unpacked_beyond_what_it_announces() {
    let place = Place::new();
    let labels = npy("(4,)", &[0, 1, 0, 1]);
    let bomb = [npy("(4, 9)", &[0; 36]), vec![0; 50_000_000]].concat();
    let nested = npy(&"[(".repeat(4000), &[0; 36]);
    let huge = npy("(4000000000, 784)", &[0; 36]);
    for (images, told) in [(bomb, "36 bytes"), (nested, "shape"), (huge, "packed")] {
        let entries = [("x_train.npy", &images[..]), ("y_train.npy", &labels)];
        fs::write(place.path("set.npz"), zip(true, &entries)).expect("written");
        let clock = Instant::now();
        place
            .run(&format!("{TINY} --dataset set.npz"))
            .refuses(1, &["set.npz", told]);
        assert!(clock.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn what_would_steer_a_terminal_is_told_in_other_characters() {
    let place = Place::new();
    let hostile = "\x1b[31mred\u{202e}\x07";
    let steers = |text: &str| text.contains(['\x1b', '\u{202e}', '\x07']);
    // In an error about a file, in one about an option, and in what a file holds.
    for line in ["measure", "train --dataset"] {
        let output = place.command(line).arg(hostile).output().expect("starts");
        let answer = Answer::of(&output, line);
        assert!(!steers(&answer.stderr) && answer.stderr.contains("\\u001b[31mred\\u202e"));
    }
    let output = place
        .command("report")
        .arg(hostile)
        .output()
        .expect("starts");
    let answer = Answer::of(&output, "report").with_code(2);
    assert!(!steers(&answer.stderr), "{}", answer.stderr);

    let header = serde_json::json!({
        format!("=1+1{hostile}.weight"): { "dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4] }
    });
    let header = header.to_string().into_bytes();
    let length = (header.len() as u64).to_le_bytes();
    let file = [&length[..], &header, &1_f32.to_le_bytes()].concat();
    fs::write(place.path("w.safetensors"), file).expect("written");
    for format in ["text", "csv", "json"] {
        let line = format!("measure w.safetensors --measures frobenius-norm --format {format}");
        let printed = place.run(&line).printed();
        assert!(!steers(&printed), "{format}: {printed}");
        let formula = |line: &str| line.split(',').any(|cell| cell.starts_with('='));
        assert!(
            format != "csv" || !printed.lines().any(formula),
            "{printed}"
        );
    }
}

#[test]
fn more_threads_than_any_machine_has_are_refused() {
    let place = Place::new();
    let answer = place.run(&format!("{TINY} --threads 3000"));
    answer.refuses(2, &["3000", "1..=1024"]);
    assert!(!place.path("out").exists());
}

/// Waits until trainings have begun.
fn until_begun(place: &Place) {
    let patience = Instant::now();
    let begun = || fs::read_dir(place.path("out/.locks")).is_ok_and(|mut l| l.next().is_some());
    while !begun() {
        assert!(patience.elapsed() < Duration::from_secs(60), "no training");
        sleep(Duration::from_millis(2));
    }
}

/// Whether this process, and so what it starts, was started to ignore a signal: a shell
/// does that with SIGINT in the background, `nohup` with SIGHUP.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> (number - 1) & 1 == 1)
}

#[cfg(unix)]
#[test]
fn a_signal_has_its_exit_code() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        if is_ignored(code - 128) {
            eprintln!("SIG{signal} is ignored here: its exit code is not tested");
            continue;
        }
        let place = Place::new();
        // Long enough to be still at it when the signal comes.
        let child = place.start("randomization --budget smoke --seeds 50");
        until_begun(&place);
        let killed = Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(killed.expect("kill").success());
        let answer = Answer::of(&child.wait_with_output().expect("ended"), signal);
        assert!(!answer.with_code(code).stderr.is_empty());
    }
}

#[test]
fn an_output_folder_that_is_removed_is_an_error() {
    let place = Place::new();
    let child = place.start("randomization --budget smoke");
    until_begun(&place);
    while fs::rename(place.path("out"), place.path("gone")).is_err() {}
    let answer = Answer::of(&child.wait_with_output().expect("ended"), "randomization");
    assert_eq!(answer.with_code(1).stdout, "");
}

/// Files below a folder whose text holds `words`.
fn holding(folder: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, words));
        } else if String::from_utf8_lossy(&fs::read(&path).expect("read")).contains(words) {
            found.push(
                path.file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    found
}

#[test]
fn nothing_published_knows_the_folders_of_this_machine() {
    let place = Place::new();
    idx::bars(&place.path("secret/bars"));
    let line = format!(
        "randomization --budget smoke --quiet --dataset {} --out {}",
        place.path("secret/bars").display(),
        place.path("secret/out").display()
    );
    place.run(&line).with_code(0);
    let out = place.path("secret/out");
    let page = fs::read_to_string(out.join("index.html")).expect("the page");
    assert!(!page.contains("secret"));
    assert!(holding(&out.join("reports"), "secret").is_empty());
    // The command line is part of where a result comes from.
    assert!(holding(&out.join("runs"), "secret").contains(&"result.json".to_owned()));
    assert!(holding(&place.path("secret/out/reports"), "bars").contains(&"report.json".to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_constructed_network_replaces_another_whole_or_not_at_all() {
    let place = Place::new();
    let construct = |size| format!("construct net.safetensors --train-size {size}");
    place.run(&construct(20)).with_code(0);
    let before = fs::read(place.path("net.safetensors")).expect("the network");
    // No file of this process may grow beyond 20 kB: as a disk that is full.
    let program = env!("CARGO_BIN_EXE_rethink");
    let line = format!(
        "trap '' XFSZ; ulimit -f 20; exec {program} {}",
        construct(300)
    );
    let mut shell = Command::new("sh");
    let output = shell
        .args(["-c", &line])
        .current_dir(place.path(""))
        .output();
    Answer::of(&output.expect("a shell"), &line).refuses(1, &["net.safetensors"]);
    assert_eq!(
        fs::read(place.path("net.safetensors")).expect("the network"),
        before
    );
    assert_eq!(fs::read_dir(place.path("")).expect("the folder").count(), 1);
}
