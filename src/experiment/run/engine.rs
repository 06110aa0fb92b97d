//! The local engine: independent runs in parallel, one core each.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::{MeasuredRun, RunId, RunSpec, StoredRun, Summary};
use crate::dataset::Dataset;
use crate::experiment::{Experiment, ExperimentError, Laboratory, Listener};
use crate::solution::CurvePoint;
use crate::store::{Entry, Kind, Lookup, ResultId, Store, StoreError, Watch};
use crate::training::Resumed;

/// Watches runs. Every call may come from another thread.
pub trait Observer: Watch {
    /// So many stored runs are measured again: their measures are of another version.
    fn measuring_again(&self, runs: usize);
    /// So many runs are needed, and so many of them were stored already.
    fn planned(&self, needed: usize, stored: usize);
    /// A training begins.
    fn started(&self, spec: &RunSpec);
    /// A training goes on where another process was interrupted.
    fn resumed(&self, spec: &RunSpec, from: &Resumed);
    /// A training has completed an epoch.
    fn epoch(&self, spec: &RunSpec, point: &CurvePoint);
    /// A run is stored.
    fn finished(&self, run: &StoredRun);
}

/// Hears everything and tells nobody.
///
/// ```
/// use rethink::experiment::run::{Observer, Silent};
/// let observer: &dyn Observer = &Silent;
/// observer.planned(3, 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Watch for Silent {
    fn waiting(&self, _: Kind, _: &ResultId) {}
    fn set_aside(&self, _: &Path, _: &str) {}
    fn starts_again(&self, _: &Path, _: &str) {}
    fn without_checkpoints(&self, _: &StoreError) {}
    fn without_locks(&self, _: &std::io::Error) {}
}

impl Observer for Silent {
    fn measuring_again(&self, _: usize) {}
    fn planned(&self, _: usize, _: usize) {}
    fn started(&self, _: &RunSpec) {}
    fn resumed(&self, _: &RunSpec, _: &Resumed) {}
    fn epoch(&self, _: &RunSpec, _: &CurvePoint) {}
    fn finished(&self, _: &StoredRun) {}
}

/// Computes runs that the store does not hold.
pub struct Engine<'a> {
    /// Where runs live.
    pub store: &'a Store,
    /// What they learn from.
    pub dataset: &'a Dataset,
    /// Runs at once.
    pub threads: usize,
    /// The time between two checkpoints of a training; it changes no result.
    pub checkpoint_interval: Duration,
}

/// A run that is stored.
enum Stored {
    Whole(Box<StoredRun>),
    /// Its measures are missing, or of another version.
    Unmeasured,
}

impl Engine<'_> {
    /// The runs of these specs, in this order: read from the store, or
    /// computed and stored. A spec that occurs twice is computed once.
    ///
    /// The trainings share the threads, of which each number gives the same
    /// bits: it changes the time and nothing else.
    ///
    /// # Errors
    /// The first error, after the runs in progress have ended; complete runs
    /// are kept. Specs that cannot be run are refused before any training.
    pub fn run(
        &self,
        specs: &[RunSpec],
        observer: &dyn Observer,
    ) -> Result<Vec<StoredRun>, ExperimentError> {
        let mut runs = BTreeMap::new();
        let (mut missing, mut unmeasured) = (BTreeMap::new(), BTreeMap::new());
        for spec in specs {
            let id = spec.id();
            if runs.contains_key(&id) || missing.contains_key(&id) || unmeasured.contains_key(&id) {
                continue;
            }
            match self.stored(spec, observer)? {
                Some(Stored::Whole(run)) => {
                    runs.insert(id, *run);
                    continue;
                }
                Some(Stored::Unmeasured) => {
                    unmeasured.insert(id, spec);
                    continue;
                }
                None => {}
            }
            spec.check(self.dataset)?;
            missing.insert(id, spec);
        }
        if !unmeasured.is_empty() {
            observer.measuring_again(unmeasured.len());
            let measured = |_: &StoredRun| {};
            runs.extend(self.compute(unmeasured.into_values().collect(), observer, &measured)?);
        }
        observer.planned(runs.len() + missing.len(), runs.len());
        // Long runs first, so that no core is left alone with one at the end.
        let mut queue: Vec<&RunSpec> = missing.into_values().collect();
        queue.sort_by_key(|spec| std::cmp::Reverse(self.work(spec)));
        let finished = |run: &StoredRun| observer.finished(run);
        runs.extend(self.compute(queue.into(), observer, &finished)?);
        Ok(specs
            .iter()
            .filter_map(|s| runs.get(&s.id()).cloned())
            .collect())
    }

    /// What the store holds of a run; what is damaged is set aside.
    fn stored(
        &self,
        spec: &RunSpec,
        observer: &dyn Observer,
    ) -> Result<Option<Stored>, ExperimentError> {
        let entry = match self.store.find(Kind::RUN, spec)? {
            Lookup::Whole(entry) => *entry,
            Lookup::Absent => return Ok(None),
            Lookup::SetAside { to, reason } => {
                observer.set_aside(&to, &reason);
                return Ok(None);
            }
        };
        let run = self.run_of(entry)?;
        let measures = MeasuredRun {
            run: run.id.clone(),
        };
        Ok(Some(
            match self.store.find(MeasuredRun::KIND, &measures)? {
                Lookup::Whole(measures) => Stored::Whole(Box::new(run.with(measures.output))),
                Lookup::Absent => Stored::Unmeasured,
                Lookup::SetAside { to, reason } => {
                    observer.set_aside(&to, &reason);
                    Stored::Unmeasured
                }
            },
        ))
    }

    fn run_of(&self, entry: Entry<RunSpec, Summary>) -> Result<StoredRun, ExperimentError> {
        let folder = self.store.folder(Kind::RUN, &entry.id);
        Ok(StoredRun::unmeasured(entry, &folder)?)
    }

    /// A rough order of runs by length: examples times effort; random labels take several times
    /// as long.
    fn work(&self, spec: &RunSpec) -> usize {
        let patience =
            1 + 2 * usize::from(spec.treatment != crate::treatment::Treatment::TrueLabels);
        spec.data.train_size * spec.architecture.effort() * patience
    }

    fn compute(
        &self,
        queue: VecDeque<&RunSpec>,
        observer: &dyn Observer,
        done_with: &(dyn Fn(&StoredRun) + Sync),
    ) -> Result<BTreeMap<RunId, StoredRun>, ExperimentError> {
        let workers = self.threads.clamp(1, queue.len().max(1));
        let queue = Mutex::new(queue);
        let done = Mutex::new(Ok(BTreeMap::new()));
        let next = || {
            let failed = done.lock().map_or(true, |d| d.is_err());
            if failed {
                return None;
            }
            queue.lock().ok()?.pop_front()
        };
        let worker = || {
            while let Some(spec) = next() {
                let outcome = catch_unwind(AssertUnwindSafe(|| self.one(spec, observer)))
                    .unwrap_or_else(|panic| Err(panicked(spec, &*panic)));
                if let Ok(run) = &outcome {
                    done_with(run);
                }
                let Ok(mut done) = done.lock() else { return };
                match (outcome, done.as_mut()) {
                    (Ok(run), Ok(runs)) => {
                        runs.insert(run.id.clone(), run);
                    }
                    (Err(error), Ok(_)) => *done = Err(error),
                    (_, Err(_)) => return,
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..workers {
                // Where the system makes no more threads, those there are do it all.
                if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                    break;
                }
            }
            worker();
        });
        done.into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Computes one run, or what it lacks, or waits for the process that does.
    fn one(&self, spec: &RunSpec, observer: &dyn Observer) -> Result<StoredRun, ExperimentError> {
        let laboratory = Laboratory {
            store: self.store,
            dataset: self.dataset,
            listener: &Of { spec, observer },
            checkpoint_interval: self.checkpoint_interval,
        };
        let run = self.run_of(laboratory.obtain(spec)?)?;
        let of = MeasuredRun {
            run: run.id.clone(),
        };
        let laboratory = Laboratory {
            listener: &Quiet(observer),
            ..laboratory
        };
        Ok(run.with(laboratory.obtain(&of)?.output))
    }
}

/// Tells the observer of runs what is heard of one.
struct Of<'a> {
    spec: &'a RunSpec,
    observer: &'a dyn Observer,
}

impl Listener for Of<'_> {
    fn watch(&self) -> &dyn Watch {
        self.observer
    }
    fn computing(&self) {
        self.observer.started(self.spec);
    }
    fn resumed(&self, from: &Resumed) {
        self.observer.resumed(self.spec, from);
    }
    fn epoch(&self, point: &CurvePoint) {
        self.observer.epoch(self.spec, point);
    }
}

/// Of measures nothing is told but what the store finds.
struct Quiet<'a>(&'a dyn Observer);

impl Listener for Quiet<'_> {
    fn watch(&self) -> &dyn Watch {
        self.0
    }
}

fn panicked(spec: &RunSpec, panic: &(dyn std::any::Any + Send)) -> ExperimentError {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ExperimentError::Panicked {
        id: spec.id(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod tests;
