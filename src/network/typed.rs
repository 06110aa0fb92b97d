//! What the compiler knows of a network.

use std::marker::PhantomData;

use dfdx::nn::modules::TensorCollection;
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, NoneTape, OwnedTape, Tensor};

use super::graph::{Extent, Layout};
use super::layers::{Batch, Describe, Drops, shape};

/// A tensor that records what is done to it, for the backward pass.
pub type Taped<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;
/// A tensor that records nothing.
pub type Plain<S> = Tensor<S, f32, Cpu, NoneTape>;

/// One typed network.
///
/// Const generics stop here: generic code sees associated types only.
pub trait Network: 'static {
    /// Shape of a batch of inputs.
    type Input: Shape;
    /// Shape of a batch of logits.
    type Logits: Shape;
    /// The alias in the zoo.
    type Spec: BuildOnDevice<Cpu, f32, Built = Self::Model>;
    /// What the alias builds.
    type Model: TensorCollection<f32, Cpu, To<f32, Cpu> = Self::Model>
        + Drops
        + Module<Plain<Self::Input>, Output = Plain<Self::Logits>, Error = CpuError>
        + ModuleMut<Taped<Self::Input>, Output = Taped<Self::Logits>, Error = CpuError>
        + 'static;
    /// Numbers in one input.
    const FEATURES: usize;
    /// Numbers in one output.
    const CLASSES: usize;
    /// The shape of `batch` inputs.
    fn input(batch: usize) -> Self::Input;
    /// Its layers with their wiring.
    fn layout() -> Layout;
}

/// A network on flat inputs of `I` numbers, with `O` classes.
pub struct Flat<Spec, const I: usize, const O: usize>(PhantomData<Spec>);

impl<Spec: 'static, M, const I: usize, const O: usize> Network for Flat<Spec, I, O>
where
    Spec: Describe + BuildOnDevice<Cpu, f32, Built = M>,
    M: TensorCollection<f32, Cpu, To<f32, Cpu> = M>
        + Drops
        + Module<Plain<(usize, Const<I>)>, Output = Plain<(usize, Const<O>)>, Error = CpuError>
        + ModuleMut<Taped<(usize, Const<I>)>, Output = Taped<(usize, Const<O>)>, Error = CpuError>
        + 'static,
{
    type Input = (usize, Const<I>);
    type Logits = (usize, Const<O>);
    type Spec = Spec;
    type Model = M;
    const FEATURES: usize = I;
    const CLASSES: usize = O;
    fn input(batch: usize) -> Self::Input {
        (batch, Const)
    }
    fn layout() -> Layout {
        let mut layout = Layout::new(Extent::Numbers(I));
        Spec::describe(&mut layout, 0, "");
        layout
    }
}

/// A network on images of `C` channels and `SIDE` x `SIDE` pixels, with `O` classes.
pub struct Image<Spec, const C: usize, const SIDE: usize, const O: usize>(PhantomData<Spec>);

impl<Spec: 'static, M, const C: usize, const SIDE: usize, const O: usize> Network
    for Image<Spec, C, SIDE, O>
where
    Spec: Describe + BuildOnDevice<Cpu, f32, Built = M>,
    M: TensorCollection<f32, Cpu, To<f32, Cpu> = M>
        + Drops
        + Module<Batch<C, SIDE, SIDE, NoneTape>, Output = Plain<(usize, Const<O>)>, Error = CpuError>
        + ModuleMut<
            Batch<C, SIDE, SIDE, OwnedTape<f32, Cpu>>,
            Output = Taped<(usize, Const<O>)>,
            Error = CpuError,
        > + 'static,
{
    type Input = (usize, Const<C>, Const<SIDE>, Const<SIDE>);
    type Logits = (usize, Const<O>);
    type Spec = Spec;
    type Model = M;
    const FEATURES: usize = C * SIDE * SIDE;
    const CLASSES: usize = O;
    fn input(batch: usize) -> Self::Input {
        (batch, Const, Const, Const)
    }
    fn layout() -> Layout {
        let mut layout = Layout::new(Extent::Image(shape::<C, SIDE, SIDE>()));
        Spec::describe(&mut layout, 0, "");
        layout
    }
}
