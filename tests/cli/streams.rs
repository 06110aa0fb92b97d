//! The answer goes to standard output, everything else to standard error.

use std::fs::File;
use std::process::{Command, Stdio};

use super::program::{Answer, Place, TINY};
use super::smoke::smoke;

#[test]
fn progress_is_on_standard_error_and_quiet_is_silent() {
    let place = Place::new();
    let json = format!("{TINY} --format json");
    let told = place.run(&json).with_code(0);
    assert!(!told.stderr.is_empty());
    serde_json::from_str::<serde_json::Value>(&told.stdout).expect("JSON alone");

    let quiet = |answer: &Answer, line: &str| {
        assert_eq!(answer.stderr, "", "rethink {line}");
        assert!(!answer.stdout.is_empty(), "rethink {line}");
    };
    for line in [format!("{TINY} --seed 2 --quiet"), "data list".into()] {
        quiet(&place.run(&line).with_code(0), &line);
    }
    for (id, answer) in smoke().answers() {
        quiet(answer, id);
    }
    let report = "report --budget smoke -q";
    quiet(&smoke().copy().run(report).with_code(0), report);
}

#[test]
fn nothing_is_coloured_without_a_terminal() {
    let place = smoke().copy();
    for line in [
        "report --budget smoke",
        TINY,
        "interpolate --kernel gaussian:5 --train-size 50",
        "--help",
        "train --train-size x",
    ] {
        let answer = place.run(line);
        assert!(!answer.stdout.contains('\u{1b}'), "rethink {line}");
        assert!(!answer.stderr.contains('\u{1b}'), "rethink {line}");
    }
}

/// `rethink ... | head -0`: the reader is gone before the answer comes.
#[test]
fn a_reader_that_went_away_is_no_failure() {
    let place = smoke().copy();
    for line in [
        TINY,
        "report --budget smoke",
        "randomization --budget smoke --format json",
        "data list",
        "man",
        "completions bash",
    ] {
        let mut child = place.start(line);
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!(Answer::of(&output, line).code, 0, "rethink {line}");
    }
}

#[test]
fn standard_error_may_be_closed_at_the_other_end() {
    let place = Place::new();
    for (line, code) in [(TINY, 0), ("train --train-size 0", 2)] {
        let mut child = place.start(line);
        drop(child.stderr.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!(Answer::of(&output, line).code, code, "rethink {line}");
    }
}

/// `/dev/full` refuses every byte, as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_printed_is_a_failure_in_one_line() {
    let place = Place::new();
    place.run(TINY).with_code(0);
    for line in [TINY, "data list", "man", "completions zsh"] {
        let full = File::create("/dev/full").expect("a device");
        let mut command: Command = place.command(line);
        let output = command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .expect("starts");
        Answer::of(&output, line).refuses(1, &["standard output", "No space left"]);
    }
}
