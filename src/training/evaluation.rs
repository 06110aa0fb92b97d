//! Loss and error of logits.

use crate::dataset::Split;
use crate::network::{Model, NetworkError};
use crate::solution::Outputs;

/// Samples per forward pass: large enough for full speed of the matrix
/// products, small enough to stay in the cache.
const CHUNK: usize = 512;

/// Mean loss and error of a network on a split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// Fraction misclassified.
    pub error: f64,
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
/// samples whose label's logit is not strictly the largest.
///
/// A tie counts as an error, so an untrained network with equal logits scores
/// 1, and error 0 means that every margin is positive. Logits that are not
/// numbers count as errors too.
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
    let samples = outputs.labels.len();
    let (mut loss, mut errors) = (0.0, 0usize);
    for (row, &label) in outputs
        .logits
        .chunks_exact(outputs.classes)
        .zip(&outputs.labels)
    {
        let label = usize::from(label);
        let own = f64::from(row[label]);
        let largest = row.iter().fold(f64::NEG_INFINITY, |m, &f| m.max(f.into()));
        let sum: f64 = row.iter().map(|&f| (f64::from(f) - largest).exp()).sum();
        loss += largest + sum.ln() - own;
        let beaten = row
            .iter()
            .enumerate()
            .any(|(class, &f)| class != label && (f64::from(f) >= own || f.is_nan()));
        if beaten || own.is_nan() {
            errors += 1;
        }
    }
    Score {
        loss: loss / samples as f64,
        error: errors as f64 / samples as f64,
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
    fn large_logits_do_not_overflow_and_nan_is_an_error() {
        let outputs = Outputs {
            classes: 2,
            logits: vec![3e38, -3e38],
            labels: vec![0],
        };
        assert_eq!(
            score(&outputs),
            Score {
                loss: 0.0,
                error: 0.0
            }
        );
        let outputs = Outputs {
            classes: 2,
            logits: vec![f32::NAN, 1.0],
            labels: vec![1],
        };
        assert_eq!(score(&outputs).error, 1.0);
        assert!(score(&outputs).loss.is_nan());
    }
}
