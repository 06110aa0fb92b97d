//! Logarithms of products of norms, in the forms of Jiang et al. 2020.

use super::positive_margin;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// ln of a product of squared norms, its form per layer, and both over γ².
///
/// ```text
/// product:  Σ_l ln ‖W_l‖²            [− 2 ln γ]
/// sum:      ln d + (1/d) · product   [with − 2 ln γ inside]
/// ```
///
/// Sums of logarithms, so depth does not overflow. γ is the 10th percentile of
/// the signed training margins; the value is undefined if that is not positive.
/// Some public code takes |γ|, which makes a value out of every unfitted network.
pub struct LogProduct {
    norm: Norm,
    per_layer: bool,
    over_margin: bool,
    card: &'static Card,
}

enum Norm {
    Spectral,
    Frobenius,
}

/// Eq. 32.
pub const LOG_PROD_OF_SPEC: LogProduct = LogProduct {
    norm: Norm::Spectral,
    per_layer: false,
    over_margin: false,
    card: &Card {
        id: "log-prod-of-spec",
        name: "Log product of spectral norms",
        formula: "ln ∏_l ‖W_l‖₂² = Σ_l ln ‖W_l‖₂²",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 32 (prod-of-spec)",
        ..BASE
    },
};

/// Eq. 31.
pub const LOG_PROD_OF_SPEC_OVER_MARGIN: LogProduct = LogProduct {
    norm: Norm::Spectral,
    per_layer: false,
    over_margin: true,
    card: &Card {
        id: "log-prod-of-spec-over-margin",
        name: "Log product of spectral norms over margin",
        formula: "ln(∏_l ‖W_l‖₂² / γ²)",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 31 (prod-of-spec/margin)",
        ..MARGIN
    },
};

/// Eq. 35.
pub const LOG_SUM_OF_SPEC: LogProduct = LogProduct {
    norm: Norm::Spectral,
    per_layer: true,
    over_margin: false,
    card: &Card {
        id: "log-sum-of-spec",
        name: "Log sum of spectral norms",
        formula: "ln(d · (∏_l ‖W_l‖₂²)^{1/d}): the sum once the layers are rescaled to equal norms",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 35 (sum-of-spec)",
        ..BASE
    },
};

/// Eq. 34.
pub const LOG_SUM_OF_SPEC_OVER_MARGIN: LogProduct = LogProduct {
    norm: Norm::Spectral,
    per_layer: true,
    over_margin: true,
    card: &Card {
        id: "log-sum-of-spec-over-margin",
        name: "Log sum of spectral norms over margin",
        formula: "ln(d · (∏_l ‖W_l‖₂² / γ²)^{1/d})",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 34 (sum-of-spec/margin)",
        ..MARGIN
    },
};

/// Eq. 37.
pub const LOG_PROD_OF_FRO: LogProduct = LogProduct {
    norm: Norm::Frobenius,
    per_layer: false,
    over_margin: false,
    card: &Card {
        id: "log-prod-of-fro",
        name: "Log product of Frobenius norms",
        formula: "ln ∏_l ‖W_l‖_F² = Σ_l ln ‖W_l‖_F²",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 37 (prod-of-fro)",
        ..BASE
    },
};

/// Eq. 36.
pub const LOG_PROD_OF_FRO_OVER_MARGIN: LogProduct = LogProduct {
    norm: Norm::Frobenius,
    per_layer: false,
    over_margin: true,
    card: &Card {
        id: "log-prod-of-fro-over-margin",
        name: "Log product of Frobenius norms over margin",
        formula: "ln(∏_l ‖W_l‖_F² / γ²)",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 36 (prod-of-fro/margin)",
        ..MARGIN
    },
};

/// Eq. 39.
pub const LOG_SUM_OF_FRO: LogProduct = LogProduct {
    norm: Norm::Frobenius,
    per_layer: true,
    over_margin: false,
    card: &Card {
        id: "log-sum-of-fro",
        name: "Log sum of Frobenius norms",
        formula: "ln(d · (∏_l ‖W_l‖_F²)^{1/d}): the sum once the layers are rescaled to equal norms",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 39 (sum-of-fro)",
        ..BASE
    },
};

/// Eq. 38.
pub const LOG_SUM_OF_FRO_OVER_MARGIN: LogProduct = LogProduct {
    norm: Norm::Frobenius,
    per_layer: true,
    over_margin: true,
    card: &Card {
        id: "log-sum-of-fro-over-margin",
        name: "Log sum of Frobenius norms over margin",
        formula: "ln(d · (∏_l ‖W_l‖_F² / γ²)^{1/d})",
        reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 38 (sum-of-fro/margin)",
        ..MARGIN
    },
};

/// What the forms without margin share.
const BASE: Card = Card {
    id: "",
    name: "",
    group: Group::Norms,
    kind: Kind::Exact,
    needs: &[],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "nats",
    normalization: "natural logarithm of squared norms; without the paper's division by the \
                    number of samples",
    convolutions: "the matrix (out, in · height · width)",
    biases: "not counted",
    homogeneity: Homogeneity::Logarithm,
    invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
    known_failures: "grows with the scale of the weights, which alone does not change a \
                     prediction; changes when one unit is rescaled",
};

/// What the forms with margin share.
const MARGIN: Card = Card {
    needs: &[Need::Outputs],
    normalization: "natural logarithm of squared norms over the squared 10th percentile of the \
                    signed training margins; undefined if that is not positive; without the \
                    paper's division by the number of samples",
    known_failures: "undefined for a network that does not fit nine tenths of its training set; \
                     changes when one unit is rescaled",
    ..BASE
};

impl Measure for LogProduct {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let mut log = match self.norm {
            Norm::Spectral => sum_of_logs(subject.spectral_norms()?.iter().copied()),
            Norm::Frobenius => sum_of_logs(subject.layers().iter().map(|l| l.weight.norm_l2())),
        };
        if self.over_margin {
            let Some(margin) = positive_margin(subject)? else {
                return Ok(None);
            };
            log -= 2.0 * margin.ln();
        }
        let depth = subject.layers().len() as f64;
        let value = if self.per_layer {
            depth.ln() + log / depth
        } else {
            log
        };
        Ok(Some(value.into()))
    }
}

/// Σ_l ln ‖W_l‖²; −∞ when a layer is 0.
pub fn sum_of_logs(norms: impl Iterator<Item = f64>) -> f64 {
    norms.map(|norm| 2.0 * norm.ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Layer, Value};
    use crate::solution::Outputs;

    /// `depth` layers 1e9 · identity, and a training margin of γ.
    fn subject(depth: usize, margin: f32) -> Subject {
        let layer = |l: usize| {
            Layer::linear(
                l.to_string(),
                faer::Scale(1e9) * faer::Mat::<f64>::identity(2, 2),
                None,
            )
        };
        let outputs = Outputs {
            classes: 2,
            logits: vec![margin, 0.0],
            labels: vec![0],
        };
        Subject::new((0..depth).map(layer).collect(), None)
            .unwrap()
            .with_outputs(outputs)
    }

    fn of(measure: &LogProduct, subject: &Subject) -> f64 {
        measure.network(subject).unwrap().unwrap().number
    }

    #[test]
    fn fifty_layers_do_not_overflow() {
        let subject = subject(50, 8.0);
        let log = 100.0 * 1e9_f64.ln();
        assert!((of(&LOG_PROD_OF_SPEC, &subject) / log - 1.0).abs() < 1e-13);
        let frobenius = log + 50.0 * 2_f64.ln();
        assert!((of(&LOG_PROD_OF_FRO, &subject) / frobenius - 1.0).abs() < 1e-13);
        let per_layer = 50_f64.ln() + (log - 2.0 * 8_f64.ln()) / 50.0;
        assert!((of(&LOG_SUM_OF_SPEC_OVER_MARGIN, &subject) / per_layer - 1.0).abs() < 1e-13);
    }

    #[test]
    fn a_margin_that_is_not_positive_or_not_known_gives_no_value() {
        for margin in [0.0, -8.0, f32::NAN] {
            assert!(of(&LOG_PROD_OF_SPEC_OVER_MARGIN, &subject(2, margin)).is_nan());
        }
        let layers = subject(2, 1.0).layers().to_vec();
        let without = Subject::new(layers, None).unwrap();
        assert_eq!(
            LOG_PROD_OF_SPEC_OVER_MARGIN.network(&without),
            Ok(None::<Value>)
        );
    }

    #[test]
    fn the_sum_of_equal_layers_is_their_sum() {
        // Three layers of squared norm c: ln(3 c).
        let subject = subject(3, 1.0);
        assert!((of(&LOG_SUM_OF_SPEC, &subject) - (3.0 * 1e18_f64).ln()).abs() < 1e-12);
    }
}
