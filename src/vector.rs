//! Loops compiled for the widest vectors that the CPU has.

/// Runs `work` compiled for the widest vectors of this CPU.
///
/// Only code inlined into `work` is: mark it `#[inline(always)]`.
#[inline(always)]
pub(crate) fn vectorized(work: impl FnOnce()) {
    struct Work<F>(F);
    impl<F: FnOnce()> pulp::NullaryFnOnce for Work<F> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            (self.0)();
        }
    }
    pulp::Arch::new().dispatch(Work(work));
}

/// Inner product, in sixteen partial sums so that the loop vectorizes; the order of
/// the sum does not depend on the CPU.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 16];
    let (a, b) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.0.iter().zip(b.0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_summed_whole() {
        for n in [0, 1, 15, 16, 17, 40] {
            let a: Vec<f64> = (1..=n).map(f64::from).collect();
            let ones = vec![1.0; a.len()];
            let mut sum = 0.0;
            vectorized(
                #[inline(always)]
                || sum = dot(&a, &ones),
            );
            assert_eq!(sum, f64::from(n * (n + 1) / 2));
        }
    }
}
