//! Two layers on the same images, their channels behind each other.

use dfdx::nn::modules::{ModuleVisitor, TensorCollection};
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Merge, PutTape, SplitTape, Tape, WithEmptyTape};
use rethink_layers::Images;

use super::describe::{Describe, part};
use super::images::{Batch, add, shape, to_batch, to_images};
use crate::network::graph::{Layer, Layout};

/// The outputs of `A` and of `B` on the same images, `O` channels together.
///
/// Shapes: `x` (batch, C, H, W), `y` (batch, O, H', W').
#[derive(Debug, Clone, Default)]
pub struct Concatenation<A, B, const O: usize> {
    /// Its channels come first.
    pub first: A,
    /// Its channels come last.
    pub second: B,
}

impl<A: BuildOnDevice<D, E>, B: BuildOnDevice<D, E>, const O: usize, D: Device<E>, E: Dtype>
    BuildOnDevice<D, E> for Concatenation<A, B, O>
{
    type Built = Concatenation<A::Built, B::Built, O>;
}

impl<A, B, const O: usize, D: Device<E>, E: Dtype> TensorCollection<E, D> for Concatenation<A, B, O>
where
    A: TensorCollection<E, D>,
    B: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Concatenation<A::To<E2, D2>, B::To<E2, D2>, O>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("second", |s| &s.second, |s| &mut s.second),
            ),
            |(first, second)| Concatenation { first, second },
        )
    }
}

impl<A: Describe, B: Describe, const O: usize> Describe for Concatenation<A, B, O> {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        let first = A::describe(layout, value, &part(name, "first"));
        let second = B::describe(layout, value, &part(name, "second"));
        layout.push(name.to_owned(), Layer::Concatenation, &[first, second])
    }
}

/// The channels of two batches as one differentiable operation.
fn concatenate<
    const C1: usize,
    const C2: usize,
    const O: usize,
    const H: usize,
    const W: usize,
    T: Tape<f32, Cpu> + Merge<T>,
>(
    first: Batch<C1, H, W, T>,
    second: Batch<C2, H, W, T>,
) -> Result<Batch<O, H, W, T>, CpuError> {
    const {
        assert!(
            C1 + C2 == O,
            "Concatenation: O must be the channels of both"
        )
    }
    let (first, tape) = first.try_contiguous()?.split_tape();
    let (second, other) = second.try_contiguous()?.split_tape();
    let mut tape = tape.merge(other);
    let parts = [to_images(&first), to_images(&second)];
    let mut outputs = Images::zeros(parts[0].samples(), shape::<O, H, W>());
    rethink_layers::concatenate(&[&parts[0], &parts[1]], &mut outputs);
    let y = to_batch(first.device(), &outputs)?;
    if T::OWNS_TAPE {
        let out = y.clone();
        tape.add_backward_op(move |gradients| {
            let above = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
            let above = Images::of_planes(&above, shape::<O, H, W>());
            let [mut by_first, mut by_second] = parts;
            rethink_layers::split(&above, &mut [&mut by_first, &mut by_second]);
            add(gradients.get_or_alloc_mut(&first)?, &by_first);
            add(gradients.get_or_alloc_mut(&second)?, &by_second);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

macro_rules! module {
    ($module:ident, $forward:ident, $this:ident: $self:ty, $first:expr, $second:expr) => {
        impl<
            A,
            B,
            const O: usize,
            const C: usize,
            const H: usize,
            const W: usize,
            const C1: usize,
            const C2: usize,
            const H2: usize,
            const W2: usize,
            T: Tape<f32, Cpu> + Merge<T>,
        > $module<Batch<C, H, W, T>> for Concatenation<A, B, O>
        where
            Batch<C, H, W, T>: WithEmptyTape,
            A: $module<Batch<C, H, W, T>, Output = Batch<C1, H2, W2, T>, Error = CpuError>,
            B: $module<Batch<C, H, W, T>, Output = Batch<C2, H2, W2, T>, Error = CpuError>,
        {
            type Output = Batch<O, H2, W2, T>;
            type Error = CpuError;

            fn $forward(self: $self, x: Batch<C, H, W, T>) -> Result<Self::Output, CpuError> {
                let again = x.with_empty_tape();
                let $this = self;
                let first = ($first).$forward(x)?;
                let second = ($second).$forward(again)?;
                concatenate(first, second)
            }
        }
    };
}

module!(Module, try_forward, this: &Self, this.first, this.second);
module!(ModuleMut, try_forward_mut, this: &mut Self, this.first, this.second);
