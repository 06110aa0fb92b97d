//! Trainings that go on where another process was killed.

use std::time::{Duration, Instant};

use super::TrainingError;
use super::state::{State, StateError};
use crate::network::Model;

/// The time between two checkpoints of a training: so long that writing them costs next to
/// nothing, and that most trainings end before the first.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(120);

/// Where a training keeps its state from time to time, so that another process can go on with it.
///
/// None of this changes what is found: how often a state is kept, whether a training was resumed
/// and how often.
pub trait Checkpoints {
    /// The time between two checkpoints.
    fn interval(&self) -> Duration;

    /// The bytes that were kept last.
    fn load(&mut self) -> Option<Vec<u8>>;

    /// Is told that the training goes on from the bytes that were loaded.
    fn resumed(&mut self, from: &Resumed);

    /// Is told that the bytes that were loaded are not the state of this training, which starts
    /// from the beginning.
    fn refused(&mut self, reason: &StateError);

    /// Keeps bytes in place of those before. A training does not end because its state cannot be
    /// kept.
    fn save(&mut self, state: &[u8]);
}

/// Where a training was resumed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resumed {
    /// Epochs that were completed.
    pub epoch: usize,
    /// Steps that were done.
    pub step: usize,
    /// Seconds of training until then.
    pub seconds: f64,
    /// How often it was resumed, this time included.
    pub times: usize,
}

/// Keeps the state of one training whenever it is due.
pub(super) struct Keeper<'a> {
    checkpoints: &'a mut dyn Checkpoints,
    /// When the last checkpoint was done, so that a slow disk is not written to all the time.
    last: Instant,
    resumed: usize,
}

impl<'a> Keeper<'a> {
    pub fn new(checkpoints: &'a mut dyn Checkpoints) -> Self {
        Self {
            checkpoints,
            last: Instant::now(),
            resumed: 0,
        }
    }

    /// Puts a model that was just started into the state that was kept, if there is one of this
    /// training, which has so many batches per epoch.
    pub fn resume(&mut self, model: &mut dyn Model, batches: usize) -> Option<State> {
        let bytes = self.checkpoints.load()?;
        let restored = State::from_bytes(&bytes).and_then(|state| {
            state.check(batches)?;
            model.restore(&state.arrays, state.step as u64)?;
            Ok(state)
        });
        match restored {
            Ok(state) => {
                self.resumed = state.resumed + 1;
                self.checkpoints.resumed(&Resumed {
                    epoch: state.step / batches,
                    step: state.step,
                    seconds: state.seconds,
                    times: self.resumed,
                });
                Some(state)
            }
            Err(reason) => {
                self.checkpoints.refused(&reason);
                None
            }
        }
    }

    /// Keeps the state after a step, if it is time to.
    ///
    /// # Errors
    /// What the network returns.
    pub fn after_step(
        &mut self,
        model: &dyn Model,
        state: impl FnOnce() -> State,
    ) -> Result<(), TrainingError> {
        if self.last.elapsed() < self.checkpoints.interval() {
            return Ok(());
        }
        if let Some(arrays) = model.state()? {
            // With numbers that are not finite the training ends at the end of its epoch. They
            // would get into the rows that fill up packed matrices, which are not kept.
            let mut numbers = arrays.iter().flat_map(|array| &array.values);
            if numbers.all(|number| number.is_finite()) {
                let state = State {
                    resumed: self.resumed,
                    arrays,
                    ..state()
                };
                self.checkpoints.save(&state.to_bytes());
            }
        }
        self.last = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
