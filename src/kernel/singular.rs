//! Problems whose matrix is singular to rounding.

use super::KernelError;
use super::features::Points;
use super::interpolant::{Condition, ConditionKind, Interpolant, Seconds};
use super::least_norm::outputs;
use super::memory::{feature_factor_bytes, largest_rank, pivoted_bytes};
use super::norm::Norm;
use super::pivoted::Pivoted;
use super::plan::{Options, Plan, Precision, Solver};
use super::problem::Problem;
use super::range::{Factored, Range, Wanted, project};
use super::solve::{Clock, bar};

impl<'a> Problem<'a> {
    /// The interpolant of smallest norm if the targets lie in the range of K, and
    /// else the least-squares fit of smallest norm, from a factor with pivots.
    ///
    /// # Errors
    ///
    /// When a factor of the kernel matrix has more columns than `largest`, or does
    /// not fit in the memory of the plan.
    pub(super) fn by_pivots(
        &self,
        mut plan: Plan,
        options: &Options,
        reason: &str,
        largest: usize,
    ) -> Result<Interpolant<'a>, KernelError> {
        let (size, threads) = (self.size(), options.threads);
        let kernel = &*self.kernel;
        let of = match kernel.is_inner_product() {
            true => Factored::Features,
            false => Factored::KernelMatrix,
        };
        let largest = largest.min(largest_rank(size, plan.limit));
        let full = match of {
            Factored::Features => feature_factor_bytes(size),
            Factored::KernelMatrix => pivoted_bytes(size, size.n),
        };
        let too_large = || KernelError::Memory {
            what: format!(
                "a factor with pivots of the {} kernel matrix of {} points ({reason})",
                self.kernel, size.n
            ),
            bytes: full,
            limit: plan.limit,
            alternative: "take fewer points or a higher limit".to_owned(),
        };
        let points = Points::<f64>::new(&self.train, kernel);
        let mut clock = Clock::start();
        let factor = match of {
            Factored::Features if full > plan.limit => return Err(too_large()),
            Factored::Features => Pivoted::of_features(&points),
            Factored::KernelMatrix => {
                Pivoted::of_kernel(kernel, &points, largest, threads).map_err(|_| too_large())?
            }
        };
        plan.solver = Solver::Pivoted;
        plan.precision = Precision::F64;
        plan.rank = 0;
        plan.bytes = match of {
            Factored::Features => full,
            Factored::KernelMatrix => pivoted_bytes(size, factor.points.len()),
        };
        if !reason.is_empty() {
            plan.why += &format!("; {reason}, so it is factored with pivots");
        }
        let mut seconds = Seconds {
            gram: clock.lap(),
            ..Seconds::default()
        };
        let (range, alpha) = project(factor, of, self.wanted());
        seconds.solve = clock.lap();
        let bar = bar::<f64>(options);
        let weights = (of == Factored::Features).then(|| weights(&points, &alpha));
        let mut check = match &weights {
            Some(weights) => self.check_weights(&points, &alpha, weights, bar),
            None => self.check(&points, &alpha, bar),
        };
        for (c, norm) in check.class_norms.iter_mut().enumerate() {
            if self.outside(&range, c, options.tolerance) {
                *norm = Norm::LeastSquares(range.at_threshold.class_norms[c]);
            }
        }
        if self.conflict.is_some()
            && let Some(places) = &self.places
        {
            self.against_all(places, &mut check);
        }
        let mut total = Norm::total(&check.class_norms);
        if let Norm::LeastSquares(norm) = &mut total {
            *norm = range.at_threshold.norm;
        }
        let condition = Condition {
            value: range.pivot_ratio,
            kind: ConditionKind::Pivots,
        };
        seconds.verify = clock.lap();
        let mut found = self.interpolant(plan, threads, alpha, check, condition, None, 0, seconds);
        found.rkhs_norm = total;
        found.range = Some(range);
        found.weights = weights;
        Ok(found)
    }

    /// Whether no function takes the values of a column of targets. Of a kernel
    /// that is strictly positive definite some function always does, if points
    /// are distinct: a residual only tells that it cannot be found in f64.
    fn outside(&self, range: &Range, column: usize, tolerance: f64) -> bool {
        if self.scatter(column) > 0.0 {
            return true;
        }
        // Below this a residual is rounding.
        let least = self.train.len() as f64 * f64::EPSILON;
        !self.kernel.is_strictly_positive_definite()
            && range.at_threshold.class_residuals[column] > tolerance.max(least)
    }

    /// What the fit is to come near, with the number of points at each place.
    fn wanted(&self) -> Wanted<'_> {
        let classes = self.targets.classes();
        let mut members = vec![1.0; self.train.len()];
        if let Some(places) = self.places.as_ref().filter(|_| self.conflict.is_some()) {
            members.fill(0.0);
            places.iter().for_each(|&place| members[place] += 1.0);
        }
        Wanted {
            targets: self.targets.columns(),
            members,
            scatter: (0..classes).map(|c| self.scatter(c)).collect(),
        }
    }

    /// Σ (y_i - ȳ)² over points that are equal to others, ȳ the mean of those: what
    /// every function leaves. Equal targets, whose mean may be rounded, leave 0.
    fn scatter(&self, column: usize) -> f64 {
        let (Some(_), Some(places)) = (self.conflict, &self.places) else {
            return 0.0;
        };
        let (means, given) = (
            &self.targets.columns()[column],
            &self.given.columns()[column],
        );
        let mut first = vec![None; means.len()];
        let differ = (given.iter().zip(places)).any(|(y, &p)| *first[p].get_or_insert(y) != y);
        let square = |(y, &place): (&f64, &usize)| (y - means[place]).powi(2);
        match differ {
            true => given.iter().zip(places).map(square).sum(),
            false => 0.0,
        }
    }
}

/// w = Φᵀα, one vector per class.
fn weights(points: &Points<f64>, alpha: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let d = points.dimension;
    let sum = |alpha: &Vec<f64>| {
        let mut weights = vec![0.0; d];
        for (row, a) in points.values.chunks_exact(d).zip(alpha) {
            weights.iter_mut().zip(row).for_each(|(w, x)| *w += a * x);
        }
        weights
    };
    alpha.iter().map(sum).collect()
}

/// f(x) = <w, x> for some points, row-major.
pub(super) fn linear_outputs(rows: &[f32], weights: &[Vec<f64>]) -> Vec<f64> {
    let rows: Vec<f64> = rows.iter().map(|&x| f64::from(x)).collect();
    let columns = outputs(&rows, weights[0].len(), weights);
    let count = columns[0].len();
    (0..count)
        .flat_map(|i| columns.iter().map(move |column| column[i]))
        .collect()
}
