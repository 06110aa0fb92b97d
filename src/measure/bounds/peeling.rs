//! Rademacher bounds that peel off one layer after the other.

use super::BASE;
use super::grid::class_above;
use super::setting::{FINENESS, Setting};
use crate::measure::card::Card;
use crate::measure::norms::group_norm;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Bounds with one product of norms over the margin.
///
/// Let h be the network without its last layer, with rows w_k, and ε random
/// signs. The margin is √2-Lipschitz in the logits, so Maurer's contraction gives
///
/// ```text
/// R(ramp ∘ f) ≤ √2 · (√2/γ) · (1/m) E sup Σ_ik ε_ik w_k·h(x_i)
///             ≤ (2/γ) · Σ_k ‖w_k‖ · E sup_h ‖(1/m) Σ_i ε_i h(x_i)‖_*
/// ```
///
/// for any norm and its dual. With the Euclidean norm that is never above the
/// usual multi-class factor K max_k ‖w_k‖ (Koltchinskii, Panchenko 2002;
/// Kuznetsov, Mohri, Syed 2014). What is left is the complexity of scalar
/// networks, which the papers bound. The layers' norms and γ enter by one ratio,
/// since networks can be rescaled: one grid of classes serves for all.
pub struct Peeling {
    theorem: Theorem,
    card: &'static Card,
}

enum Theorem {
    BartlettMendelson,
    Neyshabur,
    Golowich,
}

/// l1 norms per unit, the convex hull argument.
pub const BARTLETT_MENDELSON_2002: Peeling = Peeling {
    theorem: Theorem::BartlettMendelson,
    card: &Card {
        id: "bartlett-mendelson-2002",
        name: "Bartlett, Mendelson 2002",
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_{1,∞} · Σ_kj |W̃_d,kj| · 2^{d−1} √(2 ln(2D̃)/m) \
                  X∞ + 3 √((ln(2/δ) + u)/2m); X∞ = max_ij |x̃_ij| over the whole training set, \
                  D̃ its dimension, u the choice of the class",
        reference: "Bartlett, Mendelson 2002, JMLR 3, section 4.2 (peeling of convex hulls); \
                    constants derived here: 2 per hidden layer by contraction (Ledoux, \
                    Talagrand), Massart's lemma for the inputs, Maurer 2016, arXiv 1605.00251, \
                    for the classes",
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
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_F · Σ_k ‖W̃_d,k‖₂ · 2^{d−1/2} B/√m + 3 √((ln(2/δ) \
                  + u)/2m); B = max_i ‖x̃_i‖₂, u the choice of the class",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036, Theorem 1 with p = q = 2 \
                    (recalled; it is above the value that peeling gives); Maurer 2016, arXiv \
                    1605.00251, for the classes",
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
        formula: "R̂_γ + (4/γ) · ∏_{l<d} ‖W̃_l‖_F · Σ_k ‖W̃_d,k‖₂ · (√(2 d ln 2) + 1) ‖X̃‖_F/m + 3 \
                  √((ln(2/δ) + u)/2m); u the choice of the class",
        reference: "Golowich, Rakhlin, Shamir 2018, arXiv 1712.06541, Theorem 1 (recalled, and \
                    derived again); Maurer 2016, arXiv 1605.00251, for the classes",
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
        let (d, m) = (setting.depth(), setting.samples);
        let l1 = matches!(self.theorem, Theorem::BartlettMendelson);
        let (p, q) = if l1 { (1, f64::INFINITY) } else { (2, 2.0) };
        let hidden = hidden.iter().map(|w| group_norm(w, p, q).log2());
        let last = group_norm(last, p, 1.0).log2();
        let product = hidden.sum::<f64>() + last;
        let class = class_above(product - setting.margin.log2(), FINENESS);
        let (size, data, depth) = match self.theorem {
            Theorem::BartlettMendelson => {
                let dimension = 2.0 * setting.data.dimension;
                let data = setting.data.largest_entry * (2.0 * dimension.ln() / m).sqrt();
                ("max |x|, with √(2 ln(2D)/m)", data, (d - 1.0).exp2())
            }
            Theorem::Neyshabur => {
                let data = setting.data.largest / m.sqrt();
                ("max ‖x‖ / √m", data, (d - 0.5).exp2())
            }
            Theorem::Golowich => {
                let data = setting.data.norm / m;
                let depth = (2.0 * d * 2_f64.ln()).sqrt() + 1.0;
                ("‖X‖_F / m", data, depth)
            }
        };
        let terms = [
            ("product of norms", product.exp2()),
            (
                "limit of the class: product of norms / γ, rounded up",
                class.limit(),
            ),
            ("depth factor", depth),
            (size, data),
        ];
        let complexity = 4.0 * class.limit() * depth * data;
        Some(setting.margin_bound(&terms, complexity, class.cost))
    }
}
