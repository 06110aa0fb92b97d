//! How far neighbouring layers are from balanced.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::largest;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Largest difference between what two neighbouring layers make of the units
/// between them.
pub struct Balancedness;

impl Measure for Balancedness {
    fn card(&self) -> &'static Card {
        &Card {
            id: "balancedness",
            name: "Imbalance of neighbouring layers",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Chain],
            formula: "max_l ‖W_{l+1}ᵀ W_{l+1} − W_l W_lᵀ‖_F; 0 for one layer",
            reference: "Du, Hu, Lee 2018, arXiv 1806.00900 (Theorem 2.1: conserved by gradient \
                        flow)",
            aggregation: Aggregation::WholeNetwork,
            unit: "weight²",
            normalization: "squared",
            convolutions: "not defined here: the layers must be fully connected",
            biases: "not counted",
            homogeneity: Homogeneity::LayerSquared,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "gradient flow conserves the whole matrix in linear networks, but \
                             only its diagonal (with b_l² counted too) in ReLU networks, and \
                             SGD with finite steps conserves neither",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        if !subject.is_chain() {
            return Ok(None);
        }
        let pairs = subject.layers().windows(2);
        Ok(Some(largest(pairs.map(imbalance)).into()))
    }
}

fn imbalance(pair: &[Layer]) -> f64 {
    let (before, after) = (&pair[0].weight, &pair[1].weight);
    let units = before.nrows();
    let mut difference = Mat::<f64>::zeros(units, units);
    let (d, add) = (difference.as_mut(), Accum::Add);
    matmul(d, add, after.transpose(), after, 1.0, Par::Seq);
    let d = difference.as_mut();
    matmul(d, add, before, before.transpose(), -1.0, Par::Seq);
    difference.norm_l2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_layers_and_a_scaled_one() {
        let of = |c: f64| {
            let before = faer::mat![[3.0 * c, 0.0], [0.0, 4.0 * c]];
            // AᵀA = diag(9, 16) for the rows (0, 4) and (3, 0).
            let after = faer::mat![[0.0, 4.0], [3.0, 0.0]];
            let layers = vec![
                Layer::linear("0", before, None),
                Layer::linear("1", after, None),
            ];
            let subject = Subject::new(layers, None).unwrap();
            Balancedness.network(&subject).unwrap().unwrap().number
        };
        assert_eq!(of(1.0), 0.0);
        // 3 · ‖diag(9, 16)‖_F.
        assert!((of(2.0) - 3.0 * 337_f64.sqrt()).abs() < 1e-12);
        assert!(of(f64::NAN).is_nan());
    }
}
