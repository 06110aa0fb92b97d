//! Finds the interpolants, and what is known of each.

use std::fs;
use std::time::Instant;

use rethink::kernel::{
    Condition, ConditionKind, Equal, Features, Interpolant, Norm, Options as SolverOptions,
    Precision, Problem, Range, Solver, Targets,
};
use rethink::statistics::proportion;
use rethink::text::number::fixed;
use serde::Serialize;

use super::job::{Job, Pool, Sample, in_file};
use super::progress::{self, Watch};
use super::published::{self, Published};

/// One interpolant: what was asked for and what was found. Errors are fractions.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Name of the kernel.
    pub kernel: String,
    pub bandwidth: Option<f64>,
    pub degree: Option<f64>,
    pub depth: Option<f64>,
    pub features: String,
    /// Features per image.
    pub dimension: usize,
    pub labels: String,
    pub train_size: usize,
    pub test_size: usize,
    pub seed: u64,
    pub ridge: f64,
    pub solver: Solver,
    pub precision: Precision,
    /// Rank of the preconditioner; 0 with Cholesky.
    pub rank: usize,
    /// Of conjugate gradients, or refinements after Cholesky.
    pub iterations: usize,
    pub train_error: f64,
    pub test_error: f64,
    /// Wilson's 95 % interval for the test images as a sample.
    pub test_error_interval: [f64; 2],
    /// Training and test images with an output that is not finite: errors all.
    pub not_finite: usize,
    /// Root of the sum of squares over classes, one-hot targets; none where it is not
    /// known.
    pub rkhs_norm: Option<f64>,
    /// What is known of it.
    pub norm: Norm,
    /// None for a class whose norm is not known.
    pub class_norms: Vec<Option<f64>>,
    /// Rank of a singular kernel matrix, and where the targets lie.
    pub range: Option<Range>,
    /// Images equal to an earlier one with the same label, counted once; rows of the
    /// file.
    pub merged: Option<Equal>,
    /// Images equal to an earlier one with another label.
    pub conflict: Option<Equal>,
    /// ‖(K + λI)α − y‖ / ‖y‖ against a freshly computed K in f64.
    pub relative_residual: f64,
    pub condition_estimate: f64,
    pub condition_kind: ConditionKind,
    #[serde(skip)]
    pub asked_to_leave_out: bool,
    pub leave_one_out_error: Option<f64>,
    pub effective_dimension: Option<f64>,
    pub seconds: Seconds,
    /// What the plan counted: solver and features.
    pub planned_bytes: u64,
    /// Largest resident size of the process so far, where the system tells.
    pub peak_bytes: Option<u64>,
    pub published: Vec<Published>,
}

/// An interpolant that could not be found.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// As it is written.
    pub kernel: String,
    pub labels: String,
    pub train_size: usize,
    pub seed: u64,
    pub ridge: f64,
    pub error: String,
}

/// Wall-clock seconds per stage.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Seconds {
    /// Features of training and test images, once for all kernels.
    pub features: f64,
    pub gram: f64,
    pub solve: f64,
    /// The preconditioner's part of `solve`.
    pub precondition: f64,
    pub verify: f64,
    pub predict: f64,
}

/// The interpolants of one sample. One that cannot be found does not lose the
/// others.
pub fn entries(
    sample: &Sample,
    pool: &Pool,
    dataset: Option<&str>,
    options: &SolverOptions,
    quiet: bool,
) -> anyhow::Result<Vec<Result<Entry, Failure>>> {
    let clock = Instant::now();
    let train = (sample.map).apply(&pool.train.gather(&sample.rows), options.threads)?;
    let test = sample.map.apply(&pool.test, options.threads)?;
    let images = Images {
        train,
        test,
        seconds: clock.elapsed().as_secs_f64(),
    };
    let mut entries = Vec::new();
    for job in &sample.jobs {
        if !quiet {
            progress::plan(&title(sample, job), &job.plan, sample.feature_bytes);
        }
        let labels = pool.labels(&sample.rows, job.labels, sample.seed)?;
        let targets = Targets::one_hot(&labels, pool.classes)?;
        let problem = Problem::new(job.kernel.clone(), &images.train, &targets, job.ridge)?;
        let mut watch = Watch::new(quiet);
        let found =
            problem.solve_as_planned(job.plan.clone(), options, &mut |p| watch.iteration(p));
        drop(watch);
        entries.push(match found {
            Ok(f) => Ok(entry(
                &f,
                sample,
                job,
                pool,
                &images,
                dataset,
                options.leave_one_out,
            )?),
            Err(error) => Err(Failure {
                kernel: job.kernel.to_string(),
                labels: job.labels.to_string(),
                train_size: sample.rows.len(),
                seed: sample.seed,
                ridge: job.ridge,
                error: error.to_string(),
            }),
        });
    }
    Ok(entries)
}

/// What the kernel sees.
struct Images {
    train: Features,
    test: Features,
    seconds: f64,
}

fn entry(
    f: &Interpolant<'_>,
    sample: &Sample,
    job: &Job,
    pool: &Pool,
    images: &Images,
    dataset: Option<&str>,
    asked_to_leave_out: bool,
) -> anyhow::Result<Entry> {
    let clock = Instant::now();
    let on_test = f.errors(&images.test, pool.test.labels())?;
    let predict = clock.elapsed().as_secs_f64();
    let interval = proportion(on_test.errors as u64, on_test.examples as u64)?.interval;
    let parameter = |name: &str| {
        let parameters = job.kernel.parameters();
        let found = parameters.iter().find(|(own, _)| *own == name);
        found.map(|&(_, value)| value)
    };
    let Condition { value, kind } = f.condition;
    let mut entry = Entry {
        kernel: job.kernel.name().to_owned(),
        bandwidth: parameter("bandwidth"),
        degree: parameter("degree"),
        depth: parameter("depth"),
        features: sample.map.name().to_owned(),
        dimension: sample.map.dimension(),
        labels: job.labels.to_string(),
        train_size: sample.rows.len(),
        test_size: on_test.examples,
        seed: sample.seed,
        ridge: job.ridge,
        solver: f.plan().solver,
        precision: f.plan().precision,
        rank: f.plan().rank,
        iterations: f.iterations,
        train_error: f.train.fraction(),
        test_error: on_test.fraction(),
        not_finite: f.train.not_finite + on_test.not_finite,
        test_error_interval: interval.map_or([0.0, 1.0], |i| [i.low, i.high]),
        rkhs_norm: f.rkhs_norm.known(),
        norm: f.rkhs_norm,
        class_norms: f.class_norms.iter().map(|norm| norm.known()).collect(),
        range: f.range.clone(),
        merged: f.merged().map(|equal| in_file(equal, &sample.rows)),
        conflict: f.conflict().map(|equal| in_file(equal, &sample.rows)),
        relative_residual: f.relative_residual,
        condition_estimate: value,
        condition_kind: kind,
        asked_to_leave_out,
        leave_one_out_error: f.inverse_diagonal.map(|d| d.leave_one_out_error),
        effective_dimension: f.inverse_diagonal.map(|d| d.effective_dimension),
        seconds: Seconds {
            features: images.seconds,
            gram: f.seconds.gram,
            solve: f.seconds.solve,
            precondition: f.seconds.precondition,
            verify: f.seconds.verify,
            predict,
        },
        planned_bytes: f.plan().bytes + sample.feature_bytes,
        peak_bytes: peak_bytes(),
        published: vec![],
    };
    entry.published = published::beside(&entry, dataset);
    Ok(entry)
}

/// What is being found, for the plan.
fn title(sample: &Sample, job: &Job) -> String {
    let ridge = match job.ridge {
        0.0 => String::new(),
        ridge => format!(", ridge {ridge}"),
    };
    format!(
        "{} on {}, n = {}, labels {}{ridge}",
        job.kernel,
        sample.map.name(),
        fixed(sample.rows.len() as f64, 0),
        job.labels
    )
}

fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
