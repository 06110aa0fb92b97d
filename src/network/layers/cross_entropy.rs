//! The mean cross-entropy of a batch as one differentiable operation.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use rethink_layers::{Packed, cross_entropy_with_gradient};

use super::values;
use crate::network::typed::Taped;

/// `weight` times the mean cross-entropy, in nats.
///
/// ```text
/// w/n Σ_i [ln Σ_k exp(f_ik) − f_iy]
/// ```
///
/// Shapes: `logits` (n, classes), one label below `classes` for each row.
pub fn mean_cross_entropy<S: Shape>(
    logits: Taped<S>,
    labels: &[u32],
    weight: f32,
) -> Result<Taped<Rank0>, CpuError> {
    let (logits, mut tape) = logits.try_contiguous()?.split_tape();
    let (samples, numbers) = (labels.len(), logits.shape().num_elements());
    let classes = numbers / samples;
    let packed = Packed::of_rows(&values(&logits, numbers), classes);
    let mut gradient = Packed::zeros(samples, classes);
    let scale = weight / samples as f32;
    let loss = cross_entropy_with_gradient(&packed, labels, scale, &mut gradient);
    let loss: Tensor<Rank0, f32, Cpu> =
        (logits.device()).try_tensor_from_vec(vec![(f64::from(scale) * loss) as f32], ())?;
    let out = loss.clone();
    tape.add_backward_op(move |gradients| {
        let above = gradients.get_or_alloc_mut(&out)?[0];
        let below = gradients.get_or_alloc_mut(&logits)?;
        gradient.for_each(below, |to, g| *to += above * g);
        Ok(())
    });
    Ok(loss.put_tape(tape))
}
