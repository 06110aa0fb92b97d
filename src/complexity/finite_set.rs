//! Finitely many functions, or their convex hull.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::class::{FunctionClass, Sandwich};
use super::draws::Weights;
use super::error::{ComplexityError, finite, points};

/// Finitely many functions, given by their values on the points; their convex hull has the
/// same suprema.
///
/// A set need not be symmetric, so its supremum for w and that for -w differ, and both
/// come from the same product. What is averaged is their mean (antithetic pairs), the
/// supremum of the symmetric set (A - A)/2, which has the same complexity: a function
/// common to all of A then adds nothing to the variance. For balls both suprema are
/// equal, and pairs would gain nothing.
///
/// ```text
/// (max_a <a, w> - min_a <a, w>) / 2n
/// c max_{a,b} |a - b|₂ / 2n ≤ R̂ ≤ min_z max_a |a - z|₂ √(2 ln |A|) / n
/// ```
///
/// with c = 1/√2 for signs, √(2/π) for normal weights; z is 0 or the mean of A, and the
/// pair is the farthest found by two sweeps. The complexity of a finite set of trained
/// networks is a lower bound for any class that contains them.
///
/// # Reference
///
/// Massart 2000, "Some applications of concentration inequalities to statistics", Lemma 5.2
/// (upper bound; recalled); Szarek 1976 (lower bound, derived here from max(s, t) = (s + t + |s - t|)/2).
///
/// ```
/// use rethink::complexity::{Draws, FiniteSet, complexity};
/// // All four functions to ±1 on two points: they fit all signs.
/// let set = FiniteSet::new(&[1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0], 2)?;
/// let all = complexity(&set, &Draws::all_signs(2)?, 0.05, 1)?;
/// assert_eq!(all.value.value, 1.0);
/// # Ok::<(), rethink::complexity::ComplexityError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteSet {
    /// One row per function.
    values: Vec<f64>,
    points: usize,
}

impl FiniteSet {
    /// Takes the values of the functions on n points, function after function.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, no function, a length that is not a multiple of n, or a value
    /// that is not finite.
    pub fn new(values: &[f64], n: usize) -> Result<Self, ComplexityError> {
        points(n)?;
        if values.is_empty() || !values.len().is_multiple_of(n) {
            return Err(ComplexityError::Length {
                what: "the values of the functions",
                given: values.len(),
                expected: values.len().div_ceil(n).max(1) * n,
            });
        }
        finite("the values of the functions", values, n)?;
        Ok(Self {
            values: values.to_vec(),
            points: n,
        })
    }

    fn functions(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.points)
    }

    fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.points];
        for function in self.functions() {
            mean.iter_mut().zip(function).for_each(|(m, f)| *m += f);
        }
        let count = self.functions().count() as f64;
        mean.iter_mut().for_each(|m| *m /= count);
        mean
    }

    /// The function farthest from `center`, and how far it is.
    fn farthest(&self, center: &[f64]) -> (&[f64], f64) {
        let distance = |f: &[f64]| {
            let pairs = f.iter().zip(center);
            pairs.map(|(f, c)| (f - c) * (f - c)).sum::<f64>().sqrt()
        };
        let mut best = (&self.values[..self.points], 0.0);
        for function in self.functions() {
            let distance = distance(function);
            if distance > best.1 {
                best = (function, distance);
            }
        }
        best
    }
}

impl FunctionClass for FiniteSet {
    fn points(&self) -> usize {
        self.points
    }

    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError> {
        let count = self.values.len() / self.points;
        let functions = MatRef::from_row_major_slice(&self.values, count, self.points);
        let mut products = Mat::<f64>::zeros(count, weights.ncols());
        let out = products.as_mut();
        matmul(out, Accum::Replace, functions, weights, 1.0, Par::Seq);
        let half_width = |products: faer::ColRef<'_, f64>| {
            let extremes = (f64::INFINITY, f64::NEG_INFINITY);
            let (low, high) = products
                .iter()
                .fold(extremes, |(low, high), &p| (low.min(p), high.max(p)));
            (high - low) / (2.0 * self.points as f64)
        };
        Ok(products.col_iter().map(half_width).collect())
    }

    fn sandwich(&self, weights: Weights) -> Sandwich {
        let n = self.points as f64;
        let (first, _) = self.farthest(&self.mean());
        let (_, diameter) = self.farthest(first);
        let from_zero = self.farthest(&vec![0.0; self.points]).1;
        let logarithm = ((self.values.len() / self.points) as f64).ln();
        Sandwich {
            lower: weights.khintchine() * diameter / (2.0 * n),
            lower_by: match weights {
                Weights::Rademacher => "|a - b|/(2√2 n) of a far pair, Szarek 1976",
                Weights::Gaussian => "√(2/π) |a - b|/2n of a far pair",
            },
            upper: from_zero.min(self.largest_norm()) * (2.0 * logarithm).sqrt() / n,
            upper_by: "min_z max_a |a - z| √(2 ln |A|)/n, Massart 2000",
        }
    }

    fn radii(&self) -> Vec<f64> {
        let mut low = self.values[..self.points].to_vec();
        let mut high = low.clone();
        for function in self.functions() {
            for ((l, h), &f) in low.iter_mut().zip(&mut high).zip(function) {
                *l = l.min(f);
                *h = h.max(f);
            }
        }
        low.iter().zip(&high).map(|(l, h)| (h - l) / 2.0).collect()
    }

    fn largest_norm(&self) -> f64 {
        // |a - b|/2 is at most the larger distance from any point.
        self.farthest(&self.mean()).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, complexity};
    use proptest::prelude::*;
    use rand::RngExt;

    #[test]
    fn pairs_have_the_complexity_of_the_set_and_forget_what_all_share() {
        let (n, count) = (8, 5);
        let mut rng = crate::random::stream(1, "finite set");
        let values: Vec<f64> = (0..n * count)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let draws = Draws::all_signs(n).unwrap();
        let signs = draws.block(0..draws.count());
        // The definition, without pairs.
        let sup = |w: faer::ColRef<'_, f64>| {
            let product = |a: &[f64]| a.iter().zip(w.iter()).map(|(a, w)| a * w).sum::<f64>();
            values
                .chunks(n)
                .map(product)
                .fold(f64::NEG_INFINITY, f64::max)
                / n as f64
        };
        let expected = signs.col_iter().map(sup).sum::<f64>() / 256.0;
        let set = FiniteSet::new(&values, n).unwrap();
        let result = complexity(&set, &draws, 0.05, 1).unwrap();
        assert!((result.value.value - expected).abs() < 1e-14);
        let moved: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(i, v)| v + (i % n) as f64)
            .collect();
        let moved = FiniteSet::new(&moved, n).unwrap();
        let moved = complexity(&moved, &draws, 0.05, 1).unwrap();
        for (a, b) in result.suprema.iter().zip(&moved.suprema) {
            assert!((a - b).abs() < 1e-13);
        }
        // The bound centers the set; before, it took the better of two centers.
        let centered = set.largest_norm() * (2.0 * 5_f64.ln()).sqrt() / n as f64;
        assert!((moved.sandwich.upper / centered - 1.0).abs() < 1e-12);
        assert!(result.sandwich.upper <= centered * (1.0 + 1e-12));
    }

    #[test]
    fn one_function_has_no_complexity() {
        let set = FiniteSet::new(&[1.0, -2.0, 3.0], 3).unwrap();
        let result = complexity(&set, &Draws::all_signs(3).unwrap(), 0.05, 1).unwrap();
        assert_eq!(result.value.value, 0.0);
        assert_eq!((result.sandwich.lower, result.sandwich.upper), (0.0, 0.0));
    }

    #[test]
    fn what_is_no_set_is_named() {
        assert!(FiniteSet::new(&[1.0], 1).is_err());
        assert!(FiniteSet::new(&[], 3).is_err());
        assert!(
            FiniteSet::new(&[1.0; 5], 3)
                .unwrap_err()
                .to_string()
                .contains("6 are needed")
        );
        let error = FiniteSet::new(&[1.0, 0.0, 0.0, f64::INFINITY], 2).unwrap_err();
        assert!(matches!(
            error,
            ComplexityError::NotFinite {
                row: 1,
                column: 1,
                ..
            }
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_complexity_is_within_its_sandwich(seed: u64, n in 2..9_usize, count in 1..7_usize) {
            let mut rng = crate::random::stream(seed, "finite set");
            let values: Vec<f64> = (0..n * count).map(|_| rng.random_range(-1.0..2.0)).collect();
            let set = FiniteSet::new(&values, n).unwrap();
            let exact = complexity(&set, &Draws::all_signs(n).unwrap(), 0.05, 1).unwrap();
            prop_assert!(exact.sandwich.lower <= exact.value.value + 1e-13);
            prop_assert!(exact.value.value <= exact.sandwich.upper + 1e-13);
            let largest = exact.suprema.iter().copied().fold(0.0, f64::max);
            let radii = set.radii().iter().sum::<f64>() / n as f64;
            prop_assert!(largest <= radii.min(set.largest_norm() / (n as f64).sqrt()) + 1e-13);
        }
    }
}
