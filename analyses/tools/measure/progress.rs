//! Which measure is being computed: a bar on a terminal, a line now and then
//! elsewhere.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Progress of the evaluation of one file.
pub struct Progress {
    title: String,
    bar: Option<ProgressBar>,
    quiet: bool,
    last_line: Cell<Instant>,
}

impl Progress {
    /// Progress through so many measures.
    pub fn new(title: &str, measures: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:24} {pos} of {len} {msg}");
            let bar = ProgressBar::new(measures as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self {
            title: title.to_owned(),
            bar,
            quiet,
            last_line: Cell::new(Instant::now()),
        }
    }

    /// Passes on whether a measure is wanted; if it is, it begins, and those before
    /// it are done.
    pub fn begins_if(&self, wanted: bool, id: &str) -> bool {
        if wanted {
            self.begins(id);
        }
        wanted
    }

    fn begins(&self, id: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(id.to_owned());
            bar.inc(1);
        } else if !self.quiet && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            output::say(format_args!("{}: computing {id}", self.title));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
