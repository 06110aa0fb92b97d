//! The gradient of the training loss, and how much those of the examples differ.

use super::EXAMPLES;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{CHAINS_ONLY, Model};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The two numbers that the measures are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// ‖ḡ‖².
    square_of_mean: f64,
    /// (1/n) Σ_i ‖g_i‖².
    mean_square: f64,
    /// n, as drawn.
    examples: f64,
}

impl Moments {
    /// Of the subject's examples; the subject keeps them.
    fn of(subject: &Subject) -> Result<Option<Self>, MeasureError> {
        let compute = || -> Result<Option<Self>, MeasureError> {
            let model = Model::of(subject, EXAMPLES)?;
            Ok(model.map(|model| {
                let gradient = model.gradient(&model.network);
                Self {
                    square_of_mean: gradient.mean.iter().map(|g| g * g).sum(),
                    mean_square: gradient.mean_square,
                    examples: model.len() as f64,
                }
            }))
        };
        subject.shared().gradient.get_or_init(compute).clone()
    }

    /// tr Σ = (1/n) Σ_i ‖g_i − ḡ‖².
    fn noise(self) -> f64 {
        self.mean_square - self.square_of_mean
    }

    fn value(self, number: f64) -> Value {
        Value::from(number).with("examples used", self.examples)
    }
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Data,
    kind: Kind::Exact,
    needs: &[Need::Chain, Need::Inputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "(nat / weight)²",
    normalization: "mean over the examples",
    convolutions: CHAINS_ONLY,
    biases: "counted: the gradient is by weights and biases",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "",
};

/// The norm of the gradient of the mean cross-entropy.
pub struct GradientNorm;

impl Measure for GradientNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-norm",
            name: "Gradient norm",
            formula: "‖ḡ‖₂, ḡ = (1/n) Σ_i g_i, g_i = ∇_w ℓ_i",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on optimization",
            unit: "nat / weight",
            known_failures: "near 0 at every solution trained long enough",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let value = |m: Moments| m.value(m.square_of_mean.sqrt());
        Ok(Moments::of(subject)?.map(value))
    }
}

/// The trace of the covariance of the examples' gradients.
pub struct GradientNoise;

impl Measure for GradientNoise {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-noise",
            name: "Gradient noise",
            formula: "tr Σ = (1/n) Σ_i ‖g_i − ḡ‖² = (1/n) Σ_i ‖g_i‖² − ‖ḡ‖²",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on optimization (variance \
                        of gradients)",
            known_failures: "vanishes as the examples are fitted, by the size of the weights \
                             rather than by what was learned",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        Ok(Moments::of(subject)?.map(|m| m.value(m.noise())))
    }
}

/// The gradient noise relative to the gradient: a batch size.
pub struct GradientNoiseScale;

impl Measure for GradientNoiseScale {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-noise-scale",
            name: "Gradient noise scale",
            formula: "tr Σ / ‖ḡ‖²",
            reference: "McCandlish et al. 2018, arXiv 1812.06162, eq. 2.9 (the simple scale)",
            unit: "examples",
            normalization: "by the squared norm of the mean gradient",
            known_failures: "diverges at a stationary point",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let value = |m: Moments| m.value(m.noise() / m.square_of_mean);
        Ok(Moments::of(subject)?.map(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};

    #[test]
    fn equal_examples_have_no_noise() {
        let pixels = gaussian_inputs(1, 3, 1, 1).pixels().to_vec();
        let noise = |label: u8| {
            let inputs = Split::new(pixels.clone(), vec![label], 3).unwrap();
            let subject = Subject::new(gaussian_layers(&[3, 4, 2], 1), None).unwrap();
            let subject = subject.with_inputs(inputs.gather(&[0, 0, 0]));
            let of = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
            assert!(of(&GradientNoiseScale).abs() < 1e-10);
            (of(&GradientNorm), of(&GradientNoise))
        };
        let (right, wrong) = (noise(0), noise(1));
        assert!(
            right.0.max(wrong.0) > 0.5,
            "one of the labels is not fitted"
        );
        assert!(right.1.abs() < 1e-10 && wrong.1.abs() < 1e-10);
    }
}
