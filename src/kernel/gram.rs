//! Blocks of a Gram matrix: one matrix product and one elementwise map.

use std::ops::Range;
use std::sync::Mutex;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::features::Points;
use super::function::{Elementwise, Kernel};
use crate::linalg::{BLOCK, GROUPS, Real, grouped_sum, next, parallel, tile_position};

/// Writes k(x_i, y_j) for i in `rows` and j in `columns`.
///
/// Shapes: `block` (rows, columns), column-major with contiguous columns.
pub(super) fn kernel_block<T: Elementwise>(
    kernel: &dyn Kernel,
    x: &Points<T>,
    rows: Range<usize>,
    y: &Points<T>,
    columns: Range<usize>,
    mut block: MatMut<'_, T>,
) {
    let d = x.dimension;
    let left = MatRef::from_row_major_slice(&x.values[rows.start * d..rows.end * d], rows.len(), d);
    let right = MatRef::from_row_major_slice(
        &y.values[columns.start * d..columns.end * d],
        columns.len(),
        d,
    );
    matmul(
        block.as_mut(),
        Accum::Replace,
        left,
        right.transpose(),
        T::from_f64(1.0),
        Par::Seq,
    );
    let xx = &x.squared_norms[rows];
    for (column, &yy) in block.col_iter_mut().zip(&y.squared_norms[columns]) {
        if let Some(column) = column.try_as_col_major_mut() {
            T::map(kernel, column.as_slice_mut(), xx, yy);
        }
    }
}

/// Writes the exact diagonal plus the ridge into a block on the diagonal.
pub(super) fn set_diagonal<T: Real>(
    kernel: &dyn Kernel,
    squared_norms: &[T],
    ridge: f64,
    mut block: MatMut<'_, T>,
) {
    for (i, xx) in squared_norms.iter().enumerate() {
        block[(i, i)] = T::from_f64(kernel.diagonal(xx.to_f64()) + ridge);
    }
}

/// Writes blocks of K + ridge I, given their rows and columns: of those on the diagonal
/// the first row is the first column.
pub(crate) fn entries<T: Elementwise>(
    kernel: &dyn Kernel,
    x: &Points<T>,
    ridge: f64,
) -> impl Fn(Range<usize>, Range<usize>, MatMut<'_, T>) + Sync {
    move |rows, columns, mut block| {
        let on_diagonal = rows.start == columns.start;
        kernel_block(kernel, x, rows, x, columns.clone(), block.as_mut());
        if on_diagonal {
            set_diagonal(kernel, &x.squared_norms[columns], ridge, block);
        }
    }
}

/// y = (K + ridge I) a with K computed afresh, block by block, in precision T;
/// also ‖K + ridge I‖₁, the largest column sum of absolute values.
///
/// Shapes: `a` and the result (n, columns), column after column.
pub(super) fn fresh_product<T: Elementwise>(
    kernel: &dyn Kernel,
    x: &Points<T>,
    ridge: f64,
    a: &[Vec<f64>],
    threads: usize,
) -> (Vec<Vec<f64>>, f64) {
    let n = x.len();
    let classes = a.len();
    let packed: Vec<T> = a.iter().flatten().map(|&v| T::from_f64(v)).collect();
    let a = MatRef::from_column_major_slice(&packed, n, classes);
    let blocks = n.div_ceil(BLOCK);
    let range = |b: usize| b * BLOCK..n.min((b + 1) * BLOCK);
    let tiles = blocks * (blocks + 1) / 2;
    let one = T::from_f64(1.0);
    let write = entries(kernel, x, ridge);
    // The sums of absolute values are one more column.
    let total = grouped_sum(threads, n * (classes + 1), |group, total| {
        let (y, sums) = total.split_at_mut(n * classes);
        #[allow(clippy::useless_vec)] // too large for the stack
        let mut buffer = vec![T::from_f64(0.0); BLOCK * BLOCK];
        for tile in group * tiles / GROUPS..(group + 1) * tiles / GROUPS {
            let (i, j) = tile_position(tile);
            let (rows, columns) = (range(i), range(j));
            let buffer = &mut buffer[..rows.len() * columns.len()];
            let mut block = MatMut::from_column_major_slice_mut(buffer, rows.len(), columns.len());
            write(rows.clone(), columns.clone(), block.as_mut());
            let block = block.as_ref();
            for (c, column) in columns.clone().zip(block.col_iter()) {
                for (r, value) in rows.clone().zip(column.iter()) {
                    let size = value.to_f64().abs();
                    sums[c] += size;
                    if i != j {
                        sums[r] += size;
                    }
                }
            }
            let mut add = |to: &Range<usize>, block: MatRef<'_, T>, from: &Range<usize>| {
                let mut sum = Mat::<T>::zeros(to.len(), classes);
                let right = a.subrows(from.start, from.len());
                matmul(sum.as_mut(), Accum::Replace, block, right, one, Par::Seq);
                for (c, sum) in sum.col_iter().enumerate() {
                    for (r, value) in to.clone().zip(sum.iter()) {
                        y[c * n + r] += value.to_f64();
                    }
                }
            };
            add(&rows, block, &columns);
            if i != j {
                add(&columns, block.transpose(), &rows);
            }
        }
    });
    let (y, sums) = total.split_at(n * classes);
    let y = y.chunks(n).map(<[f64]>::to_vec).collect();
    (y, sums.iter().copied().fold(0.0, f64::max))
}

/// f(y_j) = Σ_i a_i k(x_i, y_j) for every row of `y`, block by block.
///
/// Shapes: `a` (n, columns), column after column; the result (rows of `y`,
/// columns), row-major.
pub(super) fn evaluate<T: Elementwise>(
    kernel: &dyn Kernel,
    x: &Points<T>,
    a: &[Vec<f64>],
    y: &super::Features,
    threads: usize,
) -> Vec<f64> {
    let (n, classes) = (x.len(), a.len());
    let packed: Vec<T> = a.iter().flatten().map(|&v| T::from_f64(v)).collect();
    let a = MatRef::from_column_major_slice(&packed, n, classes);
    let mut values = vec![0.0; y.len() * classes];
    let rows = y.values().chunks(BLOCK * y.dimension());
    let work = Mutex::new(values.chunks_mut(BLOCK * classes).zip(rows));
    parallel(threads, |_| {
        #[allow(clippy::useless_vec)] // too large for the stack
        let mut buffer = vec![T::from_f64(0.0); BLOCK * BLOCK];
        while let Some((out, rows)) = next(&work) {
            let y = Points::<T>::from_rows(rows, &x.origin);
            for start in (0..n).step_by(BLOCK) {
                let points = start..n.min(start + BLOCK);
                let buffer = &mut buffer[..points.len() * y.len()];
                let mut block = MatMut::from_column_major_slice_mut(buffer, points.len(), y.len());
                kernel_block(kernel, x, points.clone(), &y, 0..y.len(), block.as_mut());
                let a = a.subrows(points.start, points.len());
                let mut sum = Mat::<T>::zeros(y.len(), classes);
                let one = T::from_f64(1.0);
                matmul(
                    sum.as_mut(),
                    Accum::Replace,
                    block.transpose(),
                    a,
                    one,
                    Par::Seq,
                );
                for (j, out) in out.chunks_mut(classes).enumerate() {
                    for (c, out) in out.iter_mut().enumerate() {
                        *out += sum[(j, c)].to_f64();
                    }
                }
            }
        }
    });
    values
}
