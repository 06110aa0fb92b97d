//! Progress on standard error: one bar per running training.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};
use rethink::experiment::run::{Observer, RunSpec, StoredRun};
use rethink::solution::CurvePoint;
use rethink::store::{Kind, ResultId, StoreError, Watch};
use rethink::text::escaped;
use rethink::training::Resumed;

use crate::cli::bar::{LINE_EVERY, style};
use crate::cli::output;

/// What is shown while runs are computed. On a terminal: a bar for all runs
/// and one for each training in progress. Elsewhere: a line now and then.
pub struct Progress {
    title: String,
    bars: Option<MultiProgress>,
    quiet: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    all: Option<ProgressBar>,
    running: HashMap<String, Running>,
    to_compute: usize,
    computed: usize,
    last_line: Option<Instant>,
}

struct Running {
    bar: ProgressBar,
    history: Vec<CurvePoint>,
}

impl Progress {
    /// Progress of the runs of a question.
    pub fn new(title: &str, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        Self {
            title: title.to_owned(),
            bars: terminal.then(MultiProgress::new),
            quiet,
            state: Mutex::default(),
        }
    }

    fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => {
                let _ = bars.println(escaped(line)); // a closed terminal is no reason to stop
            }
            None => output::say(line),
        }
    }

    fn with_state(&self, act: impl FnOnce(&mut State)) {
        if let Ok(mut state) = self.state.lock() {
            act(&mut state);
        }
    }
}

impl Observer for Progress {
    fn measuring_again(&self, runs: usize) {
        if !self.quiet {
            let plural = if runs == 1 { "" } else { "s" };
            self.say(&format!(
                "{}: measuring {runs} stored network{plural} again, the measures have changed",
                self.title
            ));
        }
    }

    fn planned(&self, needed: usize, stored: usize) {
        let missing = needed - stored;
        if missing == 0 {
            return;
        }
        if !self.quiet {
            let kept = match stored {
                0 => String::new(),
                _ => format!(", {stored} more are stored"),
            };
            let plural = if missing == 1 { "" } else { "s" };
            self.say(&format!(
                "{}: {missing} training{plural} to do{kept}",
                self.title
            ));
        }
        self.with_state(|state| {
            state.to_compute = missing;
            state.all = self.bars.as_ref().map(|bars| {
                let bar = bars.add(ProgressBar::new(missing as u64));
                bar.set_style(style(
                    "{prefix} {bar:24} {pos} of {len} trainings, {eta} left",
                ));
                bar.set_prefix(self.title.clone());
                bar.enable_steady_tick(Duration::from_millis(500));
                bar
            });
        });
    }

    fn started(&self, spec: &RunSpec) {
        let Some(bars) = &self.bars else { return };
        self.with_state(|state| {
            let bar = bars.add(ProgressBar::new(spec.recipe.stopping.max_epochs as u64));
            bar.set_style(style("  {prefix:48!} {msg}"));
            bar.set_prefix(format!("{}, {}", spec.architecture, spec.label()));
            let history = Vec::new();
            state
                .running
                .insert(spec.id().to_string(), Running { bar, history });
        });
    }

    fn resumed(&self, spec: &RunSpec, from: &Resumed) {
        if !self.quiet {
            self.say(&format!(
                "{}: {}, {}: resumed at epoch {} of {}",
                self.title,
                spec.architecture,
                spec.label(),
                from.epoch,
                spec.recipe.stopping.max_epochs
            ));
        }
    }

    fn epoch(&self, spec: &RunSpec, point: &CurvePoint) {
        if self.bars.is_none() {
            return;
        }
        self.with_state(|state| {
            if let Some(running) = state.running.get_mut(spec.id().as_str()) {
                running.history.push(*point);
                let stopping = spec.recipe.stopping;
                let left = match stopping.seconds_left(&running.history) {
                    Some(seconds) => format!("about {seconds:.0} s left"),
                    None => "time left unknown".to_owned(),
                };
                running.bar.set_message(format!(
                    "epoch {:4}  loss {:.3}  error {:5.1} %  {left}",
                    point.epoch,
                    point.train_loss,
                    100.0 * point.train_error
                ));
            }
        });
    }

    fn finished(&self, run: &StoredRun) {
        self.with_state(|state| {
            state.computed += 1;
            if let Some(running) = state.running.remove(run.id.as_str()) {
                running.bar.finish_and_clear();
            }
            if let Some(all) = &state.all {
                all.inc(1);
                if state.computed == state.to_compute {
                    all.finish_and_clear();
                }
            } else if !self.quiet {
                let now = Instant::now();
                let due = state.last_line.is_none_or(|last| now - last >= LINE_EVERY);
                if due || state.computed == state.to_compute {
                    state.last_line = Some(now);
                    let plural = if state.to_compute == 1 { "" } else { "s" };
                    output::say(format_args!(
                        "{}: {} of {} training{plural} done",
                        self.title, state.computed, state.to_compute
                    ));
                }
            }
        });
    }
}

impl Watch for Progress {
    fn waiting(&self, kind: Kind, id: &ResultId) {
        if !self.quiet {
            let title = &self.title;
            self.say(&format!(
                "{title}: another process computes {} {id}, waiting for it",
                kind.name
            ));
        }
    }

    fn set_aside(&self, to: &Path, reason: &str) {
        self.say(&format!(
            "warning: {reason}; it was set aside as {} and is computed again",
            to.display()
        ));
    }

    fn starts_again(&self, to: &Path, reason: &str) {
        self.say(&format!(
            "warning: {reason}; the checkpoint was set aside as {} and the training starts again",
            to.display()
        ));
    }

    fn without_checkpoints(&self, reason: &StoreError) {
        self.say(&format!(
            "warning: the training goes on without a checkpoint: {reason}"
        ));
    }

    fn without_locks(&self, reason: &std::io::Error) {
        self.say(&format!(
            "warning: the file system of --out has no locks ({reason}): two processes may compute \
             the same result, and the first one is kept"
        ));
    }
}
