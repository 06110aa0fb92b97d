//! One function, many weights (Dinh et al. 2017).

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
use crate::dataset::Split;
use crate::measure::{Report, Subject, layers, network_outputs};
use crate::random::stream;
use crate::report::figure::{Axis, Curves, Point, Series};
use crate::report::{Figure, FigureText};
use crate::solution::Weight;

/// A ReLU network whose first layer is multiplied by α and whose second is divided
/// by it.
///
/// ```text
/// f(x) = W₂ max(W₁ x, 0) = (W₂/α) max(α W₁ x, 0)
/// ∇²L(αW₁, W₂/α) = D ∇²L(W₁, W₂) D,   D = diag(I/α, α I)
/// ```
///
/// So tr ∇²L = A/α² + B α² with the traces A and B of its two diagonal blocks at
/// α = 1, and ‖W₁‖² + ‖W₂‖² becomes α²‖W₁‖² + ‖W₂‖²/α², while path norms and products
/// of norms stay. α is a power of two, so that no rounding hides behind a tolerance:
/// every output is the same to the last bit.
///
/// # Reference
/// Dinh et al. 2017, arXiv 1703.04933 (theorem 4 is on the Hessian).
pub struct Reparametrization;

const SIZES: [usize; 3] = [10, 8, 3];
const EXAMPLES: usize = 40;
/// α = 2^k for −POWERS ≤ k ≤ POWERS.
const POWERS: i32 = 7;
const MEASURES: [&str; 6] = [
    "frobenius-norm",
    "sum-of-frobenius-squared",
    "hessian-trace",
    "path-norm-l2",
    "product-of-frobenius-norms",
    "hessian-top-eigenvalue",
];

/// The network and its training set.
struct Problem {
    weights: [Weight; 2],
    inputs: Split,
}

/// The measures at one α.
struct Measured {
    alpha: f64,
    report: Report,
    outputs: Vec<f32>,
}

impl Problem {
    fn draw(seed: u64) -> Result<Self, ToyError> {
        let mut rng = stream(seed, "reparametrization");
        let labels = (0..EXAMPLES)
            .map(|_| rng.random_range(0..SIZES[2] as u32))
            .collect();
        let mut normal = || -> f32 { StandardNormal.sample(&mut rng) };
        let weights = [0, 1].map(|l| {
            let scale = (2.0 / SIZES[l] as f32).sqrt();
            Weight {
                name: format!("{l}.weight"),
                shape: vec![SIZES[l + 1], SIZES[l]],
                values: (0..SIZES[l + 1] * SIZES[l])
                    .map(|_| scale * normal())
                    .collect(),
            }
        });
        let pixels = (0..EXAMPLES * SIZES[0]).map(|_| normal()).collect();
        Ok(Self {
            weights,
            inputs: Split::new(pixels, labels, SIZES[0])?,
        })
    }

    fn measure(&self, alpha: f32) -> Result<Measured, ToyError> {
        let mut weights = self.weights.clone();
        for (weight, factor) in weights.iter_mut().zip([alpha, 1.0 / alpha]) {
            weight.values.iter_mut().for_each(|w| *w *= factor);
        }
        let subject = Subject::new(layers(&weights)?, None)?.with_inputs(self.inputs.clone());
        Ok(Measured {
            alpha: alpha.into(),
            outputs: network_outputs(&subject, &self.inputs)?.logits,
            report: Report::of(&subject, |card| MEASURES.contains(&card.id))?,
        })
    }

    /// All α, from the smallest.
    fn measure_all(&self) -> Result<Vec<Measured>, ToyError> {
        let powers = -POWERS..=POWERS;
        powers.map(|k| self.measure(2f32.powi(k))).collect()
    }
}

impl Measured {
    fn network(&self, id: &str) -> f64 {
        self.report
            .network
            .get(id)
            .copied()
            .flatten()
            .unwrap_or(f64::NAN)
    }

    fn layers(&self, id: &str) -> [f64; 2] {
        [0, 1].map(|l| {
            let value = self.report.layers[l].measures.get(id).copied().flatten();
            value.unwrap_or(f64::NAN)
        })
    }
}

impl Toy for Reparametrization {
    fn card(&self) -> &'static Card {
        &Card {
            id: "reparametrization",
            title: "The same function with other weights",
            asks: "Which measures say something of the function, and which only of the weights it is \
                   written with?",
            setting: "A random ReLU network 10-8-3 without biases on 40 random examples; its first \
                      layer is multiplied by α and its second divided by it, α a power of two.",
            reference: "Dinh et al. 2017, arXiv 1703.04933",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
        let all = Problem::draw(seed)?.measure_all()?;
        let (base, last) = (&all[all.len() / 2], &all[all.len() - 1]);
        let largest = |f: &dyn Fn(&Measured) -> f64| all.iter().map(f).fold(0.0, f64::max);
        let off = |id: &'static str, expected: &dyn Fn(f64) -> f64| {
            largest(&|m| (m.network(id) / expected(m.alpha) - 1.0).abs())
        };
        let difference = largest(&|m| {
            let pairs = m.outputs.iter().zip(&base.outputs);
            pairs
                .map(|(a, b)| f64::from((a - b).abs()))
                .fold(0.0, f64::max)
        });
        let law = |[a, b]: [f64; 2], alpha: f64| a / (alpha * alpha) + b * alpha * alpha;
        let traces = base.layers("hessian-trace");
        let [first, second] = base.layers("frobenius-norm").map(|norm| norm * norm);
        let unchanged = |id: &'static str| off(id, &|_| base.network(id));
        let growth = |id: &str| last.network(id) / base.network(id);
        let at_most = |quantity: &str, ours, most, basis| {
            Check::exact(quantity, ours, Expected::AtMost(most), basis)
        };
        let grows = |name: &str, id: &str| {
            let quantity = format!("growth of the {name}, α = {}", last.alpha);
            Check::exact(
                quantity,
                growth(id),
                Expected::AtLeast(100.0),
                Basis::Theorem,
            )
        };
        let derived = Basis::Derived;
        let checks = vec![
            at_most("outputs: largest difference", difference, 0.0, derived),
            at_most(
                "ℓ2 path norm: largest relative change",
                unchanged("path-norm-l2"),
                1e-12,
                derived,
            ),
            at_most(
                "product of Frobenius norms: largest relative change",
                unchanged("product-of-frobenius-norms"),
                1e-12,
                derived,
            ),
            at_most(
                "sum of squares off α²‖W1‖² + ‖W2‖²/α², largest relative",
                off("sum-of-frobenius-squared", &|alpha| {
                    law([second, first], alpha)
                }),
                1e-12,
                derived,
            ),
            at_most(
                "Hessian trace off A/α² + Bα², largest relative",
                off("hessian-trace", &|alpha| law(traces, alpha)),
                1e-12,
                Basis::Theorem,
            ),
            grows("sum of squares", "sum-of-frobenius-squared"),
            grows("Hessian trace", "hessian-trace"),
            grows("top Hessian eigenvalue", "hessian-top-eigenvalue"),
        ];
        let sentence = format!(
            "With α = {} the trace of the Hessian is {:.0} times as large and the sum of squares {:.0} \
             times, while the outputs differ by {difference} and the path norm by {} of itself.",
            last.alpha,
            growth("hessian-trace"),
            growth("sum-of-frobenius-squared"),
            unchanged("path-norm-l2"),
        );
        Ok(Outcome {
            checks,
            figure: figure(&all)?,
            sentence,
        })
    }
}

fn figure(all: &[Measured]) -> Result<Figure, ToyError> {
    const SHOWN: [(&str, &str); 4] = [
        ("hessian-trace", "Hessian trace"),
        ("hessian-top-eigenvalue", "top Hessian eigenvalue"),
        ("sum-of-frobenius-squared", "sum of squared weights"),
        ("path-norm-l2", "ℓ2 path norm"),
    ];
    let base = &all[all.len() / 2];
    let series = |&(id, name): &(&str, &str)| {
        let point = |m: &Measured| Point::new(m.alpha, m.network(id) / base.network(id));
        Series::new(name, all.iter().map(point).collect())
    };
    let curves = Curves {
        x: Axis::log("factor α"),
        y: Axis::log("measure / measure at α = 1"),
        series: SHOWN.iter().map(series).collect(),
        references: vec![],
    };
    Ok(curves.draw(FigureText::new(
        "reparametrization",
        "Sharpness and norms of one and the same function",
        "A ReLU network with its first layer multiplied by α and its second divided by α. All \
         points are the same function, to the last bit.",
        "The trace and the top eigenvalue of the Hessian and the sum of squared weights grow by orders \
         of magnitude away from α = 1; the path norm does not move.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Agreement;

    #[test]
    fn all_agrees_for_every_seed_and_a_wrong_law_does_not() {
        for seed in 1..4 {
            let found = Reparametrization.run(seed).unwrap();
            for check in &found.checks {
                assert_eq!(check.agrees(), Agreement::Yes, "{check:?}");
            }
        }
        let problem = Problem::draw(1).unwrap();
        let (one, eight) = (problem.measure(1.0).unwrap(), problem.measure(8.0).unwrap());
        let [a, b] = one.layers("hessian-trace");
        let trace = eight.network("hessian-trace");
        assert!((trace / (a / 64.0 + b * 64.0) - 1.0).abs() < 1e-12);
        assert!((trace / (a * 64.0 + b / 64.0) - 1.0).abs() > 0.1);
    }
}
