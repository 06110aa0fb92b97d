//! Where experiments run, and what each of them has at hand.

use std::time::Duration;

use super::checkpoints::InStore;
use super::run::{RunId, StoredRun};
use super::{Experiment, ExperimentError};
use crate::dataset::Dataset;
use crate::solution::{CurvePoint, Solution};
use crate::store::{Computed, Earlier, Entry, Kind, Store, Unfinished, Watch};
use crate::training::{Resumed, Task, TrainingError, fit, fit_with_checkpoints};

/// Is told what happens while a result is obtained. Every call may come from another thread.
pub trait Listener: Sync {
    /// Is told of damaged results, and of other processes that are waited for.
    fn watch(&self) -> &dyn Watch;
    /// A result is not stored and is computed now.
    fn computing(&self) {}
    /// A training goes on where another process was interrupted.
    fn resumed(&self, _: &Resumed) {}
    /// A training has come to a point of its learning curve.
    fn epoch(&self, _: &CurvePoint) {}
}

/// Where experiments run: a store, a dataset, and who is told what happens.
#[derive(Clone, Copy)]
pub struct Laboratory<'a> {
    /// Where results are kept.
    pub store: &'a Store,
    /// What is learned from.
    pub dataset: &'a Dataset,
    /// Is told what happens.
    pub listener: &'a dyn Listener,
    /// The time between two checkpoints of a training; it changes no result.
    pub checkpoint_interval: Duration,
}

/// What a running experiment has at hand.
pub struct Context<'a> {
    dataset: &'a Dataset,
    /// None outside a laboratory: what it needs of others is computed anew.
    laboratory: Option<Laboratory<'a>>,
    /// The results of other experiments that it used.
    used: Vec<String>,
    /// Files to be stored beside the output.
    files: Vec<(String, Vec<u8>)>,
    /// Where its training keeps its state; none if the result is not to be stored.
    unfinished: Option<Unfinished>,
    /// What was done of its training before this process.
    earlier: Earlier,
}

impl Laboratory<'_> {
    /// The result that a spec determines: read from the store, or computed and kept.
    ///
    /// # Errors
    /// What the experiment returns, or a file that cannot be read or written.
    pub fn obtain<E: Experiment>(&self, spec: &E) -> Result<Entry<E, E::Output>, ExperimentError> {
        self.store.obtain(E::KIND, spec, self.listener.watch(), || {
            self.listener.computing();
            self.compute_keeping(spec, Some(self.store.unfinished(E::KIND, spec)))
        })
    }

    /// What a spec comes to, computed from the beginning whether its result is stored or not, and
    /// not kept.
    ///
    /// # Errors
    /// What the experiment returns.
    pub fn compute<E: Experiment>(&self, spec: &E) -> Result<Computed<E::Output>, ExperimentError> {
        self.compute_keeping(spec, None)
    }

    fn compute_keeping<E: Experiment>(
        &self,
        spec: &E,
        unfinished: Option<Unfinished>,
    ) -> Result<Computed<E::Output>, ExperimentError> {
        let mut context = Context {
            laboratory: Some(*self),
            unfinished,
            ..Context::without_store(self.dataset)
        };
        Ok(Computed {
            output: spec.run(&mut context)?,
            files: context.files,
            used: context.used,
            earlier: context.earlier,
        })
    }
}

impl<'a> Context<'a> {
    /// At hand is this dataset, and no store.
    pub fn without_store(dataset: &'a Dataset) -> Self {
        Self {
            dataset,
            laboratory: None,
            used: Vec::new(),
            files: Vec::new(),
            unfinished: None,
            earlier: Earlier::default(),
        }
    }

    /// The dataset with this checksum.
    ///
    /// # Errors
    /// Another dataset than the one that is loaded.
    pub fn dataset(&self, checksum: &str) -> Result<&'a Dataset, ExperimentError> {
        match self.dataset.checksum() == checksum {
            true => Ok(self.dataset),
            false => Err(ExperimentError::OtherDataset {
                planned: checksum.to_owned(),
                loaded: self.dataset.checksum().to_owned(),
            }),
        }
    }

    /// Keeps a file beside the output, such as the weights of a network.
    pub fn keep(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.push((name.to_owned(), bytes));
    }

    /// Trains a network, and tells who listens of each point of its learning curve. The training
    /// goes on where a process was interrupted that computed the same result.
    ///
    /// A result has one state of a training: of several trainings of an experiment the first is
    /// resumed.
    ///
    /// # Errors
    /// As [`fit`].
    pub fn train(&mut self, task: &Task<'_>) -> Result<Solution, TrainingError> {
        let laboratory = self.laboratory;
        let mut epoch = |point: &CurvePoint| {
            if let Some(laboratory) = laboratory {
                laboratory.listener.epoch(point);
            }
        };
        let (Some(laboratory), Some(unfinished)) = (laboratory, self.unfinished.take()) else {
            return fit(task, &mut epoch);
        };
        let mut checkpoints = InStore::new(laboratory, unfinished);
        let solution = fit_with_checkpoints(task, &mut checkpoints, &mut epoch);
        self.earlier = checkpoints.earlier;
        solution
    }

    /// A training that is stored.
    ///
    /// # Errors
    /// A run that is not there, or is damaged.
    pub fn run(&mut self, id: &RunId) -> Result<StoredRun, ExperimentError> {
        let Some(laboratory) = self.laboratory else {
            return Err(ExperimentError::NoStore);
        };
        let run = StoredRun::read(&laboratory.store.folder(Kind::RUN, id))?;
        self.used.push(Kind::RUN.result(id));
        Ok(run)
    }

    /// The output of another experiment, computed if it is missing; the result of this
    /// one names it among what it used.
    ///
    /// # Errors
    /// What the other experiment returns.
    pub fn output_of<E: Experiment>(&mut self, spec: &E) -> Result<E::Output, ExperimentError> {
        let Some(laboratory) = self.laboratory else {
            return spec.run(self);
        };
        let entry = laboratory.obtain(spec)?;
        self.used.push(E::KIND.result(&entry.id));
        Ok(entry.output)
    }
}
