//! Whether targets lie in the range of the kernel matrix, and what the shortest
//! function costs that comes nearest.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_transpose_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_transpose_on_the_left_in_place_with_conj as apply_transpose,
};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::linalg::triangular_solve::solve_upper_triangular_in_place;
use faer::{Conj, Mat, MatMut, MatRef, Par};
use serde::{Deserialize, Serialize};

use super::pivoted::Pivoted;
use crate::linalg::{decompose_on_one_thread, norm};

/// What the rank was found from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factored {
    /// The features Φ, for the linear kernel ΦΦᵀ.
    Features,
    /// The kernel matrix.
    KernelMatrix,
}

impl Factored {
    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::KernelMatrix => "kernel matrix",
        }
    }
}

/// The least-squares fit of the targets, as far as pivots above a threshold go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Pivots above this times the largest are kept.
    pub threshold: f64,
    /// How many these are.
    pub rank: usize,
    /// ‖(I - P) y‖ / ‖y‖ per column of targets, P the projection onto the range.
    pub class_residuals: Vec<f64>,
    /// The same over all columns.
    pub residual: f64,
    /// √(yᵀK⁺y) per column: RKHS norm of the fit.
    pub class_norms: Vec<f64>,
    /// Root of the sum of squares over columns.
    pub norm: f64,
}

/// The range of a kernel matrix that has no Cholesky factor, and where the targets
/// lie.
///
/// K = L Lᵀ with the pivots' columns of L; a function through the targets y exists
/// if and only if y lies in the range of L, and then the smallest has the squared
/// norm
///
/// ```text
/// yᵀK⁺y = ‖L⁺y‖²
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// What was factored.
    pub of: Factored,
    /// At the threshold below which pivots are rounding.
    pub at_threshold: Projection,
    /// At ten times the threshold: how far it differs is how far the norm hangs on
    /// the threshold.
    pub at_ten_times: Projection,
    /// The largest pivot of K over the smallest that was kept.
    pub pivot_ratio: f64,
}

/// Targets of distinct points.
pub(super) struct Wanted<'a> {
    /// Means over equal points.
    pub targets: &'a [Vec<f64>],
    /// How many points are equal to this one, itself counted.
    pub members: Vec<f64>,
    /// Per column, the squares that the means leave of the targets of equal points.
    pub scatter: Vec<f64>,
}

/// The range, and coefficients of the fit on the points of the pivots: the fit to
/// all points is that to the means, each weighted by its members.
pub(super) fn project(
    mut factor: Pivoted,
    of: Factored,
    wanted: Wanted<'_>,
) -> (Range, Vec<Vec<f64>>) {
    decompose_on_one_thread();
    let Wanted {
        targets,
        members,
        scatter,
    } = wanted;
    let (n, rank) = (targets[0].len(), factor.points.len());
    let on_pivots = Mat::from_fn(rank, rank, |i, j| factor.lower[n * j + factor.points[i]]);
    let weights: Vec<f64> = members.iter().map(|m| m.sqrt()).collect();
    for column in factor.lower.chunks_exact_mut(n) {
        column.iter_mut().zip(&weights).for_each(|(l, w)| *l *= w);
    }
    let mut lower = MatMut::from_column_major_slice_mut(&mut factor.lower, n, rank);
    let mut rotated = Mat::from_fn(n, targets.len(), |i, c| weights[i] * targets[c][i]);
    let whole: Vec<f64> = (rotated.col_iter().zip(&scatter))
        .map(|(column, scatter)| (column.squared_norm_l2() + scatter).sqrt())
        .collect();
    rotate(lower.as_mut(), rotated.as_mut());
    let upper = lower.as_ref().subrows(0, rank);
    let at = |threshold: f64| -> (Projection, Mat<f64>) {
        let kept = factor.sizes.iter().take_while(|&&s| s > threshold).count();
        let mut fit = rotated.as_ref().subrows(0, kept).to_owned();
        let upper = upper.submatrix(0, 0, kept, kept);
        solve_upper_triangular_in_place(upper, fit.as_mut(), Par::Seq);
        let lengths = |matrix: MatRef<'_, f64>| -> Vec<f64> {
            matrix.col_iter().map(|column| column.norm_l2()).collect()
        };
        let outside: Vec<f64> = (lengths(rotated.as_ref().subrows(kept, n - kept)).iter())
            .zip(&scatter)
            .map(|(outside, scatter)| (outside * outside + scatter).sqrt())
            .collect();
        let class_norms = lengths(fit.as_ref());
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { part };
        let projection = Projection {
            threshold,
            rank: kept,
            class_residuals: outside
                .iter()
                .zip(&whole)
                .map(|(o, w)| ratio(*o, *w))
                .collect(),
            residual: ratio(norm(&outside), norm(&whole)),
            norm: norm(&class_norms),
            class_norms,
        };
        (projection, fit)
    };
    let (at_threshold, fit) = at(factor.threshold);
    let kept = fit.nrows();
    let mut on_points = fit;
    solve_upper_triangular_in_place(
        on_pivots.as_ref().submatrix(0, 0, kept, kept).transpose(),
        on_points.as_mut(),
        Par::Seq,
    );
    let mut alpha = vec![vec![0.0; n]; targets.len()];
    for (c, alpha) in alpha.iter_mut().enumerate() {
        for (j, &point) in factor.points[..kept].iter().enumerate() {
            alpha[point] = on_points[(j, c)];
        }
    }
    let smallest = factor.sizes[..kept].iter().copied().fold(1.0, f64::min);
    let range = Range {
        of,
        at_ten_times: at(10.0 * factor.threshold).0,
        at_threshold,
        pivot_ratio: match of {
            Factored::Features => smallest.powi(-2),
            Factored::KernelMatrix => 1.0 / smallest,
        },
    };
    (range, alpha)
}

/// L = Q R in place, and Y ← Qᵀ Y.
fn rotate(mut lower: MatMut<'_, f64>, targets: MatMut<'_, f64>) {
    let (n, rank) = (lower.nrows(), lower.ncols());
    if rank == 0 {
        return;
    }
    let size = recommended_block_size::<f64>(n, rank);
    let mut coefficients = Mat::zeros(size, rank);
    let columns = targets.ncols();
    let scratch = qr_in_place_scratch::<f64>(n, rank, size, Par::Seq, Default::default())
        .or(apply_scratch::<f64>(n, size, columns));
    let mut buffer = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut buffer);
    let parameters = Default::default();
    qr_in_place(
        lower.as_mut(),
        coefficients.as_mut(),
        Par::Seq,
        stack,
        parameters,
    );
    let (basis, coefficients) = (lower.as_ref(), coefficients.as_ref());
    apply_transpose(basis, coefficients, Conj::No, targets, Par::Seq, stack);
}
