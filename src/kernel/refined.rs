//! Cholesky in f32 with refinement to f64.

use std::sync::Mutex;

use super::cholesky::{Factored, Gram};
use super::gram::{BLOCK, GROUPS, grouped_sum, next, parallel};
use crate::vector::vectorized;

/// Relative residual that counts as solved in f64; plain Cholesky in f64 leaves
/// about 1e-13.
const TARGET: f64 = 1e-12;

/// A step that does not make the residual this much smaller is the last.
const STALLED: f64 = 0.25;

/// Columns of K read together.
const TOGETHER: usize = 4;

/// K + ridge I in f64, and its Cholesky factor in f32.
///
/// ```text
/// α ← α + (L Lᵀ)⁻¹ (y - (K + λ I) α)
/// ```
///
/// The factorization costs n³ / 3 in f32, half its price in f64; a step costs n²,
/// and makes the residual smaller by about the condition number times 6e-8.
///
/// # Reference
///
/// Higham 2002, "Accuracy and stability of numerical algorithms", chapter 12; the
/// method of LAPACK's `dsposv`.
pub(super) struct Refined {
    gram: Gram<f64>,
    factor: Factored<f32>,
}

impl Refined {
    /// Factors a copy rounded to f32.
    ///
    /// # Errors
    ///
    /// Gives the matrix back when the copy is not numerically positive definite.
    pub fn new(gram: Gram<f64>) -> Result<Self, Gram<f64>> {
        let n = gram.len();
        let mut narrow = vec![0.0_f32; n * n];
        let list = narrow
            .chunks_mut(n * BLOCK)
            .zip(gram.values().chunks(n * BLOCK));
        let list = Mutex::new(list.enumerate());
        parallel(gram.threads(), |_| {
            while let Some((block, (narrow, wide))) = next(&list) {
                for (j, (narrow, wide)) in narrow.chunks_mut(n).zip(wide.chunks(n)).enumerate() {
                    let first = block * BLOCK + j;
                    for (narrow, wide) in narrow[first..].iter_mut().zip(&wide[first..]) {
                        *narrow = *wide as f32;
                    }
                }
            }
        });
        match Factored::new(narrow, n, gram.threads()) {
            Ok(factor) => Ok(Self { gram, factor }),
            Err(_) => Err(gram),
        }
    }

    /// Solves, one column of `y` after the other, and counts the refinements.
    ///
    /// # Errors
    ///
    /// Gives the matrix back when the residual stays above rounding of f64.
    pub fn solve(self, y: &[Vec<f64>]) -> Result<(Vec<Vec<f64>>, usize, Factored<f32>), Gram<f64>> {
        let whole = norm(y);
        let mut alpha = self.factor.solve(y);
        let mut last = f64::INFINITY;
        for steps in 0.. {
            let mut rest = self.gram.product(&alpha);
            for (rest, y) in rest.iter_mut().zip(y) {
                rest.iter_mut().zip(y).for_each(|(r, y)| *r = y - *r);
            }
            let size = norm(&rest) / whole;
            if size <= TARGET || whole == 0.0 {
                return Ok((alpha, steps, self.factor));
            }
            // Also when it is not a number.
            if !matches!(size, x if x < STALLED * last) {
                break;
            }
            last = size;
            for (alpha, step) in alpha.iter_mut().zip(self.factor.solve(&rest)) {
                alpha.iter_mut().zip(step).for_each(|(a, s)| *a += s);
            }
        }
        Err(self.gram)
    }
}

fn norm(columns: &[Vec<f64>]) -> f64 {
    columns.iter().flatten().map(|x| x * x).sum::<f64>().sqrt()
}

/// K a for symmetric K of which the lower triangle of a column-major (n, n)
/// buffer is read, each entry once.
///
/// Shapes: `a` and the result (n, columns), column after column.
pub(super) fn symmetric_product(
    lower: &[f64],
    n: usize,
    a: &[Vec<f64>],
    threads: usize,
) -> Vec<Vec<f64>> {
    let mut product = Vec::with_capacity(a.len());
    for a in a.chunks(16) {
        product.extend(match a.len() {
            9.. => few::<16>(lower, n, a, threads),
            5..9 => few::<8>(lower, n, a, threads),
            _ => few::<4>(lower, n, a, threads),
        });
    }
    product
}

/// The product with at most W columns; a row of all columns is a vector or two.
fn few<const W: usize>(lower: &[f64], n: usize, a: &[Vec<f64>], threads: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![[0.0; W]; n];
    for (c, column) in a.iter().enumerate() {
        for (row, &value) in rows.iter_mut().zip(column) {
            row[c] = value;
        }
    }
    let total = grouped_sum(threads, n * W, |group, y| {
        let y = y.as_chunks_mut::<W>().0;
        // Neighbouring columns in different groups: all groups take equally long.
        for first in (group * TOGETHER..n).step_by(GROUPS * TOGETHER) {
            let columns = first..n.min(first + TOGETHER);
            if columns.len() == TOGETHER {
                vectorized(
                    #[inline(always)]
                    || together::<W>(lower, n, first, &rows, y),
                );
            } else {
                for j in columns {
                    for i in j..n {
                        let k = lower[j * n + i];
                        for l in 0..W {
                            y[i][l] += k * rows[j][l];
                            y[j][l] += if i > j { k * rows[i][l] } else { 0.0 };
                        }
                    }
                }
            }
        }
    });
    let total = total.as_chunks::<W>().0;
    (0..a.len())
        .map(|c| total.iter().map(|row| row[c]).collect())
        .collect()
}

/// Adds what columns `first..first + TOGETHER` of the triangle contribute.
#[inline(always)]
fn together<const W: usize>(
    lower: &[f64],
    n: usize,
    first: usize,
    a: &[[f64; W]],
    y: &mut [[f64; W]],
) {
    let below = first + TOGETHER;
    // The square on the diagonal.
    for j in first..below {
        for i in j..below {
            let k = lower[j * n + i];
            for l in 0..W {
                y[i][l] += k * a[j][l];
                if i > j {
                    y[j][l] += k * a[i][l];
                }
            }
        }
    }
    let column = |j: usize| &lower[(first + j) * n + below..(first + j + 1) * n];
    let columns: [&[f64]; TOGETHER] = std::array::from_fn(column);
    let across: [[f64; W]; TOGETHER] = std::array::from_fn(|j| a[first + j]);
    let mut sums = [[0.0; W]; TOGETHER];
    let length = n - below;
    let (a, (above, y)) = (&a[below..][..length], y.split_at_mut(below));
    let columns = columns.map(|column| &column[..length]);
    for i in 0..length {
        let row = &mut y[i];
        for j in 0..TOGETHER {
            let k = columns[j][i];
            for l in 0..W {
                row[l] += k * across[j][l];
                sums[j][l] += k * a[i][l];
            }
        }
    }
    for (y, sums) in above[first..].iter_mut().zip(sums) {
        for (y, sum) in y.iter_mut().zip(sums) {
            *y += sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::Points;
    use super::super::{Features, Gaussian};
    use super::*;
    use rand::RngExt;

    fn gram(n: usize, bandwidth: f64) -> Gram<f64> {
        let mut rng = crate::random::stream(5, "refined");
        let values = (0..n * 3).map(|_| rng.random_range(0.0..1.0)).collect();
        let kernel = Gaussian::new(bandwidth).unwrap();
        let points = Points::new(&Features::new(values, 3).unwrap(), &kernel);
        Gram::new(&kernel, &points, 0.0, 2)
    }

    fn columns(n: usize, count: usize) -> Vec<Vec<f64>> {
        let value = |c: usize, i: usize| ((7 * i + 3 * c) as f64).sin();
        (0..count)
            .map(|c| (0..n).map(|i| value(c, i)).collect())
            .collect()
    }

    #[test]
    fn the_product_reads_the_triangle_as_a_symmetric_matrix() {
        for (n, count) in [(1, 1), (4, 3), (7, 1), (131, 10), (200, 23)] {
            let gram = gram(n, 0.3);
            let a = columns(n, count);
            let product = gram.product(&a);
            let k = |i: usize, j: usize| gram.values()[i.min(j) * n + i.max(j)];
            for (product, a) in product.iter().zip(&a) {
                for i in 0..n {
                    let exact: f64 = (0..n).map(|j| k(i, j) * a[j]).sum();
                    assert!((product[i] - exact).abs() < 1e-12, "{n} {count}");
                }
            }
        }
    }

    #[test]
    fn the_solution_is_that_of_f64() {
        let (n, y) = (150, columns(150, 3));
        let exact = gram(n, 0.05).factor().ok().unwrap().solve(&y);
        let refined = Refined::new(gram(n, 0.05)).ok().unwrap();
        let (found, steps, _) = refined.solve(&y).ok().unwrap();
        assert!((1..6).contains(&steps), "{steps}");
        for (found, exact) in found.iter().flatten().zip(exact.iter().flatten()) {
            assert!((found - exact).abs() < 1e-9 * exact.abs().max(1.0));
        }
    }

    #[test]
    fn a_matrix_that_f32_cannot_factor_is_given_back() {
        let before = gram(150, 0.3);
        let values = before.values().to_vec();
        let after = match Refined::new(before) {
            Err(gram) => gram,
            Ok(refined) => refined.solve(&columns(150, 1)).err().unwrap(),
        };
        assert_eq!(after.values(), values);
    }
}
