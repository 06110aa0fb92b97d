//! Cross-entropy on packed logits.

use crate::Element;
use crate::packed::Packed;
use crate::tile::{Row, WIDTH};

/// The sum of the cross-entropies of all samples, in nats, and its gradient by the logits.
///
/// ```text
/// ℓ_i = ln Σ_k exp(f_ik) − f_iy,   g_ik = s (exp(f_ik) / Σ_j exp(f_ij) − 1[k = y])
/// ```
///
/// Shapes: `logits` and `gradient` (samples, classes), one label a sample. The gradient is
/// multiplied by `scale`, s; the loss is not.
pub fn cross_entropy_with_gradient<T: Element>(
    logits: &Packed<T>,
    labels: &[u32],
    scale: T,
    gradient: &mut Packed<T>,
) -> f64 {
    let classes = logits.columns();
    let mut loss = 0.0;
    let panels = logits.panels().zip(gradient.panels_mut());
    for ((logits, gradient), labels) in panels.zip(labels.chunks(WIDTH)) {
        let (logits, gradient) = (&logits[..classes], &mut gradient[..classes]);
        let mut top = [T::from_f64(f64::NEG_INFINITY); WIDTH];
        for row in logits {
            for (top, &f) in top.iter_mut().zip(&row.0) {
                *top = if f > *top { f } else { *top };
            }
        }
        let mut sum = [T::default(); WIDTH];
        for (row, gradient) in logits.iter().zip(&mut *gradient) {
            *gradient = Row::zero();
            for (s, _) in labels.iter().enumerate() {
                gradient.0[s] = (row.0[s] - top[s]).exp();
                sum[s] += gradient.0[s];
            }
        }
        for (s, &label) in labels.iter().enumerate() {
            let label = label as usize;
            loss += sum[s].ln().to_f64() - (logits[label].0[s] - top[s]).to_f64();
            let share = scale / sum[s];
            for row in &mut *gradient {
                row.0[s] = row.0[s] * share;
            }
            gradient[label].0[s] -= scale;
        }
    }
    loss
}
