//! Linear correlation, and what is left of it once a third sample is known.

use super::error::{StatisticsError, check_finite, check_paired};
use super::rank::check_rankable;
use crate::linalg::{dot, norm};

/// Pearson's correlation.
///
/// # Errors
/// Samples of different length, fewer than two pairs, a value that is not
/// finite, or a sample of equal values.
///
/// # Reference
/// Pearson 1895, "Notes on regression and inheritance in the case of two
/// parents".
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check_rankable("Pearson's correlation", x, y)?;
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| v - mean).collect()
    };
    let (x, y) = (centred(x), centred(y));
    Ok((dot(&x, &y) / (norm(&x) * norm(&y))).clamp(-1.0, 1.0))
}

/// The correlation of what linear regression on `given` leaves of x and of y.
///
/// ```text
/// (r_xy − r_xz r_yz) / √((1 − r_xz²)(1 − r_yz²)),   z = given
/// ```
///
/// Not a number when `given` determines x or y.
///
/// # Errors
/// As for [`pearson`], for any two of the three.
///
/// # Reference
/// Yule 1907, "On the theory of correlation for any number of variables".
///
/// ```
/// let z = [1.0, 2.0, 3.0, 4.0];
/// // x = z + a and y = z − a with a orthogonal to z and to one: only z is shared.
/// let (x, y) = ([2.0, 1.0, 2.0, 5.0], [0.0, 3.0, 4.0, 3.0]);
/// let left = rethink::statistics::partial_correlation(&x, &y, &z)?;
/// assert!((left + 1.0).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn partial_correlation(x: &[f64], y: &[f64], given: &[f64]) -> Result<f64, StatisticsError> {
    check_paired(x, given)?;
    check_finite("given", given)?;
    let (xy, xz, yz) = (pearson(x, y)?, pearson(x, given)?, pearson(y, given)?);
    Ok((xy - xz * yz) / ((1.0 - xz * xz) * (1.0 - yz * yz)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use crate::statistics::least_squares;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn a_line_has_correlation_one() {
        let x = [1.0, 2.0, 5.0];
        let y = x.map(|x| 3.0 - 2.0 * x);
        assert!((pearson(&x, &y).unwrap() + 1.0).abs() < 1e-15);
        assert!(pearson(&x, &[2.0; 3]).is_err());
    }

    /// The formula against residuals of two regressions.
    #[test]
    fn the_partial_correlation_is_that_of_residuals() {
        let mut rng = stream(1, "partial correlation");
        let mut draw =
            || -> Vec<f64> { (0..30).map(|_| StandardNormal.sample(&mut rng)).collect() };
        let (z, a, b) = (draw(), draw(), draw());
        let x: Vec<f64> = z.iter().zip(&a).map(|(z, a)| 2.0 * z + a).collect();
        let y: Vec<f64> = (z.iter().zip(&a).zip(&b))
            .map(|((z, a), b)| 0.5 * a + b - z)
            .collect();
        let residual = |v: &[f64]| -> Vec<f64> {
            let fit = least_squares(&[vec![1.0; 30], z.clone()], v).unwrap();
            let (level, slope) = (fit.coefficients[0].value, fit.coefficients[1].value);
            v.iter()
                .zip(&z)
                .map(|(v, z)| v - level - slope * z)
                .collect()
        };
        let expected = pearson(&residual(&x), &residual(&y)).unwrap();
        let found = partial_correlation(&x, &y, &z).unwrap();
        assert!((found - expected).abs() < 1e-12);
    }
}
