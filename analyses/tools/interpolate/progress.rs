//! What is said while an interpolant is found: the plan, and where conjugate
//! gradients stand.

use rethink::experiment::kernels::interpolants::{Job, Sample};
use rethink::kernel::Progress;
use rethink::text::number::{duration, fixed, significant};

use crate::cli::bar::Bar;
use crate::cli::output;

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

/// Shows the iterations of one interpolant.
pub fn iterations(quiet: bool) -> impl FnMut(Progress) {
    let bar = Bar::new("  {bar:24} {msg}", STEPS as u64, quiet);
    move |p| {
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
        let step = (STEPS * p.residual.ln() / p.tolerance.ln()).clamp(0.0, STEPS);
        bar.show(step as u64, message.clone(), message);
    }
}
