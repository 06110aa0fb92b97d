//! How undecided the outputs are.

use faer::MatRef;

use super::{ANY_NETWORK, margins};
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::probabilities;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The mean entropy of the softmax of the outputs.
pub struct OutputEntropy;

impl Measure for OutputEntropy {
    fn card(&self) -> &'static Card {
        &Card {
            id: "output-entropy",
            name: "Output entropy",
            group: Group::Data,
            kind: Kind::Exact,
            needs: &[Need::Outputs],
            formula: "−(1/n) Σ_i Σ_k p_k(x_i) ln p_k(x_i), p the softmax of the outputs; between \
                      0 and ln C",
            reference: "Pereyra et al. 2017, arXiv 1701.06548; Jiang et al. 2020, arXiv \
                        1912.02178 (its negative)",
            aggregation: Aggregation::WholeNetwork,
            unit: "nat",
            normalization: "mean over the examples",
            convolutions: ANY_NETWORK,
            biases: "as in the outputs",
            homogeneity: Homogeneity::None,
            invariant_to: Invariance::ALL,
            known_failures: "falls to 0 as the weights grow while no prediction changes",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(outputs) = subject.outputs() else {
            return Ok(None);
        };
        margins(outputs)?; // refuses outputs that do not fit
        let (classes, n) = (outputs.classes, outputs.labels.len());
        let logits = MatRef::from_column_major_slice(&outputs.logits, classes, n);
        let logits = faer::Mat::from_fn(classes, n, |k, i| f64::from(logits[(k, i)]));
        let p = probabilities(&logits);
        // p ln p → 0 where p is 0.
        let term = |&p: &f64| if p == 0.0 { 0.0 } else { -p * p.ln() };
        let sum: f64 = (0..n).flat_map(|i| p.col_as_slice(i)).map(term).sum();
        Ok(Some((sum / n as f64).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;
    use crate::solution::Outputs;

    #[test]
    fn certain_outputs_have_none_and_undecided_ones_the_most() {
        let entropy = |logits: &[f32]| {
            let labels = vec![0; logits.len() / 4];
            let layer = Layer::linear("0", faer::Mat::identity(4, 4), None);
            let outputs = Outputs {
                classes: 4,
                logits: logits.into(),
                labels,
            };
            let subject = Subject::new(vec![layer], None)
                .unwrap()
                .with_outputs(outputs);
            OutputEntropy.network(&subject).unwrap().unwrap().number
        };
        assert_eq!(entropy(&[2000.0, 0.0, 0.0, 0.0]), 0.0);
        assert!((entropy(&[7.0; 4]) - 4_f64.ln()).abs() < 1e-15);
        let mixed = entropy(&[2000.0, 0.0, 0.0, 0.0, 7.0, 7.0, 7.0, 7.0]);
        assert!((mixed - 4_f64.ln() / 2.0).abs() < 1e-15);
    }
}
