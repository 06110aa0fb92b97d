//! Regression with β = u∘u − v∘v (Woodworth et al. 2020).

use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::flow::{Tolerance, follow};
use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
use crate::random::stream;
use crate::report::figure::{Axis, Curves, Point, Reference, Series};
use crate::report::{Figure, FigureText};
use crate::text::number::significant;

/// Underdetermined regression by a linear network whose weight matrices are
/// diagonal.
///
/// ```text
/// L(u, v) = ½ ‖Xβ − y‖²,   β = u∘u − v∘v,   u(0) = v(0) = α 1
/// ```
///
/// Gradient flow keeps u_i v_i = α², so β_i = 2α² sinh((Xᵀν)_i) for some ν, which is
/// the condition for the minimum under Xβ = y of
///
/// ```text
/// Q_α(β) = α² Σ_i q(β_i / α²),   q(z) = 2 − √(4 + z²) + z asinh(z/2)
/// ```
///
/// a function that goes to the ℓ₁ norm (times log 1/α²) for α → 0 and to the squared
/// ℓ₂ norm (times 1/4α²) for α → ∞.
///
/// # Reference
/// Woodworth et al. 2020, arXiv 2002.09277 (theorem 1; the condition above is derived
/// here).
pub struct DiagonalNetwork;

const EXAMPLES: usize = 20;
const FEATURES: usize = 40;
/// The first coefficients of the truth; the others are zero.
const TRUTH: [f64; 2] = [1.0, -1.0];
/// Scales of the initial weights, smallest first.
const SCALES: [f64; 6] = [1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0];
/// Relative residual at which the flow ends.
const RESIDUAL: f64 = 1e-9;

/// A regression problem with more features than examples.
struct Problem {
    x: DMatrix<f64>,
    y: DVector<f64>,
    truth: DVector<f64>,
}

impl Problem {
    /// Gaussian features and the sparse truth.
    fn draw(seed: u64, examples: usize, features: usize) -> Self {
        let mut rng = stream(seed, "diagonal network");
        let scale = (examples as f64).sqrt().recip();
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let x = DMatrix::from_fn(examples, features, |_, _| scale * normal());
        let truth = DVector::from_fn(features, |i, _| TRUTH.get(i).copied().unwrap_or(0.0));
        Self {
            y: &x * &truth,
            x,
            truth,
        }
    }

    /// β of u and v, which are stored one after the other.
    fn beta(weights: &DVector<f64>) -> DVector<f64> {
        let half = weights.len() / 2;
        let (u, v) = (weights.rows(0, half), weights.rows(half, half));
        u.component_mul(&u) - v.component_mul(&v)
    }

    fn gradient(&self, weights: &DVector<f64>) -> DVector<f64> {
        let outer = self.x.tr_mul(&(&self.x * Self::beta(weights) - &self.y));
        let half = outer.len();
        DVector::from_fn(weights.len(), |i, _| {
            let sign = if i < half { 2.0 } else { -2.0 };
            sign * weights[i] * outer[i % half]
        })
    }

    /// The limit of gradient flow from u = v = α 1.
    fn flow(&self, alpha: f64) -> Result<DVector<f64>, ToyError> {
        let start = DVector::from_element(2 * self.x.ncols(), alpha);
        let tolerance = Tolerance {
            relative: 1e-5,
            absolute: 1e-5 * alpha,
        };
        let size = self.y.norm();
        let done =
            |_, w: &DVector<f64>| (&self.x * Self::beta(w) - &self.y).norm() <= RESIDUAL * size;
        let velocity = |w: &DVector<f64>| -self.gradient(w);
        follow(velocity, start, tolerance, done).map(|w| Self::beta(&w))
    }

    /// The minimizer of Q_α under Xβ = y.
    fn minimizer(&self, alpha: f64) -> Result<DVector<f64>, ToyError> {
        let nu = self.dual(alpha, |_| {})?;
        let scale = 2.0 * alpha * alpha;
        Ok(self.x.tr_mul(&nu).map(|z| scale * z.sinh()))
    }

    /// The ν of the minimizer, from
    ///
    /// ```text
    /// max_ν  yᵀν − 2α² Σ_i cosh((Xᵀν)_i),   β = 2α² sinh(Xᵀν)
    /// ```
    ///
    /// for a falling sequence of α, each started from the last, since ν grows like
    /// log 1/α²; `each` is told all of them.
    fn dual(
        &self,
        alpha: f64,
        mut each: impl FnMut(&DVector<f64>),
    ) -> Result<DVector<f64>, ToyError> {
        let size = |alpha: f64| 1.0 - 2.0 * alpha.ln().min(0.0);
        let mut at = alpha.max(1.0);
        let mut nu = self.newton(at, DVector::zeros(self.x.nrows()))?;
        while at > alpha {
            let next = (0.1 * at).max(alpha);
            nu = self.newton(next, nu * (size(next) / size(at)))?;
            each(&nu);
            at = next;
        }
        Ok(nu)
    }

    /// Newton's method with halved steps, from ν.
    fn newton(&self, alpha: f64, mut nu: DVector<f64>) -> Result<DVector<f64>, ToyError> {
        const ITERATIONS: usize = 200;
        let scale = 2.0 * alpha * alpha;
        let value = |nu: &DVector<f64>| {
            let sum: f64 = self.x.tr_mul(nu).iter().map(|z| z.cosh()).sum();
            scale * sum - self.y.dot(nu)
        };
        for _ in 0..ITERATIONS {
            let z = self.x.tr_mul(&nu);
            let gradient = &self.x * z.map(|z| scale * z.sinh()) - &self.y;
            if gradient.norm() <= 1e-11 * self.y.norm() {
                return Ok(nu);
            }
            let curvature = DMatrix::from_diagonal(&z.map(|z| scale * z.cosh()));
            let hessian = &self.x * curvature * self.x.transpose();
            let Some(cholesky) = hessian.cholesky() else {
                break;
            };
            let direction = cholesky.solve(&gradient);
            let (start, slope) = (value(&nu), gradient.dot(&direction));
            let mut step = 1.0;
            // Near the minimum the decrease is below rounding, and full steps are right.
            let falls = |step| value(&(&nu - &direction * step)) <= start - 1e-4 * step * slope;
            while slope > 1e-11 * start.abs() && !falls(step) && step > 1e-12 {
                step /= 2.0;
            }
            nu -= direction * step;
        }
        Err(ToyError::Minimizer {
            what: "the minimizer of Q_α",
            iterations: ITERATIONS,
        })
    }

    /// Xᵀ(XXᵀ)⁻¹y, the solution of smallest ℓ₂ norm.
    fn least_l2(&self) -> Option<DVector<f64>> {
        let gram = (&self.x * self.x.transpose()).cholesky()?;
        Some(self.x.tr_mul(&gram.solve(&self.y)))
    }

    /// A lower bound of the smallest ℓ₁ norm by duality: yᵀν / ‖Xᵀν‖_∞ for any ν, here
    /// the best of several. The ν of smallest norm that has the signs of the truth on
    /// its support gives ‖truth‖₁ exactly, and so shows that the truth is the minimizer,
    /// if |Xᵀν| ≤ 1 elsewhere; the ν of Q_α for small α come close to the minimum always.
    fn least_l1(&self) -> f64 {
        const SMALLEST: f64 = 1e-30;
        let bound = |nu: &DVector<f64>| self.y.dot(nu) / self.x.tr_mul(nu).amax();
        let support = self.x.columns(0, TRUTH.len()).into_owned();
        let gram = support.tr_mul(&support).cholesky();
        let signs = self.truth.rows(0, TRUTH.len()).into_owned();
        let mut best = gram.map_or(0.0, |gram| bound(&(&support * gram.solve(&signs))));
        // Where the minimizer is sparse the Hessian becomes singular on the way: what was
        // found before counts.
        let _ = self.dual(SMALLEST, |nu| best = best.max(bound(nu)));
        best
    }

    /// How far ∇Q_α(β) is from the span of the rows of X, relative to its size.
    fn stationarity(&self, beta: &DVector<f64>, alpha: f64) -> f64 {
        let gradient = beta.map(|b| (b / (2.0 * alpha * alpha)).asinh());
        let gram = (&self.x * self.x.transpose()).cholesky();
        let nu = gram.map(|gram| gram.solve(&(&self.x * &gradient)));
        let rest = nu.map(|nu| (&gradient - self.x.tr_mul(&nu)).norm());
        rest.map_or(f64::NAN, |rest| rest / gradient.norm())
    }
}

fn l1(beta: &DVector<f64>) -> f64 {
    beta.lp_norm(1)
}

/// What one scale of the initial weights leads to.
struct Limit {
    alpha: f64,
    flow: DVector<f64>,
    distance: f64,
    stationarity: f64,
}

impl Toy for DiagonalNetwork {
    fn card(&self) -> &'static Card {
        &Card {
            id: "diagonal-network",
            title: "Regression with β = u∘u − v∘v across initial scales",
            asks: "Which of the solutions of a regression does gradient flow find, and does the scale \
                   of the initial weights decide it?",
            setting: "20 examples of 40 Gaussian features, a truth with 2 coefficients that are not \
                      zero, no noise; gradient flow from u = v = α 1 until the relative residual is \
                      1e-9, for α from 0.0001 to 10; the minimizer of Q_α is computed without \
                      the flow, by Newton's method on its dual.",
            reference: "Woodworth et al. 2020, arXiv 2002.09277",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
        let problem = Problem::draw(seed, EXAMPLES, FEATURES);
        let limit = |&alpha: &f64| -> Result<Limit, ToyError> {
            let flow = problem.flow(alpha)?;
            let minimizer = problem.minimizer(alpha)?;
            Ok(Limit {
                alpha,
                distance: (&flow - &minimizer).norm() / minimizer.norm(),
                stationarity: problem.stationarity(&flow, alpha),
                flow,
            })
        };
        let limits = SCALES
            .par_iter()
            .map(limit)
            .collect::<Result<Vec<_>, _>>()?;
        let least_l1 = problem.least_l1();
        let none = ToyError::Minimizer {
            what: "the solution of smallest ℓ2 norm",
            iterations: 1,
        };
        let least_l2 = problem.least_l2().ok_or(none)?.norm();
        let excess_l1 = |limit: &Limit| l1(&limit.flow) / least_l1 - 1.0;
        let excess_l2 = |limit: &Limit| limit.flow.norm() / least_l2 - 1.0;
        let error = |limit: &Limit| (&limit.flow - &problem.truth).norm_squared();
        let (small, large) = (&limits[0], &limits[limits.len() - 1]);
        let theorem = |quantity: &str, ours, most| {
            Check::exact(quantity, ours, Expected::AtMost(most), Basis::Theorem)
        };
        let worst = |f: fn(&Limit) -> f64| limits.iter().map(f).fold(0.0, f64::max);
        let checks = vec![
            theorem(
                "flow to minimizer of Q_α, largest relative distance",
                worst(|limit| limit.distance),
                1e-3,
            ),
            theorem(
                "∇Q_α off the row space, largest relative part",
                worst(|limit| limit.stationarity),
                1e-3,
            ),
            theorem(
                "α = 0.0001: excess over the smallest ℓ1 norm",
                excess_l1(small),
                0.01,
            ),
            theorem(
                "α = 10: excess over the smallest ℓ2 norm",
                excess_l2(large),
                0.01,
            ),
            Check::exact(
                "α = 10: excess over the smallest ℓ1 norm",
                excess_l1(large),
                Expected::AtLeast(0.1),
                Basis::Published,
            ),
            Check::exact(
                "ℓ2 norm at α = 0.0001 / at α = 10",
                small.flow.norm() / large.flow.norm(),
                Expected::AtLeast(1.0),
                Basis::Derived,
            ),
            Check::exact(
                "test error at α = 0.0001 / at α = 10",
                error(small) / error(large),
                Expected::AtMost(0.1),
                Basis::Published,
            ),
        ];
        let sentence = format!(
            "The smaller the initial weights, the closer is the limit to the smallest ℓ1 norm; at α = \
             0.0001 its ℓ2 norm is {:.2} times that at α = 10, and its test error {} instead of \
             {:.2}: the solution that generalizes has the larger ℓ2 norm.",
            small.flow.norm() / large.flow.norm(),
            significant(error(small), 2),
            error(large),
        );
        Ok(Outcome {
            checks,
            figure: figure(&limits, least_l1, least_l2)?,
            sentence,
        })
    }
}

fn figure(limits: &[Limit], least_l1: f64, least_l2: f64) -> Result<Figure, ToyError> {
    let series = |label: &str, f: &dyn Fn(&Limit) -> f64| {
        let points = limits.iter().map(|limit| Point::new(limit.alpha, f(limit)));
        Series::new(label, points.collect())
    };
    let curves = Curves {
        x: Axis::log("scale α of the initial weights"),
        y: Axis::linear("norm / smallest norm that fits"),
        series: vec![
            series("ℓ1 norm", &|limit| l1(&limit.flow) / least_l1),
            series("ℓ2 norm", &|limit| limit.flow.norm() / least_l2),
        ],
        references: vec![Reference {
            y: 1.0,
            label: "smallest".to_owned(),
        }],
    };
    Ok(curves.draw(FigureText::new(
        "diagonal-network",
        "The scale of the initial weights decides which norm is small",
        "Norms of the limit of gradient flow with β = u∘u − v∘v from u = v = α 1, each divided by the \
         smallest among all solutions.",
        "From small to large initial weights the ℓ1 norm rises from its minimum, and the ℓ2 norm falls \
         to its minimum.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let problem = Problem::draw(1, 3, 5);
        let loss =
            |w: &DVector<f64>| (&problem.x * Problem::beta(w) - &problem.y).norm_squared() / 2.0;
        let at = DVector::from_fn(10, |i, _| ((2 * i + 1) as f64).cos());
        let found = problem.gradient(&at);
        for i in 0..10 {
            let (mut up, mut down) = (at.clone(), at.clone());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            let expected = (loss(&up) - loss(&down)) / 2e-5;
            assert!((found[i] - expected).abs() < 1e-7, "{i}");
        }
    }

    /// One equation a·β = y: β_i = 2α² sinh(a_i ν), a single unknown.
    #[test]
    fn the_minimizer_solves_one_equation() {
        let problem = Problem {
            x: DMatrix::from_row_slice(1, 2, &[1.0, 2.0]),
            y: DVector::from_element(1, 3.0),
            truth: DVector::zeros(2),
        };
        let beta = problem.minimizer(0.5).unwrap();
        let nu = |b: f64, a: f64| (b / 0.5).asinh() / a;
        assert!((nu(beta[0], 1.0) - nu(beta[1], 2.0)).abs() < 1e-10);
        assert!((beta[0] + 2.0 * beta[1] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_flow_ends_in_the_minimizer() {
        let problem = Problem::draw(2, 3, 6);
        let ends = [0.01, 1.0].map(|alpha| {
            let (flow, minimizer) = (
                problem.flow(alpha).unwrap(),
                problem.minimizer(alpha).unwrap(),
            );
            assert!((&flow - &minimizer).norm() < 1e-3 * minimizer.norm());
            assert!(problem.stationarity(&flow, alpha) < 1e-3);
            flow
        });
        // The comparison can fail: the scale matters.
        assert!((&ends[0] - &ends[1]).norm() > 1e-2 * ends[1].norm());
    }

    /// The bound is below the norm of every solution, and close to that of one.
    #[test]
    fn the_bound_of_the_l1_norm_is_almost_reached() {
        for seed in 1..5 {
            let problem = Problem::draw(seed, 6, 12);
            let (bound, small) = (problem.least_l1(), problem.minimizer(1e-5).unwrap());
            let excess = l1(&small) / bound - 1.0;
            assert!((-1e-9..0.05).contains(&excess), "{excess}");
            assert!(bound <= l1(&problem.truth) + 1e-12);
        }
    }
}
