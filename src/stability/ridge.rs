//! Kernel ridge regression, whose leave-one-out functions have a closed form.

use nalgebra::DMatrix;

use super::StabilityError;

/// Kernel ridge regression `min Σ_i (f(x_i) − y_i)² + ridge ‖f‖²` on n points, and
/// the functions f_{-i} that it finds without point i and the same ridge.
///
/// ```text
/// C = (K + ridge I)⁻¹,   α = C y,   f(x) = Σ_j α_j k(x_j, x)
/// f(x) − f_{-i}(x) = (α_i / C_ii) Σ_j C_ji k(x_j, x)
/// y_i − f_{-i}(x_i) = α_i / C_ii
/// ```
///
/// # Reference
/// Rasmussen and Williams 2006, "Gaussian processes for machine learning",
/// equation 5.12 (recalled; the residual); the change at other points is derived here.
#[derive(Debug, Clone)]
pub struct Ridge {
    inverse: DMatrix<f64>,
    /// Shape (n, columns).
    targets: DMatrix<f64>,
    /// Shape (n, columns).
    alpha: DMatrix<f64>,
    ridge: f64,
}

/// The functions at further points.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// f, shape (points, columns).
    outputs: DMatrix<f64>,
    /// Σ_j C_ji k(x_j, x) / C_ii, shape (points, n).
    directions: DMatrix<f64>,
}

impl Ridge {
    /// Solves for the targets of one or more columns.
    ///
    /// Shapes: `kernel` (n, n), symmetric; each column of `targets` (n).
    ///
    /// # Errors
    /// Sizes that do not fit, or a matrix that is not positive definite.
    pub fn new(kernel: &[f64], targets: &[Vec<f64>], ridge: f64) -> Result<Self, StabilityError> {
        let n = targets.first().map_or(0, Vec::len);
        if n == 0 || kernel.len() != n * n || targets.iter().any(|column| column.len() != n) {
            return Err(StabilityError::Kernel {
                numbers: kernel.len(),
                rows: n,
                points: n,
            });
        }
        let mut matrix = DMatrix::from_row_slice(n, n, kernel);
        (0..n).for_each(|i| matrix[(i, i)] += ridge);
        let factor = matrix
            .cholesky()
            .ok_or(StabilityError::NotPositiveDefinite { ridge })?;
        let targets = DMatrix::from_fn(n, targets.len(), |i, c| targets[c][i]);
        Ok(Self {
            inverse: factor.inverse(),
            alpha: factor.solve(&targets),
            targets,
            ridge,
        })
    }

    /// Number of points.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.alpha.nrows()
    }

    /// `f(x_i) = y_i − ridge α_i` of one column.
    pub fn fitted(&self, i: usize, column: usize) -> f64 {
        self.targets[(i, column)] - self.ridge * self.alpha[(i, column)]
    }

    /// `f_{-i}(x_i)` of one column.
    pub fn left_out(&self, i: usize, column: usize) -> f64 {
        self.targets[(i, column)] - self.alpha[(i, column)] / self.inverse[(i, i)]
    }

    /// Largest `|f(x_i) + f_{-i}(x_i) − 2 y_i|`, by which the squared loss at the
    /// removed point changes per change of the output. Bousquet and Elisseeff
    /// take 2 for it, its largest value when outputs and targets lie in [0, 1].
    pub fn admissibility(&self) -> f64 {
        let pairs = (0..self.len()).flat_map(|i| (0..self.targets.ncols()).map(move |c| (i, c)));
        let slope = |(i, c)| self.fitted(i, c) + self.left_out(i, c) - 2.0 * self.targets[(i, c)];
        pairs.map(|pair| slope(pair).abs()).fold(0.0, f64::max)
    }

    /// The function and those without one point, at further points.
    ///
    /// Shape of `kernel`: (points, n), of the further with the training points.
    ///
    /// # Errors
    /// A number of entries that is no multiple of n.
    pub fn evaluate(&self, kernel: &[f64]) -> Result<Evaluated, StabilityError> {
        let n = self.len();
        let rows = kernel.len() / n;
        if rows * n != kernel.len() {
            return Err(StabilityError::Kernel {
                numbers: kernel.len(),
                rows,
                points: n,
            });
        }
        let kernel = DMatrix::from_row_slice(rows, n, kernel);
        let mut directions = &kernel * &self.inverse;
        for i in 0..n {
            directions.column_mut(i).unscale_mut(self.inverse[(i, i)]);
        }
        Ok(Evaluated {
            outputs: kernel * &self.alpha,
            directions,
        })
    }

    /// `f_{-i}(x)` at a point of `evaluated`, of one column.
    pub fn without(&self, i: usize, evaluated: &Evaluated, point: usize, column: usize) -> f64 {
        evaluated.outputs[(point, column)]
            - self.alpha[(i, column)] * evaluated.directions[(point, i)]
    }
}

impl Evaluated {
    /// Number of points.
    #[allow(clippy::len_without_is_empty)] // a question of the caller's points
    pub fn len(&self) -> usize {
        self.outputs.nrows()
    }

    /// f at a point, of one column.
    pub fn output(&self, point: usize, column: usize) -> f64 {
        self.outputs[(point, column)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::bounds::ridge_regression;
    use super::*;
    use crate::random::stream;
    use rand::RngExt;

    fn kernel(a: &[f64], b: &[f64]) -> Vec<f64> {
        let pairs = a.iter().flat_map(|x| b.iter().map(move |y| x - y));
        pairs.map(|d| (-d * d / 0.1).exp()).collect()
    }

    /// Points in [0, 1] with targets 0 and 1, as a step with mistakes.
    fn problem(n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut rng = stream(4, "ridge points");
        let points: Vec<f64> = (0..n).map(|_| rng.random()).collect();
        let step = points
            .iter()
            .map(|&x| f64::from(u8::from(x > 0.5)))
            .collect();
        let coin = (0..n)
            .map(|_| f64::from(u8::from(rng.random::<bool>())))
            .collect();
        (points, vec![step, coin])
    }

    fn without(values: &[f64], i: usize) -> Vec<f64> {
        let kept = values.iter().enumerate().filter(|&(j, _)| j != i);
        kept.map(|(_, &v)| v).collect()
    }

    #[test]
    fn the_closed_form_is_what_training_without_the_point_gives() {
        let (points, targets) = problem(12);
        let further = [0.05, 0.5, 0.93];
        let ridge = Ridge::new(&kernel(&points, &points), &targets, 0.3).expect("definite");
        let evaluated = ridge
            .evaluate(&kernel(&further, &points))
            .expect("sizes fit");
        for i in 0..12 {
            let rest = without(&points, i);
            let kept: Vec<Vec<f64>> = targets.iter().map(|column| without(column, i)).collect();
            let trained = Ridge::new(&kernel(&rest, &rest), &kept, 0.3).expect("definite");
            let there = trained
                .evaluate(&kernel(&further, &rest))
                .expect("sizes fit");
            let own = trained
                .evaluate(&kernel(&points[i..=i], &rest))
                .expect("sizes fit");
            for column in 0..2 {
                assert!((own.output(0, column) - ridge.left_out(i, column)).abs() < 1e-10);
                for point in 0..3 {
                    let expected = there.output(point, column);
                    let found = ridge.without(i, &evaluated, point, column);
                    assert!((found - expected).abs() < 1e-10, "{found} {expected}");
                }
            }
        }
        // f at a training point, by its coefficients and by the kernel.
        let own = ridge
            .evaluate(&kernel(&points, &points))
            .expect("sizes fit");
        assert!((own.output(3, 1) - ridge.fitted(3, 1)).abs() < 1e-10);
    }

    /// The theorem as an oracle, for true and for random targets alike.
    #[test]
    fn no_removal_changes_a_loss_by_more_than_bousquet_and_elisseeff_allow() {
        let (points, targets) = problem(60);
        let grid: Vec<f64> = (0..50).map(|i| f64::from(i) / 49.0).collect();
        for ridge in [2.0, 6.0, 20.0] {
            let fit = Ridge::new(&kernel(&points, &points), &targets, ridge).expect("definite");
            let at = fit.evaluate(&kernel(&grid, &points)).expect("sizes fit");
            let bound = ridge_regression(1.0, ridge);
            assert!(fit.admissibility() <= 2.0, "{}", fit.admissibility());
            let mut largest = 0.0_f64;
            for (i, column) in (0..60).flat_map(|i| [(i, 0), (i, 1)]) {
                for point in 0..at.len() {
                    // Clipping brings no two outputs further apart.
                    let f = at.output(point, column).clamp(0.0, 1.0);
                    let g = fit.without(i, &at, point, column).clamp(0.0, 1.0);
                    for y in [0.0, 1.0] {
                        let change = (f - y).powi(2) - (g - y).powi(2);
                        largest = largest.max(change.abs());
                    }
                }
            }
            assert!(
                largest <= bound && largest > bound / 50.0,
                "{largest} {bound}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Ridge::new(&[1.0; 4], &[vec![0.0; 3]], 1.0).is_err());
        assert!(Ridge::new(&[], &[], 1.0).is_err());
        let error = Ridge::new(&[1.0, 1.0, 1.0, 1.0], &[vec![0.0; 2]], 0.0).unwrap_err();
        assert!(error.to_string().contains("raise the ridge"), "{error}");
        let fit = Ridge::new(&[1.0], &[vec![0.0]], 1.0).expect("definite");
        assert_eq!(fit.len(), 1);
    }
}
