//! What is to be interpolated, and how it is solved.

use std::time::Instant;

use super::check::Check;
use super::cholesky::Factored;
use super::conjugate_gradient::{self, Progress};
use super::features::Points;
use super::function::AnyKernel;
use super::interpolant::{Condition, ConditionKind, Interpolant, InverseDiagonal, Seconds};
use super::panels::Panels;
use super::plan::{Options, Plan, Precision, Size, Solver};
use super::preconditioner::Preconditioner;
use super::real::Real;
use super::refined;
use super::triangle::Triangle;
use super::{Features, KernelError, Targets};

/// Iterations after which conjugate gradients give up.
const LARGEST_ITERATION: usize = 5_000;

/// Refinements of a Cholesky solution, at most.
const REFINEMENTS: usize = 5;

/// What is to be interpolated.
///
/// ```text
/// min ‖f‖²  subject to  f(x_i) = y_i            (ridge 0)
/// min Σ_i (f(x_i) - y_i)² + λ ‖f‖²              (ridge λ)
/// ```
///
/// Both have f(x) = Σ_i α_i k(x_i, x) with (K + λ I) α = y: the ridge is added to
/// the diagonal as it is, not multiplied by n.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    pub(super) kernel: AnyKernel,
    pub(super) train: &'a Features,
    pub(super) targets: &'a Targets,
    pub(super) ridge: f64,
}

impl<'a> Problem<'a> {
    /// States a problem.
    ///
    /// # Errors
    ///
    /// When there is not one target per point; the ridge is negative or not
    /// finite; or, without a ridge, two points are equal.
    pub fn new(
        kernel: AnyKernel,
        train: &'a Features,
        targets: &'a Targets,
        ridge: f64,
    ) -> Result<Self, KernelError> {
        if targets.len() != train.len() {
            return Err(KernelError::Length {
                what: "the target matrix",
                given: targets.len(),
                expected: train.len(),
            });
        }
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(KernelError::Parameter {
                owner: "the interpolant",
                parameter: "ridge",
                value: ridge.to_string(),
                expected: "a number from 0",
            });
        }
        if ridge == 0.0 {
            let pairs = train.duplicates();
            if let Some(&(first, second)) = pairs.iter().find(|&&(i, j)| !targets.agree(i, j)) {
                return Err(KernelError::Conflict { first, second });
            }
            if let Some(&(first, second)) = pairs.first() {
                return Err(KernelError::Duplicate {
                    first,
                    second,
                    count: pairs.len(),
                });
            }
        }
        Ok(Self {
            kernel,
            train,
            targets,
            ridge,
        })
    }

    /// The size that a [`Plan`] is made for.
    pub fn size(&self) -> Size {
        Size {
            n: self.train.len(),
            dimension: self.train.dimension(),
            classes: self.targets.classes(),
        }
    }

    /// Plans and solves, reporting the progress of an iteration.
    ///
    /// ```
    /// use rethink::kernel::{Features, Options, Problem, Targets};
    /// let x = Features::new(vec![0.0, 1.0, 3.0], 1)?;
    /// let y = Targets::from_columns(vec![vec![1.0, -1.0, 2.0]])?;
    /// let problem = Problem::new("gaussian:1".parse()?, &x, &y, 0.0)?;
    /// let f = problem.solve(&Options::default(), &mut |_| {})?;
    /// assert!((f.predict(&x)?[1] + 1.0).abs() < 1e-12);
    /// # Ok::<(), rethink::kernel::KernelError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Plan::new`]; when the matrix is not numerically positive definite; when
    /// the iteration does not converge.
    pub fn solve(
        &self,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Interpolant<'a>, KernelError> {
        let plan = Plan::new(self.size(), options)?;
        self.solve_as_planned(plan, options, progress)
    }

    /// Solves with a plan that [`Plan::new`] made for [`size`](Self::size).
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    pub fn solve_as_planned(
        &self,
        plan: Plan,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Interpolant<'a>, KernelError> {
        match (plan.solver, plan.precision) {
            (Solver::RefinedCholesky, _) => self.by_refinement(plan, options),
            (Solver::Cholesky, Precision::F64) => self.by_cholesky::<f64>(plan, options),
            (Solver::Cholesky, Precision::F32) => self.by_cholesky::<f32>(plan, options),
            _ => self.by_iteration(plan, options, progress),
        }
    }

    fn by_cholesky<T: Real>(
        &self,
        plan: Plan,
        options: &Options,
    ) -> Result<Interpolant<'a>, KernelError> {
        let threads = options.threads;
        let points = Points::<T>::new(self.train, &*self.kernel);
        let mut clock = Clock::start();
        let gram = Panels::gram(&*self.kernel, &points, self.ridge, threads);
        let mut seconds = Seconds {
            gram: clock.lap(),
            ..Seconds::default()
        };
        let factor = Factored::new(gram)
            .map_err(|pivot| self.not_positive_definite(&points, pivot, threads))?;
        let mut alpha = factor.solve(self.targets.columns());
        seconds.solve = clock.lap();
        let exact = Points::<f64>::new(self.train, &*self.kernel);
        let mut check = self.check(&exact, &alpha, threads);
        seconds.verify = clock.lap();
        let mut refinements = 0;
        while check.relative_residual > options.tolerance && refinements < REFINEMENTS {
            let better = refined(&factor, &alpha, self.targets, &check.product);
            let after = self.check(&exact, &better, threads);
            if after.relative_residual >= check.relative_residual {
                break;
            }
            (alpha, check) = (better, after);
            refinements += 1;
        }
        seconds.solve += clock.lap();
        let condition = Condition {
            value: check.one_norm * factor.inverse_one_norm(),
            kind: ConditionKind::OneNorm,
        };
        seconds.verify += clock.lap();
        let inverse_diagonal = options
            .leave_one_out
            .then(|| self.inverse_diagonal(&factor.inverse_diagonal(), &alpha));
        Ok(self.interpolant(
            plan,
            threads,
            alpha,
            check,
            condition,
            inverse_diagonal,
            refinements,
            seconds,
        ))
    }

    /// Falls back on a factorization in f64 where one in f32 does not do, and
    /// says so in the plan.
    fn by_refinement(
        &self,
        mut plan: Plan,
        options: &Options,
    ) -> Result<Interpolant<'a>, KernelError> {
        let threads = options.threads;
        let points = Points::<f64>::new(self.train, &*self.kernel);
        let mut clock = Clock::start();
        let gram = Panels::gram(&*self.kernel, &points, self.ridge, threads);
        let mut seconds = Seconds {
            gram: clock.lap(),
            ..Seconds::default()
        };
        let targets = self.targets.columns();
        let (alpha, refinements, inverse_one_norm) = match refined::solve(&gram, targets) {
            Some(found) => {
                drop(gram);
                seconds.solve = clock.lap();
                (found.alpha, found.steps, found.factor.inverse_one_norm())
            }
            None => {
                plan.solver = Solver::Cholesky;
                plan.why += "; in f32 it could not be factored or refined";
                let factor = Factored::new(gram)
                    .map_err(|pivot| self.not_positive_definite(&points, pivot, threads))?;
                let alpha = factor.solve(targets);
                seconds.solve = clock.lap();
                (alpha, 0, factor.inverse_one_norm())
            }
        };
        let check = self.check(&points, &alpha, threads);
        let condition = Condition {
            value: check.one_norm * inverse_one_norm,
            kind: ConditionKind::OneNorm,
        };
        seconds.verify = clock.lap();
        Ok(self.interpolant(
            plan,
            threads,
            alpha,
            check,
            condition,
            None,
            refinements,
            seconds,
        ))
    }

    fn by_iteration(
        &self,
        plan: Plan,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Interpolant<'a>, KernelError> {
        let threads = options.threads;
        let points = Points::<f32>::new(self.train, &*self.kernel);
        let kernel = &*self.kernel;
        let mut clock = Clock::start();
        let matrix = match plan.solver {
            Solver::ConjugateGradients => Triangle::stored(kernel, &points, self.ridge, threads),
            _ => Triangle::streamed(kernel, &points, self.ridge),
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
        )?;
        drop((matrix, preconditioner));
        drop(points);
        seconds.solve = seconds.precondition + clock.lap();
        let check = self.check(
            &Points::<f64>::new(self.train, &*self.kernel),
            &solution.alpha,
            threads,
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
    fn interpolant(
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
            rkhs_norm: check.class_norms.iter().map(|n| n * n).sum::<f64>().sqrt(),
            class_norms: check.class_norms,
            fitted: check.fitted,
            relative_residual: check.relative_residual,
            train: check.train,
            condition,
            inverse_diagonal,
            iterations,
            seconds,
        }
    }

    /// The smallest power of ten, times the mean of the diagonal, that makes the
    /// matrix numerically positive definite: found by trying.
    fn not_positive_definite<T: Real>(
        &self,
        points: &Points<T>,
        pivot: usize,
        threads: usize,
    ) -> KernelError {
        let kernel = &*self.kernel;
        let norms = &points.squared_norms;
        let trace: f64 = norms.iter().map(|xx| kernel.diagonal(xx.to_f64())).sum();
        let mean = trace / norms.len() as f64;
        let works = (T::EPSILON.log10().floor() as i32..=0)
            .map(|power| mean * 10_f64.powi(power))
            .filter(|&ridge| ridge > self.ridge)
            .find(|&ridge| Factored::new(Panels::gram(kernel, points, ridge, threads)).is_ok());
        KernelError::NotPositiveDefinite {
            kernel: self.kernel.to_string(),
            n: norms.len(),
            pivot,
            ridge: self.ridge,
            works,
        }
    }
}

/// α + (L Lᵀ)⁻¹ (y - (K + λ I) α).
fn refined<T: Real>(
    factor: &Factored<T>,
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

struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let elapsed = now.duration_since(self.0).as_secs_f64();
        self.0 = now;
        elapsed
    }
}
