//! Kernel matrix, Cholesky, conjugate-gradient step and prediction, on random
//! points of the size of MNIST images.

#![allow(missing_docs)] // criterion's macros make public items

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rand::RngExt;
use rethink::kernel::{Features, Interpolant, Options, Precision, Problem, Solver, Targets};

const N: usize = 2_000;
/// Points whose kernel matrix is read from memory in every step.
const MANY: usize = 16_000;
const DIMENSION: usize = 784;

fn data(n: usize) -> (Features, Targets) {
    let mut rng = rethink::random::stream(1, "bench");
    let values = (0..n * DIMENSION)
        .map(|_| rng.random_range(0.0..1.0))
        .collect();
    let labels: Vec<u32> = (0..n).map(|_| rng.random_range(0..10)).collect();
    (
        Features::new(values, DIMENSION).unwrap(),
        Targets::one_hot(&labels, 10).unwrap(),
    )
}

fn solve<'a>(
    x: &'a Features,
    y: &'a Targets,
    solver: Solver,
    precision: Precision,
) -> Interpolant<'a> {
    let options = Options {
        solver: Some(solver),
        precision: Some(precision),
        rank: Some(100),
        ..Options::default()
    };
    let problem = Problem::new("gaussian:5".parse().unwrap(), x, y, 0.0).unwrap();
    problem.solve(&options, &mut |_| {}).unwrap()
}

/// Measures a stage by the seconds that the interpolant reports for it.
fn stage(
    criterion: &mut Criterion,
    name: &str,
    n: usize,
    solver: Solver,
    precision: Precision,
    seconds: impl Fn(&Interpolant<'_>) -> f64,
) {
    let (x, y) = data(n);
    criterion.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let total: f64 = (0..times)
                .map(|_| seconds(&solve(&x, &y, solver, precision)))
                .sum();
            Duration::from_secs_f64(total)
        });
    });
}

fn kernel(criterion: &mut Criterion) {
    use Precision::{F32, F64};
    stage(criterion, "gram f64", N, Solver::Cholesky, F64, |f| {
        f.seconds.gram
    });
    stage(criterion, "gram f32", N, Solver::Cholesky, F32, |f| {
        f.seconds.gram
    });
    stage(criterion, "cholesky f64", N, Solver::Cholesky, F64, |f| {
        f.seconds.solve
    });
    stage(criterion, "cholesky f32", N, Solver::Cholesky, F32, |f| {
        f.seconds.solve
    });
    for (name, n) in [
        ("conjugate-gradient step", N),
        ("conjugate-gradient step, 16,000 points", MANY),
    ] {
        stage(criterion, name, n, Solver::ConjugateGradients, F32, |f| {
            (f.seconds.solve - f.seconds.precondition) / f.iterations.max(1) as f64
        });
    }
    let (x, y) = data(N);
    for (name, precision) in [("predict f64", F64), ("predict f32", F32)] {
        let f = solve(&x, &y, Solver::Cholesky, precision);
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let start = Instant::now();
                for _ in 0..times {
                    std::hint::black_box(f.predict(&x).unwrap());
                }
                start.elapsed()
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = kernel
}
criterion_main!(benches);
