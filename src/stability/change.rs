//! By how much the loss differs between two trained networks.

use serde::{Deserialize, Serialize};

use super::{Loss, StabilityError};
use crate::solution::Outputs;

/// The change of a loss between two networks, over examples that neither was
/// trained on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Largest `|ℓ(f; z) − ℓ(f'; z)|` over the images, each with every label: a
    /// lower bound of the supremum over z.
    pub largest: f64,
    /// Mean of `|ℓ(f; z) − ℓ(f'; z)|` over the images with their own label:
    /// hypothesis stability.
    pub mean: f64,
    /// `|mean of ℓ(f; z) − ℓ(f'; z)|`: error stability.
    pub of_the_mean: f64,
}

/// What a replaced example does at itself, in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Replaced {
    /// Mean of `|ℓ(A(S); z) − ℓ(A(S^i); z)|` at the example that was taken out
    /// and at the one that was put in: pointwise hypothesis stability.
    pub pointwise: f64,
    /// Mean over the same two of the loss without the example minus the loss
    /// with it: on-average stability. Its expectation is the expected
    /// generalization gap.
    ///
    /// # Reference
    /// Bousquet and Elisseeff 2002, Lemma 7 (recalled); Shalev-Shwartz et al. 2010, JMLR
    /// 11, "Learnability, stability and uniform convergence".
    pub on_average: f64,
}

impl Change {
    /// The change between two networks' outputs on the same images.
    ///
    /// # Errors
    /// Outputs of different shape, or of no image.
    pub fn between(before: &Outputs, after: &Outputs, loss: Loss) -> Result<Self, StabilityError> {
        let (classes, n) = (before.classes, before.labels.len());
        if before.logits.len() != after.logits.len() || after.classes != classes || n == 0 {
            return Err(StabilityError::Outputs {
                before: before.logits.len(),
                after: after.logits.len(),
            });
        }
        let (mut largest, mut sum, mut signed) = (0.0_f64, 0.0, 0.0);
        let rows = (before.logits.chunks(classes)).zip(after.logits.chunks(classes));
        for ((f, g), &own) in rows.zip(&before.labels) {
            for label in 0..classes {
                let change = loss.of(f, label) - loss.of(g, label);
                largest = largest.max(change.abs());
                if label == own as usize {
                    sum += change.abs();
                    signed += change;
                }
            }
        }
        Ok(Self {
            largest,
            mean: sum / n as f64,
            of_the_mean: (signed / n as f64).abs(),
        })
    }
}

impl Replaced {
    /// From the losses of both networks at both examples, each as (loss of the
    /// network trained with it, loss of the network trained without it).
    pub fn new(taken_out: (f64, f64), put_in: (f64, f64)) -> Self {
        let missing = |(with, without): (f64, f64)| without - with;
        let (out, r#in) = (missing(taken_out), missing(put_in));
        Self {
            pointwise: (out.abs() + r#in.abs()) / 2.0,
            on_average: (out + r#in) / 2.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(logits: &[f32]) -> Outputs {
        Outputs {
            classes: 2,
            logits: logits.to_vec(),
            labels: vec![0; logits.len() / 2],
        }
    }

    #[test]
    fn one_image_that_changes_sides_is_one_in_the_largest_and_its_share_in_the_mean() {
        let before = outputs(&[9.0, 0.0, 9.0, 0.0, 0.0, 9.0, 9.0, 0.0]);
        let after = outputs(&[9.0, 0.0, 0.0, 9.0, 9.0, 0.0, 9.0, 0.0]);
        let change = Change::between(&before, &after, Loss::ZeroOne).expect("same images");
        // Two of four changed, in opposite directions.
        assert_eq!(
            (change.largest, change.mean, change.of_the_mean),
            (1.0, 0.5, 0.0)
        );
        let none = Change::between(&before, &before, Loss::CrossEntropy).expect("same images");
        assert_eq!((none.largest, none.mean), (0.0, 0.0));
        assert!(Change::between(&before, &outputs(&[1.0, 0.0]), Loss::Ramp).is_err());
    }

    #[test]
    fn any_label_counts_for_the_supremum() {
        // The label's own loss does not change; that of the other label does.
        let three = |logits: &[f32]| Outputs {
            classes: 3,
            logits: logits.to_vec(),
            labels: vec![0],
        };
        let (before, after) = (three(&[0.0, 9.0, 1.0]), three(&[0.0, 1.0, 9.0]));
        let change = Change::between(&before, &after, Loss::ZeroOne).expect("same images");
        assert_eq!((change.largest, change.mean), (1.0, 0.0));
    }

    /// The learner that memorizes: loss 0 on what it has seen, 1 elsewhere.
    #[test]
    fn a_memorizer_has_on_average_stability_one() {
        let replaced = Replaced::new((0.0, 1.0), (0.0, 1.0));
        assert_eq!((replaced.pointwise, replaced.on_average), (1.0, 1.0));
        let mixed = Replaced::new((1.0, 0.0), (0.0, 1.0));
        assert_eq!((mixed.pointwise, mixed.on_average), (1.0, 0.0));
    }
}
