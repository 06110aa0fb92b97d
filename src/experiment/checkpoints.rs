//! The checkpoints of a training, in the store.

use std::time::Duration;

use super::Laboratory;
use crate::store::{Earlier, StoreError, Unfinished};
use crate::training::{Checkpoints, Resumed, StateError};

/// Keeps the state of a training beside the results, and tells who listens what became of it.
pub(super) struct InStore<'a> {
    laboratory: Laboratory<'a>,
    unfinished: Unfinished,
    /// What was done before this process.
    pub earlier: Earlier,
    /// Whether it was told that the state cannot be kept.
    told: bool,
}

impl<'a> InStore<'a> {
    pub fn new(laboratory: Laboratory<'a>, unfinished: Unfinished) -> Self {
        Self {
            laboratory,
            unfinished,
            earlier: Earlier::default(),
            told: false,
        }
    }

    /// Sets the file aside that nothing can go on from, and tells it.
    fn set_aside(&mut self, reason: &str) {
        match self.unfinished.set_aside() {
            Ok(to) => self.laboratory.listener.watch().starts_again(&to, reason),
            Err(error) => self.cannot(&error),
        }
    }

    /// Tells once that the state cannot be kept: the next try may succeed, and is worth it.
    fn cannot(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.told, true) {
            let watch = self.laboratory.listener.watch();
            watch.without_checkpoints(error);
        }
    }
}

impl Checkpoints for InStore<'_> {
    fn interval(&self) -> Duration {
        self.laboratory.checkpoint_interval
    }

    fn load(&mut self) -> Option<Vec<u8>> {
        self.unfinished.read().unwrap_or_else(|error| {
            self.set_aside(&error.without_remedy());
            None
        })
    }

    fn resumed(&mut self, from: &Resumed) {
        self.earlier = Earlier {
            resumed: from.times,
            seconds: from.seconds,
        };
        self.laboratory.listener.resumed(from);
    }

    fn refused(&mut self, reason: &StateError) {
        let path = self.unfinished.path().display();
        self.set_aside(&format!("{path} is damaged: {reason}"));
    }

    fn save(&mut self, state: &[u8]) {
        if let Err(error) = self.unfinished.write(state) {
            self.cannot(&error);
        }
    }
}
