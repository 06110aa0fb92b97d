//! What is refused before any work.

use super::GAUSSIAN;
use crate::cli::program::Place;

#[test]
fn what_cannot_be_is_refused_before_the_work() {
    let place = Place::new();
    for (arguments, words) in [
        ("--kernel gaussian --bandwidth 0", ["'0'", "above 0"]),
        ("--kernel gaussian --bandwidth -2", ["'-2'", "above 0"]),
        ("--kernel gaussian --bandwidth NaN", ["'NaN'", "above 0"]),
        ("--kernel gaussian:nan", ["NaN", "above 0"]),
        ("--kernel gaussian", ["bandwidth", "gaussian:5"]),
        ("--kernel laplacian:3 --bandwidth 5", ["5", "bandwidth 3"]),
        (
            "--kernel ntk:3 --bandwidth 5",
            ["5", "ntk has no bandwidth"],
        ),
        ("--kernel rbf", ["rbf", "ntk:DEPTH"]),
        ("--train-size 10", ["--kernel", "is missing"]),
        (
            "--kernel gaussian:5 --train-size 0",
            ["0 images", "1 to 10000"],
        ),
        (
            "--kernel gaussian:5 --train-size 99999",
            ["99999", "1 to 10000"],
        ),
        (
            "--kernel gaussian:5 --train-size many",
            ["many", "--train-size"],
        ),
        ("--kernel gaussian:5 --ridge -1", ["'-1'", "from 0"]),
        (
            "--kernel gaussian:5 --labels noise:1.5",
            ["noise:1.5", "0 to 1"],
        ),
        (
            "--kernel gaussian:5 --labels noise:-0.1",
            ["noise:-0.1", "0 to 1"],
        ),
        ("--kernel gaussian:5 --labels wrong", ["wrong", "noise:P"]),
        (
            "--kernel gaussian:5 --tolerance 1",
            ["'1'", "between 0 and 1"],
        ),
        ("--kernel gaussian:5 --memory-limit 0", ["'0'", "above 0"]),
        (
            "--kernel gaussian:5 --filters 9",
            ["--filters 9", "random-convolution"],
        ),
        ("--kernel gaussian:5 --filters 32001", ["32001", "32000"]),
        (
            "--kernel gaussian:5 --hold-out 10000",
            ["10000", "1 to 9999"],
        ),
        (
            "--kernel gaussian:5 --train-size 100 --rank 5",
            ["--rank 5", "--solver conjugate-gradients"],
        ),
        (
            "--kernel gaussian:5 --train-size 100 --leave-one-out --solver streamed",
            ["--leave-one-out", "--solver cholesky"],
        ),
        (
            "--kernel gaussian:5 --train-size 100 --solver pivoted --ridge 1",
            ["--ridge 1", "leave one out"],
        ),
        (
            "--kernel gaussian:5 --train-size 100 --precision f64 --solver streamed",
            ["f64", "f32"],
        ),
    ] {
        let answer = place.run(&format!("interpolate {arguments}"));
        answer.refuses(2, &words);
    }
    assert!(!place.path("out").exists());
}

#[test]
fn what_does_not_fit_is_refused_with_the_figure_and_the_alternative() {
    let place = Place::new();
    for (arguments, words) in [
        ("--memory-limit 0.01", ["0.01 GB", "fewer images"]),
        ("--memory-limit 0.06", ["0.06 GB", "fewer points"]),
        (
            "--memory-limit 0.3 --solver cholesky --precision f64",
            ["0.58 GB", "streamed-conjugate-gradients"],
        ),
    ] {
        place
            .run(&format!("{GAUSSIAN} --threads 2 {arguments}"))
            .refuses(1, &words);
    }
}

#[test]
fn a_pixel_that_is_no_number_is_named() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/npz/fault_nan.npz"
    );
    let answer = Place::new().run(&format!("{GAUSSIAN} --dataset {file}"));
    answer.refuses(1, &["fault_nan.npz", "image 2", "NaN"]);
}
