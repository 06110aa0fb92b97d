//! One piece of work in progress: a bar on a terminal, a line now and then elsewhere.

use std::cell::Cell;
use std::fmt::Display;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output;

/// Between two lines where there is no terminal.
pub const LINE_EVERY: Duration = Duration::from_secs(15);

/// Progress of one piece of work; nothing is shown if it is quiet.
pub struct Bar {
    bar: Option<ProgressBar>,
    quiet: bool,
    last_line: Cell<Instant>,
}

impl Bar {
    /// Of so many steps; nothing is drawn before the first.
    pub fn new(template: &str, steps: u64, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        Self {
            bar: terminal.then(|| ProgressBar::new(steps).with_style(style(template))),
            quiet,
            last_line: Cell::new(Instant::now()),
        }
    }

    /// The same with a title, and drawn from now on, so that time is seen to pass.
    pub fn titled(self, title: &str) -> Self {
        if let Some(bar) = &self.bar {
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        self
    }

    /// Moves to a step and shows a message: of a line `line` is what is said.
    pub fn show(&self, step: u64, message: String, line: impl Display) {
        if let Some(bar) = &self.bar {
            bar.set_position(step);
            bar.set_message(message);
        } else if !self.quiet && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            output::say(line);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The style of a template, or the usual one.
pub fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
