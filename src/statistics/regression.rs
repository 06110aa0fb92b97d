//! Ordinary least squares.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::distribution::student_t_critical;
use super::error::{StatisticsError, check_count, check_finite, check_paired};
use super::estimate::{Estimate, Interval, Kind, LEVEL};

/// What least squares found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LeastSquares {
    /// One coefficient per design column, with its t interval.
    pub coefficients: Vec<Estimate>,
    /// √(residual sum of squares / degrees of freedom); `None` without any.
    pub residual_deviation: Option<f64>,
    /// Observations minus coefficients.
    pub degrees_of_freedom: usize,
}

/// Regresses `y` on the design `columns`, all of length n.
///
/// ```text
/// β = argmin ‖y − Xβ‖²,   βⱼ ± t₀.₉₇₅(n − p) · s · √((XᵀX)⁻¹ⱼⱼ),   s² = ‖y − Xβ‖²/(n − p)
/// ```
///
/// Solved by Householder QR, which does not square the condition number as
/// XᵀX would. There is no implicit intercept: give a column of ones. With as
/// many columns as observations there are no intervals. The intervals assume
/// independent errors of equal variance.
///
/// # Errors
/// Columns of another length than `y`, more columns than observations, a value
/// that is not finite, or a column that depends linearly on those before it.
///
/// ```
/// let ones = vec![1.0; 4];
/// let x = vec![0.0, 1.0, 2.0, 3.0];
/// let fit = rethink::statistics::least_squares(&[ones, x], &[1.0, 3.0, 5.0, 7.0])?;
/// assert!((fit.coefficients[1].value - 2.0).abs() < 1e-12);
/// # Ok::<(), rethink::statistics::StatisticsError>(())
/// ```
pub fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Result<LeastSquares, StatisticsError> {
    let (n, p) = (y.len(), columns.len());
    check_count("a regression", n, p.max(1))?;
    check_count("a regression's design", p, 1)?;
    check_finite("y", y)?;
    for column in columns {
        check_paired(column, y)?;
        check_finite("a design column", column)?;
    }
    let design = DMatrix::from_fn(n, p, |row, column| columns[column][row]);
    let y = DVector::from_column_slice(y);
    let qr = design.clone().qr();
    let r = qr.r();
    for (column, length) in design.column_iter().map(|c| c.norm()).enumerate() {
        // The diagonal entry is what the columns before it leave of a column.
        if r[(column, column)].abs() <= n as f64 * f64::EPSILON * length {
            return Err(StatisticsError::RankDeficient { column });
        }
    }
    let mut rotated = y.clone();
    qr.q_tr_mul(&mut rotated);
    let deficient = StatisticsError::RankDeficient { column: p - 1 };
    let solve = |b: &DMatrix<f64>| r.solve_upper_triangular(b).ok_or(deficient.clone());
    let beta = solve(&DMatrix::from_fn(p, 1, |i, _| rotated[i]))?;
    let inverse = solve(&DMatrix::identity(p, p))?;
    let residual = (&design * &beta - DMatrix::from_column_slice(n, 1, y.as_slice())).norm();

    let degrees_of_freedom = n - p;
    let residual_deviation =
        (degrees_of_freedom > 0).then(|| residual / (degrees_of_freedom as f64).sqrt());
    let coefficient = |j: usize| Estimate {
        value: beta[j],
        kind: Kind::Estimate,
        interval: residual_deviation.map(|s| {
            // (XᵀX)⁻¹ = R⁻¹R⁻ᵀ: its diagonal holds the squared rows of R⁻¹.
            let error = s * inverse.row(j).norm();
            let half = student_t_critical(LEVEL, degrees_of_freedom as f64) * error;
            Interval::new(beta[j] - half, beta[j] + half)
        }),
        samples: n,
    };
    Ok(LeastSquares {
        coefficients: (0..p).map(coefficient).collect(),
        residual_deviation,
        degrees_of_freedom,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_column_of_ones_gives_the_mean_and_its_interval() {
        let y = [3.0, 5.0, 4.0, 9.0];
        let fit = least_squares(&[vec![1.0; 4]], &y).unwrap();
        let mean = super::super::mean::mean(&y).unwrap();
        let (a, b) = (
            fit.coefficients[0].interval.unwrap(),
            mean.interval.unwrap(),
        );
        assert!((fit.coefficients[0].value - mean.value).abs() < 1e-12);
        assert!((a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12);
    }

    #[test]
    fn dependent_columns_are_named() {
        let x = vec![0.1, 0.7, 1.3, 2.9];
        let shifted: Vec<f64> = x.iter().map(|v| 2.0 * v - 3.0).collect();
        let columns = [vec![1.0; 4], x, shifted];
        let error = least_squares(&columns, &[1.0, 2.0, 3.0, 5.0]).unwrap_err();
        assert_eq!(error, StatisticsError::RankDeficient { column: 2 });
        let zero = least_squares(&[vec![0.0; 2]], &[1.0, 2.0]).unwrap_err();
        assert_eq!(zero, StatisticsError::RankDeficient { column: 0 });
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(least_squares(&[], &[1.0]).is_err());
        assert!(least_squares(&[vec![1.0]], &[1.0, 2.0]).is_err());
        assert!(least_squares(&[vec![1.0], vec![2.0]], &[1.0]).is_err());
        let saturated = least_squares(&[vec![2.0]], &[1.0]).unwrap();
        assert_eq!(saturated.coefficients[0].interval, None);
    }

    proptest! {
        #[test]
        fn residuals_are_orthogonal_to_every_column(
            rows in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64, -9.0..9.0_f64), 5..20)
        ) {
            let column = |f: fn(&(f64, f64, f64)) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
            let columns = [vec![1.0; rows.len()], column(|r| r.0), column(|r| r.1)];
            let y = column(|r| r.2);
            let fit = least_squares(&columns, &y).unwrap();
            let residual = |i: usize| {
                y[i] - (0..3).map(|j| fit.coefficients[j].value * columns[j][i]).sum::<f64>()
            };
            for column in &columns {
                let dot: f64 = (0..y.len()).map(|i| residual(i) * column[i]).sum();
                prop_assert!(dot.abs() < 1e-6, "{dot}");
            }
        }
    }
}
