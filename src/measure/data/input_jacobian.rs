//! How the outputs change with the inputs.

use super::EXAMPLES;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{CHAINS_ONLY, Model, gradient_at, squared_norms};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The mean Frobenius norm of the Jacobian of the logits by the inputs.
pub struct InputJacobianNorm;

impl Measure for InputJacobianNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "input-jacobian-norm",
            name: "Input Jacobian norm",
            group: Group::Data,
            kind: Kind::Exact,
            needs: &[Need::Chain, Need::Inputs],
            formula: "(1/n) Σ_i ‖∂f(x_i)/∂x‖_F",
            reference: "Novak et al. 2018, arXiv 1802.08760 (there of the softmax)",
            aggregation: Aggregation::WholeNetwork,
            unit: "logit per input",
            normalization: "mean over the training examples",
            convolutions: CHAINS_ONLY,
            biases: "part of the function: they decide which units are active",
            homogeneity: Homogeneity::Network,
            invariant_to: Invariance::ALL,
            known_failures: "grows with the scale of the logits; depends on the scale of the inputs",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(model) = Model::of(subject, EXAMPLES)? else {
            return Ok(None);
        };
        let classes = model.network.classes();
        let (mut norms, mut squares) = (0.0, Vec::new());
        model.for_each_logit(|class, deltas| {
            let gradient = gradient_at(&model.network, 0, &deltas[0]);
            if class == 0 {
                squares = vec![0.0_f64; gradient.ncols()];
            }
            let of = squares.iter_mut().zip(squared_norms(&gradient));
            of.for_each(|(sum, square)| *sum += square);
            if class + 1 == classes {
                norms += squares.iter().copied().map(f64::sqrt).sum::<f64>();
            }
        });
        let n = model.len() as f64;
        Ok(Some(Value::from(norms / n).with("examples used", n)))
    }
}
