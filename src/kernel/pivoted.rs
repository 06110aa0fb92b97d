//! Factors K = L Lᵀ with pivots, which show the rank: of the kernel matrix, or
//! for the linear kernel of the features, without forming K.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use std::sync::Mutex;

use super::features::Points;
use super::function::Kernel;
use super::gram::kernel_block;
use crate::linalg::{CHUNK, decompose_on_one_thread, next, parallel};

/// Columns of the kernel matrix that are computed together.
pub(super) const TOGETHER: usize = 64;

/// A pivot is taken from the columns at hand while no other can be larger than
/// so many times this one.
const SLACK: f64 = 2.0;

/// L of shape (n, rank) with K ≈ L Lᵀ.
pub(super) struct Pivoted {
    /// Column-major.
    pub lower: Vec<f64>,
    /// The point of each column: L is lower triangular on these rows.
    pub points: Vec<usize>,
    /// Sizes of the pivots over the largest, falling but for a factor of 2.
    pub sizes: Vec<f64>,
    /// Smaller pivots are taken as 0.
    pub threshold: f64,
}

/// More columns would be needed than allowed.
#[derive(Debug, PartialEq)]
pub(super) struct TooLarge;

impl Pivoted {
    /// A factor of the kernel matrix, whose columns are computed as they are
    /// needed; pivots below n times the error of an entry, 2⁻⁵² of the largest on the
    /// diagonal or what is seen on it, are rounding.
    ///
    /// # Errors
    ///
    /// When more than `largest` columns are needed.
    ///
    /// # Reference
    ///
    /// Higham 2002, "Accuracy and stability of numerical algorithms", section
    /// 10.3; the threshold is that of LAPACK's `dpstrf`.
    pub fn of_kernel(
        kernel: &dyn Kernel,
        x: &Points<f64>,
        largest: usize,
        threads: usize,
    ) -> Result<Self, TooLarge> {
        let n = x.len();
        let largest = largest.min(n);
        let mut left: Vec<f64> = x
            .squared_norms
            .iter()
            .map(|&xx| kernel.diagonal(xx))
            .collect();
        let scale = left.iter().copied().fold(0.0, f64::max);
        let error = error_of_entries(kernel, x) / scale;
        let threshold = n as f64 * error.max(f64::EPSILON);
        let least = threshold * scale;
        // Pages that are not written take no memory.
        let mut lower = vec![0.0; n * largest];
        let (mut points, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let mut order: Vec<usize> = (0..n).filter(|&i| left[i] > least).collect();
            order.sort_by(|&i, &j| left[j].total_cmp(&left[i]).then(i.cmp(&j)));
            let outside = order.get(TOGETHER).map_or(0.0, |&i| left[i]);
            order.truncate(TOGETHER);
            if order.is_empty() {
                break;
            }
            let before = &lower[..n * points.len()];
            let before = MatRef::from_column_major_slice(before, n, points.len());
            let mut columns = columns(kernel, x, &order, before, threads);
            let mut taken = 0;
            while let Some(k) = (0..order.len())
                .filter(|&k| left[order[k]] > least)
                .max_by(|&a, &b| left[order[a]].total_cmp(&left[order[b]]).then(b.cmp(&a)))
            {
                let (pivot, size) = (order[k], columns[(order[k], k)]);
                if taken > 0 && SLACK * left[pivot] < outside {
                    break;
                }
                left[pivot] = 0.0;
                // What was left of it by subtraction was more than there is.
                if size.is_nan() || size <= least {
                    continue;
                }
                let j = points.len();
                if j == largest {
                    return Err(TooLarge);
                }
                let root = size.sqrt();
                let column = &mut lower[n * j..n * (j + 1)];
                for (to, from) in column.iter_mut().zip(columns.col(k).iter()) {
                    *to = from / root;
                }
                for &earlier in &points {
                    column[earlier] = 0.0;
                }
                for (left, entry) in left.iter_mut().zip(&*column) {
                    *left -= entry * entry;
                }
                let row: Vec<f64> = order.iter().map(|&i| column[i]).collect();
                matmul(
                    columns.as_mut(),
                    Accum::Add,
                    MatRef::from_column_major_slice(column, n, 1),
                    MatRef::from_row_major_slice(&row, 1, row.len()),
                    -1.0,
                    Par::Seq,
                );
                points.push(pivot);
                sizes.push(size / scale);
                taken += 1;
            }
        }
        lower.truncate(n * points.len());
        Ok(Self {
            lower,
            points,
            sizes,
            threshold,
        })
    }

    /// A factor of ΦΦᵀ from the features Φ: with the QR decomposition
    /// Φᵀ Π = Q R, L = Π Rᵀ. Pivots are sizes of features, not of their
    /// squares; those below max(n, dimension) 2⁻⁵² of the largest are rounding.
    pub fn of_features(x: &Points<f64>) -> Self {
        decompose_on_one_thread();
        let (n, d) = (x.len(), x.dimension);
        let features = MatRef::from_row_major_slice(&x.values, n, d).transpose();
        // With more features than points the triangle has all there is.
        let decomposition = if d > n {
            features.qr().thin_R().col_piv_qr()
        } else {
            features.col_piv_qr()
        };
        let triangle = decomposition.thin_R();
        let (order, _) = decomposition.P().arrays();
        let scale = triangle[(0, 0)].abs();
        let threshold = n.max(d) as f64 * f64::EPSILON;
        let sizes: Vec<f64> = (0..triangle.nrows())
            .map(|j| triangle[(j, j)].abs() / scale)
            .take_while(|&size| size > threshold)
            .collect();
        let mut lower = vec![0.0; n * sizes.len()];
        for (i, &point) in order.iter().enumerate() {
            for j in 0..sizes.len().min(i + 1) {
                lower[n * j + point] = triangle[(j, i)];
            }
        }
        Self {
            lower,
            points: order[..sizes.len()].to_vec(),
            sizes,
            threshold,
        }
    }
}

/// The largest difference between k(x_i, x_i) as it is computed off the diagonal,
/// from inner products, and as it is known. Distances lose digits to cancellation,
/// and angles and roots more.
fn error_of_entries(kernel: &dyn Kernel, x: &Points<f64>) -> f64 {
    let n = x.len();
    let mut largest: f64 = 0.0;
    for start in (0..n).step_by(TOGETHER) {
        let rows = start..n.min(start + TOGETHER);
        let mut block = Mat::zeros(rows.len(), rows.len());
        kernel_block(kernel, x, rows.clone(), x, rows.clone(), block.as_mut());
        for (i, &xx) in x.squared_norms[rows].iter().enumerate() {
            largest = largest.max((block[(i, i)] - kernel.diagonal(xx)).abs());
        }
    }
    largest
}

/// Columns of K less those of L Lᵀ, a chunk of rows at a time.
fn columns(
    kernel: &dyn Kernel,
    x: &Points<f64>,
    order: &[usize],
    lower: MatRef<'_, f64>,
    threads: usize,
) -> Mat<f64> {
    let n = x.len();
    let chosen = x.gather(order);
    let rows_of_lower = Mat::from_fn(order.len(), lower.ncols(), |k, j| lower[(order[k], j)]);
    let mut columns = Mat::zeros(n, order.len());
    let mut chunks = Vec::new();
    let mut rest = columns.as_mut();
    while rest.nrows() > 0 {
        let length = CHUNK.min(rest.nrows());
        let (chunk, below): (MatMut<'_, f64>, _) = rest.split_at_row_mut(length);
        chunks.push((n - below.nrows() - length, chunk));
        rest = below;
    }
    let list = Mutex::new(chunks.into_iter());
    parallel(threads, |_| {
        while let Some((start, mut chunk)) = next(&list) {
            let rows = start..start + chunk.nrows();
            kernel_block(
                kernel,
                x,
                rows.clone(),
                &chosen,
                0..order.len(),
                chunk.as_mut(),
            );
            for (k, &i) in order.iter().enumerate().filter(|(_, i)| rows.contains(i)) {
                chunk[(i - start, k)] = kernel.diagonal(x.squared_norms[i]);
            }
            let lower = lower.subrows(start, rows.len());
            let across = rows_of_lower.transpose();
            matmul(chunk.as_mut(), Accum::Add, lower, across, -1.0, Par::Seq);
        }
    });
    columns
}
