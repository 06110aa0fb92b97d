//! What is to be solved, planned and checked before any of it is.

use super::{InterpolantsError, Pool};
use crate::experiment::Labeling;
use crate::experiment::kernels::{RandomFilters, Representation};
use crate::kernel::{
    AnyKernel, FeatureMap, KernelError, Options, Plan, Size, Solver, default_memory_limit,
};

/// The interpolants that are asked for: of several values, every combination.
#[derive(Debug, Clone)]
pub struct Request {
    /// The kernels.
    pub kernels: Vec<AnyKernel>,
    /// Numbers of training images; all there are if empty.
    pub train_sizes: Vec<usize>,
    /// Labels of the training images.
    pub labels: Vec<Labeling>,
    /// Every λ in (K + λI)α = y.
    pub ridges: Vec<f64>,
    /// Seeds of images, labels and filters.
    pub seeds: Vec<u64>,
    /// Whether training images are the first ones and not drawn with the seed.
    pub file_order: bool,
    /// What the kernel sees of an image.
    pub features: Representation,
    /// Filters of the random convolution.
    pub filters: RandomFilters,
    /// What the solver is told; its memory is for the features too.
    pub solver: Options,
}

impl Request {
    /// The interpolants of these kernels on the pixels of all images, with their own labels.
    pub fn new(kernels: Vec<AnyKernel>) -> Self {
        Self {
            kernels,
            train_sizes: vec![],
            labels: vec![Labeling::True],
            ridges: vec![0.0],
            seeds: vec![1],
            file_order: false,
            features: Representation::Pixels,
            filters: RandomFilters::of_coates_and_ng(400),
            solver: Options::default(),
        }
    }

    fn draw(&self, pool: &Pool, n: usize, seed: u64) -> Result<Vec<usize>, InterpolantsError> {
        Ok(match self.file_order {
            true => (0..n).collect(),
            false => pool.train.subset_indices(n, seed)?,
        })
    }

    /// The interpolants on a sample, in order of kernels, labels and ridges.
    fn jobs(&self, plan: &Plan) -> Vec<Job> {
        let mut jobs = Vec::new();
        for kernel in &self.kernels {
            for &labels in &self.labels {
                jobs.extend(self.ridges.iter().map(|&ridge| Job {
                    kernel: kernel.clone(),
                    labels,
                    ridge,
                    plan: plan.clone(),
                }));
            }
        }
        jobs
    }
}

/// Training images, with what the kernel sees of them and what is asked of them.
pub struct Sample {
    /// Seed of the images, labels and filters.
    pub seed: u64,
    /// Rows of the training file.
    pub rows: Vec<usize>,
    /// From an image to its features.
    pub map: Box<dyn FeatureMap>,
    /// Bytes of the features of the training and test images, which a plan does not count.
    pub feature_bytes: u64,
    /// The interpolants.
    pub jobs: Vec<Job>,
}

/// One interpolant to be found.
#[derive(Debug, Clone)]
pub struct Job {
    /// The kernel.
    pub kernel: AnyKernel,
    /// Labels of the training images.
    pub labels: Labeling,
    /// λ in (K + λI)α = y.
    pub ridge: f64,
    /// How it is solved.
    pub plan: Plan,
}

/// Every combination that is asked for, by seed and size, with the features and solvers
/// that fit in memory.
///
/// # Errors
/// Why one of them cannot be, before any is solved.
pub fn plan(request: &Request, pool: &Pool) -> Result<Vec<Sample>, InterpolantsError> {
    let sizes = match &request.train_sizes[..] {
        [] => &[pool.train.len()][..],
        given => given,
    };
    for &n in sizes {
        pool.train.check_size(n)?;
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    if let Some(&ridge) = request.ridges.iter().find(|ridge| **ridge > 0.0)
        && request.solver.solver == Some(Solver::Pivoted)
    {
        return Err(InterpolantsError::PivotedRidge { ridge });
    }
    let limit = (request.solver.memory_limit).unwrap_or_else(default_memory_limit);
    let mut samples = Vec::new();
    for &seed in &request.seeds {
        if request.solver.leave_one_out && request.ridges.contains(&0.0) {
            // Smaller draws are the beginning of the largest.
            for &labels in &request.labels {
                pool.check_distinct(&request.draw(pool, largest, seed)?, labels, seed)?;
            }
        }
        for &n in sizes {
            samples.push(sample(request, pool, n, seed, limit)?);
        }
    }
    Ok(samples)
}

fn sample(
    request: &Request,
    pool: &Pool,
    n: usize,
    seed: u64,
    limit: u64,
) -> Result<Sample, InterpolantsError> {
    let rows = request.draw(pool, n, seed)?;
    let images = || pool.train.gather(&rows);
    let map = (request.features).map(pool.shape, request.filters, images, seed)?;
    let feature_bytes = feature_bytes(&*map, n, pool.test.len(), limit)?;
    let solver = Options {
        memory_limit: Some(limit - feature_bytes),
        ..request.solver.clone()
    };
    let size = Size {
        n,
        dimension: map.dimension(),
        classes: pool.classes,
    };
    let plan = Plan::new(size, &solver).map_err(|source| InterpolantsError::Plan {
        features: feature_bytes,
        limit,
        source,
    })?;
    suits(&plan, n, &solver)?;
    Ok(Sample {
        seed,
        map,
        feature_bytes,
        jobs: request.jobs(&plan),
        rows,
    })
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
fn suits(plan: &Plan, images: usize, options: &Options) -> Result<(), InterpolantsError> {
    match options.rank {
        Some(rank) if plan.solver.is_direct() => {
            Err(InterpolantsError::RankOfDirect { rank, images })
        }
        _ if options.leave_one_out && plan.solver != Solver::Cholesky => {
            let planned = plan.solver;
            Err(InterpolantsError::LeaveOneOutSolver { planned, images })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::dataset;

    fn refused(change: impl Fn(&mut Request)) -> InterpolantsError {
        let mut request = Request::new(vec!["gaussian:5".parse().unwrap()]);
        request.train_sizes = vec![20];
        change(&mut request);
        let pool = Pool::of(dataset(), None).unwrap();
        let error = plan(&request, &pool).err().expect("a contradiction");
        assert!(error.is_contradiction(), "{error}");
        error
    }

    #[test]
    fn contradictions_are_refused_before_anything_is_solved() {
        let error = refused(|request| {
            request.ridges = vec![0.0, 0.5];
            request.solver.solver = Some(Solver::Pivoted);
        });
        assert!(matches!(
            error,
            InterpolantsError::PivotedRidge { ridge: 0.5 }
        ));
        let error = refused(|request| request.solver.rank = Some(5));
        assert!(matches!(
            error,
            InterpolantsError::RankOfDirect {
                rank: 5,
                images: 20
            }
        ));
        refused(|request| {
            request.solver.leave_one_out = true;
            request.solver.solver = Some(Solver::ConjugateGradients);
        });
        let all = dataset().train().len();
        for given in [0, all] {
            let error = Pool::of(dataset(), Some(given)).unwrap_err();
            assert!(error.is_contradiction());
        }
    }

    #[test]
    fn there_is_a_job_for_every_combination() {
        let request = Request {
            train_sizes: vec![10, 20],
            labels: vec![Labeling::True, Labeling::Random],
            ridges: vec![0.0, 0.1],
            seeds: vec![3, 4],
            ..Request::new(vec!["gaussian:5".parse().unwrap()])
        };
        let samples = plan(&request, &Pool::of(dataset(), None).unwrap()).unwrap();
        let sizes: Vec<_> = samples.iter().map(|s| (s.seed, s.rows.len())).collect();
        assert_eq!(sizes, [(3, 10), (3, 20), (4, 10), (4, 20)]);
        assert!(samples.iter().all(|sample| sample.jobs.len() == 4));
        // Smaller draws are the beginning of the largest.
        assert_eq!(samples[0].rows, samples[1].rows[..10]);
    }
}
