//! The ways to solve a problem whose matrix is positive definite.

use std::time::Instant;

use super::check::{Bar, Check};
use super::conjugate_gradient::{self, Progress};
use super::features::Points;
use super::function::Elementwise;
use super::gram::entries;
use super::interpolant::{Condition, ConditionKind, Interpolant, InverseDiagonal, Seconds};
use super::norm::Norm;
use super::plan::{Options, Plan, Precision, Solver};
use super::preconditioner::Preconditioner;
use super::problem::Problem;
use super::{KernelError, Targets};
use crate::linalg::{CholeskyFactor, Panels, Real, Triangle, solve_refined};

/// Iterations after which conjugate gradients give up.
const LARGEST_ITERATION: usize = 5_000;

/// Refinements of a Cholesky solution, at most.
const REFINEMENTS: usize = 5;

/// Why a factor with pivots is taken instead.
const NO_CHOLESKY: &str = "it is not numerically positive definite";
const NOT_SOLVED: &str = "the iteration did not solve it";

/// Rank up to which the matrix of an iteration that failed is factored; a
/// larger one takes longer than the iteration.
const LARGEST_RANK: usize = 4_000;

impl<'a> Problem<'a> {
    /// Falls back on a factor with pivots where there is no Cholesky factor, or
    /// where it does not determine the norm in f64.
    pub(super) fn by_cholesky<T: Elementwise>(
        &self,
        plan: Plan,
        options: &Options,
    ) -> Result<Interpolant<'a>, KernelError> {
        let points = Points::<T>::new(&self.train, &*self.kernel);
        let mut clock = Clock::start();
        let (gram, seconds) = self.timed_gram(&points, &mut clock, options);
        match CholeskyFactor::new(gram) {
            Ok(factor) => {
                drop(points);
                Ok(self.of_factor(factor, plan, clock, seconds, options))
            }
            Err(pivot) => self.without_factor(points, pivot, plan, options),
        }
    }

    /// Falls back on a factorization in f64 where one in f32 does not do, and
    /// says so in the plan.
    pub(super) fn by_refinement(
        &self,
        mut plan: Plan,
        options: &Options,
    ) -> Result<Interpolant<'a>, KernelError> {
        let points = Points::<f64>::new(&self.train, &*self.kernel);
        let mut clock = Clock::start();
        let (gram, mut seconds) = self.timed_gram(&points, &mut clock, options);
        let Some(found) = solve_refined(&gram, self.targets.columns()) else {
            plan.solver = Solver::Cholesky;
            plan.why += "; in f32 it could not be factored or refined";
            return match CholeskyFactor::new(gram) {
                Ok(factor) => {
                    drop(points);
                    Ok(self.of_factor(factor, plan, clock, seconds, options))
                }
                Err(pivot) => self.without_factor(points, pivot, plan, options),
            };
        };
        drop(gram);
        seconds.solve = clock.lap();
        let check = self.check(&points, &found.alpha, bar::<f64>(options));
        let condition = Condition {
            value: check.one_norm * found.factor.inverse_one_norm(),
            kind: ConditionKind::OneNorm,
        };
        seconds.verify = clock.lap();
        drop(points);
        let found = self.interpolant(
            plan,
            options.threads,
            found.alpha,
            check,
            condition,
            None,
            found.steps,
            seconds,
        );
        Ok(self.or_by_pivots(found, options))
    }

    /// K + λ I, and the seconds it took.
    fn timed_gram<T: Elementwise>(
        &self,
        points: &Points<T>,
        clock: &mut Clock,
        options: &Options,
    ) -> (Panels<T>, Seconds) {
        let gram = Panels::filled(
            points.len(),
            options.threads,
            entries(&*self.kernel, points, self.ridge),
        );
        let seconds = Seconds {
            gram: clock.lap(),
            ..Seconds::default()
        };
        (gram, seconds)
    }

    /// The solution by a Cholesky factor, refined until its residual, computed in f64,
    /// is within the tolerance.
    fn of_factor<T: Elementwise>(
        &self,
        factor: CholeskyFactor<T>,
        plan: Plan,
        mut clock: Clock,
        mut seconds: Seconds,
        options: &Options,
    ) -> Interpolant<'a> {
        let mut alpha = factor.solve(self.targets.columns());
        seconds.solve = clock.lap();
        let exact = Points::<f64>::new(&self.train, &*self.kernel);
        let bar = bar::<T>(options);
        let mut check = self.check(&exact, &alpha, bar);
        seconds.verify = clock.lap();
        let mut refinements = 0;
        while check.relative_residual > options.tolerance && refinements < REFINEMENTS {
            let better = refined(&factor, &alpha, &self.targets, &check.product);
            let after = self.check(&exact, &better, bar);
            if after.relative_residual >= check.relative_residual {
                break;
            }
            (alpha, check) = (better, after);
            refinements += 1;
        }
        drop(exact);
        seconds.solve += clock.lap();
        let condition = Condition {
            value: check.one_norm * factor.inverse_one_norm(),
            kind: ConditionKind::OneNorm,
        };
        seconds.verify += clock.lap();
        // What does not determine α does not determine it without a point either.
        let known = matches!(Norm::total(&check.class_norms), Norm::Known(_));
        let inverse_diagonal = (options.leave_one_out && known)
            .then(|| self.inverse_diagonal(&factor.inverse_diagonal(), &alpha));
        drop(factor);
        let found = self.interpolant(
            plan,
            options.threads,
            alpha,
            check,
            condition,
            inverse_diagonal,
            refinements,
            seconds,
        );
        self.or_by_pivots(found, options)
    }

    /// What is done with a matrix that has no Cholesky factor.
    fn without_factor<T: Elementwise>(
        &self,
        points: Points<T>,
        pivot: usize,
        plan: Plan,
        options: &Options,
    ) -> Result<Interpolant<'a>, KernelError> {
        if self.ridge > 0.0 {
            return Err(self.not_positive_definite(&points, pivot, options));
        }
        drop(points);
        self.by_pivots(plan, options, NO_CHOLESKY, usize::MAX)
    }

    /// A solution in f64 that does not determine the norm is replaced by that of a
    /// factor with pivots, which tells why, if it fits in memory.
    fn or_by_pivots(&self, found: Interpolant<'a>, options: &Options) -> Interpolant<'a> {
        let known = matches!(found.rkhs_norm, Norm::Known(_));
        if known || self.ridge > 0.0 || found.plan.precision == Precision::F32 {
            return found;
        }
        let reason = "Cholesky did not determine the norm";
        self.by_pivots(found.plan.clone(), options, reason, usize::MAX)
            .unwrap_or(found)
    }

    pub(super) fn by_iteration(
        &self,
        plan: Plan,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Interpolant<'a>, KernelError> {
        let threads = options.threads;
        let points = Points::<f32>::new(&self.train, &*self.kernel);
        let kernel = &*self.kernel;
        let mut clock = Clock::start();
        let write = entries(kernel, &points, self.ridge);
        let matrix = match plan.solver {
            Solver::ConjugateGradients => Triangle::stored(points.len(), threads, write),
            _ => Triangle::streamed(points.len(), write),
        };
        let mut seconds = Seconds {
            gram: clock.lap(),
            ..Seconds::default()
        };
        let preconditioner = Preconditioner::new(
            kernel,
            &points,
            self.ridge,
            &matrix,
            plan.rank,
            options.seed,
            threads,
        );
        seconds.precondition = clock.lap();
        let solution = conjugate_gradient::solve(
            &matrix,
            &preconditioner,
            self.targets.columns(),
            // Leaves room for the rounding of K to f32, which the final residual sees.
            0.9 * options.tolerance,
            LARGEST_ITERATION,
            threads,
            progress,
        );
        drop((matrix, preconditioner));
        drop(points);
        let solution = match solution {
            Ok(solution) => solution,
            Err(error) if self.ridge == 0.0 => {
                let found = self.by_pivots(plan, options, NOT_SOLVED, LARGEST_RANK);
                return found.map_err(|_| error);
            }
            Err(error) => return Err(error),
        };
        seconds.solve = seconds.precondition + clock.lap();
        let check = self.check(
            &Points::<f64>::new(&self.train, &*self.kernel),
            &solution.alpha,
            bar::<f32>(options),
        );
        seconds.verify = clock.lap();
        let condition = Condition {
            value: solution.condition,
            kind: ConditionKind::Preconditioned,
        };
        Ok(self.interpolant(
            plan,
            threads,
            solution.alpha,
            check,
            condition,
            None,
            solution.iterations,
            seconds,
        ))
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn interpolant(
        &self,
        plan: Plan,
        threads: usize,
        alpha: Vec<Vec<f64>>,
        check: Check,
        condition: Condition,
        inverse_diagonal: Option<InverseDiagonal>,
        iterations: usize,
        seconds: Seconds,
    ) -> Interpolant<'a> {
        Interpolant {
            problem: self.clone(),
            plan,
            threads,
            alpha,
            rkhs_norm: Norm::total(&check.class_norms),
            class_norms: check.class_norms,
            fitted: check.fitted,
            relative_residual: check.relative_residual,
            train: check.train,
            condition,
            inverse_diagonal,
            range: None,
            weights: None,
            iterations,
            seconds,
        }
    }

    /// With the smallest power of ten, times the mean of the diagonal, that makes
    /// the matrix numerically positive definite and the norm known: found by
    /// trying.
    fn not_positive_definite<T: Elementwise>(
        &self,
        points: &Points<T>,
        pivot: usize,
        options: &Options,
    ) -> KernelError {
        let kernel = &*self.kernel;
        let norms = &points.squared_norms;
        let trace: f64 = norms.iter().map(|xx| kernel.diagonal(xx.to_f64())).sum();
        let mean = trace / norms.len() as f64;
        let exact = Points::<f64>::new(&self.train, kernel);
        let works = |ridge: &f64| {
            let gram = Panels::filled(
                points.len(),
                options.threads,
                entries(kernel, points, *ridge),
            );
            CholeskyFactor::new(gram).is_ok_and(|factor| {
                let other = Self {
                    ridge: *ridge,
                    ..self.clone()
                };
                let alpha = factor.solve(self.targets.columns());
                let check = other.check(&exact, &alpha, bar::<T>(options));
                matches!(Norm::total(&check.class_norms), Norm::Known(_))
            })
        };
        KernelError::NotPositiveDefinite {
            kernel: self.kernel.to_string(),
            n: norms.len(),
            pivot,
            ridge: self.ridge,
            works: (T::EPSILON.log10().floor() as i32..=0)
                .map(|power| mean * 10_f64.powi(power))
                .filter(|&ridge| ridge > self.ridge)
                .find(works),
        }
    }
}

/// What a solution with a matrix of this type is held against.
pub(super) fn bar<T: Real>(options: &Options) -> Bar {
    Bar {
        tolerance: options.tolerance,
        unit: T::EPSILON / 2.0,
        threads: options.threads,
    }
}

/// α + (L Lᵀ)⁻¹ (y - (K + λ I) α).
fn refined<T: Real>(
    factor: &CholeskyFactor<T>,
    alpha: &[Vec<f64>],
    targets: &Targets,
    product: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let subtract = |(y, p): (&Vec<f64>, &Vec<f64>)| y.iter().zip(p).map(|(y, p)| y - p).collect();
    let residual: Vec<Vec<f64>> = targets
        .columns()
        .iter()
        .zip(product)
        .map(subtract)
        .collect();
    let mut correction = factor.solve(&residual);
    for (correction, alpha) in correction.iter_mut().zip(alpha) {
        for (c, a) in correction.iter_mut().zip(alpha) {
            *c += a;
        }
    }
    correction
}

pub(super) struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }
    pub fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let elapsed = now.duration_since(self.0).as_secs_f64();
        self.0 = now;
        elapsed
    }
}
