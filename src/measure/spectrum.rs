//! The singular values of matrices.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::linalg::{Matrix, NoConvergence, largest_singular_value};

/// The largest smaller side of a matrix whose singular values are all computed.
///
/// Above it the Gram matrix alone would take more than 200 MB, and its eigenvalues
/// minutes; only the largest singular value is computed then.
pub const LARGEST_SIDE: usize = 5_120;

/// Lanczos steps for the largest singular value of a larger matrix. Up to a
/// million columns, with probability 1 − 10⁻⁶ it is at most 0.15 % too small
/// whatever the spectrum is (see `Largest::shortfall`); it is exact to rounding
/// where the spectrum decays.
const STEPS: usize = 200;

/// Products in the Gram matrix from which several threads share one matrix, as one of
/// 2048 × 4608 or 50000 × 768: a second of one thread.
const SHARED_COST: usize = 10_000_000_000;

/// Parts a shared matrix is cut into: a constant, so that the result does not
/// depend on the number of threads.
const PARTS: usize = 4;

/// Ratio of the smallest to the largest eigenvalue of the Gram matrix below
/// which its digits are rounding.
const ROUNDING: f64 = 1e-10;

/// Smaller side up to which the decomposition of the matrix itself costs nothing.
const SMALL_SIDE: usize = 32;

/// The singular values of each matrix, in descending order.
///
/// Matrices are shared among the threads, the largest first. The result does not
/// depend on how many threads there are.
pub fn singular_values_of(matrices: &[MatRef<'_, f64>]) -> Vec<Result<Vec<f64>, NoConvergence>> {
    each(matrices, singular_values)
}

/// The spectral norm of each matrix, like [`singular_values_of`].
pub fn spectral_norms_of(matrices: &[MatRef<'_, f64>]) -> Vec<Result<f64, NoConvergence>> {
    each(matrices, spectral_norm)
}

fn each<T: Send>(
    matrices: &[MatRef<'_, f64>],
    compute: impl Fn(MatRef<'_, f64>, Par) -> T + Sync,
) -> Vec<T> {
    let side = |a: &MatRef<'_, f64>| a.nrows().min(a.ncols());
    let cost = |a: &MatRef<'_, f64>| (a.nrows() * a.ncols()).saturating_mul(side(a));
    let mut order: Vec<usize> = (0..matrices.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(cost(&matrices[i])));
    let (shared, single): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|&i| cost(&matrices[i]) >= SHARED_COST);
    let mut values: Vec<(usize, T)> = shared
        .into_iter()
        .map(|i| (i, compute(matrices[i], Par::rayon(PARTS))))
        .collect();
    // A bridge hands out one matrix at a time: the small ones fill the gaps.
    let rest = single.into_iter().par_bridge();
    values.par_extend(rest.map(|i| (i, compute(matrices[i], Par::Seq))));
    values.sort_by_key(|&(i, _)| i);
    values.into_iter().map(|(_, value)| value).collect()
}

/// The singular values of A, in descending order.
///
/// ```text
/// σ_i = √λ_i(A Aᵀ)      (or Aᵀ A, whichever is smaller)
/// ```
///
/// Squaring costs small singular values their digits: a σ is right to about
/// 1e-16 σ_max² / σ. So if the smallest eigenvalue is below 1e-10 of the largest, and
/// for a small matrix, the singular value decomposition of A itself is computed
/// instead, and all are right to about 1e-15 σ_max.
///
/// Of a matrix whose smaller side is above [`LARGEST_SIDE`] only the first is
/// computed. A matrix with an entry that is not finite has singular values NaN.
fn singular_values(a: MatRef<'_, f64>, par: Par) -> Result<Vec<f64>, NoConvergence> {
    let side = a.nrows().min(a.ncols());
    if side > LARGEST_SIDE || !a.is_all_finite() {
        let count = if side > LARGEST_SIDE { 1 } else { side };
        return Ok(vec![spectral_norm(a, par)?; count]);
    }
    if side > SMALL_SIDE {
        let (eigenvalues, scale) = gram_eigenvalues(a, par)?;
        let largest = eigenvalues.first().copied().unwrap_or(0.0);
        let smallest = eigenvalues.last().copied().unwrap_or(0.0);
        if smallest >= ROUNDING * largest {
            return Ok(eigenvalues.iter().map(|v| v.sqrt() * scale).collect());
        }
    }
    if let Some(rest) = without_zeros(a) {
        let mut values = singular_values(rest.as_ref(), par)?;
        values.resize(side, 0.0);
        return Ok(values);
    }
    let mut values = Diag::<f64>::zeros(side);
    let no = ComputeSvdVectors::No;
    let scratch = svd_scratch::<f64>(a.nrows(), a.ncols(), no, no, par, Default::default());
    svd(
        a,
        values.as_mut(),
        None,
        None,
        par,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| NoConvergence)?;
    Ok(values.column_vector().iter().copied().collect())
}

/// A without its rows and columns of zeros, if it has any and is not all zeros.
///
/// Units that died or were pruned make a matrix singular. Without them the fast way
/// is open again.
fn without_zeros(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let mut row_lives = vec![false; a.nrows()];
    let mut columns = Vec::new();
    for (j, column) in a.col_iter().enumerate() {
        let mut column_lives = false;
        for (lives, &entry) in row_lives.iter_mut().zip(column.iter()) {
            *lives |= entry != 0.0;
            column_lives |= entry != 0.0;
        }
        columns.extend(column_lives.then_some(j));
    }
    let rows: Vec<usize> = (0..a.nrows()).filter(|&i| row_lives[i]).collect();
    let fewer = rows.len() < a.nrows() || columns.len() < a.ncols();
    (fewer && !rows.is_empty())
        .then(|| Mat::from_fn(rows.len(), columns.len(), |i, j| a[(rows[i], columns[j])]))
}

/// The spectral norm ‖A‖₂: the largest singular value, to about 1e-14 relative.
///
/// All eigenvalues of the Gram matrix are computed. A Lanczos iteration is two to
/// three times faster, but its residual only shows that *some* singular value is
/// near, not that it is the largest; it is used above [`LARGEST_SIDE`] only.
///
/// A matrix with an entry that is not finite has norm NaN.
fn spectral_norm(a: MatRef<'_, f64>, par: Par) -> Result<f64, NoConvergence> {
    if !a.is_all_finite() {
        return Ok(f64::NAN);
    }
    if a.nrows().min(a.ncols()) > LARGEST_SIDE {
        return Ok(largest_singular_value(&Matrix(a), STEPS, 0.0, "matrix")?.value);
    }
    let (eigenvalues, scale) = gram_eigenvalues(a, par)?;
    Ok(eigenvalues.first().map_or(0.0, |v| v.sqrt() * scale))
}

/// The eigenvalues of the smaller Gram matrix of A / scale, in descending order,
/// none below 0; the scale is 1 unless squares would leave the range of `f64`.
fn gram_eigenvalues(a: MatRef<'_, f64>, par: Par) -> Result<(Vec<f64>, f64), NoConvergence> {
    let largest = a.norm_max();
    if largest != 0.0 && !(1e-140..1e140).contains(&largest) {
        let scaled = Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] / largest);
        return Ok((gram_eigenvalues(scaled.as_ref(), par)?.0, largest));
    }
    let a = if a.nrows() <= a.ncols() {
        a
    } else {
        a.transpose()
    };
    let n = a.nrows();
    let mut gram = Mat::<f64>::zeros(n, n);
    triangular::matmul(
        gram.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        a,
        BlockStructure::Rectangular,
        a.transpose(),
        BlockStructure::Rectangular,
        1.0,
        par,
    );
    let mut eigenvalues = self_adjoint_eigenvalues(gram.as_ref(), par)?;
    eigenvalues.reverse();
    // Rounding may leave the eigenvalues of a singular matrix slightly negative.
    eigenvalues.iter_mut().for_each(|v| *v = v.max(0.0));
    Ok((eigenvalues, 1.0))
}

/// The eigenvalues of a self-adjoint matrix of which the lower half is given, in
/// ascending order.
pub(crate) fn self_adjoint_eigenvalues<T: ComplexField + Copy>(
    a: MatRef<'_, T>,
    par: Par,
) -> Result<Vec<T>, NoConvergence> {
    let mut eigenvalues = Diag::<T>::zeros(a.nrows());
    let no = ComputeEigenvectors::No;
    let scratch = self_adjoint_evd_scratch::<T>(a.nrows(), no, par, Default::default());
    self_adjoint_evd(
        a,
        eigenvalues.as_mut(),
        None,
        par,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| NoConvergence)?;
    Ok(eigenvalues.column_vector().iter().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;
    use proptest::prelude::*;
    use rand_distr::{Distribution, StandardNormal};

    fn gaussian(rows: usize, columns: usize, seed: u64) -> Mat<f64> {
        let mut rng = crate::random::stream(seed, "gaussian matrix");
        Mat::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut rng))
    }

    /// U diag(s) Vᵀ with random orthonormal U (rows × k) and V (columns × k).
    fn planted(rows: usize, columns: usize, spectrum: &[f64], seed: u64) -> Mat<f64> {
        let k = spectrum.len();
        let orthonormal = |n, seed| gaussian(n, k, seed).qr().compute_thin_Q();
        let mut scaled = orthonormal(rows, seed);
        for (j, s) in spectrum.iter().enumerate() {
            scaled.col_mut(j).iter_mut().for_each(|x| *x *= s);
        }
        scaled * orthonormal(columns, seed + 1).transpose()
    }

    fn relative_error(a: &Mat<f64>, truth: f64) -> f64 {
        (spectral_norm(a.as_ref(), Par::Seq).unwrap() / truth - 1.0).abs()
    }

    #[test]
    fn planted_spectra_are_found() {
        let close: Vec<f64> = (0..40).map(|i| 1.0 - f64::from(i) * 1e-9).collect();
        let equal = vec![2.5; 30];
        let decaying: Vec<f64> = (0..64).map(|i| 100.0 * 0.5_f64.powi(i)).collect();
        let rank_one = vec![7.0];
        for (seed, spectrum) in [close, equal, decaying, rank_one].iter().enumerate() {
            for (rows, columns) in [(64, 100), (100, 64), (64, 64)] {
                let a = planted(rows, columns, spectrum, 10 * seed as u64);
                let error = relative_error(&a, spectrum[0]);
                assert!(
                    error < 1e-12,
                    "{rows}x{columns}, spectrum {seed}: {error:e}"
                );
            }
        }
    }

    /// All of them, also where squares lose the small ones: rank 20 and dead units.
    #[test]
    fn all_singular_values_are_found() {
        let full: Vec<f64> = (0..50).map(|i| 3.0 - f64::from(i) / 20.0).collect();
        let steep: Vec<f64> = (0..50).map(|i| 0.6_f64.powi(i)).collect();
        let mut low = full.clone();
        low[20..].fill(0.0);
        for spectrum in [full, steep, low] {
            let a = planted(50, 80, &spectrum, 5);
            let dead = Mat::from_fn(60, 90, |i, j| {
                let lives = i % 6 != 0 && j < 80;
                if lives { a[(i - 1 - i / 6, j)] } else { 0.0 }
            });
            for (a, zeros) in [(a, 0), (dead, 10)] {
                let found = singular_values(a.as_ref(), Par::Seq).unwrap();
                assert_eq!(found.len(), 50 + zeros);
                let expected = spectrum.iter().chain(&[0.0; 10]);
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-13, "{found} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_layer_of_the_usual_size_is_found() {
        let mut spectrum: Vec<f64> = (0..512).map(|i| 3.0 - f64::from(i) / 200.0).collect();
        spectrum[0] = 3.0 + 1e-8;
        let error = relative_error(&planted(512, 784, &spectrum, 99), spectrum[0]);
        assert!(error < 1e-12, "{error:e}");
    }

    #[test]
    fn extremes_do_not_panic() {
        let norm = |a: &Mat<f64>| spectral_norm(a.as_ref(), Par::Seq).unwrap();
        assert_eq!(norm(&Mat::zeros(3, 5)), 0.0);
        assert!(
            norm(&Mat::from_fn(2, 2, |i, _| if i == 0 {
                f64::NAN
            } else {
                1.0
            }))
            .is_nan()
        );
        assert!(norm(&Mat::from_fn(1, 3, |_, _| f64::INFINITY)).is_nan());
        let largest = f64::from(f32::MAX);
        assert!((norm(&Mat::from_fn(4, 4, |_, _| largest)) / (4.0 * largest) - 1.0).abs() < 1e-12);
        let smallest = f64::from(f32::from_bits(1));
        assert!((norm(&Mat::from_fn(1, 1, |_, _| smallest)) / smallest - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn between_the_largest_entry_and_the_frobenius_norm(
            rows in 1..12_usize, columns in 1..12_usize, seed: u64
        ) {
            let a = gaussian(rows, columns, seed);
            let spectral = spectral_norm(a.as_ref(), Par::Seq).unwrap();
            let frobenius = a.norm_l2();
            let rank = rows.min(columns) as f64;
            prop_assert!(spectral <= frobenius * (1.0 + 1e-12));
            prop_assert!(frobenius <= rank.sqrt() * spectral * (1.0 + 1e-12));
            prop_assert!(a.norm_max() <= spectral * (1.0 + 1e-12));
        }
    }
}
