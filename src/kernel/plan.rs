//! Which solver, in which precision, and the memory it takes: decided before
//! anything large is allocated.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::KernelError;
use super::error::gigabytes;
use super::memory::{bytes, default_memory_limit};

/// How the system is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Solver {
    /// Cholesky factorization in place.
    Cholesky,
    /// Cholesky factorization of a copy in f32, refined with the matrix in f64.
    RefinedCholesky,
    /// Preconditioned conjugate gradients on a stored lower triangle.
    ConjugateGradients,
    /// The same with every tile computed anew in every iteration.
    StreamedConjugateGradients,
    /// A factor with pivots, of the features for the linear kernel and of the
    /// kernel matrix otherwise; it shows the rank. Taken by itself where Cholesky
    /// fails without a ridge.
    Pivoted,
}

/// Precision of the kernel matrix. Vectors and residuals are f64 in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

impl Solver {
    /// Whether it factors the kernel matrix, in contrast to iterating.
    pub fn is_direct(self) -> bool {
        matches!(self, Self::Cholesky | Self::RefinedCholesky | Self::Pivoted)
    }
}

impl fmt::Display for Solver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cholesky => "cholesky",
            Self::RefinedCholesky => "refined-cholesky",
            Self::ConjugateGradients => "conjugate-gradients",
            Self::StreamedConjugateGradients => "streamed-conjugate-gradients",
            Self::Pivoted => "pivoted",
        })
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// What the caller fixes; `None` leaves the choice to [`Plan::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Solver.
    pub solver: Option<Solver>,
    /// Precision of the kernel matrix; conjugate gradients only know f32.
    pub precision: Option<Precision>,
    /// Bytes that may be used; by default 80 % of what the system has available.
    pub memory_limit: Option<u64>,
    /// Number of threads.
    pub threads: usize,
    /// Relative residual at which the iteration stops.
    pub tolerance: f64,
    /// Rank of the preconditioner.
    pub rank: Option<usize>,
    /// Whether Cholesky also computes the diagonal of the inverse, for the
    /// leave-one-out error and the effective dimension. Doubles the work.
    pub leave_one_out: bool,
    /// Seed of the preconditioner's pivots.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            solver: None,
            precision: None,
            memory_limit: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            tolerance: 1e-4,
            rank: None,
            leave_one_out: false,
            seed: 0,
        }
    }
}

impl Options {
    /// Those of a result that is kept: one thread, and the solver that is the first choice
    /// for `n` points, so that the result does not depend on the machine. Where memory is
    /// too small for that solver, the problem is refused.
    pub fn of_a_result(n: usize) -> Self {
        let (solver, precision) = match n {
            0..SMALLEST_REFINED => (Solver::Cholesky, Precision::F64),
            SMALLEST_REFINED..=LARGEST_CHOLESKY => (Solver::RefinedCholesky, Precision::F64),
            _ => (Solver::ConjugateGradients, Precision::F32),
        };
        Self {
            solver: Some(solver),
            precision: Some(precision),
            threads: 1,
            ..Self::default()
        }
    }
}

/// Size of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Training points.
    pub n: usize,
    /// Numbers per point.
    pub dimension: usize,
    /// Right-hand sides.
    pub classes: usize,
}

/// The choice made, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Solver.
    pub solver: Solver,
    /// Precision of the kernel matrix.
    pub precision: Precision,
    /// Rank of the preconditioner; 0 with Cholesky.
    pub rank: usize,
    /// Bytes the solver takes at its peak, the caller's own data not counted.
    pub bytes: u64,
    /// Bytes it may take.
    pub limit: u64,
    /// The reason, in a sentence.
    pub why: String,
}

/// Above this size the O(n³) factorization takes longer than the iteration.
const LARGEST_CHOLESKY: usize = 20_000;

/// Below this size refining takes as long as what a factorization in f32 saves.
const SMALLEST_REFINED: usize = 5_000;

impl Plan {
    /// Chooses a solver for a job of this size.
    ///
    /// # Errors
    ///
    /// When the options contradict each other, or nothing that they allow fits.
    pub fn new(size: Size, options: &Options) -> Result<Self, KernelError> {
        check(options)?;
        let limit = options.memory_limit.unwrap_or_else(default_memory_limit);
        let rank = options
            .rank
            .unwrap_or_else(|| default_rank(size.n))
            .min(size.n);
        let candidates = [
            (Solver::RefinedCholesky, Precision::F64),
            (Solver::Cholesky, Precision::F64),
            (Solver::Cholesky, Precision::F32),
            (Solver::ConjugateGradients, Precision::F32),
            (Solver::StreamedConjugateGradients, Precision::F32),
            (Solver::Pivoted, Precision::F64),
        ];
        let allowed = candidates.into_iter().filter(|&(solver, precision)| {
            options
                .solver
                .map_or(solver != Solver::Pivoted, |s| s == solver)
                && options.precision.is_none_or(|p| p == precision)
                && (options.solver.is_some()
                    || options.precision == Some(Precision::F64)
                    || !solver.is_direct()
                    || size.n <= LARGEST_CHOLESKY)
                && (options.solver.is_some()
                    || solver != Solver::RefinedCholesky
                    || (size.n >= SMALLEST_REFINED && !options.leave_one_out))
        });
        let mut smallest: Option<(Solver, Precision, u64)> = None;
        let mut too_large = Vec::new();
        for (solver, precision) in allowed {
            let bytes = bytes(solver, precision, size, rank, options);
            if bytes <= limit {
                return Ok(Self {
                    solver,
                    precision,
                    rank: if solver.is_direct() { 0 } else { rank },
                    bytes,
                    limit,
                    why: why(solver, precision, size, options, &too_large, limit),
                });
            }
            too_large.push(format!(
                "{solver} in {precision} takes {}",
                gigabytes(bytes)
            ));
            if smallest.is_none_or(|(_, _, least)| bytes < least) {
                smallest = Some((solver, precision, bytes));
            }
        }
        let Some((solver, precision, needed)) = smallest else {
            return Err(KernelError::Parameter {
                owner: "the solver",
                parameter: "precision",
                value: "f64".to_string(),
                expected: "f32 with conjugate gradients, f64 with refined-cholesky and pivoted, or cholesky",
            });
        };
        let streamed = Solver::StreamedConjugateGradients;
        let stream = bytes(streamed, Precision::F32, size, rank, options);
        Err(KernelError::Memory {
            what: format!("{solver} in {precision} with {} points", size.n),
            bytes: needed,
            limit,
            alternative: if stream <= limit {
                format!("{streamed} in f32 takes {}", gigabytes(stream))
            } else {
                "take fewer points, a lower rank or a higher limit".to_string()
            },
        })
    }
}

fn check(options: &Options) -> Result<(), KernelError> {
    let wrong = |parameter, value: String, expected| {
        Err(KernelError::Parameter {
            owner: "the solver",
            parameter,
            value,
            expected,
        })
    };
    if options.threads == 0 {
        return wrong("threads", "0".to_string(), "a number from 1");
    }
    if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
        return wrong(
            "tolerance",
            options.tolerance.to_string(),
            "a number between 0 and 1",
        );
    }
    if options.rank == Some(0) {
        return wrong("rank", "0".to_string(), "a number from 1");
    }
    Ok(())
}

/// Rank of the preconditioner: grows with n so that setting it up stays a small
/// part of the work; not tuned.
fn default_rank(n: usize) -> usize {
    match n {
        0..4_000 => n / 4 + 1,
        4_000..16_000 => 1_000,
        16_000..40_000 => 2_000,
        _ => 4_000,
    }
}

fn why(
    solver: Solver,
    precision: Precision,
    size: Size,
    options: &Options,
    too_large: &[String],
    limit: u64,
) -> String {
    let n = size.n;
    let reason = match (solver, precision) {
        _ if options.solver.is_some() => "the solver was asked for".to_string(),
        (Solver::RefinedCholesky, _) => format!("{n} points fit in f64 and f32"),
        (Solver::Cholesky, Precision::F64) => format!("{n} points fit in f64"),
        (Solver::Cholesky, Precision::F32) if options.precision.is_some() => {
            "f32 was asked for".to_string()
        }
        (Solver::Cholesky, Precision::F32) => format!("{n} points fit in f32 but not in f64"),
        (Solver::ConjugateGradients, _) if n > LARGEST_CHOLESKY => {
            format!("{n} points fit as a triangle, and iterating is faster than factoring")
        }
        (Solver::ConjugateGradients, _) => format!("{n} points fit as a triangle"),
        _ => format!("the triangle of {n} points does not fit, so it is computed in every pass"),
    };
    match too_large {
        [] => reason,
        refused => format!(
            "{reason} ({}; the limit is {})",
            refused.join(", "),
            gigabytes(limit)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MNIST: Size = Size {
        n: 60_000,
        dimension: 784,
        classes: 10,
    };

    fn with_limit(limit: u64) -> Options {
        Options {
            memory_limit: Some(limit),
            threads: 2,
            ..Options::default()
        }
    }

    fn plan(size: Size, limit: u64) -> Result<Plan, KernelError> {
        Plan::new(size, &with_limit(limit))
    }

    #[test]
    fn the_solver_follows_from_size_and_memory() {
        let small = Size { n: 10_000, ..MNIST };
        let solver = |size, limit| {
            let plan = plan(size, limit).unwrap();
            assert!(plan.bytes <= limit);
            (plan.solver, plan.precision)
        };
        assert_eq!(
            solver(small, 16_000_000_000),
            (Solver::RefinedCholesky, Precision::F64)
        );
        let tiny = Size { n: 4_000, ..MNIST };
        assert_eq!(
            solver(tiny, 16_000_000_000),
            (Solver::Cholesky, Precision::F64)
        );
        assert_eq!(
            solver(small, 450_000_000),
            (Solver::Cholesky, Precision::F32)
        );
        assert_eq!(
            solver(MNIST, 16_000_000_000),
            (Solver::ConjugateGradients, Precision::F32)
        );
        assert_eq!(
            solver(MNIST, 6_000_000_000),
            (Solver::StreamedConjugateGradients, Precision::F32)
        );
    }

    #[test]
    fn the_reason_tells_what_did_not_fit() {
        let small = Size { n: 10_000, ..MNIST };
        let why = |limit| plan(small, limit).unwrap().why;
        assert!(!why(16_000_000_000).contains("limit"));
        let tight = why(450_000_000);
        assert!(
            tight.contains("cholesky in f64 takes 0.") && tight.contains("the limit is 0.45 GB"),
            "{tight}"
        );
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_figure() {
        let error = plan(MNIST, 100_000_000).unwrap_err();
        assert!(error.to_string().contains("limit is 0.10 GB"), "{error}");
        let mut options = with_limit(6_000_000_000);
        options.solver = Some(Solver::Cholesky);
        let error = Plan::new(MNIST, &options).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("streamed-conjugate-gradients in f32 takes"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn contradictions_and_nonsense_are_refused() {
        let mut options = with_limit(1 << 34);
        options.solver = Some(Solver::ConjugateGradients);
        options.precision = Some(Precision::F64);
        assert!(Plan::new(MNIST, &options).is_err());
        for tolerance in [0.0, -1.0, f64::NAN, 2.0] {
            let options = Options {
                tolerance,
                ..with_limit(1 << 34)
            };
            assert!(Plan::new(MNIST, &options).is_err());
        }
        let options = Options {
            threads: 0,
            ..with_limit(1 << 34)
        };
        assert!(Plan::new(MNIST, &options).is_err());
    }
}
