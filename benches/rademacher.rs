//! How much longer is the complexity of a kernel ball than the matrix product in it?
//!
//! Prints, round by round and as medians, the seconds of 10,000 sign vectors against a
//! kernel matrix of 10,000 points, and of matrix products alone: of its lower triangle, which is
//! what the complexity needs, and of the whole matrix.
//!
//! `cargo bench --bench rademacher`

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rand::RngExt;
use rethink::complexity::{Draws, Gram, KernelBall, complexity};
use rethink::kernel::{Features, Gaussian, Precision};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N: usize = 10_000;
const DRAWS: usize = 10_000;
const DIMENSION: usize = 784;
const ROUNDS: usize = 3;
/// Columns of a panel, and sign vectors multiplied together.
const BLOCK: usize = 512;

fn seconds(work: impl FnOnce()) -> f64 {
    let clock = Instant::now();
    work();
    clock.elapsed().as_secs_f64()
}

/// The lower triangle, panel by panel, times all signs.
fn triangle_product(k: MatRef<'_, f32>, signs: MatRef<'_, f32>, threads: usize) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut out = Mat::<f32>::zeros(BLOCK, BLOCK);
        loop {
            let start = BLOCK * next.fetch_add(1, Ordering::Relaxed);
            if start >= DRAWS {
                break;
            }
            let signs = signs.subcols(start, BLOCK.min(DRAWS - start));
            for first in (0..N).step_by(BLOCK) {
                let columns = BLOCK.min(N - first);
                let panel = k.submatrix(first, first, N - first, columns).transpose();
                let out = out.as_mut().submatrix_mut(0, 0, columns, signs.ncols());
                let right = signs.subrows(first, N - first);
                matmul(out, Accum::Replace, panel, right, 1.0, Par::Seq);
            }
            std::hint::black_box(&out);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

/// The largest difference of a form in f32 from that in f64, by tr K.
fn rounding(single: &Gram, kernel: &Gaussian, x: &Features, threads: usize) -> f64 {
    let double = Gram::new(kernel, x, Precision::F64, threads).expect("a kernel matrix");
    let block = Draws::signs(N, BLOCK, 1).expect("draws").block(0..BLOCK);
    let single = single.forms(block.as_ref()).expect("forms");
    let pairs = single
        .into_iter()
        .zip(double.forms(block.as_ref()).expect("forms"));
    let largest = pairs.map(|(s, d)| (s - d).abs()).fold(0.0, f64::max);
    largest / double.trace()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut rng = rethink::random::stream(1, "bench");
    let values = (0..N * DIMENSION)
        .map(|_| rng.random_range(0.0..1.0))
        .collect();
    let x = Features::new(values, DIMENSION).expect("finite features");
    let kernel = Gaussian::new(5.0).expect("a bandwidth");
    let clock = Instant::now();
    let gram = Gram::new(&kernel, &x, Precision::F32, threads).expect("a kernel matrix");
    println!(
        "n = {N}, {DRAWS} sign vectors, f32, {threads} threads; kernel matrix {:.2} s",
        clock.elapsed().as_secs_f64()
    );
    let draws = Draws::signs(N, DRAWS, 1).expect("draws");
    println!(
        "f32 moves a quadratic form by at most {:.1e} tr K",
        rounding(&gram, &kernel, &x, threads)
    );
    let ball = KernelBall::new(&gram, 1.0).expect("a ball");
    let mut signs = Mat::<f32>::zeros(N, DRAWS);
    for start in (0..DRAWS).step_by(BLOCK) {
        let block = draws.block(start..DRAWS.min(start + BLOCK));
        for k in 0..block.ncols() {
            for (to, &from) in signs
                .col_as_slice_mut(start + k)
                .iter_mut()
                .zip(block.col_as_slice(k))
            {
                *to = from as f32;
            }
        }
    }
    let k = Mat::from_fn(N, N, |i, j| 1.0 / (1.0 + i.abs_diff(j) as f32));
    let mut product = Mat::<f32>::zeros(N, DRAWS);

    let (mut ours, mut triangles, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let triangle = seconds(|| triangle_product(k.as_ref(), signs.as_ref(), threads));
        let own = seconds(|| {
            let result = complexity(&ball, &draws, 0.05, threads).expect("a complexity");
            println!("R = {}, at most {:.6}", result.value, result.sandwich.upper);
        });
        let par = Par::rayon(threads);
        let whole = seconds(|| matmul(product.as_mut(), Accum::Replace, &k, &signs, 1.0, par));
        std::hint::black_box(&product);
        println!(
            "round {round}: complexity {own:.2} s; product alone {triangle:.2} s (triangle, ratio {:.3}), {whole:.2} s (whole matrix, ratio {:.3})",
            own / triangle,
            own / whole
        );
        ours.push(own);
        triangles.push(triangle);
        wholes.push(whole);
    }
    let (own, triangle, whole) = (median(ours), median(triangles), median(wholes));
    println!(
        "medians: complexity {own:.2} s; ratio to the triangle's product {:.3}, to the whole matrix's {:.3}",
        own / triangle,
        own / whole
    );
}
