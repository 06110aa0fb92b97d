//! The sum of the units' weight norms.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Sum over output units of the Euclidean norm of their incoming weights.
///
/// Rows of W are output units. Summing column norms instead is the frequent
/// mistake: Bartlett et al. write ‖Aᵀ‖₂,₁ with norms over columns of Aᵀ, which
/// are rows of A.
pub struct L21Norm;

impl Measure for L21Norm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "l21-norm",
            name: "(2,1) norm",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[],
            formula: "‖Wᵀ‖_{2,1} = Σ_i √(Σ_j W_ij²), i over output units; network: Σ_l",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1",
            aggregation: Aggregation::Sum,
            unit: "weight",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted",
            homogeneity: Homogeneity::Layer,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "grows with the width for random weights; changes under rescalings \
                             that leave the function unchanged",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |layer: &Layer| -> Value {
            let rows = layer.weight.row_iter();
            rows.map(|row| row.squared_norm_l2().sqrt())
                .sum::<f64>()
                .into()
        };
        Ok(Some(subject.layers().iter().map(norm).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_summed_not_columns() {
        let weight = faer::mat![[3.0, 4.0], [0.0, 0.0], [0.0, 1.0]];
        let layer = Layer::linear("0", weight, None);
        let subject = Subject::new(vec![layer], None).unwrap();
        // Columns would give 3 + √17.
        assert_eq!(L21Norm.network(&subject).unwrap(), Some(6.0.into()));
    }
}
