//! Gradient flow of a product of 2 × 2 matrices.

use nalgebra::{DVector, Matrix2, Vector2};

use crate::toy::ToyError;
use crate::toy::flow::{Tolerance, follow};

/// Loss at which a flow ends.
pub const END: f64 = 1e-6;
const TOLERANCE: Tolerance = Tolerance {
    relative: 1e-6,
    absolute: 1e-9,
};

/// A moment of a flow.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub loss: f64,
    pub product: Matrix2<f64>,
}

impl Moment {
    pub fn of(product: Matrix2<f64>) -> Self {
        Self {
            loss: residual(&product).norm_squared() / 2.0,
            product,
        }
    }

    /// σ₁ ≥ σ₂.
    pub fn singular_values(&self) -> (f64, f64) {
        let square = self.product.norm_squared();
        let det = self.product.determinant().abs();
        let largest = ((square + 2.0 * det).sqrt() + (square - 2.0 * det).max(0.0).sqrt()) / 2.0;
        (largest, det / largest)
    }

    /// The exponential of the entropy of the singular values' shares.
    pub fn effective_rank(&self) -> f64 {
        let (a, b) = self.singular_values();
        let term = |s: f64| {
            if s > 0.0 {
                -s / (a + b) * (s / (a + b)).ln()
            } else {
                0.0
            }
        };
        (term(a) + term(b)).exp()
    }

    /// The lower bound of |w₁₁|.
    pub fn bound(&self) -> f64 {
        let root = (2.0 * self.loss).sqrt();
        (1.0 - root).max(0.0).powi(2) / root
    }
}

/// Factors are stored one after another, W₁ first, each column by column.
fn product(factors: &DVector<f64>) -> Matrix2<f64> {
    let factors = factors.as_slice().chunks_exact(4);
    factors.fold(Matrix2::identity(), |product, factor| {
        Matrix2::from_column_slice(factor) * product
    })
}

/// ∂ℓ/∂W.
fn residual(w: &Matrix2<f64>) -> Matrix2<f64> {
    Matrix2::new(0.0, w.m12 - 1.0, w.m21 - 1.0, w.m22)
}

/// ∂ℓ/∂W_j = (W_L ··· W_{j+1})ᵀ ∂ℓ/∂W (W_{j−1} ··· W₁)ᵀ.
fn gradient(factors: &DVector<f64>) -> DVector<f64> {
    let outer = residual(&product(factors));
    let all: Vec<Matrix2<f64>> = (factors.as_slice().chunks_exact(4))
        .map(Matrix2::from_column_slice)
        .collect();
    let multiply = |part: &[Matrix2<f64>]| {
        let start = Matrix2::identity();
        part.iter().fold(start, |product, factor| factor * product)
    };
    let entries = (0..all.len()).flat_map(|j| {
        let (before, after) = (multiply(&all[..j]), multiply(&all[j + 1..]));
        let block = after.transpose() * outer * before.transpose();
        block.as_slice().to_vec()
    });
    DVector::from_iterator(factors.len(), entries)
}

/// Balanced factors of a matrix: Σ^(1/L) Vᵀ, Σ^(1/L), …, U Σ^(1/L).
fn balanced(w: &Matrix2<f64>, depth: usize) -> DVector<f64> {
    let svd = Svd::of(w);
    let root = Matrix2::from_diagonal(&svd.sigma.map(|s| s.powf(1.0 / depth as f64)));
    let factor = |j: usize| {
        let right = if j == 0 {
            svd.v.transpose()
        } else {
            Matrix2::identity()
        };
        let left = if j + 1 == depth {
            svd.u
        } else {
            Matrix2::identity()
        };
        left * root * right
    };
    let entries = (0..depth).flat_map(|j| factor(j).as_slice().to_vec());
    DVector::from_iterator(4 * depth, entries)
}

/// W = U diag(σ) Vᵀ. U and V are rotations if det W > 0.
struct Svd {
    u: Matrix2<f64>,
    sigma: Vector2<f64>,
    v: Matrix2<f64>,
}

impl Svd {
    /// From the eigenvectors of WᵀW; W must be invertible.
    fn of(w: &Matrix2<f64>) -> Self {
        let eigen = (w.transpose() * w).symmetric_eigen();
        let mut v = eigen.eigenvectors;
        let mut sigma = eigen.eigenvalues.map(|square| square.max(0.0).sqrt());
        if sigma[0] < sigma[1] {
            v.swap_columns(0, 1);
            sigma.swap_rows(0, 1);
        }
        if v.determinant() < 0.0 {
            v.column_mut(1).neg_mut();
        }
        let u = w * v * Matrix2::from_diagonal(&sigma.map(f64::recip));
        Self { u, sigma, v }
    }

    /// From the angles of U and V and the logarithms of σ.
    fn at(state: &DVector<f64>) -> Self {
        let rotation = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            Matrix2::new(cos, -sin, sin, cos)
        };
        Self {
            u: rotation(state[0]),
            v: rotation(state[1]),
            sigma: Vector2::new(state[2].exp(), state[3].exp()),
        }
    }

    fn state(&self) -> DVector<f64> {
        let angle = |rotation: &Matrix2<f64>| rotation.m21.atan2(rotation.m11);
        let logs = self.sigma.map(f64::ln);
        DVector::from_vec(vec![angle(&self.u), angle(&self.v), logs[0], logs[1]])
    }

    fn product(&self) -> Matrix2<f64> {
        self.u * Matrix2::from_diagonal(&self.sigma) * self.v.transpose()
    }

    /// The velocity of [`state`](Self::state). With G = Uᵀ ∂ℓ/∂W V and D = Uᵀ dW/dt V,
    ///
    /// ```text
    /// d ln σ_r/dt = −L σ_r^(1−2/L) G_rr
    /// D = Ω_U S + dS/dt − S Ω_V,   S = diag(σ)
    /// ```
    ///
    /// whose off-diagonal entries are two equations for the two angles.
    fn velocity(&self, depth: usize) -> DVector<f64> {
        let g = self.u.transpose() * residual(&self.product()) * self.v;
        let power = |s: f64, k: usize| s.powf(2.0 * k as f64 / depth as f64);
        let [a, b] = [self.sigma[0], self.sigma[1]];
        let d = |r: f64, s: f64, g: f64| {
            let sum: f64 = (0..depth)
                .map(|j| power(r, j) * power(s, depth - 1 - j))
                .sum();
            -g * sum
        };
        let (d12, d21) = (d(a, b, g.m12), d(b, a, g.m21));
        let gap = a * a - b * b;
        let log = |s: f64, g: f64| -(depth as f64) * s.powf(1.0 - 2.0 / depth as f64) * g;
        DVector::from_vec(vec![
            (a * d21 + b * d12) / gap,
            (a * d12 + b * d21) / gap,
            log(a, g.m11),
            log(b, g.m22),
        ])
    }
}

/// The moments of the flow of balanced factors from W, to a loss of [`END`].
pub fn flow(w: &Matrix2<f64>, depth: usize) -> Result<Vec<Moment>, ToyError> {
    let mut moments = vec![Moment::of(*w)];
    let mut done = |product| {
        let moment = Moment::of(product);
        moments.push(moment);
        moment.loss <= END
    };
    if w.determinant() > 0.0 {
        let velocity = |state: &DVector<f64>| Svd::at(state).velocity(depth);
        let done = |_, state: &DVector<f64>| done(Svd::at(state).product());
        follow(velocity, Svd::of(w).state(), TOLERANCE, done)?;
    } else {
        let velocity = |factors: &DVector<f64>| -gradient(factors);
        let done = |_, factors: &DVector<f64>| done(product(factors));
        follow(velocity, balanced(w, depth), TOLERANCE, done)?;
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let at = DVector::from_fn(12, |i, _| ((3 * i + 1) as f64).sin());
        let loss = |w: &DVector<f64>| Moment::of(product(w)).loss;
        let found = gradient(&at);
        for i in 0..12 {
            let (mut up, mut down) = (at.clone(), at.clone());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            let expected = (loss(&up) - loss(&down)) / 2e-5;
            assert!((found[i] - expected).abs() < 1e-8, "{i}");
        }
    }

    #[test]
    fn singular_values_and_effective_rank_have_closed_forms() {
        let moment = Moment::of;
        let w = Matrix2::new(3.0, 0.0, 4.0, 5.0);
        let (a, b) = moment(w).singular_values();
        assert!((a - 45f64.sqrt()).abs() < 1e-12 && (b - 5f64.sqrt()).abs() < 1e-12);
        let svd = Svd::of(&w);
        assert!((svd.sigma - Vector2::new(a, b)).norm() < 1e-12);
        assert!((svd.product() - w).norm() < 1e-12);
        assert!((Svd::at(&svd.state()).product() - w).norm() < 1e-12);
        assert!((moment(Matrix2::identity()).effective_rank() - 2.0).abs() < 1e-12);
        let one = Matrix2::new(1.0, 0.0, 0.0, 0.0);
        assert_eq!(moment(one).effective_rank(), 1.0);
    }

    /// A small step of all balanced factors moves their product as the angles and
    /// singular values do.
    #[test]
    fn the_velocity_is_that_of_the_product_of_balanced_factors() {
        let w = Matrix2::new(0.7, -0.4, 0.9, 0.6);
        for depth in [2, 3, 4] {
            let factors = balanced(&w, depth);
            assert!((product(&factors) - w).norm() < 1e-12);
            let (h, velocity) = (1e-6, gradient(&factors));
            let moved = |h: f64| product(&(&factors - &velocity * h));
            let expected = (moved(h) - moved(-h)) / (2.0 * h);
            let (state, velocity) = (Svd::of(&w).state(), Svd::of(&w).velocity(depth));
            let moved = |h: f64| Svd::at(&(&state + &velocity * h)).product();
            let found = (moved(h) - moved(-h)) / (2.0 * h);
            assert!(
                (found - expected).norm() < 1e-8,
                "{depth}: {found} {expected}"
            );
        }
    }
}
