//! How far SGD moved the weights.

use super::group_norm::group_norm;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Euclidean distance of the weights from initialization.
pub struct DistanceFromInitFrobenius;

impl Measure for DistanceFromInitFrobenius {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-frobenius",
            name: "Distance from initialization (Frobenius)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖W − W⁰‖_F; network: √(Σ_l ‖W_l − W⁰_l‖_F²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 40 (the square)",
            aggregation: Aggregation::RootSumOfSquares,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; weight \
                             decay moves weights that the data do not",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |difference: &faer::Mat<f64>| difference.squared_norm_l2().sqrt().into();
        Ok(subject
            .differences()
            .map(|all| all.iter().map(norm).collect()))
    }
}

/// Spectral norm of the change of the weights.
pub struct DistanceFromInitSpectral;

impl Measure for DistanceFromInitSpectral {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-spectral",
            name: "Distance from initialization (spectral)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖W − W⁰‖₂; network: √(Σ_l ‖W_l − W⁰_l‖₂²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 41 (the square)",
            aggregation: Aggregation::RootSumOfSquares,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "one direction per layer decides; changes under rescalings that \
                             leave the function unchanged",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norms = subject.difference_spectral_norms()?;
        Ok(norms.map(|norms| norms.iter().map(|&norm| norm.into()).collect()))
    }
}

/// Sum of the norms of the units' weight changes.
pub struct DistanceFromInitL21;

impl Measure for DistanceFromInitL21 {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-l21",
            name: "Distance from initialization (2,1)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖(W − W⁰)ᵀ‖_{2,1} = Σ_i √(Σ_j (W_ij − W⁰_ij)²), i over output units; \
                      network: Σ_l",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1, with \
                        the initial weights as reference",
            aggregation: Aggregation::Sum,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "grows with the width; changes under rescalings that leave the \
                             function unchanged",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |difference| group_norm(difference, 2, 1.0).into();
        Ok(subject
            .differences()
            .map(|all| all.iter().map(norm).collect()))
    }
}

/// Distance from initialization in units of the initial norm.
pub struct DistanceFromInitRelative;

impl Measure for DistanceFromInitRelative {
    fn card(&self) -> &'static Card {
        &Card {
            id: "distance-from-init-relative",
            name: "Relative distance from initialization",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Initial],
            formula: "‖w − w⁰‖ / ‖w⁰‖, w all weight matrices as one vector",
            reference: "Chizat, Oyallon, Bach 2019, arXiv 1812.07956 (relative change of the \
                        weights, the measure of lazy training)",
            aggregation: Aggregation::WholeNetwork,
            unit: "none",
            normalization: "divided by the norm at initialization; undefined if that is 0",
            convolutions: "all entries of the kernel",
            biases: "not counted",
            homogeneity: Homogeneity::Zero,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "a layer with large initial weights hides the change of the others; \
                             changes under rescalings that leave the function unchanged",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let (Some(differences), Some(initial)) = (subject.differences(), subject.initial()) else {
            return Ok(None);
        };
        let moved: f64 = differences.iter().map(|d| d.squared_norm_l2()).sum();
        let start: f64 = initial.iter().map(|l| l.weight.squared_norm_l2()).sum();
        let defined = start != 0.0;
        let ratio = if defined {
            (moved / start).sqrt()
        } else {
            f64::NAN
        };
        Ok(Some(ratio.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;

    #[test]
    fn distances_by_hand() {
        let layer = |weight| vec![Layer::linear("0", weight, None)];
        let trained = layer(faer::mat![[4.0, 4.0], [0.0, 3.0]]);
        let initial = layer(faer::mat![[1.0, 0.0], [0.0, 1.0]]);
        let zero = layer(faer::Mat::zeros(2, 2));
        let subject = Subject::new(trained.clone(), Some(initial)).unwrap();
        let of = |measure: &dyn Measure, subject| measure.network(subject).unwrap().unwrap().number;
        assert_eq!(of(&DistanceFromInitL21, &subject), 7.0);
        let relative = of(&DistanceFromInitRelative, &subject);
        assert!((relative - 14.5_f64.sqrt()).abs() < 1e-14);
        let from_zero = Subject::new(trained, Some(zero)).unwrap();
        assert!(of(&DistanceFromInitRelative, &from_zero).is_nan());
    }
}
