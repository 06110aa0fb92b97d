//! How evenly a layer's energy is spread over its directions.

use super::ranks::entropy;
use super::{SCALE_FREE, per_layer, rank};
use crate::measure::card::Card;
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Entropy of the eigenvalues of WᵀW over its largest possible value.
pub struct SpectralEntropy;

impl Measure for SpectralEntropy {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "spectral-entropy",
            name: "Spectral entropy",
            formula: "−Σ_i p_i ln p_i / ln r, p_i = λ_i / Σ_j λ_j, λ_i = σ_i², r the matrix-rank",
            reference: "Martin, Mahoney 2021, arXiv 1810.01075, section 2.3 (matrix entropy)",
            unit: "1 for equal eigenvalues",
            normalization: "divided by ln r, the entropy of r equal eigenvalues; NaN for rank 1",
            known_failures: "close to 1 for random and for most trained weights",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, shape| {
            let rank = rank(sigma, shape);
            if rank < 2 {
                return f64::NAN.into();
            }
            let shares = sigma.iter().map(|s| (s / sigma[0]).powi(2));
            (entropy(shares) / (rank as f64).ln()).into()
        })
    }
}
