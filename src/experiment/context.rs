//! Where experiments run, and what each of them has at hand.

use super::run::{RunId, StoredRun};
use super::{Experiment, ExperimentError};
use crate::dataset::Dataset;
use crate::solution::CurvePoint;
use crate::store::{Computed, Entry, Kind, Store, Watch};

/// Is told what happens while a result is obtained. Every call may come from another thread.
pub trait Listener: Sync {
    /// Is told of damaged results, and of other processes that are waited for.
    fn watch(&self) -> &dyn Watch;
    /// A result is not stored and is computed now.
    fn computing(&self) {}
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
}

impl Laboratory<'_> {
    /// The result that a spec determines: read from the store, or computed and kept.
    ///
    /// # Errors
    /// What the experiment returns, or a file that cannot be read or written.
    pub fn obtain<E: Experiment>(&self, spec: &E) -> Result<Entry<E, E::Output>, ExperimentError> {
        self.store.obtain(E::KIND, spec, self.listener.watch(), || {
            self.listener.computing();
            self.compute(spec)
        })
    }

    /// What a spec comes to, computed whether its result is stored or not, and not kept.
    ///
    /// # Errors
    /// What the experiment returns.
    pub fn compute<E: Experiment>(&self, spec: &E) -> Result<Computed<E::Output>, ExperimentError> {
        let mut context = Context {
            laboratory: Some(*self),
            ..Context::without_store(self.dataset)
        };
        Ok(Computed {
            output: spec.run(&mut context)?,
            files: context.files,
            used: context.used,
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

    /// Tells who listens that a training has come to a point of its learning curve.
    pub fn epoch(&self, point: &CurvePoint) {
        if let Some(laboratory) = self.laboratory {
            laboratory.listener.epoch(point);
        }
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
