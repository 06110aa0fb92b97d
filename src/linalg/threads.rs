//! Work shared among threads so that its result does not depend on their number.

use std::collections::BTreeMap;
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
    let list = Mutex::new(0..GROUPS);
    let sum = Mutex::new(OrderedSum::default());
    parallel(threads, |_| {
        let mut partial = Vec::new();
        while let Some(group) = next(&list) {
            partial.clear();
            partial.resize(length, 0.0);
            work(group, &mut partial);
            // A thread that panicked is re-raised by `parallel`.
            let Ok(mut sum) = sum.lock() else { return };
            partial = sum.add(group, partial);
        }
    });
    sum.into_inner().unwrap_or_default().total
}

/// Vectors that are added in the order of their groups, whatever order they come in.
///
/// One that has been added is used again for another group: threads that keep step need few,
/// which stay in the cache. A vector for each group would be 150 MB of new memory in every
/// product with 60,000 points.
#[derive(Default)]
struct OrderedSum {
    total: Vec<f64>,
    /// Groups of which the total is made.
    groups: usize,
    early: BTreeMap<usize, Vec<f64>>,
    spare: Vec<Vec<f64>>,
}

impl OrderedSum {
    /// Takes the vector of a group and returns one to be used again.
    fn add(&mut self, group: usize, partial: Vec<f64>) -> Vec<f64> {
        self.early.insert(group, partial);
        while let Some(partial) = self.early.remove(&self.groups) {
            if self.groups == 0 {
                self.total = partial;
            } else {
                for (t, p) in self.total.iter_mut().zip(&partial) {
                    *t += p;
                }
                self.spare.push(partial);
            }
            self.groups += 1;
        }
        self.spare.pop().unwrap_or_default()
    }
}

/// Decompositions that do not take their threads as an argument run on one:
/// their rounding must not depend on the machine, and several of them run side
/// by side.
pub(crate) fn decompose_on_one_thread() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| faer::set_global_parallelism(faer::Par::Seq));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_sum_is_that_of_the_groups() {
        let value = |group: usize| vec![1.0 / (group as f64 + 0.3), -0.0];
        let mut exact = value(0);
        for group in 1..GROUPS {
            exact[0] += value(group)[0];
        }
        for threads in [1, 2, 5] {
            let sum = grouped_sum(threads, 2, |group, sum| sum.copy_from_slice(&value(group)));
            assert_eq!(sum, exact);
        }
        let mut sum = OrderedSum::default();
        for group in (0..GROUPS).rev() {
            sum.add(group, value(group));
        }
        assert_eq!(sum.total, exact);
        assert!(sum.early.is_empty());
    }
}
