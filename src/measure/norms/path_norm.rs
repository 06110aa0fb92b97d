//! The norm of the products of weights along paths.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Root of the sum, over all paths from an input to an output, of the squared
/// product of the weights on it.
///
/// Computed by one forward pass with squared weights, without biases, on an
/// input of ones: for widths n₀ … n_d that costs Σ n_l n_{l−1} products, and
/// there are ∏ n_l paths.
pub struct PathNormL2;

impl Measure for PathNormL2 {
    fn card(&self) -> &'static Card {
        &Card {
            id: "path-norm-l2",
            name: "Path norm (l2)",
            group: Group::Norms,
            kind: Kind::Exact,
            needs: &[Need::Chain],
            formula: "φ₂ = √(Σ_paths ∏_{w on path} w²)",
            reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (φ_p, p = 2); \
                        Jiang et al. 2020, arXiv 1912.02178, eq. 44 (the square)",
            aggregation: Aggregation::WholeNetwork,
            unit: "logit per input",
            normalization: "none",
            convolutions: "the matrix (out, in · height · width)",
            biases: "not counted: paths start at inputs",
            homogeneity: Homogeneity::Network,
            invariant_to: Invariance::ALL,
            known_failures: "counts a path even if its units are never active together; grows \
                             with the number of inputs, so compare at equal input size",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        if !subject.is_chain() {
            return Ok(None);
        }
        let inputs = subject.layers().first().map_or(0, Layer::inputs);
        let mut activations = vec![1.0; inputs];
        for layer in subject.layers() {
            let mut next = vec![0.0; layer.outputs()];
            // Column by column, the order in which the matrix is stored.
            for (column, activation) in layer.weight.col_iter().zip(&activations) {
                for (sum, w) in next.iter_mut().zip(column.iter()) {
                    *sum += w * w * activation;
                }
            }
            activations = next;
        }
        Ok(Some(activations.iter().sum::<f64>().sqrt().into()))
    }
}
