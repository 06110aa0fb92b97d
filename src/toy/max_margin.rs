//! The direction of logistic regression on separable data (Soudry et al. 2018).

use nalgebra::{Matrix2, Vector2};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
use crate::random::stream;
use crate::report::figure::{Axis, Curves, Panel, Panels, Point, Series, Style};
use crate::report::{Figure, FigureText};
use crate::text::number::significant;

/// Gradient descent on the logistic loss of separable points in the plane.
///
/// ```text
/// L(w) = Σ_i log(1 + exp(−wᵀz_i)),   z_i = y_i x_i
/// ```
///
/// The loss has no minimum. With ŵ the hard-margin solution, min ‖w‖² under
/// wᵀz_i ≥ 1, and its dual variables a, ŵ = Σ_S a_i z_i over the support vectors S,
///
/// ```text
/// w(t) = ŵ log t + w̃ + o(1),     η exp(−w̃ᵀz_i) = a_i   for i in S
/// ```
///
/// Two support vectors in the plane determine w̃. So the margin of w(t)/‖w(t)‖ falls
/// short of the largest by a term of order 1/log t, ‖w(t)‖ grows as ‖ŵ‖ log t, and
/// t L(w(t)) → Σ_S a_i / η = ‖ŵ‖²/η.
///
/// # Reference
/// Soudry et al. 2018, arXiv 1710.10345 (theorem 3 on the direction, theorem 4 on w̃;
/// the limit of t L is derived here).
pub struct MaxMargin;

const STEPS: usize = 1 << 20;
/// Points beside the two support vectors.
const OTHERS: usize = 18;
/// Distance of the support vectors' edge from the origin.
const MARGIN: f64 = 0.5;

/// The hard-margin solution and the dual variables of its two support vectors.
struct Svm {
    w: Vector2<f64>,
    support: [(Vector2<f64>, f64); 2],
}

impl Svm {
    /// By trying every pair of support vectors; none if a single one suffices.
    fn of(points: &[Vector2<f64>]) -> Option<Self> {
        let mut best: Option<Self> = None;
        for (i, a) in points.iter().enumerate() {
            for b in &points[i + 1..] {
                let columns = Matrix2::from_columns(&[*a, *b]);
                let Some(w) = (columns.transpose().try_inverse()).map(|m| m * Vector2::repeat(1.0))
                else {
                    continue;
                };
                let Some(dual) = columns.try_inverse().map(|m| m * w) else {
                    continue;
                };
                let feasible = points.iter().all(|z| z.dot(&w) >= 1.0 - 1e-12);
                let smaller = best.as_ref().is_none_or(|best| w.norm() < best.w.norm());
                if feasible && dual.min() > 0.0 && smaller {
                    best = Some(Self {
                        w,
                        support: [(*a, dual[0]), (*b, dual[1])],
                    });
                }
            }
        }
        best
    }

    /// w̃ for step size η.
    fn residual(&self, eta: f64) -> Option<Vector2<f64>> {
        let columns = Matrix2::from_columns(&self.support.map(|(z, _)| z));
        let right = Vector2::from(self.support.map(|(_, dual)| (eta / dual).ln()));
        columns.transpose().try_inverse().map(|m| m * right)
    }
}

/// Two points on an edge at distance [`MARGIN`] from the origin, on either side of
/// its nearest point, and others at least twice as far out: any seed gives two support
/// vectors, and what the others add to the weights falls like 1/t.
fn draw(seed: u64) -> Vec<Vector2<f64>> {
    let mut rng = stream(seed, "max margin");
    let normal = |rng: &mut rand_chacha::ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
    let angle = normal(&mut rng);
    let e = Vector2::new(angle.cos(), angle.sin());
    let across = Vector2::new(-e.y, e.x);
    let mut side = |sign: f64| e * MARGIN + across * (sign * rng.random_range(0.3..1.0));
    let mut points = vec![side(1.0), side(-1.0)];
    points.extend((0..OTHERS).map(|_| {
        let beyond = MARGIN + normal(&mut rng).abs();
        e * (MARGIN + beyond) + across * normal(&mut rng)
    }));
    points
}

/// L and ∇L.
fn loss(points: &[Vector2<f64>], w: &Vector2<f64>) -> (f64, Vector2<f64>) {
    let mut sum = (0.0, Vector2::zeros());
    for z in points {
        let small = (-z.dot(w)).exp();
        sum.0 += small.ln_1p();
        sum.1 -= z * (small / (1.0 + small));
    }
    sum
}

/// The inverse of the largest curvature, ‖Z‖²/4, from which every step descends.
fn step_size(points: &[Vector2<f64>]) -> f64 {
    let gram: Matrix2<f64> = points.iter().map(|z| z * z.transpose()).sum();
    4.0 / gram.symmetric_eigenvalues().max()
}

/// The weights after t steps for t = 2, 4, 8, …, [`STEPS`].
fn descend(points: &[Vector2<f64>], eta: f64, steps: usize) -> Vec<(f64, Vector2<f64>)> {
    let mut w = Vector2::zeros();
    let mut path = Vec::new();
    for t in 1..=steps {
        w -= loss(points, &w).1 * eta;
        if t >= 2 && t.is_power_of_two() {
            path.push((t as f64, w));
        }
    }
    path
}

/// The margin of the direction of w.
fn margin(points: &[Vector2<f64>], w: &Vector2<f64>) -> f64 {
    let least = points
        .iter()
        .map(|z| z.dot(w))
        .fold(f64::INFINITY, f64::min);
    least / w.norm()
}

impl Toy for MaxMargin {
    fn card(&self) -> &'static Card {
        &Card {
            id: "max-margin",
            title: "Logistic regression on separable data",
            asks: "Does gradient descent on a loss without minimum end in the direction of largest \
                   margin, and how fast?",
            setting: "20 separable points in the plane, logistic loss summed over them, gradient \
                      descent from zero with a constant step for 2^20 steps; the hard-margin solution by \
                      enumeration of its support vectors.",
            reference: "Soudry et al. 2018, arXiv 1710.10345",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
        let points = draw(seed);
        let eta = step_size(&points);
        let svm = Svm::of(&points).and_then(|svm| Some((svm.residual(eta)?, svm)));
        let Some((residual, svm)) = svm else {
            return Err(ToyError::Minimizer {
                what: "a pair of support vectors",
                iterations: points.len(),
            });
        };
        let path = descend(&points, eta, STEPS);
        let (time, w) = path[path.len() - 1];
        let (early_time, early) = path[path.len() / 2];
        let predicted = |t: f64| svm.w * t.ln() + residual;
        let largest = svm.w.norm().recip();
        let gap = |w: &Vector2<f64>| largest - margin(&points, w);
        let size = (loss(&points, &w).0, svm.w.norm_squared() / eta);
        let near = |value: f64, relative: f64| Expected::Near {
            value,
            tolerance: relative * value.abs(),
        };
        let theorem =
            |quantity: &str, ours, expected| Check::exact(quantity, ours, expected, Basis::Theorem);
        let slope = (w.norm() - early.norm()) / (time.ln() - early_time.ln());
        let checks = vec![
            theorem(
                "distance of w(t) from ŵ log t + w̃, t = 2^20",
                (w - predicted(time)).norm(),
                Expected::AtMost(0.01),
            ),
            theorem(
                "cosine of w(t) and ŵ, t = 2^20",
                w.dot(&svm.w) / (w.norm() * svm.w.norm()),
                Expected::AtLeast(0.99),
            ),
            theorem(
                "(largest margin − margin) · log t, t = 2^20",
                gap(&w) * time.ln(),
                near(gap(&predicted(time)) * time.ln(), 0.05),
            ),
            theorem(
                "rise of ‖w‖ per unit of log t",
                slope,
                near(svm.w.norm(), 0.05),
            ),
            Check::exact(
                "t · loss, t = 2^20",
                time * size.0,
                near(size.1, 0.02),
                Basis::Derived,
            ),
        ];
        let sentence = format!(
            "After 2²⁰ steps the loss is {} but the margin still {:.2} % short of the largest; \
             ŵ log t + w̃, which has no free constant, is {:.2} % short: the direction converges \
             like 1/log t.",
            significant(size.0, 2),
            100.0 * gap(&w) / largest,
            100.0 * gap(&predicted(time)) / largest,
        );
        Ok(Outcome {
            checks,
            figure: figure(&points, &path, &svm, residual)?,
            sentence,
        })
    }
}

fn figure(
    points: &[Vector2<f64>],
    path: &[(f64, Vector2<f64>)],
    svm: &Svm,
    residual: Vector2<f64>,
) -> Result<Figure, ToyError> {
    let series = |label: &str, style, f: &dyn Fn(f64, &Vector2<f64>) -> f64| Series {
        style,
        ..Series::new(
            label,
            path.iter().map(|(t, w)| Point::new(*t, f(*t, w))).collect(),
        )
    };
    let predicted = |t: f64| svm.w * t.ln() + residual;
    let gap = |w: &Vector2<f64>| {
        let margin = margin(points, w);
        // The asymptotic form does not separate the points at first: not drawn.
        if margin > 0.0 {
            100.0 * (1.0 - margin * svm.w.norm())
        } else {
            f64::NAN
        }
    };
    let panel = |title: &str, y, measured, theory| Panel {
        title: title.to_owned(),
        curves: Curves {
            x: Axis::log("steps t"),
            y,
            series: vec![measured, theory],
            references: vec![],
        },
    };
    let (ours, theory) = ("gradient descent", "ŵ log t + w̃");
    let panels = Panels {
        panels: vec![
            panel(
                "Margin missing from the largest",
                Axis::log("missing (%)"),
                series(ours, Style::Solid, &|_, w| gap(w)),
                series(theory, Style::Dashed, &|t, _| gap(&predicted(t))),
            ),
            panel(
                "Norm",
                Axis::linear("‖w‖"),
                series(ours, Style::Solid, &|_, w| w.norm()),
                series(theory, Style::Dashed, &|t, _| predicted(t).norm()),
            ),
        ],
        columns: 2,
    };
    Ok(panels.draw(FigureText::new(
        "max-margin",
        "The direction converges as slowly as 1/log t",
        "Gradient descent on the logistic loss of 20 separable points in the plane, and the asymptotic \
         form of the weights with no free constant.",
        "The missing margin falls very slowly and the norm rises in proportion to log t; both follow \
         the theory.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let (points, w, h) = (draw(3), Vector2::new(0.3, -0.8), 1e-5);
        let found = loss(&points, &w).1;
        for (i, e) in [Vector2::x(), Vector2::y()].into_iter().enumerate() {
            let at = |s: f64| loss(&points, &(w + e * s)).0;
            assert!((found[i] - (at(h) - at(-h)) / (2.0 * h)).abs() < 1e-8);
        }
    }

    /// The edge the points were drawn beyond is what enumeration finds, and its
    /// dual variables are those of the optimum.
    #[test]
    fn the_hard_margin_solution_is_known_by_construction() {
        for seed in 1..50 {
            let points = draw(seed);
            let svm = Svm::of(&points).unwrap();
            assert!((svm.w.norm() * MARGIN - 1.0).abs() < 1e-12);
            let sum: Vector2<f64> = svm.support.iter().map(|(z, a)| z * *a).sum();
            assert!((sum - svm.w).norm() < 1e-12);
            let total: f64 = svm.support.iter().map(|(_, a)| a).sum();
            assert!((total - svm.w.norm_squared()).abs() < 1e-10);
        }
    }

    #[test]
    fn gradient_descent_approaches_the_predicted_weights() {
        let points = draw(1);
        let eta = step_size(&points);
        let svm = Svm::of(&points).unwrap();
        let residual = svm.residual(eta).unwrap();
        let path = descend(&points, eta, 1 << 14);
        let distance = |&(t, w): &(f64, Vector2<f64>)| (w - svm.w * t.ln() - residual).norm();
        let (early, late) = (distance(&path[8]), distance(&path[13]));
        assert!(late < early / 4.0 && late < 0.2, "{early} {late}");
    }
}
