//! The area under the learning curve.

use super::ANY_NETWORK;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The training losses of all epochs, summed.
pub struct SumOfTrainingLosses;

impl Measure for SumOfTrainingLosses {
    fn card(&self) -> &'static Card {
        &Card {
            id: "sum-of-training-losses",
            name: "Training loss summed over epochs",
            group: Group::Data,
            kind: Kind::Exact,
            needs: &[Need::Curve],
            formula: "Σ_t L_t, L_t the mean cross-entropy on the training set after epoch t ≥ 1; \
                      the papers average over the batches of the epoch instead",
            reference: "Lyle et al. 2020, arXiv 2010.13970; Ru et al. 2021, arXiv 2006.04492",
            aggregation: Aggregation::WholeNetwork,
            unit: "nat",
            normalization: "none: compare at equal numbers of epochs",
            convolutions: ANY_NETWORK,
            biases: "as in the outputs",
            homogeneity: Homogeneity::Zero,
            invariant_to: Invariance::ALL,
            known_failures: "measures the speed of training, so it depends on the learning rate \
                             and on when training stops",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(curve) = subject.curve() else {
            return Ok(None);
        };
        let epochs = curve.iter().filter(|point| point.epoch > 0);
        let (sum, count) = epochs.fold((0.0, 0.0), |(sum, count), point| {
            (sum + point.train_loss, count + 1.0)
        });
        Ok(Some(Value::from(sum).with("epochs", count)))
    }
}
