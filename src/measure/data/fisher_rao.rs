//! The Fisher-Rao norm: how the loss of each example changes along the weights.

use faer::Mat;

use crate::linalg::dot;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model, loss_delta, probabilities};
use crate::measure::drawn::{Drawn, MEAN_OF_DRAWN, root};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The numbers of every example that the norms are means of.
#[derive(Debug, Clone, PartialEq)]
pub struct Squares {
    /// Var_{y ~ p} of r_y, with the softmax p of the example and r = ∇_w f · w.
    model: Vec<f64>,
    /// (wᵀ ∇_w ℓ)², ℓ with the label trained on.
    empirical: Vec<f64>,
    drawn: Drawn,
}

impl Squares {
    /// Of the subject's examples; the subject keeps them.
    fn of(subject: &Subject) -> Result<Option<&Self>, MeasureError> {
        let compute = || Ok(Model::drawn(subject)?.map(|model| Self::new(&model)));
        let squares = subject.shared().fisher.get_or_init(compute);
        squares.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    fn new(model: &Model) -> Self {
        let network = &model.network;
        let pairs = model.map_batches(|inputs, labels| {
            let pass = network.forward(&inputs);
            let along = network.directional(&pass, network.parameters());
            let p = probabilities(&network.logits(&pass));
            let delta = loss_delta(&p, labels);
            let pair = |i: usize| {
                let (p, r) = (column(&p, i), column(&along, i));
                let mean = dot(p, r);
                let variance = p.iter().zip(r).map(|(p, r)| p * (r - mean) * (r - mean));
                (variance.sum::<f64>(), dot(column(&delta, i), r).powi(2))
            };
            (0..labels.len()).map(pair).collect::<Vec<_>>()
        });
        let (of_model, empirical) = pairs.into_iter().flatten().unzip();
        Self {
            model: of_model,
            empirical,
            drawn: model.used(),
        }
    }
}

fn column(matrix: &Mat<f64>, i: usize) -> &[f64] {
    matrix.col_as_slice(i)
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Data,
    kind: Kind::Exact,
    needs: &[Need::Network, Need::Inputs],
    formula: "",
    reference: "Liang et al. 2019, arXiv 1711.01530, definition of the norm",
    aggregation: Aggregation::WholeNetwork,
    unit: "nat",
    normalization: MEAN_OF_DRAWN,
    convolutions: DIFFERENTIATED,
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
        let squares = Squares::of(subject)?;
        Ok(squares.map(|s| s.drawn.mean(&s.model, root)))
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
        let squares = Squares::of(subject)?;
        Ok(squares.map(|s| s.drawn.mean(&s.empirical, root)))
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
        let slope = |i: usize, label: u32| {
            let example = crate::dataset::Split::new(inputs.image(i).to_vec(), vec![label], 3);
            let subject = subject(example.unwrap());
            let model = Model::drawn(&subject).unwrap().unwrap();
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
        let model = Model::drawn(&subject).unwrap().unwrap();
        let network = &model.network;
        let p = probabilities(&network.logits(&network.forward(&model.all())));
        let expected =
            |i: usize| -> f64 { (0..3).map(|k| p[(k, i)] * slope(i, k as u32).powi(2)).sum() };
        let fisher = (0..6).map(expected).sum::<f64>() / 6.0;
        let found = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
        assert!((found(&FisherRaoNormEmpirical) / empirical.sqrt() - 1.0).abs() < 1e-12);
        assert!((found(&FisherRaoNorm) / fisher.sqrt() - 1.0).abs() < 1e-12);
    }
}
