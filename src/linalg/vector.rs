//! Inner products and norms of vectors, and loops compiled for the widest vectors that
//! the CPU has.
//!
//! A sum of rounded numbers depends on its order, so there are two inner products:
//! [`dot`] adds term after term, [`dot_wide`] in sixteen partial sums. They differ in the
//! last digits, and a caller keeps the one that its results were computed with.

/// xᵀ y, summed in order, of vectors of one length.
#[inline]
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// ‖x‖² of the numbers of a vector, or of all columns of a matrix, summed in order.
#[inline]
pub(crate) fn squared_norm<'a>(x: impl IntoIterator<Item = &'a f64>) -> f64 {
    x.into_iter().map(|x| x * x).sum()
}

/// ‖x‖ of the numbers of a vector, or of all columns of a matrix, summed in order.
pub(crate) fn norm<'a>(x: impl IntoIterator<Item = &'a f64>) -> f64 {
    squared_norm(x).sqrt()
}

/// Multiplies every number by a factor.
pub(crate) fn scale(x: &mut [f64], factor: f64) {
    x.iter_mut().for_each(|x| *x *= factor);
}

/// xᵀ y, in sixteen partial sums so that the loop vectorizes; the order of the sum does
/// not depend on the CPU.
#[inline(always)]
pub(crate) fn dot_wide(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 16];
    let (x, y) = (x.as_chunks::<16>(), y.as_chunks::<16>());
    for (x, y) in x.0.iter().zip(y.0) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    let rest: f64 = x.1.iter().zip(y.1).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

/// ‖x‖ in the order of [`dot_wide`].
#[inline(always)]
pub(crate) fn norm_wide(x: &[f64]) -> f64 {
    dot_wide(x, x).sqrt()
}

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
                || sum = dot_wide(&a, &ones),
            );
            assert_eq!(sum, f64::from(n * (n + 1) / 2));
            assert_eq!(dot(&a, &ones), sum);
        }
    }

    #[test]
    fn norms_of_a_vector_and_of_columns() {
        let columns = [vec![2.0, 4.0], vec![5.0, 6.0]];
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(norm_wide(&[3.0, 4.0]), 5.0);
        assert_eq!(norm(columns.iter().flatten()), 9.0);
        assert_eq!(squared_norm(&columns[0]), 20.0);
    }
}
