//! The losses in which a change is measured.

use serde::{Deserialize, Serialize};

use crate::classification::{is_correct, margin};

/// A loss of the logits f(x) at a label y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// 1 for an error by the rule of [`classification`](crate::classification), else 0.
    ZeroOne,
    /// `min(1, max(0, 1 − m))` of the margin `m = f_y − max_{k≠y} f_k`, in
    /// logits: bounded by 1, not less than 0/1 loss, and Lipschitz; 1 where a logit
    /// is not finite.
    Ramp,
    /// `ln Σ_k exp f_k − f_y`, in nats; not bounded. Not finite where a logit is not.
    CrossEntropy,
}

impl Loss {
    /// All of them.
    pub const ALL: [Loss; 3] = [Loss::ZeroOne, Loss::Ramp, Loss::CrossEntropy];

    /// The loss of one example; shape of `logits`: (classes).
    ///
    /// ```
    /// use rethink::stability::Loss;
    /// let logits = [2.0, 1.75];
    /// assert_eq!(Loss::ZeroOne.of(&logits, 0), 0.0);
    /// assert_eq!(Loss::Ramp.of(&logits, 0), 0.75);
    /// assert_eq!(Loss::Ramp.of(&logits, 1), 1.0);
    /// ```
    ///
    /// # Panics
    /// When the label is no class.
    pub fn of(self, logits: &[f32], label: usize) -> f64 {
        let own = f64::from(logits[label]);
        let numbers = || logits.iter().map(|&f| f64::from(f));
        let margin = || margin(numbers(), label);
        match self {
            Loss::ZeroOne => f64::from(u8::from(!is_correct(margin()))),
            Loss::Ramp => match margin() {
                not_finite if not_finite.is_nan() => 1.0,
                margin => (1.0 - margin).clamp(0.0, 1.0),
            },
            Loss::CrossEntropy => {
                let top = numbers().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = numbers().map(|f| (f - top).exp()).sum();
                top + sum.ln() - own
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solution::Outputs;
    use crate::training::score;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_finite_loses_everything() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for (logits, label) in [([bad, 1.0], 0), ([bad, 1.0], 1), ([bad, bad], 0)] {
                assert_eq!(Loss::ZeroOne.of(&logits, label), 1.0);
                assert_eq!(Loss::Ramp.of(&logits, label), 1.0);
            }
        }
        assert_eq!(Loss::ZeroOne.of(&[0.5, 0.5], 0), 1.0);
    }

    proptest! {
        /// The mean over a split is what training reports.
        #[test]
        fn agrees_with_the_score_of_a_split(
            logits in prop::collection::vec(-8.0..8.0_f32, 12), label in 0..4_u32
        ) {
            let outputs = Outputs { classes: 4, logits, labels: vec![label; 3] };
            let mean = |loss: Loss| {
                let rows = outputs.logits.chunks(4);
                rows.map(|row| loss.of(row, label as usize)).sum::<f64>() / 3.0
            };
            let expected = score(&outputs);
            prop_assert!((mean(Loss::CrossEntropy) - expected.loss).abs() < 1e-9);
            prop_assert!((mean(Loss::ZeroOne) - expected.error).abs() < 1e-12);
            prop_assert!(mean(Loss::Ramp) >= mean(Loss::ZeroOne));
        }
    }
}
