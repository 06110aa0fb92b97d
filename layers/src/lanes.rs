//! Arithmetic on registers.
//!
//! The compiler makes vectors of a plain loop over sixteen lanes only as long as it sees that no
//! two lines overlap; of these it always does.

use std::ops::{Add, Div, Mul, Range, Sub};

use pulp::Simd;

use crate::Element;
use crate::images::CHANNELS;

/// So many adjacent numbers as a register holds. Products and sums are rounded one by one, so that
/// every CPU comes to the same bits.
#[derive(Clone, Copy)]
pub struct Lanes<T: Element, S: Simd> {
    simd: S,
    numbers: T::Vector<S>,
}

/// The registers of a line.
#[inline(always)]
pub fn registers<T: Element, S: Simd>() -> Range<usize> {
    0..CHANNELS / T::lanes::<S>()
}

impl<T: Element, S: Simd> Lanes<T, S> {
    /// One number everywhere.
    #[inline(always)]
    pub fn splat(simd: S, x: T) -> Self {
        let numbers = T::splat(simd, x);
        Self { simd, numbers }
    }

    /// The same of a number that is rounded first.
    #[inline(always)]
    pub fn constant(simd: S, x: f64) -> Self {
        Self::splat(simd, T::from_f64(x))
    }

    /// Register `n` of sixteen channels.
    #[inline(always)]
    pub fn of(simd: S, channels: &[T], n: usize) -> Self {
        let numbers = T::vectors::<S>(channels)[n];
        Self { simd, numbers }
    }

    /// The same of several lines.
    #[inline(always)]
    pub fn all<const L: usize>(simd: S, lines: [&[T; CHANNELS]; L], n: usize) -> [Self; L] {
        let mut all = [Self::splat(simd, T::default()); L];
        for (to, line) in all.iter_mut().zip(lines) {
            *to = Self::of(simd, line, n);
        }
        all
    }

    /// Replaces register `n` of sixteen channels.
    #[inline(always)]
    pub fn store(self, channels: &mut [T; CHANNELS], n: usize) {
        T::vectors_mut::<S>(channels)[n] = self.numbers;
    }

    /// Square roots.
    #[inline(always)]
    pub fn root(self) -> Self {
        let numbers = T::roots(self.simd, self.numbers);
        Self { numbers, ..self }
    }

    /// These where `by` is positive, 0 elsewhere.
    #[inline(always)]
    pub fn where_positive(self, by: Self) -> Self {
        let numbers = T::where_positive(self.simd, by.numbers, self.numbers);
        Self { numbers, ..self }
    }

    /// These where a > b, `other` elsewhere.
    #[inline(always)]
    pub fn where_greater(self, a: Self, b: Self, other: Self) -> Self {
        let both = [a.numbers, b.numbers];
        let numbers = T::where_greater(self.simd, both, self.numbers, other.numbers);
        Self { numbers, ..self }
    }

    /// These where `by` is a number, `other` elsewhere.
    #[inline(always)]
    pub fn where_number(self, by: Self, other: Self) -> Self {
        let numbers = T::where_number(self.simd, by.numbers, self.numbers, other.numbers);
        Self { numbers, ..self }
    }
}

macro_rules! arithmetic {
    ($($operator:ident $name:ident $by:ident),*) => {$(
        impl<T: Element, S: Simd> $operator for Lanes<T, S> {
            type Output = Self;

            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                let numbers = T::$by(self.simd, self.numbers, other.numbers);
                Self { numbers, ..self }
            }
        }
    )*};
}

arithmetic!(Add add plus, Sub sub minus, Mul mul times, Div div over);

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;

    /// Every operation on two lines.
    struct All<'a>([&'a [f64; CHANNELS]; 2]);

    impl WithSimd for All<'_> {
        type Output = Vec<[f64; CHANNELS]>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut results = vec![[0.0; CHANNELS]; 9];
            for n in registers::<f64, S>() {
                let [a, b] = Lanes::all(simd, self.0, n);
                let one = Lanes::constant(simd, 1.0);
                let all = [
                    a + b,
                    a - b,
                    a * b,
                    a / b,
                    b.root(),
                    a.where_positive(a - b),
                    a.where_greater(a, b, b),
                    one.where_number(a, b),
                    a * b + one,
                ];
                for (to, result) in results.iter_mut().zip(all) {
                    result.store(to, n);
                }
            }
            results
        }
    }

    #[test]
    fn vectors_of_all_lengths_are_the_definition() {
        let mut a = std::array::from_fn(|l| (l as f64 * 1.7).sin());
        let b = std::array::from_fn(|l| (l as f64 * 0.3).cos().abs());
        a[5] = f64::NAN;
        let expected = |l: usize| {
            let (a, b): (f64, f64) = (a[l], b[l]);
            let positive = if a - b > 0.0 { a } else { 0.0 };
            let greater = if a > b { a } else { b };
            let number = if a.is_nan() { b } else { 1.0 };
            let arithmetic = [a + b, a - b, a * b, a / b, b.sqrt()];
            [&arithmetic[..], &[positive, greater, number, a * b + 1.0]].concat()
        };
        let check = |results: Vec<[f64; CHANNELS]>| {
            for l in 0..CHANNELS {
                let results = results.iter().map(|line| line[l].to_bits());
                let expected = expected(l).into_iter().map(f64::to_bits);
                assert!(results.eq(expected), "lane {l}");
            }
        };
        check(Simd::vectorize(pulp::Scalar, All([&a, &b])));
        check(pulp::Arch::new().dispatch(All([&a, &b])));
        #[cfg(target_arch = "x86_64")]
        if let Some(v3) = pulp::x86::V3::try_new() {
            check(Simd::vectorize(v3, All([&a, &b])));
        }
    }
}
