//! Labels of the training images, in a word.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::treatment::Treatment;

/// What the training images are labelled with: a treatment that keeps the images.
///
/// Read from `true`, `random` and `noise:P`, and written as `true`, `random` and `noise-P`,
/// as parts of a name are.
///
/// ```
/// use rethink::experiment::Labeling;
/// let noisy: Labeling = "noise:0.1".parse()?;
/// assert_eq!(noisy, Labeling::Noisy { probability: 0.1 });
/// assert_eq!(noisy.to_string(), "noise-0.1");
/// # Ok::<(), rethink::experiment::LabelingError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Labeling {
    /// Their own labels.
    #[default]
    True,
    /// Every label is replaced by a class drawn uniformly.
    Random,
    /// Each label is replaced so, independently and with a probability.
    Noisy {
        /// Probability of replacement, in [0, 1].
        probability: f64,
    },
}

/// A text that names no labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelingError {
    /// Noise whose probability is none.
    #[error("give noise a probability from 0 to 1, such as noise:0.1")]
    Probability,
    /// Another word.
    #[error("give true, random or noise:P such as noise:0.1")]
    Unknown,
}

impl Labeling {
    /// What is done to the labels.
    pub fn treatment(self) -> Treatment {
        match self {
            Self::True => Treatment::TrueLabels,
            Self::Random => Treatment::RandomLabels,
            Self::Noisy { probability } => Treatment::CorruptedLabels { probability },
        }
    }
}

impl FromStr for Labeling {
    type Err = LabelingError;

    fn from_str(text: &str) -> Result<Self, LabelingError> {
        match text.split_once(':') {
            None if text == "true" => Ok(Self::True),
            None if text == "random" => Ok(Self::Random),
            Some(("noise", number)) => {
                let probability = number.parse().unwrap_or(f64::NAN);
                match (0.0..=1.0).contains(&probability) {
                    true => Ok(Self::Noisy { probability }),
                    false => Err(LabelingError::Probability),
                }
            }
            _ => Err(LabelingError::Unknown),
        }
    }
}

impl fmt::Display for Labeling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("true"),
            Self::Random => f.write_str("random"),
            Self::Noisy { probability } => write!(f, "noise-{probability}"),
        }
    }
}

impl Serialize for Labeling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
