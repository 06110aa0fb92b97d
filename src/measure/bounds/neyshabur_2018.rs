//! The spectrally normalized margin bound by PAC-Bayes.

use super::BASE;
use super::grid::class_above;
use super::setting::{DELTA, FINENESS, Setting};
use super::spectral_norms;
use crate::measure::card::Card;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Neyshabur, Bhojanapalli, Srebro 2018, with constants.
///
/// Rescale the network so that γ = 1 and all ‖W̃_l‖₂ = β, β^d = ∏ ‖W̃_l‖₂ / γ.
/// Perturb all weights with N(0, σ²). With probability 1/2 every perturbation has
/// spectral norm below t = σ √(2 w ln(4 d w)), w the largest width (Tropp), and
/// then (Lemma 2, for t ≤ β/d) no output moves by more than
///
/// ```text
/// e d B β^{d−1} t ≤ 1/4,  so  σ = min(1 / (4 e d B β^{d−1}), β/d) / √(2 w ln(4 d w))
/// ```
///
/// σ is rounded down to a class that was fixed in advance, and the prior is
/// N(0, σ²): KL = β² Σ_l ‖W̃_l‖_F²/‖W̃_l‖₂² / (2σ²). The posterior restricted to
/// those perturbations has at most 2 (KL + ln 2) (Lemma 1), and the PAC-Bayes
/// bound of Maurer 2004 gives the error.
pub struct Neyshabur2018;

impl Measure for Neyshabur2018 {
    fn card(&self) -> &'static Card {
        &Card {
            id: "neyshabur-2018",
            name: "Neyshabur, Bhojanapalli, Srebro 2018",
            formula: "R̂_γ + √((2 (KL + ln 2) + ln(2√m/δ) + u)/2m); KL = β² Σ_l \
                      ‖W̃_l‖_F²/‖W̃_l‖₂² / (2σ²), β^d = ∏_l ‖W̃_l‖₂/γ, σ = min(1/(4 e d B β^{d−1}), \
                      β/d)/√(2w ln(4dw)) rounded down to a class with choice u; B = max_i \
                      ‖x̃_i‖₂, w the largest width",
            reference: "Neyshabur, Bhojanapalli, Srebro 2018, arXiv 1707.09564, Theorem 1, Lemmas \
                        1 and 2 (recalled, and derived again); constants derived here with \
                        Maurer 2004, arXiv cs/0411099, and Tropp 2012 for the Gaussian matrix",
            known_failures: "assumes that no image, seen or not, is larger than the largest \
                             training image; grows with depth and width; norms are from the \
                             origin, so random initial weights count",
            ..BASE
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(setting) = Setting::of(subject)? else {
            return Ok(None);
        };
        let (d, m, w) = (setting.depth(), setting.samples, setting.width());
        let spectral = spectral_norms(subject, &setting.weights)?;
        let product: f64 = spectral.iter().map(|norm| norm.log2()).sum();
        let beta = (product - setting.margin.log2()) / d;
        let largest = setting.data.largest;
        let gaussian = (2.0 * w * (4.0 * d * w).ln()).sqrt();
        let by_output = -(4.0 * std::f64::consts::E * d * largest).log2() - (d - 1.0) * beta;
        let by_layer = beta - d.log2();
        // Not `min`, which would make a number of NaN.
        let sigma = if by_layer < by_output {
            by_layer
        } else {
            by_output
        } - gaussian.log2();
        let prior = class_above(-sigma, FINENESS);

        let squares = setting.weights.iter().map(|w| w.squared_norm_l2());
        let ranks: f64 = squares.zip(&spectral).map(|(f, s)| f / (s * s)).sum();
        let kl = (2.0 * (beta + prior.log2)).exp2() * ranks / 2.0;
        let confidence = (2.0 * m.sqrt() / DELTA).ln();
        let divergence = 2.0 * (kl + 2_f64.ln());
        let rest = ((divergence + confidence + prior.cost) / (2.0 * m)).sqrt();
        Ok(Some(
            Value::from(setting.below + rest)
                .with("margin γ, logits", setting.margin)
                .with("summand: training margins below γ, fraction", setting.below)
                .with("summand: complexity and confidence, error", rest)
                .with("KL, nats", kl)
                .with("β", beta.exp2())
                .with("sum of stable ranks", ranks)
                .with("σ, at margin 1", (-prior.log2).exp2())
                .with("max ‖x‖", largest)
                .with("√(2w ln(4dw))", gaussian)
                .with("u: choice of the class, nats", prior.cost)
                .with("ln(2√m/δ), nats", confidence),
        ))
    }
}
