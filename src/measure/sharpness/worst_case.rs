//! The largest rise of the loss near the weights.

use super::EXAMPLES;
use super::ascent::{Ascent, Region, ascend};
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::statistics::quantile;

/// Half the side of the box of Keskar et al., relative to |w| + 1.
const KESKAR_EPSILON: f64 = 1e-3;
/// Radius of the ball, the default of Foret et al.
const RADIUS: f64 = 0.05;
/// Radius of the adaptive ball, the default of Kwon et al.
const ADAPTIVE_RADIUS: f64 = 0.5;

/// Climbs in the region that `region` makes of the parameters.
fn worst(
    subject: &Subject,
    region: impl Fn(&[f64]) -> Region,
    number: impl Fn(&Ascent) -> f64,
) -> Result<Option<Value>, MeasureError> {
    let Some(model) = Model::of(subject, EXAMPLES)? else {
        return Ok(None);
    };
    let ascent = ascend(&model, &region(model.network.parameters()));
    let quantile = |q| quantile(&ascent.ends, q).unwrap_or(f64::NAN);
    let first = ascent.ends.first().copied().unwrap_or(ascent.start);
    Ok(Some(
        Value::from(number(&ascent))
            .with("loss at the weights, nats", ascent.start)
            .with("largest loss found, nats", ascent.best())
            .with("found from the weights themselves, nats", first)
            .with("median over starts, nats", quantile(0.5))
            .with("smallest over starts, nats", quantile(0.0))
            .with("starts", ascent.ends.len() as f64)
            .with("of them within 2 % of the best rise", ascent.near() as f64)
            .with("examples used", model.len() as f64),
    ))
}

fn rise(ascent: &Ascent) -> f64 {
    ascent.best() - ascent.start
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Sharpness,
    kind: Kind::LowerBound,
    needs: &[Need::Network, Need::Inputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "nat",
    normalization: "none",
    convolutions: DIFFERENTIATED,
    biases: "moved like weights",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "",
};

/// The relative rise of the loss in a small box.
pub struct SharpnessKeskar;

impl Measure for SharpnessKeskar {
    fn card(&self) -> &'static Card {
        &Card {
            id: "sharpness-keskar",
            name: "Sharpness (Keskar et al.)",
            formula: "100 (max_δ L(w + δ) − L(w)) / (1 + L(w)) over |δ_i| ≤ 10⁻³ (|w_i| + 1), L the \
                      mean cross-entropy on at most 500 examples; the largest found by 9 gradient \
                      steps from each of at most 20 starts, δ = 0 and random corners, until 5 end \
                      within 2 % of the best rise",
            reference: "Keskar et al. 2017, arXiv 1609.04836, metric 2.1 with A = I",
            unit: "percent",
            normalization: "by 1 + L(w)",
            known_failures: "changes under rescalings that leave the function unchanged (Dinh et \
                             al. 2017); the box is larger the more parameters there are; the \
                             paper climbs with 10 iterations of L-BFGS-B",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let side = |w: &f64| KESKAR_EPSILON * (w.abs() + 1.0);
        let region = |w: &[f64]| Region::Box(w.iter().map(side).collect());
        worst(subject, region, |a| 100.0 * rise(a) / (1.0 + a.start))
    }
}

/// The rise of the loss in a ball.
pub struct SharpnessWorstCase;

impl Measure for SharpnessWorstCase {
    fn card(&self) -> &'static Card {
        &Card {
            id: "sharpness-worst-case",
            name: "Worst-case sharpness",
            formula: "max L(w + δ) − L(w) over ‖δ‖₂ ≤ 0.05, L the mean cross-entropy on at most 500 \
                      examples; the largest found by 9 gradient steps from each of at most 20 \
                      starts, δ = 0 and random δ of length 0.05, until 5 end within 2 % of the best \
                      rise",
            reference: "Foret et al. 2021, arXiv 2010.01412, eq. 1 (its radius)",
            known_failures: "changes under rescalings that leave the function unchanged (Dinh et \
                             al. 2017)",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let region = |w: &[f64]| Region::Ellipsoid {
            axes: vec![1.0; w.len()],
            radius: RADIUS,
        };
        worst(subject, region, rise)
    }
}

/// The rise of the loss in a ball that scales with the weights.
pub struct SharpnessAdaptive;

impl Measure for SharpnessAdaptive {
    fn card(&self) -> &'static Card {
        &Card {
            id: "sharpness-adaptive",
            name: "Adaptive sharpness",
            formula: "max L(w + δ) − L(w) over ‖δ / |w|‖₂ ≤ 0.5, elementwise, L the mean \
                      cross-entropy on at most 500 examples; the largest found by 9 gradient steps \
                      from each of at most 20 starts, δ = 0 and random δ on the boundary, until 5 \
                      end within 2 % of the best rise",
            reference: "Kwon et al. 2021, arXiv 2102.11600, eq. 4 (its radius)",
            normalization: "every parameter moves relative to its size",
            invariant_to: Invariance::ALL,
            known_failures: "grows with the margin's scale; found not to order networks by \
                             generalization in Andriushchenko et al. 2023, arXiv 2302.07011",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let region = |w: &[f64]| Region::Ellipsoid {
            axes: w.iter().map(|w| w.abs()).collect(),
            radius: ADAPTIVE_RADIUS,
        };
        worst(subject, region, rise)
    }
}
