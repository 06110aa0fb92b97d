//! How the steps of a training are taken.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Optimizer;
use crate::random::stream;

/// The optimizer of a training, and what regularizes its steps.
///
/// ```
/// use rethink::network::{Optimizer, Steps};
/// let plain = Steps::from(Optimizer::Adam);
/// assert_eq!((plain.weight_decay, plain.dropout), (0.0, 0.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// How a gradient becomes a step.
    pub optimizer: Optimizer,
    /// λ: λ w is added to the gradient of every weight and bias w.
    pub weight_decay: f64,
    /// Probability with which a unit of a hidden dense layer is dropped, in [0, 1).
    pub dropout: f64,
    /// Of the random numbers of dropout.
    pub seed: u64,
    /// Whether they are taken on dfdx's tape and by its optimizer; the weights are the same bits.
    pub tape: bool,
}

impl From<Optimizer> for Steps {
    /// Without regularization.
    fn from(optimizer: Optimizer) -> Self {
        Self {
            optimizer,
            weight_decay: 0.0,
            dropout: 0.0,
            seed: 0,
            tape: false,
        }
    }
}

/// The random words that tell which units are dropped: one stream of a training, with a place of
/// its own for every step.
#[derive(Debug, Clone)]
pub struct Words(ChaCha8Rng);

impl Words {
    /// Those of the first step.
    pub fn new(seed: u64) -> Self {
        Self(stream(seed, "dropout"))
    }

    /// Goes to those of a step, counted from 0.
    pub fn begin(&mut self, step: u64) {
        // More words than the units of any batch.
        self.0.set_word_pos(u128::from(step) << 40);
    }

    /// The next ones.
    pub fn fill(&mut self, words: &mut [u64]) {
        words.iter_mut().for_each(|word| *word = self.0.next_u64());
    }
}
