//! Quantiles of the signed training margins.

use super::{ANY_NETWORK, Margins, margins};
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::statistics::quantile;

/// The q-quantile of the margins; not a number if one of them is not.
fn margin(subject: &Subject, q: f64) -> Result<Option<Value>, MeasureError> {
    let margins = subject.outputs().map(margins).transpose()?;
    let value = |m: Margins| quantile(&m.values, q).unwrap_or(f64::NAN).into();
    Ok(margins.map(value))
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Data,
    kind: Kind::Exact,
    needs: &[Need::Outputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "logit",
    normalization: "none",
    convolutions: ANY_NETWORK,
    biases: "as in the outputs",
    homogeneity: Homogeneity::Network,
    invariant_to: Invariance::ALL,
    known_failures: "",
};

/// The 10th percentile of the signed training margins.
pub struct MarginTenthPercentile;

impl Measure for MarginTenthPercentile {
    fn card(&self) -> &'static Card {
        &Card {
            id: "margin-10th-percentile",
            name: "Margin, 10th percentile",
            formula: "γ: 10th percentile of m_i = f_y(x_i) − max_{j≠y} f_j(x_i), linear between \
                      order statistics; negative where more than a tenth are misclassified",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on margins",
            known_failures: "grows with the scale of the weights, so with the time trained on \
                             cross-entropy, while no prediction changes",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        margin(subject, 0.1)
    }
}

/// The median of the signed training margins.
pub struct MarginMedian;

impl Measure for MarginMedian {
    fn card(&self) -> &'static Card {
        &Card {
            id: "margin-median",
            name: "Margin, median",
            formula: "median of m_i = f_y(x_i) − max_{j≠y} f_j(x_i)",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, section 2 (the \
                        distribution of margins)",
            known_failures: "grows with the scale of the weights while no prediction changes; \
                             blind to the hard half of the examples",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        margin(subject, 0.5)
    }
}

/// The smallest signed training margin.
pub struct MarginMinimum;

impl Measure for MarginMinimum {
    fn card(&self) -> &'static Card {
        &Card {
            id: "margin-minimum",
            name: "Margin, minimum",
            formula: "min_i m_i, m_i = f_y(x_i) − max_{j≠y} f_j(x_i); positive exactly if every \
                      example is fitted",
            reference: "Neyshabur, Bhojanapalli, McAllester, Srebro 2017, arXiv 1706.08947, \
                        section 2",
            known_failures: "one example decides; grows with the scale of the weights",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        margin(subject, 0.0)
    }
}

/// One over the square of the 10th percentile of the margins, where that is
/// positive.
pub struct InverseMarginSquared;

impl Measure for InverseMarginSquared {
    fn card(&self) -> &'static Card {
        &Card {
            id: "inverse-margin-squared",
            name: "Inverse squared margin",
            formula: "1 / γ², γ the 10th percentile of the signed margins; undefined for γ ≤ 0",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 22",
            unit: "1 / logit²",
            // Degree −2d has no power of the margin that would normalize it.
            homogeneity: Homogeneity::None,
            known_failures: "falls with the scale of the weights while no prediction changes; \
                             taking |γ| instead, as some public code does, turns unfitted \
                             networks into confident ones",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let inverse = |gamma: Value| match gamma.number {
            number if number > 0.0 => number.powi(-2),
            _ => f64::NAN,
        };
        Ok(margin(subject, 0.1)?.map(|gamma| inverse(gamma).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;
    use crate::solution::Outputs;

    fn value(measure: &dyn Measure, logits: &[f32]) -> f64 {
        let outputs = Outputs {
            classes: 2,
            logits: logits.into(),
            labels: vec![0; logits.len() / 2],
        };
        let layer = Layer::linear("0", faer::Mat::identity(2, 2), None);
        let subject = Subject::new(vec![layer], None)
            .unwrap()
            .with_outputs(outputs);
        measure.network(&subject).unwrap().unwrap().number
    }

    #[test]
    fn quantiles_of_known_margins() {
        // Margins 0, 1, …, 10.
        let logits: Vec<f32> = (0..=10).flat_map(|m| [m as f32, 0.0]).collect();
        assert_eq!(value(&MarginTenthPercentile, &logits), 1.0);
        assert_eq!(value(&MarginMedian, &logits), 5.0);
        assert_eq!(value(&MarginMinimum, &logits), 0.0);
        assert_eq!(value(&InverseMarginSquared, &logits), 1.0);
    }

    #[test]
    fn a_negative_margin_is_no_margin() {
        assert_eq!(value(&MarginTenthPercentile, &[0.0, 2.0]), -2.0);
        assert!(value(&InverseMarginSquared, &[0.0, 2.0]).is_nan());
        assert!(value(&InverseMarginSquared, &[1.0, 1.0]).is_nan());
        assert!(value(&MarginMedian, &[f32::NAN, 1.0]).is_nan());
    }
}
