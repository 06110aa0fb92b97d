//! Interpolants and fits of least norm against NumPy; tests/golden/kernel.py made the
//! values.

use rethink::kernel::{Features, Options, Problem, Targets, least_norm};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    x: Vec<Vec<f32>>,
    test: Vec<Vec<f32>>,
    y: Vec<Vec<f64>>,
    cases: Vec<Case>,
    linear: Vec<Linear>,
}

#[derive(Deserialize)]
struct Case {
    kernel: String,
    ridge: f64,
    outputs: Vec<Vec<f64>>,
    class_norms: Vec<f64>,
    effective_dimension: f64,
}

#[derive(Deserialize)]
struct Linear {
    x: Vec<Vec<f32>>,
    y: Vec<Vec<f64>>,
    weights: Vec<Vec<f64>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("kernel.json")).unwrap()
}

fn features(rows: &[Vec<f32>]) -> Features {
    Features::new(rows.concat(), rows[0].len()).unwrap()
}

fn targets(rows: &[Vec<f64>]) -> Targets {
    let column = |c: usize| rows.iter().map(|row| row[c]).collect();
    Targets::from_columns((0..rows[0].len()).map(column).collect()).unwrap()
}

#[test]
fn interpolants_agree_with_numpy() {
    let golden = golden();
    let (x, test, y) = (
        features(&golden.x),
        features(&golden.test),
        targets(&golden.y),
    );
    let options = Options {
        leave_one_out: true,
        threads: 2,
        ..Options::default()
    };
    for case in golden.cases {
        let problem = Problem::new(case.kernel.parse().unwrap(), &x, &y, case.ridge).unwrap();
        let f = problem.solve(&options, &mut |_| {}).unwrap();
        // Both sides lose as many digits as the matrix is ill-conditioned.
        let tolerance = 1e-14 * f.condition.value + 1e-9;
        assert!(tolerance < 1e-4, "{}", case.kernel);
        let outputs = f.predict(&test).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs().max(1.0);
        for (found, expected) in outputs.iter().zip(case.outputs.concat()) {
            assert!(
                near(*found, expected),
                "{}: {found} {expected}",
                case.kernel
            );
        }
        for (found, expected) in f.class_norms.iter().zip(&case.class_norms) {
            assert!(
                near(found.known().unwrap(), *expected),
                "{}: {found:?} {expected}",
                case.kernel
            );
        }
        let found = f.inverse_diagonal.unwrap().effective_dimension;
        assert!(near(found, case.effective_dimension), "{found}");
    }
}

#[test]
fn weights_of_least_norm_are_the_pseudoinverses() {
    for case in golden().linear {
        let (samples, dimension) = (case.x.len(), case.x[0].len());
        let features: Vec<f64> = case.x.iter().flatten().map(|&x| f64::from(x)).collect();
        let classes = case.y[0].len();
        let column = |c: usize| case.y.iter().map(|row| row[c]).collect();
        let targets: Vec<Vec<f64>> = (0..classes).map(column).collect();
        let fit = least_norm(&features, samples, dimension, &targets).unwrap();
        for (i, row) in case.weights.iter().enumerate() {
            for (c, expected) in row.iter().enumerate() {
                assert!((fit.weights[c][i] - expected).abs() < 1e-10);
            }
        }
    }
}
