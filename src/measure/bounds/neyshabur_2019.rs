//! The bound for two layers that looks at every hidden unit.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::BASE;
use super::grid::class_above;
use super::setting::{FINENESS, Setting};
use crate::measure::card::{Card, Need};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Neyshabur et al. 2019, with constants. The network is V relu(U x).
///
/// For ‖V's column j‖ ≤ α_j and ‖u_j − u⁰_j‖ ≤ β_j, the contraction of Maurer and
/// that of Ledoux and Talagrand for the second moment give
///
/// ```text
/// R(ramp ∘ f) ≤ (2/γ) (√K/m) Σ_j α_j (2 β_j ‖X‖_F + ‖u⁰_j X‖₂)
/// ```
///
/// Rounding α_j² up to multiples of ‖α‖²/h leaves at most C(3h, h) ≤ (27/4)^h
/// vectors α, whose norm is at most √2 times larger; likewise for β. The
/// term ‖U⁰X‖_F is before the ReLU, as in the paper: after it, as in the authors'
/// code, it is smaller.
pub struct Neyshabur2019;

impl Measure for Neyshabur2019 {
    fn card(&self) -> &'static Card {
        &Card {
            id: "neyshabur-2019",
            name: "Neyshabur et al. 2019 (two layers)",
            needs: &[Need::Chain, Need::Inputs, Need::Outputs, Need::Initial],
            formula: "R̂_γ + (4 √(2K)/m) · a · (2√2 b ‖X̃‖_F + ‖Ũ⁰X̃‖_F) + 3 √((ln(2/δ) + 2h \
                      ln(27/4) + u)/2m); a ≥ ‖Ṽ‖_F/γ and b ≥ ‖Ũ − Ũ⁰‖_F rounded up to classes \
                      with choice u, h hidden units, K classes; other depths have no value",
            reference: "Neyshabur et al. 2019, arXiv 1805.12076, Theorems 1 and 2; constants \
                        derived here with Maurer 2016, arXiv 1605.00251, where the paper has \
                        (2√(2K) + 2) for both terms",
            known_failures: "two layers only; the number of hidden units enters the confidence \
                             term alone, which is above 1 for more units than samples",
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
        let ([first, second], Some([start, _])) =
            (&setting.weights[..], setting.initial.as_deref())
        else {
            return Ok(None);
        };
        let (m, hidden) = (setting.samples, first.nrows() as f64);
        let top = class_above(second.norm_l2().log2() - setting.margin.log2(), FINENESS);
        let moved = class_above((first - start).norm_l2().log2(), FINENESS);
        let data = setting.inputs.norm_l2();
        let initial = product_norm(start, &setting.inputs);
        let factor = 4.0 * (2.0 * setting.classes).sqrt() / m;
        let distance = 2.0 * 2_f64.sqrt() * moved.limit() * data;
        let complexity = factor * top.limit() * (distance + initial);
        let units = 2.0 * hidden * (27.0_f64 / 4.0).ln();
        let terms = [
            ("4 √(2K)/m", factor),
            ("a: ‖V‖_F/γ, rounded up", top.limit()),
            ("b: ‖U − U⁰‖_F, rounded up", moved.limit()),
            ("‖X‖_F", data),
            ("‖U⁰X‖_F, before ReLU", initial),
            ("2h ln(27/4), nats", units),
        ];
        let union = units + top.cost + moved.cost;
        Ok(Some(setting.margin_bound(&terms, complexity, union)))
    }
}

/// ‖W Xᵀ‖_F for samples in the rows of X.
fn product_norm(weight: &Mat<f64>, inputs: &Mat<f64>) -> f64 {
    let mut product = Mat::<f64>::zeros(weight.nrows(), inputs.nrows());
    let (out, add) = (product.as_mut(), Accum::Replace);
    matmul(out, add, weight, inputs.transpose(), 1.0, Par::Seq);
    product.norm_l2()
}
