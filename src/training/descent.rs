//! Gradient steps at a constant rate, a quarter of an epoch at a time.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::to_cost::{Algorithm, Work};
use super::{Batch, TrainingError};
use crate::dataset::Split;
use crate::network::{Model, Optimizer};

/// (Stochastic) gradient descent, momentum or Adam at a constant learning rate.
///
/// Batches are drawn without replacement within an epoch. An epoch of B batches is
/// advanced by ⌊B/4⌋ of them at a time, by one where there are fewer than eight.
pub struct Descent<'a> {
    train: &'a Split,
    batch: usize,
    learning_rate: f64,
    order: Vec<usize>,
    /// Examples of this epoch that were used.
    used: usize,
    shuffles: ChaCha8Rng,
}

impl<'a> Descent<'a> {
    /// Starts the optimizer on the network with fresh state; `shuffles` orders the
    /// examples of every epoch.
    ///
    /// # Errors
    /// What the network returns.
    pub fn new(
        model: &mut dyn Model,
        train: &'a Split,
        optimizer: Optimizer,
        batch: Batch,
        learning_rate: f64,
        shuffles: ChaCha8Rng,
    ) -> Result<Self, TrainingError> {
        model.start(optimizer.into())?;
        Ok(Self {
            train,
            batch: match batch {
                Batch::Full => train.len(),
                Batch::Mini { size } => size.clamp(1, train.len()),
            },
            learning_rate,
            order: (0..train.len()).collect(),
            used: train.len(),
            shuffles,
        })
    }
}

impl Algorithm for Descent<'_> {
    fn advance(&mut self, model: &mut dyn Model) -> Result<Work, TrainingError> {
        let mut work = Work::default();
        let batches = self.train.len().div_ceil(self.batch);
        for _ in 0..(batches / 4).max(1) {
            if self.used == self.train.len() {
                self.order.shuffle(&mut self.shuffles);
                self.used = 0;
            }
            let end = (self.used + self.batch).min(self.train.len());
            let chosen = &self.order[self.used..end];
            model.train_batch(self.train, chosen, self.learning_rate)?;
            self.used = end;
            work.evaluations += chosen.len() as u64;
            work.updates += 1;
        }
        Ok(work)
    }
}
