//! Equal images, kernels of low rank, and kernels that fail.

use std::fs;

use rethink::kernel::{Equal, Norm};

use super::{Document, GAUSSIAN, interpolants, interpolants_of};
use crate::cli::idx;
use crate::cli::program::Place;

/// Images 0, 10, 20, ... are one image of class 0, and the twelve images of the test
/// set are among them.
#[test]
fn equal_images_of_one_label_count_once_and_of_two_have_no_interpolant() {
    let place = Place::new();
    idx::twins(&place.path("twins"));
    let line = format!("{GAUSSIAN} --dataset twins --file-order");
    let equal = Equal {
        first: 0,
        second: 10,
        count: 110,
    };
    let found = interpolants_of(&place, &line);
    assert_eq!((found[0].merged, found[0].train_size), (Some(equal), 120));
    let ten = place.run(&format!("{line} --train-size 10 --quiet --format csv"));
    let all = place.run(&format!("{line} --quiet --format csv"));
    let norm = |csv: &str| column(csv, "rkhs_norm")[0].clone();
    assert_eq!(norm(&ten.printed()), norm(&all.printed()));
    place
        .run(&format!("{line} --leave-one-out"))
        .refuses(2, &["points 0 and 10 are equal", "leaving one out"]);
    place
        .run(&format!("{line} --ridge 0.1 --leave-one-out"))
        .with_code(0);

    let random = &interpolants_of(&place, &format!("{line} --labels true,random"))[1];
    assert!(matches!(random.norm, Norm::LeastSquares(_)) && random.conflict.is_some());
    let csv = place
        .run(&format!("{line} --labels true,random --quiet --format csv"))
        .printed();
    assert_eq!(column(&csv, "norm_status"), ["known", "no-interpolant"]);
    assert_eq!(column(&csv, "kernel_rank"), ["", "10"]);
    assert_eq!(column(&csv, "rkhs_norm")[1], "");
    assert_ne!(column(&csv, "least_squares_norm")[1], "");

    // Two copies in a set of different images, found wherever they were drawn.
    let images = place.path("set").join(idx::IMAGES[0]);
    idx::bars(&place.path("set"));
    let mut bytes = fs::read(&images).expect("bytes");
    bytes.copy_within(16 + 784 * 7..16 + 784 * 8, 16 + 784 * 42);
    fs::write(&images, bytes).expect("changed");
    for seed in 1..4 {
        let line = format!("{GAUSSIAN} --dataset set --seed {seed}");
        let found = &interpolants_of(&place, &line)[0];
        let equal = found.merged.or(found.conflict);
        let pair = equal.map(|equal| (equal.first, equal.second));
        assert_eq!(pair, Some((7, 42)));
    }
}

/// Cells of a column; none of those read here holds a comma.
fn column(csv: &str, name: &str) -> Vec<String> {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let place = head.iter().position(|h| *h == name).expect("a column");
    lines.map(|line| line[place].to_owned()).collect()
}

#[test]
fn a_kernel_of_too_low_a_rank_has_no_interpolant_and_no_norm() {
    let found = interpolants(
        "interpolate --kernel linear,polynomial:1,gaussian:5 --train-size 900 --file-order",
    );
    let ranks: Vec<usize> = (found.iter().take(2))
        .map(|f| f.range.as_ref().expect("singular").at_threshold.rank)
        .collect();
    // (1 + <x, y>) has one feature more.
    assert!(ranks[0] <= 784 && ranks[1] <= ranks[0] + 1, "{ranks:?}");
    for f in &found[..2] {
        assert_eq!((f.rkhs_norm, &f.solver[..]), (None, "pivoted"));
        assert!(matches!(f.norm, Norm::LeastSquares(norm) if norm > 1.0));
        let residual = f.range.as_ref().expect("singular").at_threshold.residual;
        assert!(residual > 0.05 && (residual / f.relative_residual - 1.0).abs() < 1e-3);
    }
    assert!(found[2].rkhs_norm.is_some() && found[2].range.is_none());
}

#[test]
fn one_kernel_that_fails_does_not_lose_the_others() {
    let place = Place::new();
    let line = "interpolate --kernel linear,gaussian:5 --ridge 1e-14 --train-size 900";
    let told = place.run(line).with_code(1);
    assert!(told.stdout.contains("gaussian:5 "), "{}", told.stdout);
    let failed = |line: &str| line.starts_with("rethink: ") && line.contains("linear");
    assert!(told.stderr.lines().any(failed), "{}", told.stderr);
    let csv = place
        .run(&format!("{line} --quiet --format csv"))
        .with_code(1);
    assert_eq!(csv.stdout.lines().count(), 3);
    assert_eq!(column(&csv.stdout, "kernel"), ["gaussian:5", "linear"]);
    let json = place
        .run(&format!("{line} --quiet --format json"))
        .with_code(1);
    let document: Document = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(document.interpolants.len(), 1);
    let [failed] = &document.failed[..] else {
        panic!("one has failed");
    };
    assert_eq!(failed["kernel"], "linear");
    assert!(failed["error"].is_string());
    assert!(!document.warnings.is_empty());
}
