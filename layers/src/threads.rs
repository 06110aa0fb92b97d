//! Layers on several threads.
//!
//! A layer is split where no sum is: into images or rows, into outputs, into channels. Each part
//! is an operation of its own, so that results are the same bits for any number of threads.

use std::cell::Cell;
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Products that are worth a thread: some 10 µs of them.
pub const WORTHWHILE: usize = 1 << 19;

/// Products of which a thread has several parts, so that none waits for one that shares its core
/// with another process: some 0.5 ms of them.
const LONG: usize = 1 << 25;

/// Parts of a thread at most.
const PARTS: usize = 4;

/// Products for which threads of a pool are awoken: some 0.5 ms of them.
const WORTH_A_POOL: usize = 1 << 25;

/// In how many products' time one line of images is read and written.
pub(crate) const LINE: usize = 256;

thread_local! {
    /// Products of a part of a layer at least; of a thread that is none of ours layers are whole.
    static LEAST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// A pool of threads on which layers are split into parts of at least so many products.
pub fn pool(threads: usize, worthwhile: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("layers-{i}"))
        .start_handler(move |_| LEAST.set(worthwhile))
        .build()
}

/// Runs work of so many products, whose layers are split over as many threads as rayon's global
/// pool has; on the calling thread where that is a worker of a pool, and where the work is small.
pub fn on_threads<R: Send>(products: usize, work: impl FnOnce() -> R + Send) -> R {
    // A worker that waits for a part of a layer takes up any other work of its pool: where
    // trainings are that work, a whole training, for minutes. So on such a worker layers stay
    // whole: its pool keeps all cores busy as it is. And layers have a pool of their own, in which
    // a worker never finds more than a step of another thread's training.
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let is_worker = rayon::current_thread_index().is_some();
    if is_worker || products < WORTH_A_POOL || rayon::current_num_threads() == 1 {
        return work();
    }
    match POOL.get_or_init(|| pool(rayon::current_num_threads(), WORTHWHILE).ok()) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// How many of `count` things, each of so many products, are a thread's part.
pub(crate) fn share(count: usize, products: usize) -> usize {
    let least = LEAST.get().div_ceil(products.max(1)).max(1);
    if least >= count {
        return count.max(1);
    }
    let threads = rayon::current_num_threads();
    let (share, long) = (count.div_ceil(threads), LONG.div_ceil(products.max(1)));
    let short = count.div_ceil(PARTS * threads);
    short.max(long).min(share).max(least)
}

/// Runs every part, on as many threads as there are.
pub(crate) fn run<P: Send>(parts: impl Iterator<Item = P>, work: impl Fn(P) + Send + Sync) {
    let mut parts: Vec<P> = parts.collect();
    match parts.len() {
        0 => {}
        1 => parts.drain(..).for_each(work),
        _ => parts.into_par_iter().with_max_len(1).for_each(work),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{noise, shape};
    use crate::{
        AveragePooling, BatchNorm, Convolution, Dense, Geometry, Images, Inputs, LocalResponse,
        MaxPooling, Moments, Packed, Step, concatenate, flatten, global_average,
        global_average_backward, mask, relu, split, unflatten,
    };

    const SAMPLES: usize = 70;

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        noise(count, seed).iter().map(|&x| x as f32).collect()
    }

    fn dense(results: &mut Vec<Vec<f32>>) {
        let [inputs, outputs] = [45, 70];
        let weight = numbers(inputs * outputs, 1);
        let mut layer = Dense::new(&weight, &numbers(outputs, 2), inputs);
        let [mut v, mut sum] = [(); 2].map(|()| layer.zeros_like());
        let x = Packed::of_rows(&numbers(SAMPLES * inputs, 3), inputs);
        let mut y = Packed::zeros(SAMPLES, outputs);
        layer.forward(&x, &mut y, true);
        let mut g = Packed::of_rows(&numbers(SAMPLES * outputs, 4), outputs);
        g.mask(&y);
        g.add(&y);
        let mut below = x.clone();
        layer.backward(&g, &mut below);
        sum.add_gradient(&x, &g);
        let (decay, momentum, rate) = (0.01, 0.9, 0.1);
        for sum in [None, Some(&sum)] {
            layer.descend(
                Some(&mut v),
                sum,
                &x,
                &g,
                Step {
                    decay,
                    momentum,
                    rate,
                },
            );
        }
        results.extend([&y, &g, &below].map(|packed| packed.to_rows(SAMPLES)));
        results.extend([&layer, &v, &sum].map(|layer| layer.weight.to_rows(outputs)));
        results.extend([&layer, &v, &sum].map(|layer| {
            let mut bias = vec![0.0; outputs];
            layer.for_each_bias(&mut bias, |to, b| *to = b);
            bias
        }));
    }

    fn convolution(results: &mut Vec<Vec<f32>>, x: &Images<f32>) {
        for (kernel, stride, padding) in [(1, 1, 0), (3, 1, 1), (3, 2, 1)] {
            let geometry = Geometry {
                kernel,
                stride,
                padding,
            };
            let outputs = 70;
            let filters = numbers(outputs * x.shape().channels * kernel * kernel, 1);
            let layer = Convolution::zeros(geometry, x.shape(), outputs).expect("places");
            let mut layer = layer.with(&filters, &numbers(outputs, 2));
            let [mut v, mut gradient] = [(); 2].map(|()| layer.zeros_like());
            let (mut y, mut below) = (Images::zeros(SAMPLES, layer.output()), x.clone());
            layer.forward(x, &mut y, true);
            layer.backward(&y, &mut below, true);
            gradient.add_gradient(x, &y);
            let (decay, momentum, rate) = (0.01, 0.9, 0.1);
            layer.descend(
                Some(&mut v),
                &gradient,
                Step {
                    decay,
                    momentum,
                    rate,
                },
            );
            results.extend([&y, &below].map(Images::to_planes));
            for layer in [&layer, &v, &gradient] {
                let [mut to, mut bias] = [filters.len(), outputs].map(|n| vec![0.0; n]);
                layer.for_each(&mut to, &mut bias, |to, number| *to = number);
                results.extend([to, bias]);
            }
        }
    }

    fn normalization(results: &mut Vec<Vec<f32>>, x: &Images<f32>) {
        let (g, mut y, mut below) = (x, x.clone(), x.clone());
        let layer = BatchNorm::identity(x.shape().channels);
        let moments = Moments::of(x);
        let by = &moments.normalizer().expect("a batch");
        let inputs = Inputs { x, by, relu: true };
        layer.forward(inputs, &mut y);
        let gradient = layer.gradient(inputs, g);
        layer.backward(inputs, g, Some(&gradient), &mut below);
        results.extend([&y, &below].map(Images::to_planes));
        let layer = LocalResponse::new(9, 1e-3, 1.0);
        let mut roots = Vec::new();
        layer.forward(x, &mut roots, &mut y);
        layer.backward(x, &roots, g, &mut below);
        results.extend([&y, &below].map(Images::to_planes));
    }

    fn pooling(results: &mut Vec<Vec<f32>>, x: &Images<f32>) {
        let max = MaxPooling::new(3, 2, 1);
        let (mut winners, mut below) = (Vec::new(), x.clone());
        let mut y = Images::zeros(0, max.output(x.shape()));
        max.forward(x, &mut y, &mut winners);
        max.backward(&y, &winners, &mut below);
        results.extend([&y, &below].map(Images::to_planes));
        let mean = AveragePooling::new(2, 2);
        let mut y = Images::zeros(0, mean.output(x.shape()));
        mean.forward(x, &mut y);
        mean.backward(&y, &mut below);
        results.extend([&y, &below].map(Images::to_planes));
        let mut means = Packed::zeros(SAMPLES, x.shape().channels);
        global_average(x, &mut means);
        global_average_backward(&means, &mut below);
        results.extend([means.to_rows(SAMPLES), below.to_planes()]);
    }

    fn others(results: &mut Vec<Vec<f32>>, x: &Images<f32>) {
        let (mut y, mut g) = (x.clone(), x.clone());
        relu(&mut y);
        mask(&y, &mut g);
        g.add(&y);
        let channels = x.shape().channels;
        let mut both = Images::zeros(0, shape(2 * channels, x.shape().height, x.shape().width));
        concatenate(&[&y, &g], &mut both);
        split(&both, &mut [&mut g, &mut y]);
        results.extend([&both, &g, &y].map(Images::to_planes));
        let mut rows = Packed::zeros(SAMPLES, x.shape().numbers());
        flatten(x, &mut rows);
        unflatten(&rows, &mut y);
        results.extend([rows.to_rows(SAMPLES), y.to_planes()]);
    }

    #[test]
    fn layers_are_the_same_bits_on_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = pool(threads, 1).expect("threads");
            pool.install(|| {
                let mut results = Vec::new();
                dense(&mut results);
                for channels in [3, 16, 35] {
                    let shape = shape(channels, 6, 5);
                    let x = Images::of_planes(&numbers(SAMPLES * shape.numbers(), 5), shape);
                    convolution(&mut results, &x);
                    normalization(&mut results, &x);
                    pooling(&mut results, &x);
                    others(&mut results, &x);
                }
                results
            })
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert!(on(threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn a_worker_of_another_pool_does_not_leave_it() {
        let pool = ThreadPoolBuilder::new().num_threads(2).build();
        let name = || std::thread::current().name().map(str::to_owned);
        let inside = pool
            .expect("threads")
            .install(|| (name(), on_threads(usize::MAX, name)));
        assert_eq!(inside.0, inside.1);
        assert_eq!(share(100, WORTHWHILE), 100);
    }
}
