//! The local engine: independent runs in parallel, one core each.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use serde::{Deserialize, Serialize};

use super::stored::computed;
use super::{RunError, RunId, RunSpec, StoredRun, Summary, prepare};
use crate::dataset::Dataset;
use crate::measure::Report;
use crate::solution::CurvePoint;
use crate::store::{Computed, Entry, Holds, Kind, Lookup, ResultId, Store, Watch};
use crate::training::{Task, fit};

/// What is measured of a run; of its stored weights, so that another version of the
/// measures needs no training.
const MEASURES: Kind = Kind {
    name: "run-measures",
    holds: Holds::Measures,
};

/// What determines the measures of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MeasuresOf {
    run: RunId,
}

/// Watches runs. Every call may come from another thread.
pub trait Observer: Watch {
    /// So many stored runs are measured again: their measures are of another version.
    fn measuring_again(&self, runs: usize);
    /// So many runs are needed, and so many of them were stored already.
    fn planned(&self, needed: usize, stored: usize);
    /// A training begins.
    fn started(&self, spec: &RunSpec);
    /// A training has completed an epoch.
    fn epoch(&self, spec: &RunSpec, point: &CurvePoint);
    /// A run is stored.
    fn finished(&self, run: &StoredRun);
}

/// Hears everything and tells nobody.
///
/// ```
/// use rethink::run::{Observer, Silent};
/// let observer: &dyn Observer = &Silent;
/// observer.planned(3, 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Watch for Silent {
    fn waiting(&self, _: Kind, _: &ResultId) {}
    fn set_aside(&self, _: &Path, _: &str) {}
    fn without_locks(&self, _: &std::io::Error) {}
}

impl Observer for Silent {
    fn measuring_again(&self, _: usize) {}
    fn planned(&self, _: usize, _: usize) {}
    fn started(&self, _: &RunSpec) {}
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
    /// Each training runs on one thread, so the number of threads changes the
    /// time and nothing else.
    ///
    /// # Errors
    /// The first error, after the runs in progress have ended; complete runs
    /// are kept. Specs that cannot be run are refused before any training.
    pub fn run(
        &self,
        specs: &[RunSpec],
        observer: &dyn Observer,
    ) -> Result<Vec<StoredRun>, RunError> {
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
            self.check(spec)?;
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
    fn stored(&self, spec: &RunSpec, observer: &dyn Observer) -> Result<Option<Stored>, RunError> {
        let entry = match self.store.find(Kind::RUN, spec)? {
            Lookup::Whole(entry) => *entry,
            Lookup::Absent => return Ok(None),
            Lookup::SetAside { to, reason } => {
                observer.set_aside(&to, &reason);
                return Ok(None);
            }
        };
        let run = self.run_of(entry)?;
        let measures = MeasuresOf {
            run: run.id.clone(),
        };
        Ok(Some(match self.store.find(MEASURES, &measures)? {
            Lookup::Whole(measures) => Stored::Whole(Box::new(run.with(measures.output))),
            Lookup::Absent => Stored::Unmeasured,
            Lookup::SetAside { to, reason } => {
                observer.set_aside(&to, &reason);
                Stored::Unmeasured
            }
        }))
    }

    fn run_of(&self, entry: Entry<RunSpec, Summary>) -> Result<StoredRun, RunError> {
        let folder = self.store.folder(Kind::RUN, &entry.id);
        Ok(StoredRun::unmeasured(entry, &folder)?)
    }

    /// Refuses a spec that could not be run, without preparing its data.
    fn check(&self, spec: &RunSpec) -> Result<(), RunError> {
        spec.recipe
            .check()
            .map_err(|e| RunError::Training(e.into()))?;
        let shape = self.dataset.shape();
        (spec.architecture)
            .build(shape.features(), self.dataset.classes())
            .map_err(|e| RunError::Training(e.into()))?;
        self.dataset.train().check_size(spec.data.train_size)?;
        self.dataset.test().check_size(spec.data.test_size)?;
        spec.treatment.check()?;
        Ok(())
    }

    /// A rough order of runs by length: examples times hidden units; random
    /// labels take several times as long.
    fn work(&self, spec: &RunSpec) -> usize {
        let units = spec.architecture.hidden().iter().sum::<usize>().max(1);
        let patience =
            1 + 2 * usize::from(spec.treatment != crate::treatment::Treatment::TrueLabels);
        spec.data.train_size * units * patience
    }

    fn compute(
        &self,
        queue: VecDeque<&RunSpec>,
        observer: &dyn Observer,
        done_with: &(dyn Fn(&StoredRun) + Sync),
    ) -> Result<BTreeMap<RunId, StoredRun>, RunError> {
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
    fn one(&self, spec: &RunSpec, observer: &dyn Observer) -> Result<StoredRun, RunError> {
        let train = || -> Result<_, RunError> {
            observer.started(spec);
            let prepared = prepare(spec, self.dataset)?;
            let task = Task {
                architecture: &spec.architecture,
                recipe: &spec.recipe,
                classes: self.dataset.classes(),
                train: &prepared.train,
                test: &prepared.test,
                seed: spec.seed,
            };
            let solution = fit(&task, &mut |point| observer.epoch(spec, point))?;
            Ok(computed(&solution, prepared.corruption))
        };
        let run = self.run_of(self.store.obtain(Kind::RUN, spec, observer, train)?)?;
        let of = MeasuresOf {
            run: run.id.clone(),
        };
        let measure =
            || -> Result<Computed<Report>, RunError> { Ok(Computed::small(run.measure()?)) };
        let measures = self.store.obtain(MEASURES, &of, observer, measure)?;
        Ok(run.with(measures.output))
    }
}

fn panicked(spec: &RunSpec, panic: &(dyn std::any::Any + Send)) -> RunError {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    RunError::Panicked {
        id: spec.id(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
