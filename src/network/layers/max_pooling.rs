//! Max pooling as one differentiable operation.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Tape};
use rethink_layers::{MaxPooling, Winners};

use super::describe::Describe;
use super::images::{Batch, operation};
use crate::network::graph::{Layer, Layout};

/// Maxima over windows of `K` x `K` pixels, moved by `S` pixels over an image with `P` pixels
/// around it, with `SIDE` x `SIDE` places; see [`rethink_layers::MaxPooling`].
///
/// Shapes: `x` (batch, C, H, W), `y` (batch, C, SIDE, SIDE).
#[derive(Debug, Clone, Copy, Default)]
pub struct MaxPool<const K: usize, const S: usize, const P: usize, const SIDE: usize>;

impl<const K: usize, const S: usize, const P: usize, const SIDE: usize> ZeroSizedModule
    for MaxPool<K, S, P, SIDE>
{
}

impl<const K: usize, const S: usize, const P: usize, const SIDE: usize> NonMutableModule
    for MaxPool<K, S, P, SIDE>
{
}

impl<const K: usize, const S: usize, const P: usize, const SIDE: usize> Describe
    for MaxPool<K, S, P, SIDE>
{
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        let layer = Layer::MaxPooling(MaxPooling::new(K, S, P));
        layout.push(name.to_owned(), layer, &[value])
    }
}

impl<
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
    const C: usize,
    const H: usize,
    const W: usize,
    T: Tape<f32, Cpu>,
> Module<Batch<C, H, W, T>> for MaxPool<K, S, P, SIDE>
{
    type Output = Batch<C, SIDE, SIDE, T>;
    type Error = CpuError;

    fn try_forward(&self, x: Batch<C, H, W, T>) -> Result<Self::Output, CpuError> {
        const {
            assert!(
                (H + 2 * P - K) / S + 1 == SIDE && (W + 2 * P - K) / S + 1 == SIDE,
                "MaxPool: SIDE must be (H + 2 P - K) / S + 1"
            );
        }
        let layer = MaxPooling::new(K, S, P);
        operation(x, &mut |x, y| {
            let mut winners = Winners::new();
            layer.forward(x, y, &mut winners);
            Box::new(move |_, g, below| layer.backward(g, &winners, below))
        })
    }
}
