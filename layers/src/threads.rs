//! Layers on several threads.
//!
//! A layer is split where no sum is: into images or rows, into outputs, into channels. Each part
//! is an operation of its own, so that results are the same bits for any number of threads.

use std::cell::Cell;
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Products and sums that are worth a thread: some 20 µs of them.
const WORTHWHILE: usize = 1 << 20;

/// In how many products' time one line of images is read and written.
pub(crate) const LINE: usize = 256;

thread_local! {
    static SPLITS: Cell<bool> = const { Cell::new(false) };
}

/// A pool of threads on which layers are split.
pub fn pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("layers-{i}"))
        .start_handler(|_| SPLITS.set(true))
        .build()
}

/// Runs work whose layers are split over as many threads as rayon's global pool has, unless the
/// calling thread is a worker of a pool already.
pub fn on_threads<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    // A worker that waits for a part of a layer takes up any other work of its pool: in a sweep a
    // whole training, for minutes. So in a sweep, which keeps all cores busy as it is, each
    // training stays on its thread; and layers have a pool of their own, in which all other work
    // is a part of a layer too.
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let is_worker = rayon::current_thread_index().is_some();
    if is_worker || rayon::current_num_threads() == 1 {
        return work();
    }
    match POOL.get_or_init(|| pool(rayon::current_num_threads()).ok()) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// How many of `count` things, each of so many products, are a thread's part.
pub(crate) fn share(count: usize, products: usize) -> usize {
    let threads = match SPLITS.get() {
        true => rayon::current_num_threads(),
        false => 1,
    };
    let worthwhile = WORTHWHILE.div_ceil(products.max(1));
    count
        .div_ceil(threads)
        .max(worthwhile)
        .clamp(1, count.max(1))
}

/// Runs every part, on as many threads as there are.
pub(crate) fn run<P: Send>(parts: impl Iterator<Item = P>, work: impl Fn(P) + Send + Sync) {
    let mut parts: Vec<P> = parts.collect();
    match parts.len() {
        0 => {}
        1 => parts.drain(..).for_each(work),
        _ => parts.into_par_iter().for_each(work),
    }
}
