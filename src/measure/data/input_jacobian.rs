//! How the outputs change with the inputs.

use faer::Mat;

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{CHAINS_ONLY, Model};
use crate::measure::drawn::MEAN_OF_DRAWN;
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::network::chain::{gradient_at, squared_norms};

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
            normalization: MEAN_OF_DRAWN,
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
        let Some(model) = Model::drawn(subject)? else {
            return Ok(None);
        };
        let network = &model.network;
        let classes = network.classes();
        let norms = model.map_batches(|inputs, labels| {
            let pass = network.forward(inputs);
            let n = labels.len();
            let mut squares = vec![0.0; n];
            for class in 0..classes {
                let one = |k, _| if k == class { 1.0 } else { 0.0 };
                let deltas = network.backward(&pass, Mat::from_fn(classes, n, one));
                let gradient = gradient_at(network, 0, &deltas[0]);
                let of = squares.iter_mut().zip(squared_norms(&gradient));
                of.for_each(|(sum, square)| *sum += square);
            }
            squares.into_iter().map(f64::sqrt).collect::<Vec<f64>>()
        });
        Ok(Some(model.used().mean(&norms.concat(), |x| x)))
    }
}
