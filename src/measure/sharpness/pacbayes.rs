//! Flatness by noise, and the divergence terms of PAC-Bayes bounds made of it.

use super::deviation::{DRAWS, Deviation, deviation};
use super::noise::{EPSILON, Noise};
use crate::linalg::squared_norm;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::DIFFERENTIATED;
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// A measure that is a function of the σ* of one kind of noise.
pub struct DeviationMeasure {
    card: &'static Card,
    noise: Noise,
    formula: Formula,
}

/// What is made of σ*.
enum Formula {
    /// σ* itself.
    Sigma,
    /// 1 / σ*².
    Flatness,
    /// The divergence of the noise from a prior at the initial weights.
    Init,
    /// The divergence from a prior at 0.
    Orig,
}

/// The measures of one kind of noise.
pub struct Family {
    /// σ*.
    pub sigma: DeviationMeasure,
    /// 1 / σ*².
    pub flatness: DeviationMeasure,
    /// The divergence from a prior at the initial weights.
    pub init: DeviationMeasure,
    /// The divergence from a prior at 0.
    pub orig: DeviationMeasure,
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Sharpness,
    kind: Kind::Estimate,
    needs: &[Need::Network, Need::Inputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "nat",
    normalization: "none; the 95 % interval is that of the draws of the noise, by Student's for the mean \
                    accuracy, and leaves out the choice of the examples",
    convolutions: DIFFERENTIATED,
    biases: "get noise and are counted, like weights",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "changes under rescalings that leave the function unchanged",
};

const INITIAL: &[Need] = &[Need::Network, Need::Initial, Need::Inputs];

const fn isotropic(card: &'static Card, formula: Formula) -> DeviationMeasure {
    DeviationMeasure {
        card,
        noise: Noise::Isotropic,
        formula,
    }
}

const fn magnitude_aware(card: &'static Card, formula: Formula) -> DeviationMeasure {
    DeviationMeasure {
        card,
        noise: Noise::MagnitudeAware,
        formula,
    }
}

/// With the same deviation for all parameters.
pub static ISOTROPIC: Family = Family {
    sigma: isotropic(
        &Card {
            id: "pacbayes-sigma",
            name: "Noise tolerated (σ)",
            formula: "σ* = max {σ : E_u acc(w + u) ≥ acc(w) − 0.1}, u ~ N(0, σ² I), acc the \
                      accuracy on at most 500 training examples, E over 100 draws",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on sharpness-based measures",
            unit: "weight",
            ..CARD
        },
        Formula::Sigma,
    ),
    flatness: isotropic(
        &Card {
            id: "pacbayes-flatness",
            name: "PAC-Bayes flatness",
            formula: "1 / σ*², σ* of pacbayes-sigma",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 53",
            unit: "1 / weight²",
            ..CARD
        },
        Formula::Flatness,
    ),
    init: isotropic(
        &Card {
            id: "pacbayes-init",
            name: "PAC-Bayes, from initialization",
            needs: INITIAL,
            formula: "‖w − w⁰‖₂² / (4 σ*²) + ln(n / σ*) + 10, n training examples",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 48",
            known_failures: "ln(n / σ) depends on the unit of the weights; changes under \
                             rescalings that leave the function unchanged",
            ..CARD
        },
        Formula::Init,
    ),
    orig: isotropic(
        &Card {
            id: "pacbayes-orig",
            name: "PAC-Bayes, from the origin",
            formula: "‖w‖₂² / (4 σ*²) + ln(n / σ*) + 10, n training examples",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 49",
            known_failures: "ln(n / σ) depends on the unit of the weights; changes under \
                             rescalings that leave the function unchanged",
            ..CARD
        },
        Formula::Orig,
    ),
};

/// With a deviation that grows with the parameter.
pub static MAGNITUDE_AWARE: Family = Family {
    sigma: magnitude_aware(
        &Card {
            id: "pacbayes-magnitude-sigma",
            name: "Relative noise tolerated (σ')",
            formula: "σ' = max {σ : E_u acc(w + u) ≥ acc(w) − 0.1}, u_i of standard deviation \
                      √(σ² w_i² + ε²), ε = 10⁻³, acc the accuracy on at most 500 training \
                      examples, E over 100 draws",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on magnitude-aware \
                        perturbations",
            unit: "none",
            known_failures: "nearly, but because of ε not exactly, unchanged by rescalings that \
                             leave the function unchanged; 0 if ε alone costs a tenth",
            ..CARD
        },
        Formula::Sigma,
    ),
    flatness: magnitude_aware(
        &Card {
            id: "pacbayes-magnitude-flatness",
            name: "PAC-Bayes flatness, magnitude-aware",
            formula: "1 / σ'², σ' of pacbayes-magnitude-sigma",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 61",
            unit: "none",
            ..CARD
        },
        Formula::Flatness,
    ),
    init: magnitude_aware(
        &Card {
            id: "pacbayes-magnitude-init",
            name: "PAC-Bayes, magnitude-aware, from initialization",
            needs: INITIAL,
            formula: "¼ Σ_i ln((ε² + (σ'² + 1) ‖w − w⁰‖₂² / p) / (ε² + σ'² (w_i − w⁰_i)²)) + \
                      ln(n / σ') + 10, p parameters, n training examples",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 56",
            known_failures: "the divergence of noise that grows with |w − w⁰|, while the σ' put \
                             in is that of noise that grows with |w|, as in the paper",
            ..CARD
        },
        Formula::Init,
    ),
    orig: magnitude_aware(
        &Card {
            id: "pacbayes-magnitude-orig",
            name: "PAC-Bayes, magnitude-aware, from the origin",
            needs: INITIAL,
            formula: "¼ Σ_i ln((ε² + (σ'² + 1) ‖w‖₂² / p) / (ε² + σ'² (w_i − w⁰_i)²)) + ln(n / σ') \
                      + 10, p parameters, n training examples",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 57",
            known_failures: "mixes the norm of w with the distances of its entries from \
                             initialization, as in the paper",
            ..CARD
        },
        Formula::Orig,
    ),
};

impl Measure for DeviationMeasure {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let moved = Moved::of(subject);
        if self.card.needs.contains(&Need::Initial) && moved.is_none() {
            return Ok(None);
        }
        let (Some(found), Some(inputs)) = (deviation(subject, self.noise)?, subject.inputs())
        else {
            return Ok(None);
        };
        let n = inputs.len() as f64;
        let log = |sigma: f64| (n / sigma).ln() + 10.0;
        let w = || parameters(subject.layers());
        let number = |sigma: f64| match (&self.formula, self.noise, &moved) {
            (Formula::Sigma, ..) => sigma,
            (Formula::Flatness, ..) => sigma.powi(-2),
            (Formula::Orig, Noise::Isotropic, _) => {
                squared_norm(&w()) / (4.0 * sigma * sigma) + log(sigma)
            }
            (Formula::Init, Noise::Isotropic, Some(m)) => {
                squared_norm(&m.0) / (4.0 * sigma * sigma) + log(sigma)
            }
            (Formula::Init, Noise::MagnitudeAware, Some(m)) => {
                m.divergence(sigma, &m.0) + log(sigma)
            }
            (Formula::Orig, Noise::MagnitudeAware, Some(m)) => {
                m.divergence(sigma, &w()) + log(sigma)
            }
            (Formula::Init, ..) | (Formula::Orig, Noise::MagnitudeAware, None) => f64::NAN,
        };
        Ok(Some(value(&found, number)))
    }
}

/// All measures are monotone in σ.
fn value(found: &Deviation, number: impl Fn(f64) -> f64) -> Value {
    let ends = found.interval.map(&number);
    Value::estimate(
        number(found.sigma),
        ends[0].min(ends[1]),
        ends[0].max(ends[1]),
    )
    .with("accuracy without noise", found.accuracy)
    .with("draws", DRAWS as f64)
    .with("examples used", found.examples as f64)
}

/// w − w⁰ of all weights and biases, the parameters that get noise.
struct Moved(Vec<f64>);

impl Moved {
    /// `None` if the initial network is not known, or not all of it.
    fn of(subject: &Subject) -> Option<Self> {
        let (w, initial) = (parameters(subject.layers()), parameters(subject.initial()?));
        let moved = || w.iter().zip(&initial).map(|(w, v)| w - v).collect();
        (w.len() == initial.len()).then(|| Self(moved()))
    }

    /// ¼ Σ_i ln((ε² + (σ² + 1) ‖r‖² / p) / (ε² + σ² (w_i − w⁰_i)²)).
    fn divergence(&self, sigma: f64, reference: &[f64]) -> f64 {
        let (s, e) = (sigma * sigma, EPSILON * EPSILON);
        let prior = e + (s + 1.0) * squared_norm(reference) / reference.len() as f64;
        let term = |d: &f64| (prior / (e + s * d * d)).ln();
        0.25 * self.0.iter().map(term).sum::<f64>()
    }
}

fn parameters(layers: &[Layer]) -> Vec<f64> {
    let of_layer = |layer: &Layer| {
        let weights = layer.weight.col_iter().flat_map(|column| column.iter());
        let biases = layer.bias.iter().flatten();
        weights.chain(biases).copied().collect::<Vec<f64>>()
    };
    layers.iter().flat_map(of_layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{fitted_inputs, gaussian_layers};

    /// Twice the sum is the Gaussian divergence KL(N(w, s_i²) ‖ N(w⁰, s²)) at its
    /// smallest over s², here found by a fine grid.
    #[test]
    fn the_magnitude_aware_term_is_half_a_gaussian_divergence() {
        let moved = Moved(vec![0.3, -0.1, 0.02, 0.7]);
        let sigma = 0.4;
        let posterior = |d: f64| EPSILON * EPSILON + sigma * sigma * d * d;
        let divergence = |prior: f64| -> f64 {
            let one = |&d: &f64| {
                let s = posterior(d);
                0.5 * ((prior / s).ln() + (s + d * d) / prior - 1.0)
            };
            moved.0.iter().map(one).sum()
        };
        let grid = (0..20_000).map(|k| divergence(1e-3 * (k as f64 / 2000.0).exp()));
        let smallest = grid.fold(f64::INFINITY, f64::min);
        let found = moved.divergence(sigma, &moved.0);
        assert!(
            (2.0 * found / smallest - 1.0).abs() < 1e-6,
            "{found} {smallest}"
        );
    }

    #[test]
    fn distances_count_the_parameters_that_get_noise() {
        let layers = gaussian_layers(&[3, 4, 2], 1);
        let initial: Vec<Layer> = layers
            .iter()
            .map(|l| Layer {
                bias: l.bias.as_ref().map(|b| vec![0.0; b.len()]),
                ..l.clone()
            })
            .collect();
        let subject = Subject::new(layers.clone(), Some(initial)).unwrap();
        let subject = subject.with_inputs(fitted_inputs(&layers, 20, 1));
        let of = |measure: &DeviationMeasure| measure.network(&subject).unwrap().unwrap().number;
        let sigma = of(&ISOTROPIC.sigma);
        let biases: f64 = layers
            .iter()
            .flat_map(|l| l.bias.iter().flatten())
            .map(|b| b * b)
            .sum();
        let expected = biases / (4.0 * sigma * sigma) + (20.0 / sigma).ln() + 10.0;
        assert!((of(&ISOTROPIC.init) / expected - 1.0).abs() < 1e-12);
        assert!((of(&ISOTROPIC.flatness) * sigma * sigma - 1.0).abs() < 1e-12);
    }
}
