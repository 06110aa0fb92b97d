//! Matrix completion in which every norm diverges (Razin and Cohen 2020).

mod dynamics;

use nalgebra::Matrix2;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use dynamics::{END, Moment, flow};

use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
use crate::random::stream;
use crate::report::figure::{Axis, Curves, Panel, Panels, Point, Series, Style};
use crate::report::{Figure, FigureText};
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

/// Largest singular value at the start, and ratio of the smaller to it.
const START: (f64, f64) = (1e-2, 0.5);
/// Random starts, and the standard deviation of the entries of W.
const STARTS: usize = 40;
const SPREAD: f64 = 1e-2;
/// The smallest norms of a matrix that fits: those of (0 1; 1 0).
const LEAST_SPECTRAL: f64 = 1.0;
const LEAST_NUCLEAR: f64 = 2.0;
/// |w₁₁| that no solution near the start has.
const LARGE: f64 = 10.0;

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
fn random_starts(seed: u64) -> Result<[(u64, u64); 2], ToyError> {
    let mut rng = stream(seed, "matrix completion");
    let starts: Vec<Matrix2<f64>> = (0..STARTS)
        .map(|_| Matrix2::from_fn(|_, _| -> f64 { StandardNormal.sample(&mut rng) }) * SPREAD)
        .collect();
    let end = |w: &Matrix2<f64>| -> Result<_, ToyError> {
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

impl Toy for MatrixCompletion {
    fn card(&self) -> &'static Card {
        &Card {
            id: "matrix-completion",
            title: "Matrix completion where every norm diverges",
            asks: "Does gradient flow on a product of matrices end in the solution of smallest norm?",
            setting: "A 2 × 2 matrix with w12 = w21 = 1 and w22 = 0 observed and w11 free, learned \
                      as a product of 2 or 3 balanced factors by gradient flow, from 0.01 diag(1, 1/2) \
                      (positive determinant), 0.01 diag(1, −1/2) (negative) and random matrices, to a \
                      loss of 10⁻⁶.",
            reference: "Razin and Cohen 2020, arXiv 2005.06398",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
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
            "While the loss falls to 10⁻⁶ the Frobenius norm rises to {:.0} (2 factors) and {:.0} (3 \
             factors), where the smallest that fits is 1.41, and the effective rank falls to {:.3}: \
             what is minimized is not a norm.",
            norm(&flows[0].1),
            norm(&flows[1].1),
            flows[0].1[flows[0].1.len() - 1].effective_rank(),
        );
        Ok(Outcome {
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
            first / LEAST_SPECTRAL,
            Expected::AtLeast(end.bound() / LEAST_SPECTRAL),
            derived,
        ),
        check(
            "nuclear norm / least",
            (first + second) / LEAST_NUCLEAR,
            Expected::AtLeast(end.bound() / LEAST_NUCLEAR),
            derived,
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

fn figure(flows: &[(usize, Vec<Moment>)], control: &[Moment]) -> Result<Figure, ToyError> {
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
                "Norm",
                Axis::log("Frobenius norm").range(0.5, 1e3),
                |m| m.product.norm(),
                true,
            ),
            panel(
                "Rank",
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
         stays near 1.4 if it is negative; the effective rank falls to 1 in the first case and rises to \
         almost 2 in the second.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Agreement;

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
