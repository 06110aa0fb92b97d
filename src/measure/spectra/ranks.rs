//! How many directions a layer uses, counted in four ways.

use super::{SCALE_FREE, per_layer, rank};
use crate::measure::card::{Aggregation, Card, Invariance};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Squared Frobenius norm over squared spectral norm.
pub struct StableRank;

impl Measure for StableRank {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "stable-rank",
            name: "Stable rank",
            formula: "‖W‖_F² / ‖W‖₂² = Σ_i σ_i² / σ_max²; network: mean over layers",
            reference: "Rudelson, Vershynin 2007, arXiv math/0503442, section 1 (numerical rank); \
                        Martin, Mahoney 2021, arXiv 1810.01075 (mean over layers); Jiang et al. \
                        2020, arXiv 1912.02178, sums it in eq. 33",
            aggregation: Aggregation::Mean,
            unit: "directions",
            known_failures: "one large singular value hides all others; grows with the width for \
                             random weights, so compare at equal shapes",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, _| {
            let ratio = |s: &f64| (s / sigma[0]).powi(2);
            sigma.iter().map(ratio).sum::<f64>().into()
        })
    }
}

/// The number of singular values that are not rounding.
pub struct MatrixRank;

impl Measure for MatrixRank {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "matrix-rank",
            name: "Rank",
            formula: "#{i : σ_i > σ_max · max(out, in) · ε}, ε = 2⁻²³",
            reference: "Press et al. 2007, Numerical Recipes, section 2.6; the rule of \
                        numpy.linalg.matrix_rank for float32",
            unit: "directions",
            normalization: "ε is that of f32, in which weights are trained and stored: rounding \
                            them moves singular values by as much; in f64 it would count rounding \
                            as rank",
            invariant_to: Invariance::ALL,
            known_failures: "full for almost all trained weights; a hard threshold; a rescaling \
                             of units by extreme factors can push values below it",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, shape| (rank(sigma, shape) as f64).into())
    }
}

/// Exponential of the entropy of the singular values.
pub struct EffectiveRank;

impl Measure for EffectiveRank {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "effective-rank",
            name: "Effective rank",
            formula: "exp(−Σ_i p_i ln p_i), p_i = σ_i / Σ_j σ_j",
            reference: "Roy, Vetterli 2007, \"The effective rank: a measure of effective \
                        dimensionality\", definition 1",
            unit: "directions",
            normalization: "p is made of singular values, not of their squares as in \
                            spectral-entropy",
            known_failures: "many tiny singular values count; compare at equal shapes",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, _| {
            entropy(sigma.iter().copied()).exp().into()
        })
    }
}

/// Participation ratio of the eigenvalues of WᵀW.
pub struct ParticipationRank;

impl Measure for ParticipationRank {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "participation-rank",
            name: "Participation ratio",
            formula: "(Σ_i λ_i)² / Σ_i λ_i², λ_i = σ_i²",
            reference: "Bell, Dean 1970, Discuss. Faraday Soc. 50, p. 55; Gao et al. 2017, \
                        bioRxiv 214262 (of a covariance)",
            unit: "directions",
            known_failures: "dominated by the largest eigenvalues; compare at equal shapes",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, _| {
            let (mut sum, mut squares) = (0.0, 0.0);
            for s in sigma {
                let share = (s / sigma[0]).powi(2);
                sum += share;
                squares += share * share;
            }
            (sum * sum / squares).into()
        })
    }
}

/// −Σ p ln p of values ≥ 0 with p_i = value_i / Σ, in nats; 0 ln 0 = 0.
pub(super) fn entropy(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let sum: f64 = values.clone().sum();
    let term = |value: f64| {
        let p = value / sum;
        if p > 0.0 { -p * p.ln() } else { 0.0 }
    };
    values.map(term).sum()
}
