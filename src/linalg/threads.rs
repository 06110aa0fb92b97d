//! Work shared among threads so that its result does not depend on their number.

use std::sync::{Mutex, Once};

/// The next item of a shared list of work.
pub(crate) fn next<I: Iterator>(list: &Mutex<I>) -> Option<I::Item> {
    // A thread that panicked is re-raised by `parallel`.
    list.lock().ok()?.next()
}

/// Runs `work(thread)` on this many threads and waits; on fewer where the system makes no
/// more, so the work must be a shared list.
pub(crate) fn parallel(threads: usize, work: impl Fn(usize) + Sync) {
    let work = &work;
    std::thread::scope(|scope| {
        for thread in 1..threads {
            let spawned = std::thread::Builder::new().spawn_scoped(scope, move || work(thread));
            if spawned.is_err() {
                break;
            }
        }
        work(0);
    });
}

/// Partial sums of a product over the tiles of a triangle. A fixed number, so
/// that results do not depend on the number of threads.
pub(crate) const GROUPS: usize = 32;

/// Sums `GROUPS` vectors of this length, each filled by `work(group, vector)`.
pub(crate) fn grouped_sum(
    threads: usize,
    length: usize,
    work: impl Fn(usize, &mut [f64]) + Sync,
) -> Vec<f64> {
    let mut partial: Vec<Vec<f64>> = vec![Vec::new(); GROUPS];
    let list = Mutex::new(partial.iter_mut().enumerate());
    parallel(threads, |_| {
        while let Some((group, partial)) = next(&list) {
            partial.resize(length, 0.0);
            work(group, partial);
        }
    });
    let mut partial = partial.into_iter();
    let mut total = partial.next().unwrap_or_default();
    for partial in partial {
        for (t, p) in total.iter_mut().zip(&partial) {
            *t += p;
        }
    }
    total
}

/// Decompositions that do not take their threads as an argument run on one:
/// their rounding must not depend on the machine, and several of them run side
/// by side.
pub(crate) fn decompose_on_one_thread() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| faer::set_global_parallelism(faer::Par::Seq));
}
