//! Rademacher bounds that peel off one layer after the other.

use super::BASE;
use super::grid::class_above;
use super::setting::{FINENESS, Setting};
use crate::measure::card::Card;
use crate::measure::norms::group_norm;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Bounds with one product of norms over the margin.
///
/// Let h be the network without its last layer, w_k the K rows of that, ε_ik
/// independent random signs, and
///
/// ```text
/// Z_k = sup_h ‖Σ_i ε_ik h(x_i)‖_*   over hidden layers of norm at most 1
/// ```
///
/// with the dual of the norm of the w_k. Z is one of the K, which have one
/// distribution.
///
/// 1. The ramp loss of the margin is √2/γ-Lipschitz in the logits, so (Maurer 2016,
///    Corollary 1) `R(ramp ∘ f) ≤ (2/γ) (1/m) E sup Σ_ik ε_ik w_k·h(x_i)`.
/// 2. A class of networks limits the norms of all rows together, not of each, so one
///    row may have all of it:
///
///    ```text
///    sup Σ_ik ε_ik w_k·h(x_i) ≤ P max_k Z_k        where Σ_k ‖w_k‖ ≤ P
///    E sup Σ_ik ε_ik w_k·h(x_i) ≤ P √K (E Z²)^½    where Σ_k ‖w_k‖² ≤ P²
///    ```
///
///    (Hölder; Cauchy-Schwarz and Jensen). The first is never above the factor K max_k
///    ‖w_k‖ times E max_k Z_k; the second has no maximum over classes, and wins where
///    rows are about equal. The smaller of both holds at confidence δ/2 for each.
/// 3. What is left is E max_k Z_k and E Z², by peeling: see [`Theorem`].
///
/// The layers' norms and γ enter by one ratio, since networks can be rescaled: one
/// grid of classes serves for all.
pub struct Peeling {
    theorem: Theorem,
    card: &'static Card,
}

/// How the hidden layers are peeled off.
///
/// By contraction a layer of norm at most 1 with its ReLU costs
///
/// ```text
/// E max_k Z_k ≤ 2 E max_k Z'_k,    E Z² ≤ 4 E Z'²,    E exp(λ Z) ≤ 2 E exp(λ Z')
/// ```
///
/// with Z' the same without the layer: the first two by Ledoux and Talagrand 1991,
/// Theorem 4.12, on all (k, unit) at once, the last, for one k, by Golowich et al.,
/// Lemma 1, which gives E Z² ≤ 2 E Z'² as well. Without layers Z is ‖Σ_i ε_i x_i‖_*.
enum Theorem {
    /// ‖·‖_∞ of the inputs. Maxima of 2 D K and 2 D sums of signs, each with variance
    /// at most m X∞²: E max_k Z_k ≤ X∞ √(2 m ln(2DK)) (Massart), E Z² ≤ 2 m X∞²
    /// ln(2eD) (the integral of Hoeffding's tails).
    BartlettMendelson,
    /// ‖·‖₂ of the inputs. Its mean is at most ‖X‖_F and a sign changes it by 2‖x_i‖ at
    /// most, so it is sub-Gaussian with variance factor ‖X‖_F² (Boucheron, Lugosi,
    /// Massart 2013, Theorem 6.2), and E max_k Z_k ≤ ‖X‖_F (1 + √(2 ln K)) (Theorem
    /// 2.5 there). E Z² = ‖X‖_F².
    Neyshabur,
    /// As before, in the exponent:
    ///
    /// ```text
    /// E max_k Z_k ≤ (1/λ) ln(K 2^d E exp(λ ‖Σ_i ε_i x_i‖))
    ///             ≤ (d ln 2 + ln K)/λ + ‖X‖_F + λ ‖X‖_F²/2
    /// ```
    ///
    /// at the best λ. Z itself changes by 2‖x_i‖ at most, so its variance is at most
    /// ‖X‖_F² (Efron and Stein), and E Z² is that and (E Z)², or 2^{d−1} ‖X‖_F² by
    /// Lemma 1. (The theorem has d for the d − 1 hidden layers.)
    Golowich,
}

/// Bounds of E max_k Z_k and of (E Z²)^½, as multiples of X∞ √m for l1 norms and of
/// ‖X‖_F for the others.
struct Suprema {
    largest: f64,
    root_mean_square: f64,
}

impl Theorem {
    /// Shapes: `depth` layers d, `classes` K, `dimension` D of the inputs.
    fn suprema(&self, depth: f64, classes: f64, dimension: f64) -> Suprema {
        let (ln2, per_layer) = (2_f64.ln(), (depth - 1.0).exp2());
        match self {
            Self::BartlettMendelson => Suprema {
                largest: per_layer * (2.0 * (2.0 * dimension * classes).ln()).sqrt(),
                root_mean_square: per_layer * (2.0 * (1.0 + (2.0 * dimension).ln())).sqrt(),
            },
            Self::Neyshabur => Suprema {
                largest: per_layer * (1.0 + (2.0 * classes.ln()).sqrt()),
                root_mean_square: per_layer,
            },
            Self::Golowich => {
                let mean = (2.0 * depth * ln2).sqrt() + 1.0;
                Suprema {
                    largest: (2.0 * (depth * ln2 + classes.ln())).sqrt() + 1.0,
                    root_mean_square: mean.hypot(1.0).min(per_layer.sqrt()),
                }
            }
        }
    }
}

/// l1 norms per unit, the convex hull argument.
pub const BARTLETT_MENDELSON_2002: Peeling = Peeling {
    theorem: Theorem::BartlettMendelson,
    card: &Card {
        id: "bartlett-mendelson-2002",
        name: "Bartlett, Mendelson 2002",
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_{1,∞} · min(S √(2 ln(2D̃K)), √K (Σ_k ‖W̃_d,k‖₁²)^½ \
                  √(2 ln(2eD̃))) · 2^{d−1} X∞/√m + 3 √((ln(2/δ) + u)/2m); S = Σ_k ‖W̃_d,k‖₁ over \
                  K classes, X∞ = max_ij |x̃_ij| over the whole training set, D̃ its dimension, \
                  u = ln 2 for the minimum + the choice of the class",
        reference: "Bartlett, Mendelson 2002, JMLR 3, section 4.2 (peeling of convex hulls); \
                    constants derived here: 2 per hidden layer by contraction (Ledoux, Talagrand \
                    1991, Theorem 4.12), Massart's lemma for inputs and classes, Maurer 2016, \
                    arXiv 1605.00251, for the margin of K outputs",
        known_failures: "grows as 2^d and with the largest pixel; one unit per layer decides",
        ..BASE
    },
};

/// Frobenius norms, 2 per layer.
pub const NEYSHABUR_2015: Peeling = Peeling {
    theorem: Theorem::Neyshabur,
    card: &Card {
        id: "neyshabur-2015",
        name: "Neyshabur, Tomioka, Srebro 2015",
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_F · min(Σ_k ‖W̃_d,k‖₂ (1 + √(2 ln K)), √K ‖W̃_d‖_F) · \
                  2^{d−1} ‖X̃‖_F/m + 3 √((ln(2/δ) + u)/2m); K classes, u = ln 2 for the minimum + \
                  the choice of the class",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036, Theorem 1 with p = q = 2 \
                    (2 per layer), derived again for K outputs: contraction by Ledoux, Talagrand \
                    1991, Theorem 4.12, Maurer 2016, arXiv 1605.00251, for the margin, Boucheron, \
                    Lugosi, Massart 2013, Theorems 2.5 and 6.2, for the inputs",
        known_failures: "grows as 2^d and with the width of random layers",
        ..BASE
    },
};

/// Frobenius norms, √d.
pub const GOLOWICH_2018: Peeling = Peeling {
    theorem: Theorem::Golowich,
    card: &Card {
        id: "golowich-2018",
        name: "Golowich, Rakhlin, Shamir 2018",
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_F · min(Σ_k ‖W̃_d,k‖₂ (√(2 (d ln 2 + ln K)) + 1), √K \
                  ‖W̃_d‖_F c) · ‖X̃‖_F/m + 3 √((ln(2/δ) + u)/2m); c = min(2^{(d−1)/2}, √((√(2 d ln \
                  2) + 1)² + 1)), K classes, u = ln 2 for the outer minimum + the choice of the class",
        reference: "Golowich, Rakhlin, Shamir 2018, arXiv 1712.06541, Lemma 1 and Theorem 1, \
                    derived again for K outputs; Maurer 2016, arXiv 1605.00251, for the margin",
        known_failures: "the product of Frobenius norms grows with depth and with the width of \
                         random layers; the second theorem of the paper, without depth, is not \
                         used",
        ..BASE
    },
};

impl Measure for Peeling {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let setting = Setting::of(subject)?;
        Ok(setting.and_then(|setting| self.bound(&setting)))
    }
}

impl Peeling {
    fn bound(&self, setting: &Setting) -> Option<Value> {
        let (last, hidden) = setting.weights.split_last()?;
        let (m, k, data) = (setting.samples, setting.classes, &setting.data);
        let l1 = matches!(self.theorem, Theorem::BartlettMendelson);
        let (p, q) = if l1 { (1, f64::INFINITY) } else { (2, 2.0) };
        let (size, inputs) = match l1 {
            true => (
                "factor: 4 max |x| / √m",
                4.0 * data.largest_entry / m.sqrt(),
            ),
            false => ("factor: 4 ‖X‖_F / m", 4.0 * data.norm / m),
        };
        let hidden = hidden.iter().map(|w| group_norm(w, p, q).log2());
        let over_margin = hidden.sum::<f64>() - setting.margin.log2();
        let suprema = (self.theorem).suprema(setting.depth(), k, data.dimension);
        let bound = |norm: f64, name: &str, supremum: f64| {
            let class = class_above(over_margin + norm.log2(), FINENESS);
            let terms = [
                (name, class.limit()),
                ("factor: supremum over units and classes", supremum),
                (size, inputs),
            ];
            let complexity = class.limit() * supremum * inputs;
            setting.margin_bound(&terms, complexity, class.cost + 2_f64.ln())
        };
        let sum = bound(
            group_norm(last, p, 1.0),
            "factor: ∏ norms · Σ_k ‖w_k‖ / γ, rounded up",
            suprema.largest,
        );
        let root = bound(
            k.sqrt() * group_norm(last, p, 2.0),
            "factor: ∏ norms · √K (Σ_k ‖w_k‖²)^½ / γ, rounded up",
            suprema.root_mean_square,
        );
        // Both are NaN or none, as the margin.
        Some(if root.number < sum.number { root } else { sum })
    }
}

#[cfg(test)]
mod tests;
