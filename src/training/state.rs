//! The state of a training between two steps.

use serde::{Deserialize, Serialize};

use super::Score;
use super::regularization::Held;
use crate::network::NetworkError;
use crate::solution::{CurvePoint, Weight};

/// What a training goes on from.
///
/// The order of the batches is not here: it follows from the seed and the number of the epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct State {
    /// Steps that were done.
    pub step: usize,
    /// Seconds of training, of all processes that worked on it.
    pub seconds: f64,
    /// How often the training was resumed.
    pub resumed: usize,
    /// The learning curve.
    pub curve: Vec<CurvePoint>,
    /// The network and its optimizer.
    pub arrays: Vec<Weight>,
    /// The best network so far, with early stopping.
    pub held: Option<Held>,
}

/// Bytes that are not the state of a training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// They do not begin with a line that describes them.
    #[error("it does not say what it holds ({0})")]
    Description(serde_json::Error),
    /// Another amount of numbers than the line announces.
    #[error("it holds {found} bytes of numbers, and announces {expected}")]
    Length {
        /// Bytes that the line announces.
        expected: u128,
        /// Bytes there are.
        found: usize,
    },
    /// A learning curve that does not reach the step.
    #[error("its curve has {points} points after {step} steps of {batches} per epoch")]
    Curve {
        /// Points of the curve.
        points: usize,
        /// Steps that were done.
        step: usize,
        /// Steps per epoch.
        batches: usize,
    },
    /// Arrays of another network or optimizer.
    #[error("its arrays do not fit: {0}")]
    Arrays(#[from] NetworkError),
}

/// The first line of the bytes; the numbers of all arrays follow.
#[derive(Serialize, Deserialize)]
struct Description {
    step: usize,
    seconds: f64,
    resumed: usize,
    curve: Vec<CurvePoint>,
    arrays: Vec<Described>,
    /// Of the best network, whose arrays go last.
    held: Option<Best>,
}

/// The best network without its numbers.
#[derive(Serialize, Deserialize)]
struct Best {
    epoch: usize,
    score: Score,
    arrays: usize,
}

/// An array without its numbers.
#[derive(Serialize, Deserialize)]
struct Described {
    name: String,
    shape: Vec<usize>,
}

const NUMBER: usize = size_of::<f32>();

impl State {
    /// A line of JSON, then the numbers of all arrays, little endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let described = |array: &Weight| Described {
            name: array.name.clone(),
            shape: array.shape.clone(),
        };
        let best = self.held.as_ref();
        let arrays = || {
            self.arrays
                .iter()
                .chain(best.iter().flat_map(|h| &h.weights))
        };
        let description = Description {
            step: self.step,
            seconds: self.seconds,
            resumed: self.resumed,
            curve: self.curve.clone(),
            arrays: arrays().map(described).collect(),
            held: best.map(|held| Best {
                epoch: held.epoch,
                score: held.score,
                arrays: held.weights.len(),
            }),
        };
        let mut bytes = serde_json::to_vec(&description).expect("plain data");
        bytes.push(b'\n');
        bytes.reserve_exact(NUMBER * arrays().map(|a| a.values.len()).sum::<usize>());
        let numbers = arrays().flat_map(|array| &array.values);
        bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
        bytes
    }

    /// The state that [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
        let description: Description =
            serde_json::from_slice(line).map_err(StateError::Description)?;
        let length = |array: &Described| {
            let axes = array.shape.iter();
            axes.fold(1, |product: u128, &axis| {
                product.saturating_mul(axis as u128)
            })
        };
        let lengths: Vec<u128> = description.arrays.iter().map(length).collect();
        let expected = (lengths.iter()).fold(0, |sum: u128, &length| {
            sum.saturating_add(length.saturating_mul(NUMBER as u128))
        });
        if expected != rest.len() as u128 {
            return Err(StateError::Length {
                expected,
                found: rest.len(),
            });
        }
        let mut numbers = rest.as_chunks().0.iter().map(|&n| f32::from_le_bytes(n));
        let array = |(Described { name, shape }, length): (Described, u128)| Weight {
            // Not more than there are bytes.
            values: numbers.by_ref().take(length as usize).collect(),
            name,
            shape,
        };
        let arrays = description.arrays.into_iter().zip(lengths);
        let mut arrays: Vec<Weight> = arrays.map(array).collect();
        let held = description.held.map(|best| Held {
            epoch: best.epoch,
            score: best.score,
            weights: arrays.split_off(arrays.len().saturating_sub(best.arrays)),
        });
        Ok(Self {
            arrays,
            held,
            step: description.step,
            seconds: description.seconds,
            resumed: description.resumed,
            curve: description.curve,
        })
    }

    /// Whether the curve has a point for every epoch that was begun.
    pub fn check(&self, batches: usize) -> Result<(), StateError> {
        match self.step.div_ceil(batches) == self.curve.len() {
            true => Ok(()),
            false => Err(StateError::Curve {
                points: self.curve.len(),
                step: self.step,
                batches,
            }),
        }
    }
}
