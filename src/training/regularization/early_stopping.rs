//! Stopping by the error on examples that are held out of the training set.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::dataset::Split;
use crate::network::{Model, NetworkError};
use crate::random::stream;
use crate::solution::Weight;
use crate::training::evaluation::Score;

/// Training ends when the error on held-out training examples has not fallen for some epochs, and
/// the weights are those of the epoch at which it was least.
///
/// # Reference
/// Prechelt 1998, "Early Stopping - But When?" (generalization loss over successive strips).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Share of the training set that is held out, in (0, 1).
    pub held_out: f64,
    /// Epochs without a lower error after which training ends.
    pub patience: usize,
}

impl EarlyStopping {
    /// How many of so many examples are held out.
    pub fn held_out_of(&self, examples: usize) -> usize {
        (self.held_out * examples as f64).round() as usize
    }

    /// Whether some of so many examples can be held out, and some trained on.
    pub fn can_split(&self, examples: usize) -> bool {
        (1..examples).contains(&self.held_out_of(examples))
    }

    /// The examples that are trained on and those that are held out, drawn with the seed; `None` if
    /// one of the parts would be empty.
    pub fn split(&self, train: &Split, seed: u64) -> Option<[Split; 2]> {
        if !self.can_split(train.len()) {
            return None;
        }
        let held = self.held_out_of(train.len());
        let mut indices: Vec<usize> = (0..train.len()).collect();
        indices.shuffle(&mut stream(seed, "held-out examples"));
        let (held, rest) = indices.split_at(held);
        Some([rest, held].map(|indices| train.gather(indices)))
    }
}

/// The best network so far, by the held-out examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The epoch after which it was.
    pub epoch: usize,
    /// What it makes of the held-out examples.
    pub score: Score,
    /// Its weights.
    pub weights: Vec<Weight>,
}

impl Held {
    /// Takes a network in if it errs less often than the best so far, or as often with less loss.
    ///
    /// # Errors
    /// What the network returns.
    pub fn see(
        best: &mut Option<Self>,
        epoch: usize,
        score: Score,
        model: &dyn Model,
    ) -> Result<(), NetworkError> {
        let key = |score: &Score| (score.error, score.loss);
        if best
            .as_ref()
            .is_none_or(|best| key(&score) < key(&best.score))
        {
            let weights = model.weights()?;
            *best = Some(Self {
                epoch,
                score,
                weights,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_on_one_side() {
        let pixels: Vec<f32> = (0..10).map(|i| i as f32).collect();
        let train = Split::new(pixels, vec![0; 10], 1).expect("shapes fit");
        let stopping = |held_out| EarlyStopping {
            held_out,
            patience: 1,
        };
        let [rest, held] = stopping(0.3).split(&train, 1).expect("both parts");
        assert_eq!((rest.len(), held.len()), (7, 3));
        let mut all: Vec<f32> = rest.pixels().iter().chain(held.pixels()).copied().collect();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, train.pixels());
        for empty in [0.01, 0.99] {
            assert!(stopping(empty).split(&train, 1).is_none());
        }
    }
}
