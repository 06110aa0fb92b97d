//! When training stops, and how long that takes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::solution::CurvePoint;

/// When training ends: at the target, or at the last epoch allowed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// What to reach.
    pub target: Target,
    /// Epochs after which training ends, target or not.
    pub max_epochs: usize,
}

/// What training has to reach, judged on the full training set after every
/// epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// Mean cross-entropy at most this many nats.
    CrossEntropy {
        /// The threshold, in nats.
        at_most: f64,
    },
    /// No training example misclassified.
    ZeroError,
    /// Nothing: all epochs are run.
    Epochs,
}

/// Text that is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give a cross-entropy such as 0.01, zero-error, or epochs")]
pub struct UnknownTarget {
    /// What was given.
    pub text: String,
}

/// A mean cross-entropy in nats, `zero-error` or `epochs`.
///
/// ```
/// use rethink::training::Target;
/// assert_eq!("0.01".parse(), Ok(Target::CrossEntropy { at_most: 0.01 }));
/// assert!("soon".parse::<Target>().is_err());
/// ```
impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        match text {
            "zero-error" => Ok(Self::ZeroError),
            "epochs" => Ok(Self::Epochs),
            number => match number.parse() {
                Ok(at_most) => Ok(Self::CrossEntropy { at_most }),
                Err(_) => Err(UnknownTarget {
                    text: text.to_owned(),
                }),
            },
        }
    }
}

/// What is reached, in words.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrossEntropy { at_most } => write!(f, "a cross-entropy of {at_most} nats"),
            Self::ZeroError => f.write_str("zero training error"),
            Self::Epochs => f.write_str("the last epoch"),
        }
    }
}

impl Stopping {
    /// Seconds until the target, if the loss keeps falling at the rate of the second half of
    /// the curve so far; at most the time of all epochs allowed. Nothing before the first
    /// epoch, or where the loss does not fall.
    pub fn seconds_left(&self, curve: &[CurvePoint]) -> Option<f64> {
        let (last, middle) = (curve.last()?, curve.get(curve.len() / 2)?);
        if last.epoch == 0 {
            return None;
        }
        let per_epoch = last.seconds / last.epoch as f64;
        let at_most = self.max_epochs.saturating_sub(last.epoch) as f64 * per_epoch;
        let Target::CrossEntropy { at_most: target } = self.target else {
            return Some(at_most);
        };
        let fall = (middle.train_loss / last.train_loss).ln() / (last.epoch - middle.epoch) as f64;
        let epochs = (last.train_loss / target).ln() / fall;
        (fall > 0.0 && epochs.is_finite()).then(|| (epochs * per_epoch).clamp(0.0, at_most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that halves in every epoch, which takes two seconds.
    fn curve(epochs: usize) -> Vec<CurvePoint> {
        let point = |epoch: usize| CurvePoint {
            epoch,
            step: epoch,
            train_loss: 0.5f64.powi(epoch as i32),
            train_error: 0.5,
            test_loss: Some(1.0),
            test_error: Some(0.5),
            held_out_error: None,
            seconds: 2.0 * epoch as f64,
        };
        (0..=epochs).map(point).collect()
    }

    #[test]
    fn a_loss_that_falls_steadily_tells_when_it_arrives() {
        let stopping = |target, max_epochs| Stopping { target, max_epochs };
        let cost = Target::CrossEntropy {
            at_most: 0.5f64.powi(10),
        };
        let left = stopping(cost, 200).seconds_left(&curve(4)).unwrap();
        assert!((left - 12.0).abs() < 1e-9, "{left}");
        assert_eq!(stopping(cost, 5).seconds_left(&curve(4)), Some(2.0));
        assert_eq!(
            stopping(Target::Epochs, 7).seconds_left(&curve(4)),
            Some(6.0)
        );
        assert_eq!(stopping(cost, 200).seconds_left(&curve(0)), None);
        let mut flat = curve(4);
        flat.iter_mut().for_each(|point| point.train_loss = 1.0);
        assert_eq!(stopping(cost, 200).seconds_left(&flat), None);
    }

    #[test]
    fn what_is_reached_has_its_number() {
        let words = |text: &str| text.parse::<Target>().unwrap().to_string();
        assert_eq!(words("0.25"), "a cross-entropy of 0.25 nats");
        assert_eq!(words("zero-error"), "zero training error");
        assert_eq!("epochs".parse(), Ok(Target::Epochs));
    }
}
