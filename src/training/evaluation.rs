//! Loss and error of logits.

use serde::{Deserialize, Serialize};

use crate::classification::{Errors, margin};
use crate::dataset::Split;
use crate::network::{Model, NetworkError};
use crate::solution::Outputs;

/// Samples per forward pass: large enough for full speed of the matrix
/// products, small enough to stay in the cache.
const CHUNK: usize = 512;

/// Mean loss and error of a network on a split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// Fraction misclassified.
    pub error: f64,
    /// Samples with a logit that is not finite; they are among the errors.
    pub not_finite: usize,
}

/// The network's logits on all images of a split.
pub(crate) fn outputs(model: &dyn Model, split: &Split) -> Result<Outputs, NetworkError> {
    let mut logits = Vec::with_capacity(split.len() * model.classes());
    for inputs in split.pixels().chunks(CHUNK * split.features()) {
        logits.extend(model.logits(inputs)?);
    }
    Ok(Outputs {
        classes: model.classes(),
        logits,
        labels: split.labels().to_vec(),
    })
}

/// Mean cross-entropy and error of outputs:
/// `(1/n) sum_i [ln sum_k exp f_k(x_i) - f_{y_i}(x_i)]` and the fraction of
/// samples that are not classified correctly, by the rule of
/// [`classification`](crate::classification).
///
/// A tie is an error, so an untrained network with equal logits scores 1, and
/// error 0 means that every margin is positive.
///
/// ```
/// use rethink::solution::Outputs;
/// use rethink::training::score;
/// let even = Outputs { classes: 2, logits: vec![0.0, 0.0, 3.0, 0.0], labels: vec![0, 0] };
/// let score = score(&even);
/// assert_eq!(score.error, 0.5);
/// let expected = (2f64.ln() + (1.0 + (-3f64).exp()).ln()) / 2.0;
/// assert!((score.loss - expected).abs() < 1e-12);
/// ```
pub fn score(outputs: &Outputs) -> Score {
    let rows = || outputs.logits.chunks_exact(outputs.classes);
    let samples = || rows().zip(outputs.labels.iter().map(|&label| label as usize));
    let mut loss = 0.0;
    for (row, label) in samples() {
        let own = f64::from(row[label]);
        let largest = row.iter().fold(f64::NEG_INFINITY, |m, &f| m.max(f.into()));
        let sum: f64 = row.iter().map(|&f| (f64::from(f) - largest).exp()).sum();
        loss += largest + sum.ln() - own;
    }
    let margins = samples().map(|(row, label)| margin(row.iter().map(|&f| f.into()), label));
    let errors: Errors = margins.collect();
    Score {
        loss: loss / errors.examples as f64,
        error: errors.fraction(),
        not_finite: errors.not_finite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_logits_have_loss_ln_k_and_error_one() {
        let outputs = Outputs {
            classes: 10,
            logits: vec![0.5; 30],
            labels: vec![0, 4, 9],
        };
        let score = score(&outputs);
        assert!((score.loss - 10f64.ln()).abs() < 1e-12);
        assert_eq!(score.error, 1.0);
    }

    #[test]
    fn large_logits_do_not_overflow_and_what_is_not_finite_is_an_error() {
        let outputs = Outputs {
            classes: 2,
            logits: vec![3e38, -3e38],
            labels: vec![0],
        };
        assert_eq!(
            score(&outputs),
            Score {
                loss: 0.0,
                error: 0.0,
                not_finite: 0,
            }
        );
        for (bad, label) in [(f32::NAN, 1), (f32::INFINITY, 0), (f32::NEG_INFINITY, 1)] {
            let outputs = Outputs {
                classes: 2,
                logits: vec![bad, 1.0],
                labels: vec![label],
            };
            let score = score(&outputs);
            assert_eq!((score.error, score.not_finite), (1.0, 1), "{bad}");
        }
    }
}
