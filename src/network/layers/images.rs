//! Operations on images on dfdx's tape.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use rethink_layers::{Images, Shape as ImageShape};

use super::values;

/// A batch of images.
pub type Batch<const C: usize, const H: usize, const W: usize, T> =
    Tensor<(usize, Const<C>, Const<H>, Const<W>), f32, Cpu, T>;

/// Shape of one image.
pub fn shape<const C: usize, const H: usize, const W: usize>() -> ImageShape {
    ImageShape {
        channels: C,
        height: H,
        width: W,
    }
}

/// The images of a contiguous batch.
pub fn to_images<const C: usize, const H: usize, const W: usize>(
    batch: &Batch<C, H, W, NoneTape>,
) -> Images<f32> {
    let numbers = values(batch, batch.shape().num_elements());
    Images::of_planes(&numbers, shape::<C, H, W>())
}

/// A batch of images, on the device of another tensor.
pub fn to_batch<const C: usize, const H: usize, const W: usize>(
    device: &Cpu,
    images: &Images<f32>,
) -> Result<Batch<C, H, W, NoneTape>, CpuError> {
    let samples = images.samples();
    device.try_tensor_from_vec(images.to_planes(), (samples, Const, Const, Const))
}

/// Adds the numbers of images to a gradient.
pub fn add(sum: &mut [f32], images: &Images<f32>) {
    images.for_each(sum, |to, g| *to += g);
}

/// The gradient by the inputs of an operation, from the inputs and the gradient by the outputs.
type Backward = Box<dyn FnOnce(&Images<f32>, &Images<f32>, &mut Images<f32>)>;

/// An operation from images to images without parameters: `forward` computes the outputs, and
/// returns what computes the gradient by the inputs.
pub fn operation<
    const C: usize,
    const H: usize,
    const W: usize,
    const C2: usize,
    const H2: usize,
    const W2: usize,
    T: Tape<f32, Cpu>,
>(
    x: Batch<C, H, W, T>,
    forward: &mut dyn FnMut(&Images<f32>, &mut Images<f32>) -> Backward,
) -> Result<Batch<C2, H2, W2, T>, CpuError> {
    let outputs = (x.shape().0, Const, Const, Const);
    let images = [shape::<C, H, W>(), shape::<C2, H2, W2>()];
    operation_on(x, images, outputs, forward)
}

/// The same on tensors of any shapes that hold the numbers of images: of inputs and of outputs.
pub fn operation_on<X: Shape, Y: Shape, T: Tape<f32, Cpu>>(
    x: Tensor<X, f32, Cpu, T>,
    [input, output]: [ImageShape; 2],
    shape: Y,
    forward: &mut dyn FnMut(&Images<f32>, &mut Images<f32>) -> Backward,
) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let inputs = Images::of_planes(&values(&x, x.shape().num_elements()), input);
    let mut outputs = Images::zeros(inputs.samples(), output);
    let backward = forward(&inputs, &mut outputs);
    let y = x.device().try_tensor_from_vec(outputs.to_planes(), shape)?;
    if T::OWNS_TAPE {
        let out = y.clone();
        tape.add_backward_op(move |gradients| {
            let above = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
            let above = Images::of_planes(&above, output);
            let mut below = Images::zeros(inputs.samples(), input);
            backward(&inputs, &above, &mut below);
            add(gradients.get_or_alloc_mut(&x)?, &below);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}
