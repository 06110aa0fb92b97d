//! Local response normalization as one differentiable operation.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Tape};
use rethink_layers::{LocalResponse, Roots};

use super::describe::Describe;
use super::images::{Batch, operation};
use crate::network::graph::{Layer, Layout};

/// Division by the size of nine neighbouring channels, see [`rethink_layers::LocalResponse`].
///
/// The paper states neither window nor constants; these are those of the tutorial on CIFAR-10 that
/// came with TensorFlow, whose network small AlexNet is: n = 9, α/n = 0.001/9, k = 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResponseNorm;

impl ZeroSizedModule for ResponseNorm {}
impl NonMutableModule for ResponseNorm {}

fn layer() -> LocalResponse {
    LocalResponse::new(9, 0.001, 1.0)
}

impl Describe for ResponseNorm {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        layout.push(name.to_owned(), Layer::LocalResponse(layer()), &[value])
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Tape<f32, Cpu>> Module<Batch<C, H, W, T>>
    for ResponseNorm
{
    type Output = Batch<C, H, W, T>;
    type Error = CpuError;

    fn try_forward(&self, x: Batch<C, H, W, T>) -> Result<Self::Output, CpuError> {
        let layer = layer();
        operation(x, &mut |x, y| {
            let mut roots = Roots::default();
            layer.forward(x, &mut roots, y);
            Box::new(move |x, g, below| layer.backward(x, &roots, g, below))
        })
    }
}
