//! The Fisher-Rao norm: how the loss of each example changes along the weights.

use faer::Mat;

use super::EXAMPLES;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{CHAINS_ONLY, Model, loss_delta, probabilities};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// √(mean over the examples of `square(p, r, label)`), with the softmax p of an
/// example and r = ∇_w f · w.
fn norm(
    subject: &Subject,
    square: impl Fn(&[f64], &[f64], f64) -> f64,
) -> Result<Option<Value>, MeasureError> {
    let Some(model) = Model::of(subject, EXAMPLES)? else {
        return Ok(None);
    };
    let network = &model.network;
    let mut sum = 0.0;
    for (inputs, labels) in model.batches() {
        let pass = network.forward(inputs);
        let along = network.directional(&pass, network.parameters()).logits;
        let p = probabilities(&pass.logits);
        let delta = loss_delta(&p, labels);
        let slope = |i: usize| dot(delta.col_as_slice(i), along.col_as_slice(i));
        let one = |i| square(column(&p, i), column(&along, i), slope(i));
        sum += (0..labels.len()).map(one).sum::<f64>();
    }
    let n = model.len() as f64;
    Ok(Some(Value::from((sum / n).sqrt()).with("examples used", n)))
}

fn column(matrix: &Mat<f64>, i: usize) -> &[f64] {
    matrix.col_as_slice(i)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Data,
    kind: Kind::Exact,
    needs: &[Need::Chain, Need::Inputs],
    formula: "",
    reference: "Liang et al. 2019, arXiv 1711.01530, definition of the norm",
    aggregation: Aggregation::WholeNetwork,
    unit: "nat",
    normalization: "root of the mean over the examples",
    convolutions: CHAINS_ONLY,
    biases: "part of w; without biases ∇_w f · w = d f for d layers",
    homogeneity: Homogeneity::None,
    invariant_to: Invariance::ALL,
    known_failures: "",
};

/// √(wᵀ F w) with the Fisher information of the model.
pub struct FisherRaoNorm;

impl Measure for FisherRaoNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "fisher-rao-norm",
            name: "Fisher-Rao norm",
            formula: "√(wᵀ F w), F = (1/n) Σ_i E_{y ~ p(x_i)} ∇_w ℓ ∇_w ℓᵀ; so wᵀ F w = mean \
                      variance under p of ∇_w f · w",
            known_failures: "falls to 0 as the outputs become certain, so with the time trained \
                             on cross-entropy",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        norm(subject, |p, r, _| {
            let mean = dot(p, r);
            p.iter()
                .zip(r)
                .map(|(p, r)| p * (r - mean) * (r - mean))
                .sum()
        })
    }
}

/// √(wᵀ F w) with the labels trained on in place of the model's.
pub struct FisherRaoNormEmpirical;

impl Measure for FisherRaoNormEmpirical {
    fn card(&self) -> &'static Card {
        &Card {
            id: "fisher-rao-norm-empirical",
            name: "Fisher-Rao norm (empirical Fisher)",
            formula: "√((1/n) Σ_i (wᵀ ∇_w ℓ_i)²), ℓ_i the cross-entropy with the label trained on",
            known_failures: "the empirical Fisher is not the Fisher information; zero at any \
                             interpolating solution",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        norm(subject, |_, _, slope| slope * slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};

    /// wᵀ∇ of one example at a time, as the sum of the parameters times the
    /// gradient that the tests of the backward pass check.
    #[test]
    fn the_norm_is_the_weights_times_the_gradients() {
        let inputs = gaussian_inputs(6, 3, 3, 1);
        let subject = |inputs| {
            Subject::new(gaussian_layers(&[3, 4, 3], 1), None)
                .unwrap()
                .with_inputs(inputs)
        };
        let slope = |i: usize, label: u8| {
            let example = crate::dataset::Split::new(inputs.image(i).to_vec(), vec![label], 3);
            let model = Model::of(&subject(example.unwrap()), 1).unwrap().unwrap();
            dot(
                &model.gradient(&model.network).mean,
                model.network.parameters(),
            )
        };
        let empirical = (0..6)
            .map(|i| slope(i, inputs.labels()[i]).powi(2))
            .sum::<f64>()
            / 6.0;
        let subject = subject(inputs.clone());
        let model = Model::of(&subject, 6).unwrap().unwrap();
        let p = probabilities(&model.network.forward(model.all()).logits);
        let expected =
            |i: usize| -> f64 { (0..3).map(|k| p[(k, i)] * slope(i, k as u8).powi(2)).sum() };
        let fisher = (0..6).map(expected).sum::<f64>() / 6.0;
        let found = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
        assert!((found(&FisherRaoNormEmpirical) / empirical.sqrt() - 1.0).abs() < 1e-12);
        assert!((found(&FisherRaoNorm) / fisher.sqrt() - 1.0).abs() < 1e-12);
    }
}
