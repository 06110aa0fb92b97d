//! What is to be interpolated, and which way it is solved.

use std::borrow::Cow;

use super::conjugate_gradient::Progress;
use super::distinct::{Distinct, Equal};
use super::function::AnyKernel;
use super::interpolant::Interpolant;
use super::plan::{Options, Plan, Precision, Size, Solver};
use super::{Features, KernelError, Targets};

/// What is to be interpolated.
///
/// ```text
/// min ‖f‖²  subject to  f(x_i) = y_i            (ridge 0)
/// min Σ_i (f(x_i) - y_i)² + λ ‖f‖²              (ridge λ)
/// ```
///
/// Both have f(x) = Σ_i α_i k(x_i, x) with (K + λ I) α = y: the ridge is added to
/// the diagonal as it is, not multiplied by n.
///
/// Without a ridge, equal points with equal targets are one condition and are
/// merged. Equal points with different targets have no interpolant; nor has a
/// singular K whose range does not contain the targets. Then the least-squares fit
/// of smallest norm is found, and said to be that.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    pub(super) kernel: AnyKernel,
    /// Distinct points.
    pub(super) train: Cow<'a, Features>,
    /// Their targets, means where these differ.
    pub(super) targets: Cow<'a, Targets>,
    pub(super) ridge: f64,
    /// Targets of all points.
    pub(super) given: &'a Targets,
    /// For each point as given, its place among the distinct ones.
    pub(super) places: Option<Vec<usize>>,
    pub(super) merged: Option<Equal>,
    pub(super) conflict: Option<Equal>,
}

impl<'a> Problem<'a> {
    /// States a problem.
    ///
    /// # Errors
    ///
    /// When there is not one target per point, or the ridge is negative or not
    /// finite.
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
        let mut problem = Self {
            kernel,
            train: Cow::Borrowed(train),
            targets: Cow::Borrowed(targets),
            ridge,
            given: targets,
            places: None,
            merged: None,
            conflict: None,
        };
        if ridge == 0.0
            && let Some(distinct) = Distinct::of(train, targets)
        {
            problem.train = Cow::Owned(distinct.train);
            problem.targets = Cow::Owned(distinct.targets);
            problem.places = Some(distinct.places);
            problem.conflict = distinct.conflict;
            problem.merged = match distinct.conflict {
                None => Some(distinct.equal),
                Some(_) => None,
            };
        }
        Ok(problem)
    }

    /// The size that a [`Plan`] is made for, of distinct points.
    pub fn size(&self) -> Size {
        Size {
            n: self.train.len(),
            dimension: self.train.dimension(),
            classes: self.targets.classes(),
        }
    }

    /// Points that were merged with an equal one, their targets being equal too.
    pub fn merged(&self) -> Option<Equal> {
        self.merged
    }

    /// Equal points with different targets, for which there is no interpolant.
    pub fn conflict(&self) -> Option<Equal> {
        self.conflict
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
    /// As [`Plan::new`]; when with a ridge the matrix is not numerically positive
    /// definite; when the iteration does not converge; when a factor with pivots is
    /// needed and does not fit in memory; when the leave-one-out error is asked for
    /// and points were merged.
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
    /// The plan of the result differs from the given one where another way had to
    /// be taken.
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
        if let Some(merged) = self.merged.filter(|_| options.leave_one_out) {
            return Err(KernelError::LeaveOneOut(merged));
        }
        if let Some(reason) = self.surely_singular() {
            return self.by_pivots(plan, options, &reason, usize::MAX);
        }
        if plan.solver == Solver::Pivoted && self.ridge > 0.0 {
            return Err(KernelError::Parameter {
                owner: "the solver pivoted",
                parameter: "ridge",
                value: self.ridge.to_string(),
                expected: "ridge 0, or another solver",
            });
        }
        match (plan.solver, plan.precision) {
            (Solver::RefinedCholesky, _) => self.by_refinement(plan, options),
            (Solver::Cholesky, Precision::F64) => self.by_cholesky::<f64>(plan, options),
            (Solver::Cholesky, Precision::F32) => self.by_cholesky::<f32>(plan, options),
            (Solver::Pivoted, _) => self.by_pivots(plan, options, "", usize::MAX),
            _ => self.by_iteration(plan, options, progress),
        }
    }

    /// Why K has no Cholesky factor, where that is known without trying.
    fn surely_singular(&self) -> Option<String> {
        if self.conflict.is_some() {
            return Some("equal points have different targets".to_owned());
        }
        let (n, dimension) = (self.train.len(), self.train.dimension());
        let low = self.ridge == 0.0 && self.kernel.is_inner_product() && dimension < n;
        low.then(|| format!("{n} points of {dimension} features cannot be independent"))
    }
}
