//! The spectrally normalized margin bound by covering numbers.

use super::BASE;
use super::grid::{Class, class_above};
use super::setting::{FINENESS, Setting};
use super::spectral_norms;
use crate::measure::card::{Card, Need};
use crate::measure::norms::group_norm;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Bartlett, Foster, Telgarsky 2017, with constants.
///
/// With ‖W̃_l‖₂ ≤ s_l and ‖(W̃_l − W̃⁰_l)ᵀ‖_{2,1} ≤ b_l, Maurey's lemma covers the
/// outputs of layer l, given its inputs F, at scale ε in Frobenius norm:
///
/// ```text
/// ln N ≤ ⌈t⌉ ln(2 n_l n_{l−1}) or 0, t = b_l² ‖F‖_F² / ε², so ln N ≤ 2 t ln(2 w²)
/// ```
///
/// w the largest width. (The paper drops the ceiling; here it costs a 2.) Covers
/// of the layers compose as in Theorem 3.3, each cover projected on the ball of
/// radius ‖X‖_F ∏ s, and the ramp loss is √2/γ-Lipschitz in the logits, so
///
/// ```text
/// ln N(losses, ε) ≤ r²/ε²,  r = (2/γ) √(ln(2w²)) ‖X̃‖_F R
/// R = (Σ_l (b_l ∏_{i≠l} s_i)^{2/3})^{3/2}
/// ```
///
/// and Dudley's integral from 1/m to √m (Lemma A.5) makes of it a Rademacher
/// complexity of 4/m^{3/2} + 18 r ln m / m, which enters twice.
pub struct Bartlett2017;

impl Measure for Bartlett2017 {
    fn card(&self) -> &'static Card {
        &Card {
            id: "bartlett-2017",
            name: "Bartlett, Foster, Telgarsky 2017",
            needs: &[Need::Chain, Need::Inputs, Need::Outputs, Need::Initial],
            formula: "R̂_γ + 8/m^{3/2} + 72 ln(m) √(ln(2w²)) ‖X̃‖_F R/(γ m) + 3 √((ln(2/δ) + \
                      u)/2m); R = ∏_l s_l · (Σ_l (b_l/s_l)^{2/3})^{3/2}, s_l ≥ ‖W̃_l‖₂, b_l ≥ \
                      ‖(W̃_l − W̃⁰_l)ᵀ‖_{2,1}, 1/γ rounded up to classes with choice u, w the \
                      largest width",
            reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1 and \
                        Lemmas 3.2, A.5, A.7; constants derived here, smaller than the paper's \
                        144 ln(m) ln(2w)",
            known_failures: "every layer costs its spectral norm although the worst directions \
                             seldom align; the (2,1) distance grows with the width",
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
        let Some(initial) = &setting.initial else {
            return Ok(None);
        };
        let (d, m) = (setting.depth(), setting.samples);
        // Layers multiply, so their grids are finer: all together cost 2^(1/8).
        let class = |norm: f64| class_above(norm.log2(), FINENESS * d);
        let norms = spectral_norms(subject, &setting.weights)?;
        let spectral: Vec<Class> = norms.into_iter().map(class).collect();
        let pairs = setting.weights.iter().zip(initial);
        let distances: Vec<Class> = pairs
            .map(|(w, start)| class(group_norm(&(w - start), 2, 1.0)))
            .collect();
        let margin = class_above(-setting.margin.log2(), FINENESS);

        let product: f64 = spectral.iter().map(|s| s.log2).sum();
        let ratios = distances
            .iter()
            .zip(&spectral)
            .map(|(b, s)| b.log2 - s.log2);
        let correction = ratios
            .map(|r| (r * 2.0 / 3.0).exp2())
            .sum::<f64>()
            .powf(1.5);
        let data = setting.data.norm;
        let width = (2.0 * setting.width().powi(2)).ln().sqrt();
        let covering = width * data * product.exp2() * correction * margin.limit();
        let rest = 8.0 / m.powf(1.5);
        let complexity = rest + 72.0 * m.ln() * covering / m;
        let classes = spectral.iter().chain(&distances).chain([&margin]);
        let union = classes.map(|class| class.cost).sum();
        let terms = [
            ("part of the complexity: 8/m^{3/2}", rest),
            ("factor of the other part: 72 ln(m)/m", 72.0 * m.ln() / m),
            ("factor: √(ln(2w²))", width),
            ("factor: ‖X‖_F", data),
            ("factor: ∏ s", product.exp2()),
            ("factor: (Σ (b/s)^{2/3})^{3/2}", correction),
            ("factor: 1/γ, rounded up", margin.limit()),
        ];
        Ok(Some(setting.margin_bound(&terms, complexity, union)))
    }
}
