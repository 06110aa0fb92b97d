//! The largest singular value of a matrix.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{
    ComputeEigenvectors, EvdError, self_adjoint_evd, self_adjoint_evd_scratch,
};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatRef, Par};

/// The spectral norm ‖A‖₂: the largest singular value, to about 1e-14 relative.
///
/// ```text
/// ‖A‖₂ = √λ_max(A Aᵀ)      (or Aᵀ A, whichever is smaller)
/// ```
///
/// All eigenvalues of the Gram matrix are computed, on one thread. Squaring
/// costs small singular values their digits but not the largest. A Lanczos
/// iteration is two to three times faster, but its residual only shows that
/// *some* singular value is near, not that it is the largest.
///
/// A matrix with an entry that is not finite has norm NaN.
///
/// # Errors
/// The eigenvalue iteration does not converge.
pub fn spectral_norm(a: MatRef<'_, f64>) -> Result<f64, EvdError> {
    if !a.is_all_finite() {
        return Ok(f64::NAN);
    }
    let a = if a.nrows() <= a.ncols() {
        a
    } else {
        a.transpose()
    };
    let n = a.nrows();
    let mut gram = faer::Mat::<f64>::zeros(n, n);
    matmul(
        gram.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        a,
        BlockStructure::Rectangular,
        a.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    let mut eigenvalues = Diag::<f64>::zeros(n);
    let scratch =
        self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::No, Par::Seq, Default::default());
    self_adjoint_evd(
        gram.as_ref(),
        eigenvalues.as_mut(),
        None,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )?;
    // Rounding may leave the eigenvalues of a zero matrix slightly negative.
    let largest = eigenvalues
        .column_vector()
        .iter()
        .fold(0.0_f64, |m, &v| m.max(v));
    Ok(largest.sqrt())
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
        (spectral_norm(a.as_ref()).unwrap() / truth - 1.0).abs()
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

    #[test]
    fn a_layer_of_the_usual_size_is_found() {
        let mut spectrum: Vec<f64> = (0..512).map(|i| 3.0 - f64::from(i) / 200.0).collect();
        spectrum[0] = 3.0 + 1e-8;
        let error = relative_error(&planted(512, 784, &spectrum, 99), spectrum[0]);
        assert!(error < 1e-12, "{error:e}");
    }

    #[test]
    fn extremes_do_not_panic() {
        let norm = |a: &Mat<f64>| spectral_norm(a.as_ref()).unwrap();
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
            let spectral = spectral_norm(a.as_ref()).unwrap();
            let frobenius = a.norm_l2();
            let rank = rows.min(columns) as f64;
            prop_assert!(spectral <= frobenius * (1.0 + 1e-12));
            prop_assert!(frobenius <= rank.sqrt() * spectral * (1.0 + 1e-12));
            prop_assert!(a.norm_max() <= spectral * (1.0 + 1e-12));
        }
    }
}
