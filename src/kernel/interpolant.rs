//! The minimum-norm function through given values.

use serde::{Deserialize, Serialize};

use crate::classification::{Errors, margin, margin_of_sign};

use super::distinct::Equal;
use super::features::Points;
use super::gram::evaluate;
use super::norm::Norm;
use super::plan::{Plan, Precision};
use super::problem::Problem;
use super::range::Range;
use super::singular::linear_outputs;
use super::{Features, KernelError};
use crate::linalg::BLOCK;

/// Which matrix a condition number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionKind {
    /// ‖K + λ I‖₁ times an estimate of ‖(K + λ I)⁻¹‖₁ (a lower bound, usually
    /// within a factor of 3).
    OneNorm,
    /// Ratio of the extreme Ritz values of the preconditioned matrix, from the
    /// coefficients of the iteration: a lower bound of that matrix's condition.
    Preconditioned,
    /// The largest pivot of K over the smallest that was kept: a lower bound of the
    /// condition on the range.
    Pivots,
}

impl ConditionKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneNorm => "one-norm",
            Self::Preconditioned => "preconditioned",
            Self::Pivots => "pivots",
        }
    }
}

/// An estimate of a condition number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The estimate.
    pub value: f64,
    /// Which matrix it is of, and how it was found.
    pub kind: ConditionKind,
}

/// Quantities from the diagonal of the inverse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InverseDiagonal {
    /// Fraction of training points that the function trained without them gets
    /// wrong: y_i - f_{-i}(x_i) = α_i / ((K + λ I)⁻¹)_ii. In file order this is no
    /// estimate of the test error when neighbours in the file resemble each other.
    pub leave_one_out_error: f64,
    /// Effective dimension tr K (K + λ I)⁻¹; n when λ = 0.
    pub effective_dimension: f64,
}

/// Wall-clock seconds per stage.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Seconds {
    /// Kernel matrix.
    pub gram: f64,
    /// Factorization, or preconditioner and iteration.
    pub solve: f64,
    /// The preconditioner's part of `solve`.
    pub precondition: f64,
    /// Residual against a freshly computed matrix, condition estimate.
    pub verify: f64,
}

/// A solved problem.
///
/// The RKHS norm of class c is √(α_cᵀ K α_c); the total is the root of the sum of
/// their squares over classes, with targets 0 and 1 if they are one-hot. What is
/// known of it is decided by one rule for all solvers, with K α and the residual
/// r = y - (K + λ I) α computed afresh in f64: the norm is known where ‖r‖ / ‖y‖
/// is within the tolerance, and neither rᵀα nor n u ‖K‖₁ ‖α‖² (u: unit roundoff
/// of the matrix's precision) is more than 1 % of αᵀKα. A singular K is treated in
/// [`range`](Self::range).
#[derive(Debug, Clone)]
pub struct Interpolant<'a> {
    pub(super) problem: Problem<'a>,
    pub(super) plan: Plan,
    pub(super) threads: usize,
    pub(super) alpha: Vec<Vec<f64>>,
    pub(super) fitted: Vec<Vec<f64>>,
    /// On the features, for the linear kernel with a factor of those.
    pub(super) weights: Option<Vec<Vec<f64>>>,
    /// RKHS norm per class.
    pub class_norms: Vec<Norm>,
    /// RKHS norm: root of the sum of squares over classes.
    pub rkhs_norm: Norm,
    /// Rank, and where the targets lie, if K was factored with pivots.
    pub range: Option<Range>,
    /// ‖(K + λ I) A - Y‖_F / ‖Y‖_F, with K freshly computed in f64.
    pub relative_residual: f64,
    /// Training points that are not given the class of their targets, see
    /// [`Targets::margin`](super::Targets::margin).
    pub train: Errors,
    /// Condition estimate.
    pub condition: Condition,
    /// Leave-one-out error and effective dimension, if asked for and the norm is
    /// known.
    pub inverse_diagonal: Option<InverseDiagonal>,
    /// Iterations of conjugate gradients, or refinements after Cholesky.
    pub iterations: usize,
    /// Time per stage.
    pub seconds: Seconds,
}

impl Interpolant<'_> {
    /// The coefficients α, one column of n per class, of distinct points where
    /// equal ones were merged.
    pub fn alpha(&self) -> &[Vec<f64>] {
        &self.alpha
    }

    /// The outputs f(x_i) at the training points, row-major, shape (n, classes),
    /// from the freshly computed K that the residual is measured with.
    pub fn fitted(&self) -> Vec<f64> {
        let row = |i: usize| self.fitted.iter().map(move |column| column[i]);
        match &self.problem.places {
            None => (0..self.problem.train.len()).flat_map(row).collect(),
            Some(places) => places.iter().copied().flat_map(row).collect(),
        }
    }

    /// Points that were merged with an equal one.
    pub fn merged(&self) -> Option<Equal> {
        self.problem.merged()
    }

    /// Equal points with different targets.
    pub fn conflict(&self) -> Option<Equal> {
        self.problem.conflict()
    }

    /// The plan that was followed.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The outputs f(x), row-major, shape (points, classes), in the precision of
    /// the plan with sums across blocks in f64.
    ///
    /// # Errors
    ///
    /// When the points have another dimension than the training points.
    pub fn predict(&self, points: &Features) -> Result<Vec<f64>, KernelError> {
        let train = &*self.problem.train;
        if points.dimension() != train.dimension() {
            return Err(KernelError::Length {
                what: "a point",
                given: points.dimension(),
                expected: train.dimension(),
            });
        }
        if let Some(weights) = &self.weights {
            let blocks = points.values().chunks(BLOCK * points.dimension());
            return Ok(blocks
                .flat_map(|rows| linear_outputs(rows, weights))
                .collect());
        }
        let kernel = &*self.problem.kernel;
        Ok(match self.plan.precision {
            Precision::F32 => evaluate(
                kernel,
                &Points::<f32>::new(train, kernel),
                &self.alpha,
                points,
                self.threads,
            ),
            Precision::F64 => evaluate(
                kernel,
                &Points::<f64>::new(train, kernel),
                &self.alpha,
                points,
                self.threads,
            ),
        })
    }

    /// The points that are not classified correctly, by the rule of
    /// [`classification`](crate::classification); of a single output the sign is the
    /// class, positive for label 1.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict), and when there is not one label per point.
    pub fn errors(&self, points: &Features, labels: &[u32]) -> Result<Errors, KernelError> {
        if labels.len() != points.len() {
            return Err(KernelError::Length {
                what: "the label list",
                given: labels.len(),
                expected: points.len(),
            });
        }
        let outputs = self.predict(points)?;
        let margin = |(row, &label): (&[f64], &u32)| match *row {
            [output] => margin_of_sign(output, label == 1),
            _ => margin(row.iter().copied(), label as usize),
        };
        let rows = outputs.chunks(self.alpha.len()).zip(labels);
        Ok(rows.map(margin).collect())
    }
}
