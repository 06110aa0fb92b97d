//! The local engine: independent runs in parallel, one core each.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::provenance::now;
use super::{
    COMMIT, Found, Provenance, RunError, RunId, RunSpec, Store, StoredRun, Summary, VERSION,
    cpu_model, prepare,
};
use crate::dataset::Dataset;
use crate::measure;
use crate::network;
use crate::solution::CurvePoint;
use crate::training::{Task, fit};

/// How long to wait before looking again for a run another process computes.
const WAIT: Duration = Duration::from_millis(300);

/// Watches runs. Every call may come from another thread.
pub trait Observer: Sync {
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
    /// Another process computes this run; it is waited for.
    fn waiting(&self, spec: &RunSpec);
    /// A stored run was damaged; it was set aside and is computed again.
    fn set_aside(&self, to: &Path, reason: &str);
}

/// Computes runs that the store does not hold.
pub struct Engine<'a> {
    /// Where runs live.
    pub store: &'a Store,
    /// What they learn from.
    pub dataset: &'a Dataset,
    /// Runs at once.
    pub threads: usize,
    /// The command line, for the provenance.
    pub command: &'a [String],
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
            match self.store.find(spec)? {
                Found::Complete(run) => {
                    runs.insert(id, *run);
                    continue;
                }
                Found::Unmeasured(_) => {
                    unmeasured.insert(id, spec);
                    continue;
                }
                Found::SetAside { to, reason } => observer.set_aside(&to, &reason),
                Found::Absent => {}
            }
            self.check(spec)?;
            missing.insert(id, spec);
        }
        if !unmeasured.is_empty() {
            observer.measuring_again(unmeasured.len());
            runs.extend(self.compute(unmeasured.into_values().collect(), observer)?);
        }
        observer.planned(runs.len() + missing.len(), runs.len());
        // Long runs first, so that no core is left alone with one at the end.
        let mut queue: Vec<&RunSpec> = missing.into_values().collect();
        queue.sort_by_key(|spec| std::cmp::Reverse(self.work(spec)));
        runs.extend(self.compute(queue.into(), observer)?);
        Ok(specs
            .iter()
            .filter_map(|s| runs.get(&s.id()).cloned())
            .collect())
    }

    /// Refuses a spec that could not be run, without preparing its data.
    fn check(&self, spec: &RunSpec) -> Result<(), RunError> {
        spec.recipe
            .check()
            .map_err(|e| RunError::Training(e.into()))?;
        let shape = self.dataset.shape();
        network::build(spec.architecture, shape.features(), self.dataset.classes())
            .map_err(|e| RunError::Training(e.into()))?;
        self.dataset.train().check_size(spec.data.train_size)?;
        self.dataset.test().check_size(spec.data.test_size)?;
        spec.treatment.check()?;
        Ok(())
    }

    /// A rough order of runs by length: examples times hidden units; random
    /// labels take several times as long.
    fn work(&self, spec: &RunSpec) -> usize {
        let units = spec.architecture.width().max(1) * spec.architecture.hidden_layers().max(1);
        let patience =
            1 + 2 * usize::from(spec.treatment != crate::treatment::Treatment::TrueLabels);
        spec.data.train_size * units * patience
    }

    fn compute(
        &self,
        queue: VecDeque<&RunSpec>,
        observer: &dyn Observer,
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
        let id = spec.id();
        let mut told = false;
        let _lock = loop {
            let lock = self.store.lock(&id)?;
            // With the lock in hand the answer to "is it there" is final;
            // without it, the other process may just have finished.
            let found = match &lock {
                Some(lock) => self.store.find_locked(spec, lock)?,
                None => self.store.find(spec)?,
            };
            match found {
                Found::Complete(run) => {
                    observer.finished(&run);
                    return Ok(*run);
                }
                // Not trained, so no training is finished.
                Found::Unmeasured(run) => {
                    if let Some(lock) = &lock {
                        return self.store.measure_again(*run, lock);
                    }
                }
                Found::SetAside { to, reason } => observer.set_aside(&to, &reason),
                Found::Absent => {}
            }
            if let Some(lock) = lock {
                break lock;
            }
            if !told {
                observer.waiting(spec);
                told = true;
            }
            thread::sleep(WAIT);
        };
        observer.started(spec);
        let (started, clock) = (now(), Instant::now());
        let prepared = prepare(spec, self.dataset)?;
        let task = Task {
            architecture: spec.architecture,
            recipe: &spec.recipe,
            classes: self.dataset.classes(),
            train: &prepared.train,
            test: &prepared.test,
            seed: spec.seed,
        };
        let solution = fit(&task, &mut |point| observer.epoch(spec, point))?;
        let measures = measure::measure_all(
            &solution.trained,
            Some(&solution.initial),
            Some(&solution.train),
        )
        .map_err(|source| RunError::Measure {
            id: id.clone(),
            source,
        })?;
        let summary = Summary {
            stop: solution.stop,
            corruption: prepared.corruption,
            parameters: solution.trained.iter().map(|w| w.values.len()).sum(),
            last: solution.curve.last().copied(),
        };
        let provenance = Provenance {
            version: VERSION.to_owned(),
            commit: COMMIT.to_owned(),
            cpu: cpu_model(),
            threads: self.threads,
            dataset: self.dataset.name().to_owned(),
            dataset_checksum: self.dataset.checksum().to_owned(),
            command: self.command.to_vec(),
            started,
            seconds: clock.elapsed().as_secs_f64(),
        };
        let run = (self.store).save(spec, &solution, &summary, &measures, &provenance)?;
        observer.finished(&run);
        Ok(run)
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
