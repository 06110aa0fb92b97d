//! What can be asked of one interpolant, and what cannot be.

use clap::ValueEnum;
use rethink::experiment::Labeling;
use rethink::experiment::kernels::interpolants::{self, Request};
use rethink::experiment::kernels::{RandomFilters, Representation};
use rethink::kernel::{Options as SolverOptions, Precision, Solver};

use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::numbers::{self, above_zero, from_zero, probability};

/// The interpolants that are asked for. Several values, separated by commas, ask for
/// every combination.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true, help = numbers::kernels())]
    kernel: Vec<String>,

    /// Bandwidth of a gaussian or laplacian kernel
    ///
    /// s in exp(-d²/2s²) and exp(-d/s), for pixels between 0 and 1.
    #[arg(long, value_name = "S", value_delimiter = ',', allow_negative_numbers = true, value_parser = above_zero)]
    bandwidth: Vec<f64>,

    /// Number of training images, drawn with --seed [default: all]
    ///
    /// With --seeds N there are N draws.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    train_size: Vec<usize>,

    /// Labels: true, random or noise:P [default: true]
    ///
    /// With noise:P each label is replaced by a uniform class with probability P.
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<Labeling>,

    /// λ in (K + λI)α = y [default: 0]
    ///
    /// With λ > 0 the function is a regression and does not interpolate.
    #[arg(long, value_name = "λ", value_delimiter = ',', allow_negative_numbers = true, value_parser = from_zero)]
    ridge: Vec<f64>,

    /// Representation of an image that the kernel is applied to [default: pixels]
    #[arg(long, value_enum, value_name = "NAME")]
    features: Option<FeaturesName>,

    /// Number of filters of random-convolution, 8 features each [default: 400]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32_000))]
    filters: Option<u32>,

    /// How the linear system is solved [default: auto]
    #[arg(long, value_enum, value_name = "NAME")]
    solver: Option<SolverName>,

    /// Precision of the kernel matrix; residuals are f64 [default: auto]
    #[arg(long, value_enum, value_name = "NAME")]
    precision: Option<PrecisionName>,

    /// Memory to use at most [default: 80 % of what is available]
    #[arg(long, value_name = "GB", allow_negative_numbers = true, value_parser = above_zero)]
    memory_limit: Option<f64>,

    /// Rank of the preconditioner of conjugate gradients [default: set by n]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rank: Option<u32>,

    /// Relative residual to reach [default: 1e-4]
    ///
    /// Where the kernel matrix is singular and the labels lie further than this from its
    /// range, there is no interpolant.
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = probability)]
    tolerance: Option<f64>,

    /// Also compute the leave-one-out error and the effective dimension
    ///
    /// This needs Cholesky, doubles its work, and without a ridge needs distinct images.
    #[arg(long)]
    pub leave_one_out: bool,

    /// Test on the last N training images, which are not trained on
    ///
    /// So settings can be chosen without the test set.
    #[arg(long, value_name = "N")]
    pub hold_out: Option<usize>,

    /// Train on the first training images instead of a random draw
    ///
    /// So that other programs can use the same images.
    #[arg(long)]
    pub file_order: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
enum FeaturesName {
    /// Pixels between 0 and 1
    Pixels,
    /// Pooled Gabor magnitudes
    Gabor,
    /// Random convolutional features (Coates and Ng)
    RandomConvolution,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
enum SolverName {
    /// By size and memory
    Auto,
    /// Cholesky factorization
    Cholesky,
    /// Cholesky factorization in f32, refined with the matrix in f64
    RefinedCholesky,
    /// Preconditioned conjugate gradients, kernel matrix stored in f32
    ConjugateGradients,
    /// The same, kernel matrix computed anew in every pass
    Streamed,
    /// Pivoted Cholesky, which shows the rank; auto uses it where Cholesky fails
    Pivoted,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
enum PrecisionName {
    /// By size and memory
    Auto,
    F64,
    F32,
}

impl Args {
    /// What is asked of the library; several values are every combination.
    pub fn request(&self, options: &Options) -> anyhow::Result<Request> {
        fn or<T: Clone>(given: &[T], default: T) -> Vec<T> {
            match given {
                [] => vec![default],
                given => given.to_vec(),
            }
        }
        let kernels = interpolants::kernels(&self.kernel, &self.bandwidth)?;
        Ok(Request {
            train_sizes: self.train_size.clone(),
            labels: or(&self.labels, Labeling::True),
            ridges: or(&self.ridge, 0.0),
            seeds: options.seeds(1),
            file_order: self.file_order,
            features: self.features(),
            filters: self.filters()?,
            solver: self.solver(options),
            ..Request::new(kernels)
        })
    }

    fn features(&self) -> Representation {
        match self.features {
            None | Some(FeaturesName::Pixels) => Representation::Pixels,
            Some(FeaturesName::Gabor) => Representation::Gabor,
            Some(FeaturesName::RandomConvolution) => Representation::RandomConvolution,
        }
    }

    /// Filters of the random convolution.
    fn filters(&self) -> anyhow::Result<RandomFilters> {
        match self.filters {
            Some(n) if self.features() != Representation::RandomConvolution => {
                Err(UsageError(format!("--filters {n} needs --features random-convolution")).into())
            }
            given => Ok(RandomFilters::of_coates_and_ng(
                given.unwrap_or(400) as usize
            )),
        }
    }

    /// What the solver is told.
    fn solver(&self, options: &Options) -> SolverOptions {
        let default = SolverOptions::default();
        SolverOptions {
            solver: self.solver.and_then(|name| match name {
                SolverName::Auto => None,
                SolverName::Cholesky => Some(Solver::Cholesky),
                SolverName::RefinedCholesky => Some(Solver::RefinedCholesky),
                SolverName::ConjugateGradients => Some(Solver::ConjugateGradients),
                SolverName::Streamed => Some(Solver::StreamedConjugateGradients),
                SolverName::Pivoted => Some(Solver::Pivoted),
            }),
            precision: self.precision.and_then(|name| match name {
                PrecisionName::Auto => None,
                PrecisionName::F64 => Some(Precision::F64),
                PrecisionName::F32 => Some(Precision::F32),
            }),
            memory_limit: self.memory_limit.map(|gigabytes| (gigabytes * 1e9) as u64),
            threads: options.threads(),
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            rank: self.rank.map(|rank| rank as usize),
            leave_one_out: self.leave_one_out,
            seed: options.seed,
        }
    }
}
