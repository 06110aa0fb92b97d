//! How the outputs change with the inputs.

use crate::linalg::squared_norm;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model, one_class};
use crate::measure::drawn::MEAN_OF_DRAWN;
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
            needs: &[Need::Network, Need::Inputs],
            formula: "(1/n) Σ_i ‖∂f(x_i)/∂x‖_F",
            reference: "Novak et al. 2018, arXiv 1802.08760 (there of the softmax)",
            aggregation: Aggregation::WholeNetwork,
            unit: "logit per input",
            normalization: MEAN_OF_DRAWN,
            convolutions: DIFFERENTIATED,
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
        let Some(model) = Model::drawn(subject)? else {
            return Ok(None);
        };
        let network = &model.network;
        let classes = network.classes();
        let norms = model.map_batches(|inputs, labels| {
            let pass = network.forward(&inputs);
            let n = labels.len();
            let mut squares = vec![0.0; n];
            for class in 0..classes {
                let outputs = one_class(class, classes, n);
                let gradients = network.input_gradients(&pass, &outputs);
                let rows = gradients.chunks_exact(network.features());
                let of = squares.iter_mut().zip(rows);
                of.for_each(|(sum, row)| *sum += squared_norm(row));
            }
            squares.into_iter().map(f64::sqrt).collect::<Vec<f64>>()
        });
        Ok(Some(model.used().mean(&norms.concat(), |x| x)))
    }
}
