//! What is to be solved, planned and checked before any of it is.

use anyhow::Context;
use rethink::dataset::{Dataset, ImageShape, Split};
use rethink::kernel::{
    AnyKernel, Equal, FeatureMap, Features, KernelError, Options as SolverOptions, Plan, Problem,
    Size, Solver, Targets, default_memory_limit,
};

use super::args::Args;
use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::labels::Labels;

/// What is trained and tested on.
pub struct Pool {
    pub train: Split,
    pub test: Split,
    pub shape: ImageShape,
    pub classes: usize,
}

/// Training images, with what the kernel sees of them.
pub struct Sample {
    pub seed: u64,
    /// Rows of the training file.
    pub rows: Vec<usize>,
    pub map: Box<dyn FeatureMap>,
    /// Bytes of the features of the training and test images.
    pub feature_bytes: u64,
    pub jobs: Vec<Job>,
}

/// One interpolant to be found.
pub struct Job {
    pub kernel: AnyKernel,
    pub labels: Labels,
    pub ridge: f64,
    pub plan: Plan,
}

impl Pool {
    /// The splits of the dataset, or the training split cut in two.
    pub fn of(dataset: &Dataset, hold_out: Option<usize>) -> anyhow::Result<Self> {
        let all = dataset.train();
        let (train, test) = match hold_out {
            None => (all.clone(), dataset.test().clone()),
            Some(n) if (1..all.len()).contains(&n) => {
                let cut = all.len() - n;
                let rows: Vec<usize> = (0..all.len()).collect();
                (all.gather(&rows[..cut]), all.gather(&rows[cut..]))
            }
            Some(n) => {
                return Err(UsageError(format!(
                    "--hold-out {n} leaves no images to train or to test on: give a number from 1 to {}",
                    all.len() - 1
                ))
                .into());
            }
        };
        Ok(Self {
            train,
            test,
            shape: dataset.shape(),
            classes: dataset.classes(),
        })
    }

    /// The labels of the images in these rows.
    pub fn labels(&self, rows: &[usize], labels: Labels, seed: u64) -> anyhow::Result<Vec<u32>> {
        let train = self.train.gather(rows);
        let treated = (labels.0).apply(&train, &self.test, self.classes, self.shape, seed)?;
        Ok(treated.train.labels().to_vec())
    }

    /// Whether each image can be left out: an equal one would stay.
    fn can_leave_out(&self, rows: &[usize], labels: Labels, seed: u64) -> anyhow::Result<()> {
        let features = Features::pixels(&self.train.gather(rows));
        let targets = Targets::one_hot(&self.labels(rows, labels, seed)?, self.classes)?;
        let kernel: AnyKernel = "linear".parse()?;
        match Problem::new(kernel, &features, &targets, 0.0)?.merged() {
            Some(equal) => Err(
                anyhow::Error::from(KernelError::LeaveOneOut(in_file(equal, rows)))
                    .context("training images, counted from 0 as in the file"),
            ),
            None => Ok(()),
        }
    }
}

/// Equal points as they stand in the file.
pub fn in_file(equal: Equal, rows: &[usize]) -> Equal {
    let pair = (rows[equal.first], rows[equal.second]);
    Equal {
        first: pair.0.min(pair.1),
        second: pair.0.max(pair.1),
        count: equal.count,
    }
}

/// Every combination that was asked for, or the reason why one cannot be.
pub fn jobs(
    args: &Args,
    options: &Options,
    pool: &Pool,
    solver: &SolverOptions,
) -> anyhow::Result<Vec<Sample>> {
    let kernels = args.kernels()?;
    let filters = args.filters()?;
    let sizes = match &args.train_size[..] {
        [] => vec![pool.train.len()],
        given => given.to_vec(),
    };
    for &n in &sizes {
        pool.train.check_size(n)?;
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let draw = |n: usize, seed: u64| -> anyhow::Result<Vec<usize>> {
        Ok(match args.file_order {
            true => (0..n).collect(),
            false => pool.train.subset_indices(n, seed)?,
        })
    };
    if let Some(ridge) = args.ridges().into_iter().find(|ridge| *ridge > 0.0)
        && solver.solver == Some(Solver::Pivoted)
    {
        return Err(UsageError(format!(
            "--ridge {ridge} makes the kernel matrix positive definite, and --solver pivoted is for \
             singular ones: leave one out"
        ))
        .into());
    }
    let limit = solver.memory_limit.unwrap_or_else(default_memory_limit);
    let mut samples = Vec::new();
    for seed in options.seeds(1) {
        if args.leave_one_out && args.ridges().contains(&0.0) {
            // Smaller draws are the beginning of the largest.
            for labels in args.labels() {
                pool.can_leave_out(&draw(largest, seed)?, labels, seed)?;
            }
        }
        for &n in &sizes {
            let rows = draw(n, seed)?;
            let images = || pool.train.gather(&rows);
            let map = (args.features()).map(pool.shape, filters, images, seed)?;
            let feature_bytes = feature_bytes(&*map, n, pool.test.len(), limit)?;
            let solver = SolverOptions {
                memory_limit: Some(limit - feature_bytes),
                ..solver.clone()
            };
            let size = Size {
                n,
                dimension: map.dimension(),
                classes: pool.classes,
            };
            let plan = Plan::new(size, &solver).with_context(|| {
                let gigabytes = |bytes: u64| bytes as f64 / 1e9;
                format!(
                    "with {:.2} GB of {:.2} GB taken by features",
                    gigabytes(feature_bytes),
                    gigabytes(limit)
                )
            })?;
            suits(&plan, n, &solver)?;
            let mut jobs = Vec::new();
            for kernel in &kernels {
                for labels in args.labels() {
                    jobs.extend(args.ridges().into_iter().map(|ridge| Job {
                        kernel: kernel.clone(),
                        labels,
                        ridge,
                        plan: plan.clone(),
                    }));
                }
            }
            samples.push(Sample {
                seed,
                rows,
                map,
                feature_bytes,
                jobs,
            });
        }
    }
    Ok(samples)
}

/// Bytes of the features, which the solver does not count, if they fit.
fn feature_bytes(
    map: &dyn FeatureMap,
    train: usize,
    test: usize,
    limit: u64,
) -> Result<u64, KernelError> {
    let bytes = ((train + test) * map.dimension() * size_of::<f32>()) as u64;
    if bytes <= limit {
        return Ok(bytes);
    }
    Err(KernelError::Memory {
        what: format!(
            "{} features of each of {train} training and {test} test images",
            map.dimension()
        ),
        bytes,
        limit,
        alternative: "take fewer images, fewer features or a higher limit".to_owned(),
    })
}

/// Whether the plan can do what it is asked beside solving.
fn suits(plan: &Plan, n: usize, options: &SolverOptions) -> Result<(), UsageError> {
    match options.rank {
        Some(rank) if plan.solver.is_direct() => {
            return Err(UsageError(format!(
                "--rank {rank} is for conjugate gradients, but Cholesky is planned for {n} images: \
                 add --solver conjugate-gradients or leave --rank out"
            )));
        }
        _ if options.leave_one_out && plan.solver != Solver::Cholesky => {
            return Err(UsageError(format!(
                "--leave-one-out needs Cholesky, but {} is planned for {n} images: add --solver \
                 cholesky or leave --leave-one-out out",
                plan.solver
            )));
        }
        _ => {}
    }
    Ok(())
}
