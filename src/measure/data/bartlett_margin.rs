//! Margins divided by the spectral complexity.

use super::margins;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::statistics::quantile;

/// The median margin over the spectral complexity and the size of the inputs.
pub struct BartlettNormalizedMargin;

impl Measure for BartlettNormalizedMargin {
    fn card(&self) -> &'static Card {
        &Card {
            id: "bartlett-normalized-margin",
            name: "Normalized margin (Bartlett et al.), median",
            group: Group::Data,
            kind: Kind::Exact,
            needs: &[Need::Chain, Need::Initial, Need::Inputs, Need::Outputs],
            formula: "median of m_i / (R ‖X‖_F / n), ‖X‖_F = √(Σ_i ‖x_i‖²), R = ∏_l ‖W_l‖₂ · \
                      (Σ_l (‖W_l − W⁰_l‖_{2,1} / ‖W_l‖₂)^{2/3})^{3/2}, ‖·‖_{2,1} the sum of the \
                      norms of the rows (the units)",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, eqs. 1.2 and 1.3 \
                        (their A is W, so ‖Aᵀ‖_{2,1} runs over rows), reference matrices W⁰",
            aggregation: Aggregation::WholeNetwork,
            unit: "none",
            normalization: "by spectral complexity and the root mean square of the inputs over √n",
            convolutions: "not defined here: the layers must be fully connected",
            biases: "in the margins; not in R, as in the paper",
            homogeneity: Homogeneity::Zero,
            invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
            known_failures: "shows the distribution of margins, not the bound: constants and \
                             logarithms are left out",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let (true, Some(outputs)) = (subject.is_chain(), subject.outputs()) else {
            return Ok(None);
        };
        let (Some(inputs), Some(differences)) = (subject.inputs(), subject.differences()) else {
            return Ok(None);
        };
        let norms = subject.spectral_norms()?;
        let rows = |difference: &faer::Mat<f64>| -> f64 {
            (0..difference.nrows())
                .map(|i| difference.row(i).norm_l2())
                .sum()
        };
        let ratio =
            |(difference, norm): (&faer::Mat<f64>, &f64)| (rows(difference) / norm).powf(2.0 / 3.0);
        let ratios: f64 = differences.iter().zip(norms).map(ratio).sum();
        let complexity = norms.iter().product::<f64>() * ratios.powf(1.5);
        let square = |&x: &f32| f64::from(x) * f64::from(x);
        let size = inputs.pixels().iter().map(square).sum::<f64>().sqrt();
        let scale = complexity * size / inputs.len() as f64;
        let margins = margins(outputs)?.values;
        let at = |q| quantile(&margins, q).unwrap_or(f64::NAN) / scale;
        Ok(Some(
            Value::from(at(0.5))
                .with("10th percentile", at(0.1))
                .with("lower quartile", at(0.25))
                .with("upper quartile", at(0.75))
                .with("spectral complexity R", complexity),
        ))
    }
}
