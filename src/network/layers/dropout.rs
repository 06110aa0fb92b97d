//! Dropout behind a hidden layer.

use std::sync::{Arc, Mutex, PoisonError};

use dfdx::nn::modules::{ReLU, ZeroSizedModule};
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, OwnedTape, PutTape, SplitTape, Tensor};
use rethink_layers::Packed;

use super::concatenation::Concatenation;
use super::describe::Describe;
use super::{batch_norm, dense, flatten, local_response, max_pooling, values};
use crate::network::graph::Layout;
use crate::network::steps::Words;

/// Drops units in training, once a training asks for it: at first its rate is 0, which is no layer.
///
/// Shapes: `x` and `y` (batch, N).
#[derive(Debug, Clone, Default)]
pub struct Dropout {
    masks: Option<Masks>,
}

/// The rate of all dropout layers of a network, and the random words that they share.
#[derive(Debug, Clone)]
pub struct Masks {
    rate: f64,
    words: Arc<Mutex<Words>>,
}

impl Masks {
    /// At a rate in [0, 1).
    pub fn new(rate: f64, seed: u64) -> Self {
        Self {
            rate,
            words: Arc::new(Mutex::new(Words::new(seed))),
        }
    }

    /// Goes to the words of a step.
    pub fn begin(&self, step: u64) {
        self.words().begin(step);
    }

    fn words(&self) -> std::sync::MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ZeroSizedModule for Dropout {}

impl Describe for Dropout {
    fn describe(layout: &mut Layout, value: usize, _: &str) -> usize {
        layout.drop_units(value);
        value
    }
}

impl<const N: usize> Module<Tensor<(usize, Const<N>), f32, Cpu, NoneTape>> for Dropout {
    type Output = Tensor<(usize, Const<N>), f32, Cpu, NoneTape>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, Const<N>), f32, Cpu, NoneTape>,
    ) -> Result<Self::Output, CpuError> {
        Ok(x)
    }
}

impl<const N: usize> ModuleMut<Tensor<(usize, Const<N>), f32, Cpu, OwnedTape<f32, Cpu>>>
    for Dropout
{
    type Output = Tensor<(usize, Const<N>), f32, Cpu, OwnedTape<f32, Cpu>>;
    type Error = CpuError;

    fn try_forward_mut(
        &mut self,
        x: Tensor<(usize, Const<N>), f32, Cpu, OwnedTape<f32, Cpu>>,
    ) -> Result<Self::Output, CpuError> {
        let Some(masks) = &self.masks else {
            return Ok(x);
        };
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let batch = x.shape().0;
        let mut numbers = Packed::of_rows(&values(&x, batch * N), N);
        let mut layer = rethink_layers::Dropout::new(masks.rate);
        layer.forward(&mut numbers, |words| masks.words().fill(words));
        let y = (x.device()).try_tensor_from_vec(numbers.to_rows(batch), (batch, Const::<N>))?;
        let out = y.clone();
        tape.add_backward_op(move |gradients| {
            // Nothing after this operation reads the gradient of `y`.
            let gy = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
            let mut gy = Packed::of_rows(&gy, N);
            layer.mask(&mut gy);
            gy.for_each(gradients.get_or_alloc_mut(&x)?, |to, g| *to += g);
            Ok(())
        });
        Ok(y.put_tape(tape))
    }
}

/// A part of a network that may have dropout layers.
pub trait Drops {
    /// Gives all of them their masks, or takes them away.
    fn set_masks(&mut self, _: Option<&Masks>) {}
}

impl Drops for Dropout {
    fn set_masks(&mut self, masks: Option<&Masks>) {
        self.masks = masks.cloned();
    }
}

impl Drops for ReLU {}
impl Drops for flatten::GlobalAverage {}
impl Drops for local_response::ResponseNorm {}
impl<const N: usize> Drops for flatten::Flatten<N> {}
impl<const I: usize, const O: usize, const G: bool> Drops for dense::Dense<I, O, G, f32, Cpu> {}
impl<const C: usize> Drops for batch_norm::BatchNorm<C, f32, Cpu> {}
impl<const K: usize, const S: usize, const P: usize, const O: usize> Drops
    for max_pooling::MaxPool<K, S, P, O>
{
}

impl<A: Drops, B: Drops, const O: usize> Drops for Concatenation<A, B, O> {
    fn set_masks(&mut self, masks: Option<&Masks>) {
        self.first.set_masks(masks);
        self.second.set_masks(masks);
    }
}

macro_rules! tuple {
    ($($layer:ident $index:tt),+) => {
        impl<$($layer: Drops),+> Drops for ($($layer,)+) {
            fn set_masks(&mut self, masks: Option<&Masks>) {
                $(self.$index.set_masks(masks);)+
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
