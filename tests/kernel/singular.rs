//! Kernel matrices that are singular, or nearly: whether an interpolant exists, and
//! what may be said of its norm.

use rand_distr::{Distribution, StandardNormal};
use rethink::kernel::{
    Factored, Features, Interpolant, KernelError, Norm, Options, Precision, Problem, Solver,
    Targets,
};

fn normal(count: usize, seed: u64, purpose: &str) -> Vec<f64> {
    let mut rng = rethink::random::stream(seed, purpose);
    (0..count)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect()
}

fn features(n: usize, d: usize, seed: u64) -> Features {
    let values = normal(n * d, seed, "points");
    Features::new(values.into_iter().map(|x| x as f32).collect(), d).unwrap()
}

/// y = Φ w.
fn linear(x: &Features, w: &[f64]) -> Vec<f64> {
    let row = |i: usize| x.row(i).iter().zip(w).map(|(&x, w)| f64::from(x) * w).sum();
    (0..x.len()).map(row).collect()
}

fn targets(columns: Vec<Vec<f64>>) -> Targets {
    Targets::from_columns(columns).unwrap()
}

fn length(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn options(solver: Option<Solver>) -> Options {
    Options {
        solver,
        threads: 2,
        ..Options::default()
    }
}

fn solve<'a>(
    kernel: &str,
    x: &'a Features,
    y: &'a Targets,
    ridge: f64,
    solver: Option<Solver>,
) -> Result<Interpolant<'a>, KernelError> {
    let problem = Problem::new(kernel.parse().unwrap(), x, y, ridge)?;
    problem.solve(&options(solver), &mut |_| {})
}

/// Of targets Φ w the interpolant of smallest norm is w itself where the features
/// are independent.
#[test]
fn targets_in_the_range_of_a_linear_kernel_have_the_norm_of_their_weights() {
    let (x, w) = (features(80, 6, 1), normal(6, 1, "weights"));
    let y = targets(vec![linear(&x, &w), linear(&x, &w[..1])]);
    for solver in [
        None,
        Some(Solver::Cholesky),
        Some(Solver::ConjugateGradients),
    ] {
        let f = solve("linear", &x, &y, 0.0, solver).unwrap();
        let norm = f.class_norms[0].known().unwrap();
        assert!((norm / length(&w) - 1.0).abs() < 1e-10, "{norm}");
        assert!((f.class_norms[1].known().unwrap() / w[0].abs() - 1.0).abs() < 1e-10);
        assert!((f.rkhs_norm.known().unwrap() / norm.hypot(w[0]) - 1.0).abs() < 1e-10);
        let range = f.range.as_ref().unwrap();
        assert_eq!((range.of, range.at_threshold.rank), (Factored::Features, 6));
        assert_eq!(range.at_ten_times.rank, 6);
        assert!((range.at_ten_times.norm / range.at_threshold.norm - 1.0).abs() < 1e-12);
        assert!(f.relative_residual < 1e-12 && f.inverse_diagonal.is_none());
        assert_eq!(f.plan().solver, Solver::Pivoted);
        let new = features(5, 6, 2);
        let outputs = f.predict(&new).unwrap();
        for (f, y) in outputs.chunks(2).zip(linear(&new, &w)) {
            assert!((f[0] - y).abs() < 1e-10);
        }
    }
}

/// A part of y orthogonal to the features is all of the residual, and changes
/// neither the fit nor its norm.
#[test]
fn targets_outside_the_range_have_no_interpolant() {
    let (n, x, w) = (40, features(40, 3, 3), normal(3, 3, "weights"));
    let inside = linear(&x, &w);
    let full = solve(
        "linear",
        &x,
        &targets(vec![normal(n, 4, "noise")]),
        0.0,
        None,
    )
    .unwrap()
    .fitted();
    let outside: Vec<f64> = normal(n, 4, "noise")
        .iter()
        .zip(&full)
        .map(|(y, f)| y - f)
        .collect();
    let y: Vec<f64> = inside.iter().zip(&outside).map(|(i, o)| i + o).collect();
    let (expected, y) = (length(&outside) / length(&y), targets(vec![y, inside]));
    for kernel in ["linear", "polynomial:1"] {
        let f = solve(kernel, &x, &y, 0.0, None).unwrap();
        let range = f.range.as_ref().unwrap();
        assert!(
            matches!(f.class_norms[0], Norm::LeastSquares(_)),
            "{kernel}"
        );
        assert!(
            f.class_norms[1].known().is_some(),
            "{kernel}: {:?}",
            f.class_norms[1]
        );
        assert!(matches!(f.rkhs_norm, Norm::LeastSquares(_)));
        let residual = range.at_threshold.class_residuals[0];
        if kernel == "linear" {
            let Norm::LeastSquares(norm) = f.class_norms[0] else {
                unreachable!()
            };
            assert!((norm / length(&w) - 1.0).abs() < 1e-10, "{norm}");
            assert!((residual / expected - 1.0).abs() < 1e-10);
        } else {
            assert_eq!(
                (range.at_threshold.rank, range.of),
                (4, Factored::KernelMatrix)
            );
        }
        // The fresh product sees the same residual.
        let seen: f64 = f
            .fitted()
            .iter()
            .step_by(2)
            .zip(&y.columns()[0])
            .map(|(f, y)| (f - y).powi(2))
            .sum();
        assert!((seen.sqrt() / length(&y.columns()[0]) / residual - 1.0).abs() < 1e-6);
    }
}

/// More features than points, of which two depend on others.
#[test]
fn dependent_rows_are_found_with_more_features_than_points() {
    let x = features(10, 30, 5);
    let mut values = x.values().to_vec();
    let (first, rest) = values.split_at_mut(30);
    for (i, value) in rest[30 * 5..30 * 6].iter_mut().enumerate() {
        *value = 2.0 * first[i];
    }
    let x = Features::new(values, 30).unwrap();
    let mut y = normal(10, 5, "targets");
    let f = |y: Vec<f64>| {
        let y = targets(vec![y]);
        let f = solve("linear", &x, &y, 0.0, Some(Solver::Pivoted)).unwrap();
        (f.range.unwrap().at_threshold, f.rkhs_norm)
    };
    let (range, norm) = f(y.clone());
    assert_eq!(range.rank, 9);
    assert!(matches!(norm, Norm::LeastSquares(_)));
    y[6] = 2.0 * y[0];
    let (range, norm) = f(y.clone());
    assert!(range.residual < 1e-12);
    // The ninefold problem without the dependent row.
    let kept: Vec<usize> = (0..10).filter(|i| *i != 6).collect();
    let rows = kept.iter().flat_map(|&i| x.row(i).to_vec()).collect();
    let fewer = Features::new(rows, 30).unwrap();
    let y = targets(vec![kept.iter().map(|&i| y[i]).collect()]);
    let direct = solve("linear", &fewer, &y, 0.0, Some(Solver::Cholesky)).unwrap();
    let ratio = norm.known().unwrap() / direct.rkhs_norm.known().unwrap();
    assert!((ratio - 1.0).abs() < 1e-10, "{ratio}");
}

/// On a positive definite matrix of several blocks the factor with pivots finds what
/// Cholesky finds, for any number of threads.
#[test]
fn pivots_find_the_interpolant_of_cholesky() {
    let (x, y) = (
        features(700, 5, 6),
        targets(vec![normal(700, 6, "y"), normal(700, 7, "y")]),
    );
    let direct = solve("laplacian:2", &x, &y, 0.0, Some(Solver::Cholesky)).unwrap();
    let other = solve("laplacian:2", &x, &y, 0.0, Some(Solver::Pivoted)).unwrap();
    let range = other.range.as_ref().unwrap();
    assert_eq!(
        (range.at_threshold.rank, range.at_ten_times.rank),
        (700, 700)
    );
    let known = |f: &Interpolant| f.rkhs_norm.known().unwrap();
    assert!((known(&other) / known(&direct) - 1.0).abs() < 1e-10);
    let alone = Options {
        threads: 1,
        ..options(Some(Solver::Pivoted))
    };
    let problem = Problem::new("laplacian:2".parse().unwrap(), &x, &y, 0.0).unwrap();
    assert_eq!(
        problem.solve(&alone, &mut |_| {}).unwrap().alpha(),
        other.alpha()
    );
}

/// f(x) = k(c, x) for a training point c has norm 1, however wide the kernel.
#[test]
fn a_wide_gaussian_has_an_interpolant_even_where_its_matrix_is_singular_in_f64() {
    let x = features(60, 2, 8);
    let k = |i: usize, s: f64| -> f64 {
        let pairs = x.row(i).iter().zip(x.row(0));
        let square: f64 = pairs
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum();
        (-square / (2.0 * s * s)).exp()
    };
    let y = targets(vec![(0..60).map(|i| k(i, 10.0)).collect()]);
    let f = solve("gaussian:10", &x, &y, 0.0, None).unwrap();
    let range = f.range.as_ref().unwrap();
    assert!(range.at_threshold.rank < 60 && range.at_threshold.residual < 1e-9);
    assert!(
        (range.at_ten_times.norm - 1.0).abs() < 0.01,
        "{}",
        range.at_ten_times.norm
    );
    // Random targets cannot be followed in f64, but some function does: its norm is
    // only bounded.
    let y = targets(vec![normal(60, 9, "y")]);
    let f = solve("gaussian:10", &x, &y, 0.0, None).unwrap();
    assert!(matches!(f.rkhs_norm, Norm::AtLeast(_)), "{:?}", f.rkhs_norm);
    assert!(f.range.unwrap().at_threshold.residual > 0.1);
}

/// The lower bound holds: the same norm in a precision that determines it is larger.
#[test]
fn what_single_precision_leaves_open_is_bounded_from_below() {
    let (x, y) = (features(300, 3, 10), targets(vec![normal(300, 10, "y")]));
    let exact = solve("gaussian:0.5", &x, &y, 0.0, Some(Solver::Cholesky)).unwrap();
    let exact = exact.rkhs_norm.known().unwrap();
    let single = Options {
        precision: Some(Precision::F32),
        tolerance: 0.5,
        ..options(Some(Solver::ConjugateGradients))
    };
    let problem = Problem::new("gaussian:0.5".parse().unwrap(), &x, &y, 0.0).unwrap();
    let f = problem.solve(&single, &mut |_| {}).unwrap();
    let Norm::AtLeast(least) = f.rkhs_norm else {
        panic!("{:?}", f.rkhs_norm);
    };
    assert!(least > 0.0 && least < exact, "{least} {exact}");
}

/// 50 points in 5 dimensions: the linear kernel has rank 5, and a ridge of a few
/// roundings would give a norm of 0.
#[test]
fn no_ridge_is_suggested_at_which_the_norm_is_not_determined() {
    let (x, y) = (features(50, 5, 11), targets(vec![normal(50, 11, "y")]));
    let error = solve("linear", &x, &y, 1e-18, Some(Solver::Cholesky)).unwrap_err();
    let KernelError::NotPositiveDefinite {
        works: Some(ridge), ..
    } = error
    else {
        panic!("{error}");
    };
    let f = solve("linear", &x, &y, ridge, Some(Solver::Cholesky)).unwrap();
    // A small ridge's fit is the least-squares fit.
    let limit = solve("linear", &x, &y, 0.0, None).unwrap();
    let limit = limit.range.unwrap().at_threshold.norm;
    assert!((f.rkhs_norm.known().unwrap() / limit - 1.0).abs() < 0.01);
    // Where it can be factored but not judged, nothing is claimed.
    let mean = 5.0;
    let small = solve("linear", &x, &y, mean * 1e-14, Some(Solver::Cholesky));
    assert!(small.is_err() || small.unwrap().rkhs_norm == Norm::AtLeast(0.0));
}

#[test]
fn equal_points_with_equal_targets_are_one() {
    let x = features(30, 3, 12);
    let column = normal(30, 12, "y");
    let again = |extra: f64| {
        let values = [x.values(), x.row(7)].concat();
        let y = [&column[..], &[column[7] + extra]].concat();
        (Features::new(values, 3).unwrap(), targets(vec![y]))
    };
    let y = targets(vec![column.clone()]);
    let without = solve("gaussian:1", &x, &y, 0.0, None).unwrap();
    let (points, y) = again(0.0);
    let f = solve("gaussian:1", &points, &y, 0.0, None).unwrap();
    assert_eq!(f.rkhs_norm, without.rkhs_norm);
    let merged = f.merged().unwrap();
    assert_eq!((merged.first, merged.second, merged.count), (7, 30, 1));
    assert_eq!(f.fitted().len(), 31);
    assert_eq!(f.fitted()[30], f.fitted()[7]);
    // With a ridge both count.
    let ridged = solve("gaussian:1", &points, &y, 0.1, None).unwrap();
    assert!(ridged.merged().is_none());
    let left_out = Options {
        leave_one_out: true,
        ..options(None)
    };
    let problem = Problem::new("gaussian:1".parse().unwrap(), &points, &y, 0.0).unwrap();
    let error = problem.solve(&left_out, &mut |_| {}).unwrap_err();
    assert_eq!(error, KernelError::LeaveOneOut(merged));
}

/// The fit takes the mean of the targets of equal points: its norm is that of the
/// interpolant of means, its residual what is left of the targets. Of the Laplacian
/// kernel, too, which tells points apart at distances of 1e-8.
#[test]
fn equal_points_with_different_targets_have_no_interpolant() {
    let x = features(30, 3, 12);
    let mut column = normal(30, 12, "y");
    let points = Features::new([x.values(), x.row(7), x.row(7)].concat(), 3).unwrap();
    let more = [column[7] + 1.0, column[7] + 2.0];
    let y = targets(vec![[&column[..], &more].concat(), vec![0.1; 32]]);
    column[7] += 1.0;
    let means = targets(vec![column]);
    for kernel in ["gaussian:1", "laplacian:1", "arc-cosine-0"] {
        let f = solve(kernel, &points, &y, 0.0, None).unwrap();
        let conflict = f.conflict().unwrap();
        assert_eq!(
            (conflict.first, conflict.second, conflict.count),
            (7, 30, 2)
        );
        let Norm::LeastSquares(norm) = f.class_norms[0] else {
            panic!("{:?}", f.class_norms[0]);
        };
        assert!(f.class_norms[1].known().is_some());
        let whole = length(&y.columns().concat());
        assert!((f.relative_residual * whole / 2.0_f64.sqrt() - 1.0).abs() < 1e-9);
        let range = f.range.as_ref().unwrap().at_threshold.clone();
        let residual = range.class_residuals[0] * length(&y.columns()[0]);
        assert!((residual / 2.0_f64.sqrt() - 1.0).abs() < 1e-9);
        assert_eq!(range.rank, 30);
        assert_eq!((f.fitted().len(), f.fitted()[62]), (64, f.fitted()[14]));
        let mean = solve(kernel, &x, &means, 0.0, None).unwrap();
        let expected = mean.rkhs_norm.known().unwrap();
        assert!(
            (norm / expected - 1.0).abs() < 1e-9,
            "{kernel}: {norm} {expected}"
        );
    }
}

/// With K of low rank the means count as often as there are points: weights 2 and 1.
#[test]
fn equal_points_weigh_as_many_in_a_fit() {
    let x = Features::new(vec![1.0, 1.0, 2.0], 1).unwrap();
    let y = targets(vec![vec![0.0, 1.0, 0.5]]);
    let f = solve("linear", &x, &y, 0.0, None).unwrap();
    // w = Σ x y / Σ x² = (0 + 1 + 1) / (1 + 1 + 4).
    let range = f.range.as_ref().unwrap();
    assert!((range.at_threshold.norm - 1.0 / 3.0).abs() < 1e-14);
    let errors = [1.0 / 3.0, -2.0 / 3.0, 1.0 / 6.0];
    let expected = length(&errors) / length(&y.columns()[0]);
    assert!((range.at_threshold.residual / expected - 1.0).abs() < 1e-12);
    assert!((f.relative_residual / expected - 1.0).abs() < 1e-12);
}

#[test]
fn a_factor_that_does_not_fit_is_refused_with_the_figure() {
    let y = targets(vec![normal(900, 13, "y")]);
    let tight = |dimension: usize| -> Result<(usize, u64), KernelError> {
        let x = features(900, dimension, 13);
        let problem = Problem::new("polynomial:2".parse().unwrap(), &x, &y, 0.0)?;
        let options = Options {
            memory_limit: Some(8_000_000),
            ..options(Some(Solver::Cholesky))
        };
        let f = problem.solve(&options, &mut |_| {})?;
        Ok((f.range.as_ref().unwrap().at_threshold.rank, f.plan().bytes))
    };
    // d variables have (d + 1)(d + 2) / 2 monomials of degree 2.
    let (rank, bytes) = tight(20).unwrap();
    assert_eq!(rank, 231);
    assert!(bytes <= 8_000_000, "{bytes}");
    let text = tight(34).unwrap_err().to_string();
    assert!(
        text.contains("0.01 GB") && text.contains("polynomial:2"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

/// An iteration that cannot end on a singular matrix gives way as well.
#[test]
fn a_singular_matrix_is_factored_after_conjugate_gradients() {
    let x = features(200, 3, 14);
    let y = targets(vec![normal(200, 14, "y")]);
    let f = solve(
        "polynomial:1",
        &x,
        &y,
        0.0,
        Some(Solver::ConjugateGradients),
    )
    .unwrap();
    assert_eq!(f.range.as_ref().unwrap().at_threshold.rank, 4);
    assert!(matches!(f.rkhs_norm, Norm::LeastSquares(_)));
}
