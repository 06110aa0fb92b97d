//! Ritz values of the preconditioned matrix, from the blocks of the iteration.

use nalgebra::{Cholesky, DMatrix};

/// Halvings of the interval of a logarithm: enough for three digits of any value.
const HALVINGS: usize = 50;

/// M⁻¹ K projected on the preconditioned residuals Z_k of block conjugate
/// gradients: block tridiagonal, as Z_jᵀ M Z_k = 0 for j ≠ k.
///
/// With Z_k = P_k S_k - P_{k-1} β_k and G_k = P_kᵀ K P_k,
///
/// ```text
/// Z_kᵀ K Z_k = S_kᵀ G_k S_k + β_kᵀ G_{k-1} β_k,   Z_{k-1}ᵀ K Z_k = -S_{k-1}ᵀ G_{k-1} β_k,
/// ```
///
/// each scaled by the Cholesky factors of Z_kᵀ M Z_k = Z_kᵀ R_k.
#[derive(Default)]
pub(super) struct Projection {
    /// The diagonal block, and the block above it (absent for the first).
    blocks: Vec<(DMatrix<f64>, Option<DMatrix<f64>>)>,
    /// S_k, G_k and the inverse factor of Z_kᵀ R_k, of the last block.
    last: Option<(DMatrix<f64>, DMatrix<f64>, DMatrix<f64>)>,
    /// A block whose residuals depend on one another ends the projection.
    ended: bool,
}

impl Projection {
    /// Adds the block of one iteration: β, S, G and ZᵀR.
    pub fn push(
        &mut self,
        beta: Option<&DMatrix<f64>>,
        s: &DMatrix<f64>,
        g: &DMatrix<f64>,
        metric: DMatrix<f64>,
    ) {
        let size = metric.nrows();
        let factor = Cholesky::new(0.5 * (&metric + metric.transpose()));
        let inverse = factor
            .and_then(|f| f.l().solve_lower_triangular(&DMatrix::identity(size, size)))
            .filter(|inverse| s.nrows() == size && inverse.iter().all(|x| x.is_finite()));
        let Some(inverse) = inverse.filter(|_| !self.ended) else {
            self.ended = true;
            return;
        };
        let mut diagonal = s.transpose() * g * s;
        let mut above = None;
        if let (Some(beta), Some((last_s, last_g, last_inverse))) = (beta, &self.last) {
            diagonal += beta.transpose() * last_g * beta;
            let coupling = -(last_s.transpose() * last_g * beta);
            above = Some(last_inverse * coupling * inverse.transpose());
        }
        let diagonal = &inverse * diagonal * inverse.transpose();
        self.blocks.push((diagonal, above));
        self.last = Some((s.clone(), g.clone(), inverse));
    }

    /// Largest over smallest Ritz value, by bisection on the inertia of the
    /// shifted matrix; 1 when there is none.
    pub fn condition(&self) -> f64 {
        let all: usize = self.blocks.iter().map(|(d, _)| d.nrows()).sum();
        let above = |block: &Option<DMatrix<f64>>| block.as_ref().map_or(0.0, DMatrix::norm);
        let top = self.blocks.iter().map(|(d, a)| d.norm() + 2.0 * above(a));
        let top = top.fold(0.0, f64::max);
        if all == 0 || top <= 0.0 {
            return 1.0;
        }
        let find = |wanted: usize| {
            let (mut low, mut high) = (top.ln() - 50.0, (2.0 * top).ln());
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                if self.below(middle.exp()) >= wanted {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            high
        };
        (find(all) - find(1)).exp()
    }

    /// How many Ritz values are below x: the negative eigenvalues of the pivots
    /// of a block L D Lᵀ factorization (Sylvester's law of inertia).
    fn below(&self, x: f64) -> usize {
        let mut count = 0;
        let mut inverse: Option<DMatrix<f64>> = None;
        for (diagonal, above) in &self.blocks {
            let mut pivot = diagonal - DMatrix::identity(diagonal.nrows(), diagonal.nrows()) * x;
            if let (Some(above), Some(inverse)) = (above, &inverse) {
                pivot -= above.transpose() * inverse * above;
            }
            let mut eigen = (0.5 * (&pivot + pivot.transpose())).symmetric_eigen();
            for value in eigen.eigenvalues.iter_mut() {
                count += usize::from(*value < 0.0);
                if value.abs() < f64::MIN_POSITIVE {
                    *value = f64::MIN_POSITIVE;
                }
                *value = value.recip();
            }
            inverse = Some(eigen.recompose());
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Block conjugate gradients without rounding or a preconditioner, on a
    /// diagonal matrix: after as many directions as there are eigenvalues the
    /// Ritz values are the eigenvalues.
    #[test]
    fn a_finished_iteration_has_the_condition_of_the_matrix() {
        let k = DMatrix::from_diagonal(&nalgebra::DVector::from_vec(vec![
            0.5, 1.0, 2.0, 3.0, 7.0, 20.0,
        ]));
        let mut r = DMatrix::from_fn(6, 2, |i, j| ((3 * i + 5 * j + i * j) as f64).sin() + 0.3);
        let mut projection = Projection::default();
        let mut last: Option<(DMatrix<f64>, DMatrix<f64>, DMatrix<f64>)> = None;
        for _ in 0..3 {
            let z = r.clone();
            let metric = z.transpose() * &r;
            let mut directions = z.clone();
            let beta = last.as_ref().map(|(p, q, g)| {
                let beta = -(g.clone().try_inverse().unwrap() * q.transpose() * &z);
                directions += p * &beta;
                beta
            });
            let p = directions.clone().qr().q();
            let q = &k * &p;
            let g = p.transpose() * &q;
            r -= &q * (g.clone().try_inverse().unwrap() * p.transpose() * &r);
            projection.push(beta.as_ref(), &(p.transpose() * directions), &g, metric);
            last = Some((p, q, g));
        }
        assert!(r.norm() < 1e-9);
        let condition = projection.condition();
        assert!((condition / 40.0 - 1.0).abs() < 1e-6, "{condition}");
        assert_eq!(projection.below(2.5), 3);
    }
}
