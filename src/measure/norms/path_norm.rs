//! Norms of the products of weights along paths.

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The l_p norm, over all paths from an input to an output, of the product of
/// the weights on the path.
///
/// ```text
/// φ_p = (Σ_paths ∏_{w on path} |w|^p)^{1/p}
/// ```
///
/// Computed by one forward pass with |w|^p on an input of ones: for widths
/// n₀ … n_d that costs Σ n_l n_{l−1} products, and there are ∏ n_l paths.
/// Convolutions and pooling are sums over paths as well.
/// Biases are left out, not raised to the power p and added, as in some public
/// code, or they start paths of their own.
pub struct PathNorm {
    p: i32,
    bias_paths: bool,
    card: &'static Card,
}

/// φ₂: the norm of path-SGD.
pub const PATH_NORM_L2: PathNorm = PathNorm {
    p: 2,
    bias_paths: false,
    card: &Card {
        id: "path-norm-l2",
        name: "Path norm (l2)",
        formula: "φ₂ = √(Σ_paths ∏_{w on path} w²)",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (φ_p, p = 2); \
                    Jiang et al. 2020, arXiv 1912.02178, eq. 44 (the square)",
        ..BASE
    },
};

/// φ₁.
pub const PATH_NORM_L1: PathNorm = PathNorm {
    p: 1,
    bias_paths: false,
    card: &Card {
        id: "path-norm-l1",
        name: "Path norm (l1)",
        formula: "φ₁ = Σ_paths ∏_{w on path} |w|",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (φ_p, p = 1)",
        ..BASE
    },
};

/// φ₁ with paths that start at biases.
pub const PATH_NORM_L1_BIAS: PathNorm = PathNorm {
    p: 1,
    bias_paths: true,
    card: &Card {
        id: "path-norm-l1-bias",
        name: "Path norm (l1, with biases)",
        formula: "Σ_paths ∏_{w on path} |w|, paths from inputs and from biases",
        reference: "Gonon et al. 2024, arXiv 2310.01225 (the l1 path norm of a network with \
                    biases)",
        unit: "logit, for inputs of at most 1",
        biases: "a path starts at a bias as at an input of 1, and includes it",
        ..BASE
    },
};

/// φ₂ with paths that start at biases.
pub const PATH_NORM_L2_BIAS: PathNorm = PathNorm {
    p: 2,
    bias_paths: true,
    card: &Card {
        id: "path-norm-l2-bias",
        name: "Path norm (l2, with biases)",
        formula: "√(Σ_paths ∏_{w on path} w²), paths from inputs and from biases",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (φ_p, p = 2), with the paths \
                    of a network with biases of Gonon et al. 2024, arXiv 2310.01225",
        unit: "logit, for inputs of at most 1",
        biases: "a path starts at a bias as at an input of 1, and includes it",
        ..BASE
    },
};

const BASE: Card = Card {
    id: "",
    name: "",
    group: Group::Norms,
    kind: Kind::Exact,
    needs: &[Need::PiecewiseLinear],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "logit per input",
    normalization: "none",
    convolutions: "every place of a kernel has edges of its own; a maximum counts the paths \
                   through all numbers of its window (Gonon et al. 2024, arXiv 2310.01225); a mean \
                   over N numbers has edges of weight 1/N",
    biases: "not counted: paths start at inputs",
    homogeneity: Homogeneity::Network,
    invariant_to: Invariance::ALL,
    known_failures: "counts a path even if its units are never active together; grows \
                     with the number of inputs, so compare at equal input size",
};

impl Measure for PathNorm {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        if subject.check_piecewise_linear().is_err() {
            return Ok(None);
        }
        let sum = subject.network::<f64>()?.paths(self.p, self.bias_paths);
        Ok(Some(sum.powf(f64::from(self.p).recip()).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;

    /// x ↦ (7, −1) · relu((2, −3)ᵀ x + (5, 4)) + 6.
    fn subject() -> Subject {
        let layers = vec![
            Layer::linear("0", faer::mat![[2.0], [-3.0]], Some(vec![5.0, 4.0])),
            Layer::linear("1", faer::mat![[7.0, -1.0]], Some(vec![6.0])),
        ];
        Subject::new(layers, None).unwrap()
    }

    #[test]
    fn paths_can_be_counted_by_hand() {
        let of = |measure: PathNorm| measure.network(&subject()).unwrap().unwrap().number;
        assert_eq!(of(PATH_NORM_L1), 7.0 * 2.0 + 3.0);
        assert_eq!(of(PATH_NORM_L1_BIAS), 17.0 + 7.0 * 5.0 + 4.0 + 6.0);
        let squares = 196.0 + 9.0 + 49.0 * 25.0 + 16.0 + 36.0;
        assert_eq!(of(PATH_NORM_L2_BIAS), f64::sqrt(squares));
        // With squared biases added it would be √(196 + 9 + 49·25 + 16 + 36).
        assert_eq!(of(PATH_NORM_L2), f64::sqrt(196.0 + 9.0));
    }

    #[test]
    fn with_positive_weights_it_is_the_output_at_ones() {
        let layers = vec![
            Layer::linear(
                "0",
                faer::mat![[2.0, 1.0], [3.0, 0.5]],
                Some(vec![5.0, 4.0]),
            ),
            Layer::linear("1", faer::mat![[7.0, 1.0]], Some(vec![6.0])),
        ];
        let subject = Subject::new(layers, None).unwrap();
        let path_norm = PATH_NORM_L1_BIAS.network(&subject).unwrap();
        assert_eq!(
            path_norm,
            Some((7.0 * (3.0 + 5.0) + (3.5 + 4.0) + 6.0).into())
        );
    }
}
