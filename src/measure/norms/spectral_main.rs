//! The main term of spectrally normalized bounds, in the forms of Jiang et al.
//! 2020.

use super::log_products::sum_of_logs;
use super::positive_margin;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Sum of the layers' stable ranks.
pub struct FroOverSpec;

impl Measure for FroOverSpec {
    fn card(&self) -> &'static Card {
        &Card {
            id: "fro-over-spec",
            name: "Sum of stable ranks",
            needs: &[],
            formula: "Σ_l ‖W_l‖_F² / ‖W_l‖₂²",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 33 (fro/spec)",
            unit: "dimensions",
            normalization: "squared norms, no logarithm",
            homogeneity: Homogeneity::Zero,
            known_failures: "blind to the scale of the weights; dominated by the widest layers; \
                             changes when one unit is rescaled",
            ..BASE
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let weights = subject.layers().iter().map(|l| l.weight.squared_norm_l2());
        Ok(Some(ratios(weights, subject.spectral_norms()?).into()))
    }
}

/// The logarithm of the bound's main term with norms of the weights.
pub struct LogSpecOrigMain;

impl Measure for LogSpecOrigMain {
    fn card(&self) -> &'static Card {
        &Card {
            id: "log-spec-orig-main",
            name: "Spectral main term (from the origin)",
            needs: &[Need::Outputs],
            formula: "ln(∏_l ‖W_l‖₂² / γ² · Σ_l ‖W_l‖_F² / ‖W_l‖₂²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 30 (spec-orig-main), after \
                        Neyshabur et al. 2018, arXiv 1707.09564, Theorem 1",
            ..BASE
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let weights = subject.layers().iter().map(|l| l.weight.squared_norm_l2());
        main_term(subject, Some(weights))
    }
}

/// The logarithm of the bound's main term with distances from initialization.
pub struct LogSpecInitMain;

impl Measure for LogSpecInitMain {
    fn card(&self) -> &'static Card {
        &Card {
            id: "log-spec-init-main",
            name: "Spectral main term (from initialization)",
            needs: &[Need::Outputs, Need::Initial],
            formula: "ln(∏_l ‖W_l‖₂² / γ² · Σ_l ‖W_l − W⁰_l‖_F² / ‖W_l‖₂²)",
            reference: "Jiang et al. 2020, arXiv 1912.02178, eq. 29 (spec-init-main), after \
                        Bartlett, Foster, Telgarsky 2017 and Neyshabur et al. 2018",
            ..BASE
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let differences = subject.differences();
        main_term(
            subject,
            differences.map(|all| all.iter().map(|d| d.squared_norm_l2())),
        )
    }
}

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
    normalization: "natural logarithm of squared norms over the squared 10th percentile of the \
                    signed training margins; undefined if that is not positive; without the \
                    paper's division by the number of samples",
    convolutions: "the matrix (out, in · height · width)",
    biases: "not counted",
    homogeneity: Homogeneity::Logarithm,
    invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
    known_failures: "the main term without width, depth and constants is no bound; undefined for \
                     a network that does not fit nine tenths of its training set; changes when \
                     one unit is rescaled",
};

/// Σ_l square_l / ‖W_l‖₂².
fn ratios(squares: impl Iterator<Item = f64>, spectral: &[f64]) -> f64 {
    squares
        .zip(spectral)
        .map(|(square, norm)| square / (norm * norm))
        .sum()
}

fn main_term(
    subject: &Subject,
    squares: Option<impl Iterator<Item = f64>>,
) -> Result<Option<Value>, MeasureError> {
    let (Some(squares), Some(margin)) = (squares, positive_margin(subject)?) else {
        return Ok(None);
    };
    let spectral = subject.spectral_norms()?;
    let product = sum_of_logs(spectral.iter().copied()) - 2.0 * margin.ln();
    Ok(Some((product + ratios(squares, spectral).ln()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;
    use crate::solution::Outputs;

    #[test]
    fn main_terms_by_hand() {
        let layers = |a: f64, b: f64| {
            vec![
                Layer::linear("0", faer::mat![[a, 0.0], [0.0, b]], None),
                Layer::linear("1", faer::mat![[2.0 * a, 0.0], [0.0, 2.0 * b]], None),
            ]
        };
        let outputs = Outputs {
            classes: 2,
            logits: vec![5.0, 1.0],
            labels: vec![0],
        };
        let subject = Subject::new(layers(4.0, 3.0), Some(layers(2.0, 2.0)))
            .unwrap()
            .with_outputs(outputs);
        let of = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
        // Both stable ranks are 25/16; distances² 5 and 20 over 16 and 64.
        assert!((of(&FroOverSpec) - 25.0 / 8.0).abs() < 1e-13);
        let product = (16.0 * 64.0 / 16.0_f64).ln();
        assert!((of(&LogSpecOrigMain) - product - (25.0 / 8.0_f64).ln()).abs() < 1e-13);
        assert!((of(&LogSpecInitMain) - product - (5.0 / 8.0_f64).ln()).abs() < 1e-13);
    }
}
