//! From images to numbers.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use rethink_layers::{Images, Packed};

use super::describe::Describe;
use super::images::{Batch, add, shape, to_images};
use crate::network::graph::{Layer, Layout};

/// The `N` numbers of an image, channel after channel.
///
/// Shapes: `x` (batch, C, H, W), `y` (batch, N).
#[derive(Debug, Clone, Copy, Default)]
pub struct Flatten<const N: usize>;

impl<const N: usize> ZeroSizedModule for Flatten<N> {}
impl<const N: usize> NonMutableModule for Flatten<N> {}

impl<const N: usize> Describe for Flatten<N> {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        layout.push(name.to_owned(), Layer::Flatten, &[value])
    }
}

impl<const N: usize, const C: usize, const H: usize, const W: usize, T: Tape<f32, Cpu>>
    Module<Batch<C, H, W, T>> for Flatten<N>
{
    type Output = Tensor<(usize, Const<N>), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(&self, x: Batch<C, H, W, T>) -> Result<Self::Output, CpuError> {
        const { assert!(C * H * W == N, "Flatten<N>: N must be C * H * W") }
        let batch = x.shape().0;
        x.try_contiguous()?.try_reshape_like(&(batch, Const::<N>))
    }
}

/// The mean of every channel.
///
/// Shapes: `x` (batch, C, H, W), `y` (batch, C).
#[derive(Debug, Clone, Copy, Default)]
pub struct GlobalAverage;

impl ZeroSizedModule for GlobalAverage {}
impl NonMutableModule for GlobalAverage {}

impl Describe for GlobalAverage {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        layout.push(name.to_owned(), Layer::GlobalAverage, &[value])
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Tape<f32, Cpu>> Module<Batch<C, H, W, T>>
    for GlobalAverage
{
    type Output = Tensor<(usize, Const<C>), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(&self, x: Batch<C, H, W, T>) -> Result<Self::Output, CpuError> {
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let images = to_images(&x);
        let samples = images.samples();
        let mut means = Packed::zeros(samples, C);
        rethink_layers::global_average(&images, &mut means);
        let y = (x.device()).try_tensor_from_vec(means.to_rows(samples), (samples, Const::<C>))?;
        if T::OWNS_TAPE {
            let out = y.clone();
            tape.add_backward_op(move |gradients| {
                let above = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
                let mut below = Images::zeros(samples, shape::<C, H, W>());
                rethink_layers::global_average_backward(&Packed::of_rows(&above, C), &mut below);
                add(gradients.get_or_alloc_mut(&x)?, &below);
                Ok(())
            });
        }
        Ok(y.put_tape(tape))
    }
}
