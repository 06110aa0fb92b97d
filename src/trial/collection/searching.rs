//! Search as a way to a cost.

use crate::network::Model;
use crate::training::search::Search;
use crate::training::{Algorithm, TrainingError, Work};

/// Trials between two evaluations of the stopping rule. A trial changes the cost so
/// little that a quarter of an epoch, which is less than one trial, is no finer.
const TRIALS: u64 = 200;

/// A search whose weights a network takes over after every advance.
pub struct Searching {
    search: Search,
    examples: u64,
}

impl Searching {
    /// A search on so many examples.
    pub fn new(search: Search, examples: usize) -> Self {
        Self {
            search,
            examples: examples as u64,
        }
    }
}

impl Algorithm for Searching {
    fn advance(&mut self, model: &mut dyn Model) -> Result<Work, TrainingError> {
        let done = self.search.advance(TRIALS);
        model.set_weights(self.search.weights())?;
        Ok(Work {
            evaluations: done.trials * self.examples,
            updates: done.accepted,
        })
    }
}
