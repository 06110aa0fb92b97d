//! Matrix completion in which every norm diverges (Razin and Cohen 2020).

use nalgebra::{DVector, Matrix2, Vector2};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::flow::{Tolerance, follow};
use super::{Basis, Card, Check, Expected, Found, World, WorldError};
use crate::random::stream;
use crate::report::FigureText;
use crate::report::figure::{Axis, Curves, Panel, Panels, Point, Series, Style};
use crate::statistics::proportion;

/// A 2 × 2 matrix W with three observed entries, learned as a product of factors.
///
/// ```text
/// ℓ(W) = ½ ((w₁₂ − 1)² + (w₂₁ − 1)² + w₂₂²),   W = W_L ··· W₁
/// ```
///
/// The matrices that fit are (x 1; 1 0), of determinant −1; their norms are smallest
/// at x = 0. Gradient flow from balanced factors keeps the sign of det W. If it is
/// positive, then w₁₁ w₂₂ > w₁₂ w₂₁, and since |w₁₂ − 1|, |w₂₁ − 1| and |w₂₂| are at
/// most √(2ℓ),
///
/// ```text
/// |w₁₁| ≥ (1 − √(2ℓ))² / √(2ℓ)      for ℓ < 1/2
/// ```
///
/// which goes to infinity as the loss goes to zero, and with it every norm. At the
/// same time W comes close to a matrix of rank 1, the one with w₁₂ w₂₁ / w₁₁ for
/// w₂₂: σ₂(W) ≤ det W / w₁₁ ≤ w₂₂ ≤ √(2ℓ).
///
/// With positive determinant σ₂ falls faster than exponentially, and what is lost in
/// rounding is its sign: a flow of two factors in double precision leaves this half of
/// the matrices near |w₁₁| = 12 and ends in a solution. So W = U diag(σ) Vᵀ is followed
/// by the angles of U and V and the logarithms of σ, by the equation that balanced
/// factors W_{j+1}ᵀ W_{j+1} = W_j W_jᵀ obey,
///
/// ```text
/// dW/dt = −Σ_j (W Wᵀ)^((j−1)/L) ∂ℓ/∂W (Wᵀ W)^((L−j)/L)
/// ```
///
/// # Reference
/// Razin and Cohen 2020, arXiv 2005.06398 (theorem 1, there for every norm with
/// constants that depend on it; the inequalities above are derived here); Arora et al.
/// 2018, arXiv 1802.06509 (the equation).
pub struct MatrixCompletion;

/// Loss at which a flow ends.
const END: f64 = 1e-6;
/// Largest singular value at the start, and ratio of the smaller to it.
const START: (f64, f64) = (1e-2, 0.5);
/// Random starts, and the standard deviation of the entries of W.
const STARTS: usize = 40;
const SPREAD: f64 = 1e-2;
/// |w₁₁| that no solution near the start has.
const LARGE: f64 = 10.0;
const TOLERANCE: Tolerance = Tolerance {
    relative: 1e-6,
    absolute: 1e-9,
};

/// A moment of a flow.
#[derive(Debug, Clone, Copy)]
struct Moment {
    loss: f64,
    product: Matrix2<f64>,
}

impl Moment {
    fn of(product: Matrix2<f64>) -> Self {
        Self {
            loss: residual(&product).norm_squared() / 2.0,
            product,
        }
    }

    /// σ₁ ≥ σ₂.
    fn singular_values(&self) -> (f64, f64) {
        let square = self.product.norm_squared();
        let det = self.product.determinant().abs();
        let largest = ((square + 2.0 * det).sqrt() + (square - 2.0 * det).max(0.0).sqrt()) / 2.0;
        (largest, det / largest)
    }

    /// The exponential of the entropy of the singular values' shares.
    fn effective_rank(&self) -> f64 {
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
    fn bound(&self) -> f64 {
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
fn flow(w: &Matrix2<f64>, depth: usize) -> Result<Vec<Moment>, WorldError> {
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

/// diag(σ, ±σ/2).
fn start(sign: f64) -> Matrix2<f64> {
    Matrix2::new(START.0, 0.0, 0.0, sign * START.0 * START.1)
}

/// |w₁₁| when the loss first falls to `loss`.
fn unobserved(moments: &[Moment], loss: f64) -> Option<f64> {
    let moment = moments.iter().find(|moment| moment.loss <= loss)?;
    Some(moment.product.m11.abs())
}

/// How often |w₁₁| ends above [`LARGE`] among random starts with det W > 0 and with
/// det W < 0; and how many those are.
fn random_starts(seed: u64) -> Result<[(u64, u64); 2], WorldError> {
    let mut rng = stream(seed, "matrix completion");
    let starts: Vec<Matrix2<f64>> = (0..STARTS)
        .map(|_| Matrix2::from_fn(|_, _| -> f64 { StandardNormal.sample(&mut rng) }) * SPREAD)
        .collect();
    let end = |w: &Matrix2<f64>| -> Result<_, WorldError> {
        let moments = flow(w, 2)?;
        let large = unobserved(&moments, END).is_some_and(|x| x > LARGE);
        Ok((w.determinant() > 0.0, large))
    };
    let ends = starts.par_iter().map(end).collect::<Result<Vec<_>, _>>()?;
    Ok([true, false].map(|positive| {
        let side = ends.iter().filter(|(sign, _)| *sign == positive);
        let large = side.clone().filter(|(_, large)| *large);
        (large.count() as u64, side.count() as u64)
    }))
}

impl World for MatrixCompletion {
    fn card(&self) -> &'static Card {
        &Card {
            id: "matrix-completion",
            title: "Matrix completion where every norm diverges",
            asks: "Does gradient flow on a product of matrices end in the solution of smallest norm?",
            setting: "A 2 × 2 matrix with w12 = w21 = 1 and w22 = 0 observed and w11 free, learned \
                      as a product of 2 or 3 balanced factors by gradient flow, from 0.01 diag(1, 1/2) \
                      (positive determinant), 0.01 diag(1, -1/2) (negative) and random matrices, to a \
                      loss of 1e-6.",
            reference: "Razin and Cohen 2020, arXiv 2005.06398",
        }
    }

    fn run(&self, seed: u64) -> Result<Found, WorldError> {
        let mut checks = Vec::new();
        let mut flows = Vec::new();
        for depth in [2, 3] {
            let moments = flow(&start(1.0), depth)?;
            checks.extend(checks_of(depth, &moments));
            flows.push((depth, moments));
        }
        let control = flow(&start(-1.0), 2)?;
        let largest = control.iter().map(|m| m.product.m11.abs());
        let largest = largest.fold(0.0, f64::max);
        checks.push(Check::exact(
            "det < 0: largest |w11|",
            largest,
            Expected::AtMost(1.0),
            Basis::Published,
        ));
        let [positive, negative] = random_starts(seed)?;
        for (name, (grown, starts), expected) in [
            ("det > 0", positive, Expected::AtLeast(0.5)),
            ("det < 0", negative, Expected::AtMost(0.5)),
        ] {
            checks.push(Check {
                quantity: format!("{name}, random: |w11| > 10"),
                ours: proportion(grown, starts)?,
                expected,
                basis: Basis::Published,
            });
        }
        let norm = |flow: &[Moment]| flow[flow.len() - 1].product.norm();
        let sentence = format!(
            "While the loss falls to 1e-6 the Frobenius norm rises to {:.0} (2 factors) and {:.0} (3 \
             factors), where the smallest that fits is 1.41, and the effective rank falls to {:.3}: \
             what is minimized is not a norm.",
            norm(&flows[0].1),
            norm(&flows[1].1),
            flows[0].1[flows[0].1.len() - 1].effective_rank(),
        );
        Ok(Found {
            checks,
            figure: figure(&flows, &control)?,
            sentence,
        })
    }
}

fn checks_of(depth: usize, moments: &[Moment]) -> Vec<Check> {
    let end = moments[moments.len() - 1];
    let (first, second) = end.singular_values();
    let ratio = moments.iter().filter(|m| m.loss < 0.5);
    let least = |f: fn(&Moment) -> f64| ratio.clone().map(f).fold(f64::INFINITY, f64::min);
    let check = |what: &str, ours, expected, basis| {
        Check::exact(format!("{depth} factors: {what}"), ours, expected, basis)
    };
    let growth = unobserved(moments, END).zip(unobserved(moments, 0.1));
    let (theorem, derived) = (Basis::Theorem, Basis::Derived);
    vec![
        check(
            "least |w11| / bound",
            least(|m| m.product.m11.abs() / m.bound()),
            Expected::AtLeast(1.0),
            derived,
        ),
        check(
            "growth of |w11|",
            growth.map_or(f64::NAN, |(after, before)| after / before),
            Expected::AtLeast(10.0),
            theorem,
        ),
        check(
            "spectral norm / least",
            first,
            Expected::AtLeast(10.0),
            theorem,
        ),
        check(
            "nuclear norm / least",
            (first + second) / 2.0,
            Expected::AtLeast(10.0),
            theorem,
        ),
        check(
            "effective rank",
            end.effective_rank(),
            Expected::Near {
                value: 1.0,
                tolerance: 0.01,
            },
            theorem,
        ),
        check(
            "least √(2 loss) / σ2",
            least(|m| (2.0 * m.loss).sqrt() / m.singular_values().1),
            Expected::AtLeast(1.0),
            derived,
        ),
    ]
}

fn figure(
    flows: &[(usize, Vec<Moment>)],
    control: &[Moment],
) -> Result<crate::report::Figure, WorldError> {
    let curve = |moments: &[Moment], f: fn(&Moment) -> f64| -> Vec<Point> {
        let shown = moments.iter().filter(|m| m.loss < 0.45);
        shown.map(|m| Point::new(1.0 / m.loss, f(m))).collect()
    };
    let name = |depth| format!("det > 0, {depth} factors");
    let panel = |title: &str, y: Axis, f: fn(&Moment) -> f64, bound: bool| {
        let mut series: Vec<Series> = (flows.iter())
            .map(|(depth, moments)| Series::new(name(depth), curve(moments, f)))
            .collect();
        series.push(Series::new("det < 0, 2 factors", curve(control, f)));
        if bound {
            series.push(Series {
                style: Style::Dashed,
                ..Series::new("lower bound, det > 0", curve(&flows[0].1, Moment::bound))
            });
        }
        let x = Axis::log("1 / loss");
        let curves = Curves {
            x,
            y,
            series,
            references: vec![],
        };
        Panel {
            title: title.to_owned(),
            curves,
        }
    };
    let panels = Panels {
        panels: vec![
            panel(
                "Frobenius norm",
                Axis::log("norm").range(0.5, 1e3),
                |m| m.product.norm(),
                true,
            ),
            panel(
                "Effective rank",
                Axis::linear("effective rank").range(0.95, 2.05),
                Moment::effective_rank,
                false,
            ),
        ],
        columns: 2,
    };
    Ok(panels.draw(FigureText::new(
        "matrix-completion",
        "Every norm diverges, the rank falls",
        "Gradient flow on a product of factors; time runs to the right, as the loss falls. The \
         lower bound holds for every W with positive determinant.",
        "The Frobenius norm grows without bound as the loss falls if the determinant is positive, and \
         stays at 1.41 if it is negative; the effective rank falls to 1 in the first case and rises to \
         2 in the second.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Agreement;

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

    /// The determinant keeps its sign, and only one sign makes the entry diverge.
    #[test]
    fn the_sign_of_the_determinant_decides() {
        for (sign, large) in [(1.0, true), (-1.0, false)] {
            let moments = flow(&start(sign), 2).unwrap();
            let kept = |m: &Moment| m.product.determinant() * sign > -1e-9;
            assert!(moments.iter().all(kept));
            assert_eq!(unobserved(&moments, END).unwrap() > 100.0, large);
        }
    }

    #[test]
    fn a_flow_that_finds_a_small_norm_does_not_agree() {
        let checks = checks_of(2, &flow(&start(-1.0), 2).unwrap());
        assert!(checks.iter().any(|check| check.agrees() == Agreement::No));
    }
}
