//! The bound for two layers that looks at every hidden unit.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::BASE;
use super::grid::class_above;
use super::setting::{FINENESS, Setting};
use crate::dataset::Split;
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
/// No maximum over the K classes is taken: all are in the Euclidean norm of the vector of
/// K sums. Rounding α_j² up to multiples of ‖α‖²/h leaves at most C(3h, h) ≤ (27/4)^h
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
            formula: "R̂_γ + (4 √(2K)/m) · a · (2√2 b ‖X̃‖_F + ‖Ũ⁰X̃‖_F) + 3 √((ln(2/δ) + u)/2m); a \
                      ≥ ‖Ṽ‖_F/γ and b ≥ ‖Ũ − Ũ⁰‖_F rounded up to classes, h hidden units, K \
                      outputs, u = 2h ln(27/4) + the choice of a and b; other depths have no value",
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
        let (Some(setting), Some(inputs)) = (Setting::of(subject)?, subject.inputs()) else {
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
        let data = setting.data.norm;
        let initial = product_norm(start, inputs);
        let factor = 4.0 * (2.0 * setting.classes).sqrt() / m;
        let distance = 2.0 * 2_f64.sqrt() * moved.limit() * data;
        let complexity = factor * top.limit() * (distance + initial);
        let units = 2.0 * hidden * (27.0_f64 / 4.0).ln();
        let limits = top.cost + moved.cost;
        let terms = [
            ("factor: 4 √(2K)/m", factor),
            ("factor: a, ‖V‖_F/γ rounded up", top.limit()),
            ("factor: sum of its two parts", distance + initial),
            ("its part 2√2 b ‖X‖_F, b = ‖U − U⁰‖_F rounded up", distance),
            ("its part ‖U⁰X‖_F, before ReLU", initial),
            ("part of u: 2h ln(27/4) for the hidden units, nats", units),
            ("part of u: choice of a and b, nats", limits),
        ];
        let union = units + limits;
        Ok(Some(setting.margin_bound(&terms, complexity, union)))
    }
}

/// ‖W X̃ᵀ‖_F for samples in the rows of X̃, a few hundred at a time.
fn product_norm(weight: &Mat<f64>, inputs: &Split) -> f64 {
    let features = inputs.features();
    let square = |images: &[f32]| {
        // Where an image ends, the 1 of the bias begins.
        let entry = |j: usize, i: usize| match images.get(i * features + j) {
            Some(&x) if j < features => f64::from(x),
            _ => 1.0,
        };
        let samples = images.len() / features;
        let columns = Mat::from_fn(weight.ncols(), samples, entry);
        let mut product = Mat::<f64>::zeros(weight.nrows(), samples);
        let (out, replace) = (product.as_mut(), Accum::Replace);
        matmul(out, replace, weight, &columns, 1.0, Par::Seq);
        product.squared_norm_l2()
    };
    let chunks = inputs.pixels().chunks(256 * features);
    chunks.map(square).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_term_is_before_the_relu_and_over_all_samples() {
        // 600 samples (x, 1) with x = -2: rows give -2 + 1 and 4 + 0.
        let inputs = Split::new(vec![-2.0; 600], vec![0; 600], 1).unwrap();
        let weight = faer::mat![[1.0, 1.0], [-2.0, 0.0]];
        let expected = (600.0 * 17.0_f64).sqrt();
        assert!((product_norm(&weight, &inputs) / expected - 1.0).abs() < 1e-14);
    }
}
