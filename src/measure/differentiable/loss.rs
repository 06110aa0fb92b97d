//! Softmax, cross-entropy and correct classifications of a matrix of logits.

use faer::{Mat, MatRef};

use crate::classification::{is_correct, margin};
use crate::linalg::Real;

/// Softmax of every column.
///
/// ```text
/// p_k = exp(f_k) / Σ_j exp(f_j)
/// ```
pub fn probabilities(logits: &Mat<f64>) -> Mat<f64> {
    let mut p = logits.clone();
    for j in 0..p.ncols() {
        let column = p.col_as_slice_mut(j);
        let top = column.iter().fold(f64::NEG_INFINITY, |m, &z| m.max(z));
        let mut sum = 0.0;
        for z in &mut *column {
            *z = (*z - top).exp();
            sum += *z;
        }
        column.iter_mut().for_each(|z| *z /= sum);
    }
    p
}

/// The cross-entropy of every column, in nats.
///
/// ```text
/// ℓ = ln Σ_j exp(f_j) − f_y
/// ```
pub fn cross_entropy(logits: &Mat<f64>, labels: &[u32]) -> Vec<f64> {
    let loss = |(column, &label): (faer::ColRef<'_, f64>, &u32)| {
        let top = column.iter().fold(f64::NEG_INFINITY, |m, &z| m.max(z));
        let sum: f64 = column.iter().map(|&z| (z - top).exp()).sum();
        sum.ln() + top - column[label as usize]
    };
    logits.as_ref().col_iter().zip(labels).map(loss).collect()
}

/// The gradient of every example's cross-entropy by its logits: p − e_y.
pub fn loss_delta(probabilities: &Mat<f64>, labels: &[u32]) -> Mat<f64> {
    let mut delta = probabilities.clone();
    for (i, &label) in labels.iter().enumerate() {
        delta[(label as usize, i)] -= 1.0;
    }
    delta
}

/// How many columns are classified correctly.
pub fn correct<T: Real>(logits: MatRef<'_, T>, labels: &[u32]) -> usize {
    let right = |&(column, &label): &(faer::ColRef<'_, T>, &u32)| {
        let outputs = column.iter().map(|f| f.to_f64());
        is_correct(margin(outputs, label as usize))
    };
    logits.col_iter().zip(labels).filter(right).count()
}
