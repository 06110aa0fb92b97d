//! Interpolants against definitions, retraining and one another.

use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rethink::dataset::Split;
use rethink::kernel::{
    AnyKernel, Features, Interpolant, Norm, Options, Plan, Precision, Problem, Solver, Targets,
};

fn features(n: usize, d: usize, seed: u64) -> Features {
    let mut rng = rethink::random::stream(seed, "points");
    let values = (0..n * d)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    Features::new(values, d).unwrap()
}

fn targets(n: usize, classes: usize, seed: u64) -> Targets {
    let mut rng = rethink::random::stream(seed, "targets");
    let column = |_| (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
    Targets::from_columns((0..classes).map(column).collect()).unwrap()
}

fn kernel(text: &str) -> AnyKernel {
    text.parse().unwrap()
}

fn exact() -> Options {
    Options {
        solver: Some(Solver::Cholesky),
        precision: Some(Precision::F64),
        threads: 2,
        leave_one_out: true,
        ..Options::default()
    }
}

fn known(norm: Norm) -> f64 {
    norm.known().expect("a norm that is known")
}

/// Also of a lower bound, which is what a residual just above the tolerance leaves.
fn value(norm: Norm) -> f64 {
    match norm {
        Norm::Known(norm) | Norm::AtLeast(norm) | Norm::LeastSquares(norm) => norm,
    }
}

fn solve<'a>(
    text: &str,
    x: &'a Features,
    y: &'a Targets,
    ridge: f64,
    options: &Options,
) -> Interpolant<'a> {
    Problem::new(kernel(text), x, y, ridge)
        .unwrap()
        .solve(options, &mut |_| {})
        .unwrap()
}

/// k(x_i, x_j) by the formula, one pair at a time.
fn gram(text: &str, x: &Features) -> Vec<Vec<f64>> {
    let kernel = kernel(text);
    let dot = |i: usize, j: usize| -> f64 {
        let pairs = x.row(i).iter().zip(x.row(j));
        pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    (0..x.len())
        .map(|i| {
            (0..x.len())
                .map(|j| kernel.value(dot(i, j), dot(i, i), dot(j, j)))
                .collect()
        })
        .collect()
}

fn quadratic(k: &[Vec<f64>], a: &[f64], b: &[f64]) -> f64 {
    let rows = k.iter().zip(a);
    rows.map(|(row, a)| a * row.iter().zip(b).map(|(k, b)| k * b).sum::<f64>())
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn it_passes_through_the_targets_and_has_the_norm_of_its_coefficients(
        n in 2..40_usize, classes in 1..4_usize, seed: u64
    ) {
        for text in ["gaussian:1", "laplacian:3", "ntk:2"] {
            let (x, y) = (features(n, 4, seed), targets(n, classes, seed));
            let f = solve(text, &x, &y, 0.0, &exact());
            let k = gram(text, &x);
            let outputs = f.predict(&x).unwrap();
            // Near ρ = 1 an angle or a distance is known to √ε only, so entries of
            // the two matrices differ by up to 1e-8; the solution magnifies that.
            let tolerance = f64::max(1e-7, 1e-9 * f.condition.value);
            let mut total = 0.0;
            for (c, column) in y.columns().iter().enumerate() {
                for (i, &value) in column.iter().enumerate() {
                    prop_assert!((outputs[i * classes + c] - value).abs() < 10.0 * tolerance);
                }
                // ‖f‖² = αᵀ K α = yᵀ α.
                let alpha = &f.alpha()[c];
                let square = quadratic(&k, alpha, alpha);
                let other: f64 = column.iter().zip(alpha).map(|(y, a)| y * a).sum();
                prop_assert!((known(f.class_norms[c]).powi(2) / square - 1.0).abs() < tolerance);
                prop_assert!((other / square - 1.0).abs() < tolerance);
                total += square;
            }
            prop_assert!((known(f.rkhs_norm).powi(2) / total - 1.0).abs() < tolerance);
            prop_assert!(f.relative_residual < 1e-9);
            prop_assert_eq!(f.train.errors, 0);
        }
    }

    /// An interpolant that also passes through arbitrary values at further points
    /// is another interpolant of the first points.
    #[test]
    fn any_other_interpolant_has_a_larger_norm(n in 2..20_usize, more in 1..6_usize, seed: u64) {
        let all = features(n + more, 4, seed);
        let values = targets(n + more, 1, seed);
        let x = Features::new(all.values()[..n * 4].to_vec(), 4).unwrap();
        let y = Targets::from_columns(vec![values.columns()[0][..n].to_vec()]).unwrap();
        let least = solve("gaussian:1", &x, &y, 0.0, &exact());
        let other = solve("gaussian:1", &all, &values, 0.0, &exact());
        prop_assert!(known(other.rkhs_norm) >= known(least.rkhs_norm) * (1.0 - 1e-9));
    }

    #[test]
    fn leave_one_out_is_retraining_without_the_point(n in 4..25_usize, seed: u64, ridged: bool) {
        let ridge = if ridged { 0.1 } else { 0.0 };
        let x = features(n, 3, seed);
        let mut rng = rethink::random::stream(seed, "labels");
        let labels: Vec<u32> = (0..n).map(|_| rng.random_range(0..3)).collect();
        let y = Targets::one_hot(&labels, 3).unwrap();
        let whole = solve("laplacian:2", &x, &y, ridge, &exact());
        let mut wrong = 0;
        for out in 0..n {
            let rows = (0..n).filter(|&i| i != out).flat_map(|i| x.row(i).to_vec()).collect();
            let rest = Features::new(rows, 3).unwrap();
            let mut kept = labels.clone();
            let label = kept.remove(out);
            let y = Targets::one_hot(&kept, 3).unwrap();
            let f = solve("laplacian:2", &rest, &y, ridge, &exact());
            let point = Features::new(x.row(out).to_vec(), 3).unwrap();
            wrong += f.errors(&point, &[label]).unwrap().errors;
        }
        let inverse = whole.inverse_diagonal.unwrap();
        prop_assert_eq!(inverse.leave_one_out_error, wrong as f64 / n as f64);
    }
}

#[test]
fn the_ridge_solution_tends_to_the_interpolant() {
    let (x, y) = (features(30, 4, 1), targets(30, 2, 1));
    let limit = solve("gaussian:1", &x, &y, 0.0, &exact());
    let mut last = f64::INFINITY;
    for ridge in [1e-1, 1e-3, 1e-5, 1e-7] {
        let f = solve("gaussian:1", &x, &y, ridge, &exact());
        let gap: f64 = f
            .alpha()
            .concat()
            .iter()
            .zip(limit.alpha().concat())
            .map(|(a, b)| (a - b).powi(2))
            .sum();
        assert!(gap < last * 1e-2, "ridge {ridge}: {gap}");
        assert!(known(f.rkhs_norm) < known(limit.rkhs_norm));
        last = gap;
    }
}

/// tr K (K + λ I)⁻¹ by solving for every column of K; the convention is K + λ I.
#[test]
fn effective_dimension_is_the_trace_of_the_smoother() {
    let (n, ridge) = (25, 0.3);
    let x = features(n, 4, 2);
    let k = gram("gaussian:2", &x);
    let y = Targets::from_columns(k).unwrap();
    let f = solve("gaussian:2", &x, &y, ridge, &exact());
    let trace: f64 = (0..n).map(|i| f.alpha()[i][i]).sum();
    let inverse = f.inverse_diagonal.unwrap();
    assert!((inverse.effective_dimension - trace).abs() < 1e-9);
    let y = targets(n, 1, 2);
    let f = solve("gaussian:2", &x, &y, 0.0, &exact());
    assert_eq!(f.inverse_diagonal.unwrap().effective_dimension, n as f64);
}

/// For [[1, a], [a, 1]] the 1-norm condition number is (1 + a) / (1 - a).
#[test]
fn the_condition_of_two_points_is_known() {
    let x = Features::new(vec![0.0, 1.0], 1).unwrap();
    let y = targets(2, 1, 3);
    let a = (-0.5_f64).exp();
    let f = solve("gaussian:1", &x, &y, 0.0, &exact());
    assert!((f.condition.value - (1.0 + a) / (1.0 - a)).abs() < 1e-9);
}

#[test]
fn every_solver_finds_the_same_function() {
    let n = 700;
    let (x, y) = (features(n, 5, 4), targets(n, 3, 4));
    let truth = solve("laplacian:2", &x, &y, 0.0, &exact());
    let scale: f64 = truth.alpha().concat().iter().map(|a| a * a).sum();
    for (solver, precision, tolerance) in [
        (Solver::Cholesky, Precision::F32, 1e-7),
        (Solver::ConjugateGradients, Precision::F32, 1e-5),
        (Solver::StreamedConjugateGradients, Precision::F32, 1e-5),
    ] {
        let options = Options {
            solver: Some(solver),
            precision: Some(precision),
            threads: 2,
            tolerance,
            ..Options::default()
        };
        let mut seen = 0;
        let problem = Problem::new(kernel("laplacian:2"), &x, &y, 0.0).unwrap();
        let f = problem
            .solve(&options, &mut |p| seen = p.iteration)
            .unwrap();
        let gap: f64 = f
            .alpha()
            .concat()
            .iter()
            .zip(truth.alpha().concat())
            .map(|(a, b)| (a - b).powi(2))
            .sum();
        assert!(
            f.relative_residual <= 2.0 * tolerance,
            "{solver}: {:e}",
            f.relative_residual
        );
        assert!(
            (gap / scale).sqrt() < 1e-4,
            "{solver}: {:e}",
            (gap / scale).sqrt()
        );
        assert!((value(f.rkhs_norm) / value(truth.rkhs_norm) - 1.0).abs() < 1e-4);
        if solver != Solver::Cholesky {
            assert_eq!(seen, f.iterations);
            assert!(seen > 0);
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let (x, y) = (features(600, 5, 5), targets(600, 2, 5));
    let with = |threads| {
        let options = Options {
            solver: Some(Solver::ConjugateGradients),
            threads,
            ..Options::default()
        };
        solve("gaussian:1", &x, &y, 0.0, &options).alpha().to_vec()
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let (x, y) = (features(6, 3, 8), targets(6, 1, 8));
    let short = targets(5, 1, 8);
    let state = |y, ridge| Problem::new(kernel("gaussian:1"), &x, y, ridge).map(drop);
    let mut errors = vec![
        state(&y, -1.0).unwrap_err(),
        state(&y, f64::NAN).unwrap_err(),
        state(&short, 0.0).unwrap_err(),
        Features::new(vec![1.0, f32::NAN], 2).unwrap_err(),
        Features::new(vec![1.0, 2.0, 3.0], 2).unwrap_err(),
        Features::new(vec![], 2).unwrap_err(),
        Targets::one_hot(&[0, 3], 3).unwrap_err(),
        Targets::one_hot(&[], 3).unwrap_err(),
        Targets::from_columns(vec![vec![1.0], vec![f64::INFINITY]]).unwrap_err(),
    ];
    let limit = Options {
        memory_limit: Some(1000),
        ..Options::default()
    };
    let size = Problem::new(kernel("gaussian:1"), &x, &y, 0.0)
        .unwrap()
        .size();
    errors.push(Plan::new(size, &limit).unwrap_err());
    let f = solve("gaussian:1", &x, &y, 0.0, &exact());
    errors.push(f.predict(&features(2, 4, 8)).unwrap_err());
    errors.push(f.errors(&x, &[0]).unwrap_err());
    for error in errors {
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

/// y = x² on five points of the line, through a dataset with real targets.
#[test]
fn real_targets_are_passed_through() {
    let x = vec![-2.0_f32, -1.0, 0.0, 1.0, 2.0];
    let y = x.iter().map(|x| x * x).collect();
    let split = Split::real(x, 1, y, 1).unwrap();
    let (points, targets) = (Features::pixels(&split), Targets::real(&split));
    let f = solve("gaussian:1", &points, &targets, 0.0, &exact());
    for (found, &wanted) in f.predict(&points).unwrap().iter().zip(split.targets()) {
        assert!((found - f64::from(wanted)).abs() < 1e-8, "{found} {wanted}");
    }
}
