//! The bound by counting.

use super::BASE;
use super::setting::DELTA;
use crate::measure::card::{Card, Homogeneity, Invariance, Need};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value, margins};

/// The error bound from the VC dimension of the errors that networks of this
/// shape can make.
///
/// The proof of Harvey, Liaw and Mehrabian partitions the weights layer by layer:
/// given the signs of the layers before, the k_l units of layer l are polynomials
/// of degree l in the W_l parameters up to there. An error is decided by the signs
/// of K − 1 polynomials, f_y − f_j, so k_d = K − 1 here, for all classes at once:
///
/// ```text
/// V = d + Σ_l W_l · log₂(4 e r log₂(2 e r)),  r = max(Σ_l l k_l, 3)
/// error ≤ R̂ + √(2 ln Π/m) + 3 √(ln(2/δ)/2m),  ln Π = min(m ln 2, V ln(e m/V))
/// ```
///
/// by Sauer's and Massart's lemmas, R̂ the training error.
pub struct VcBound;

impl Measure for VcBound {
    fn card(&self) -> &'static Card {
        &Card {
            id: "vc-bound",
            name: "VC bound",
            needs: &[Need::Chain, Need::Outputs],
            formula: "R̂ + √(2 ln Π/m) + 3 √(ln(2/δ)/2m); ln Π = min(m ln 2, V ln(em/V)), V = d + \
                      Σ_l W_l · log₂(4er log₂(2er)), r = max(Σ_l l k_l, 3), W_l parameters up to \
                      layer l, k_l units, k_d = K − 1; R̂ the training error",
            reference: "Harvey, Liaw, Mehrabian 2017 (Bartlett et al. 2019), arXiv 1703.02930, \
                        Theorem 6 (recalled, and derived again with one breakpoint and K − 1 \
                        polynomials per sample)",
            unit: "error rate, with probability 1 − δ = 0.99 over the training set",
            biases: "parameters like the others",
            normalization: "none",
            homogeneity: Homogeneity::Zero,
            invariant_to: Invariance::ALL,
            known_failures: "the same for true and random labels that are fitted; above √(2 ln 2) \
                             whenever there are more parameters than samples",
            ..BASE
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let (true, Some(outputs)) = (subject.is_chain(), subject.outputs()) else {
            return Ok(None);
        };
        let margins = margins(outputs)?;
        let (error, m) = (margins.misclassified, margins.values.len() as f64);
        let dimension = vc_dimension(subject.layers());
        let patterns = if m > dimension {
            dimension * (1.0 + (m / dimension).ln())
        } else {
            f64::INFINITY
        };
        let patterns = patterns.min(m * 2_f64.ln());
        let complexity = (2.0 * patterns / m).sqrt();
        let confidence = 3.0 * ((2.0 / DELTA).ln() / (2.0 * m)).sqrt();
        Ok(Some(
            Value::from(error + complexity + confidence)
                .with("summand: training error, fraction", error)
                .with("VC dimension, at most", dimension)
                .with("ln Π, nats", patterns)
                .with("summand: complexity, error", complexity)
                .with("summand: confidence, error", confidence),
        ))
    }
}

/// An upper limit on the VC dimension of the errors on labelled samples that
/// networks of these layers can make: V in the formula of the measure `vc-bound`.
///
/// Only the shapes of the layers and whether they have biases matter.
///
/// # Reference
/// Harvey, Liaw, Mehrabian 2017, arXiv 1703.02930, Theorem 6, with constants as derived
/// on the card of `vc-bound`.
///
/// ```
/// use rethink::measure::{layers, vc_dimension};
/// use rethink::solution::Weight;
/// let weight = Weight { name: "0.weight".into(), shape: vec![1, 2], values: vec![0.0; 2] };
/// assert!(vc_dimension(&layers(&[weight])?) > 2.0);
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn vc_dimension(layers: &[Layer]) -> f64 {
    let e = std::f64::consts::E;
    let (mut parameters, mut sum, mut r) = (0.0, 0.0, 0.0);
    for (l, layer) in layers.iter().enumerate() {
        let biases = layer.bias.as_ref().map_or(0, Vec::len);
        parameters += (layer.inputs() * layer.outputs() + biases) as f64;
        sum += parameters;
        let last = l + 1 == layers.len();
        let units = layer.outputs() - usize::from(last && layer.outputs() > 1);
        r += (l + 1) as f64 * units as f64;
    }
    let r = f64::max(r, 3.0);
    layers.len() as f64 + sum * (4.0 * e * r * (2.0 * e * r).log2()).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::bounds::tests::{small, subject};

    #[test]
    fn the_dimension_of_two_layers_by_hand() {
        // 3 → 4 → 2 with biases: W₁ = 16, W₂ = 26, r = 1·4 + 2·1 = 6.
        let zeros = |rows, columns| faer::Mat::<f64>::zeros(rows, columns);
        let layers = [
            Layer::linear("0", zeros(4, 3), Some(vec![0.0; 4])),
            Layer::linear("1", zeros(2, 4), Some(vec![0.0; 2])),
        ];
        // 4·e·6·log₂(12 e) = 65.239 · 5.0277 = 328.0, log₂ of it 8.3576.
        let expected = 2.0 + 42.0 * 8.3576;
        assert!((vc_dimension(&layers) - expected).abs() < 0.01);
    }

    #[test]
    fn vacuous_until_there_are_more_samples_than_parameters() {
        let of = |m: usize| {
            let subject = subject(small(), None, &vec![1.0; m]);
            VcBound.network(&subject).unwrap().unwrap().number
        };
        // Every error pattern is possible: √(2 ln 2), and the confidence term.
        let confidence = |m: f64| 3.0 * (200_f64.ln() / (2.0 * m)).sqrt();
        assert!((of(10) - (2.0 * 2_f64.ln()).sqrt() - confidence(10.0)).abs() < 1e-14);
        assert!(of(10) > of(20) && of(20) > of(1000));
        assert!(of(20_000) < 0.2);
    }
}
