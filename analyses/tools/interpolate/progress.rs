//! What is said while an interpolant is found: the plan, and where conjugate
//! gradients stand.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rethink::experiment::kernels::interpolants::{Job, Sample};
use rethink::kernel::Progress;
use rethink::text::number::{duration, fixed, significant};

use crate::cli::output;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Steps of the bar: it moves with the logarithm of the residual.
const STEPS: f64 = 1000.0;

/// Says what is planned for an interpolant and why.
pub fn plan(sample: &Sample, job: &Job) {
    let ridge = match job.ridge {
        0.0 => String::new(),
        ridge => format!(", ridge {ridge}"),
    };
    let plan = &job.plan;
    let rank = if plan.solver.is_direct() {
        String::new()
    } else {
        format!(", rank {}", plan.rank)
    };
    let features = sample.feature_bytes;
    output::say(format_args!(
        "{} on {}, n = {}, labels {}{ridge}: {} in {}{rank}, {:.2} GB planned of {:.2} GB: {}",
        job.kernel,
        sample.map.name(),
        fixed(sample.rows.len() as f64, 0),
        job.labels,
        plan.solver,
        plan.precision,
        (plan.bytes + features) as f64 / 1e9,
        (plan.limit + features) as f64 / 1e9,
        plan.why
    ));
}

/// The iteration on standard error: a bar on a terminal, a line now and then
/// elsewhere.
pub struct Watch {
    bar: Option<ProgressBar>,
    quiet: bool,
    last_line: Instant,
}

impl Watch {
    pub fn new(quiet: bool) -> Self {
        Self {
            bar: None,
            quiet,
            last_line: Instant::now(),
        }
    }

    pub fn iteration(&mut self, p: Progress) {
        if self.quiet {
            return;
        }
        let left = p.seconds_left.map_or_else(
            || "time left unknown".to_owned(),
            |seconds| format!("about {} left", duration(seconds)),
        );
        let message = format!(
            "iteration {}, relative residual {} of {}, {left}",
            p.iteration,
            significant(p.residual, 2),
            significant(p.tolerance, 2)
        );
        if std::io::stderr().is_terminal() {
            let bar = self.bar.get_or_insert_with(|| {
                let style = ProgressStyle::with_template("  {bar:24} {msg}");
                ProgressBar::new(STEPS as u64)
                    .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            });
            bar.set_position((STEPS * p.residual.ln() / p.tolerance.ln()).clamp(0.0, STEPS) as u64);
            bar.set_message(message);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            output::say(message);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
