//! Batch normalization as one differentiable operation.

use dfdx::nn::modules::{ModuleVisitor, TensorCollection, TensorOptions};
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Storage, Tensor};
use rethink_layers::{Inputs, Moments, Normalizer, Scales};

use super::describe::Describe;
use super::images::{Batch, operation};
use super::values;
use crate::network::graph::{Layer, Layout, running};

/// Builder types of the layer.
pub mod builder {
    /// Every one of `C` channels to mean 0 and variance 1.
    #[derive(Debug, Clone, Copy)]
    pub struct BatchNorm<const C: usize>;
}

/// Batch normalization without scale and shift, which the paper's counts of parameters leave no
/// room for; see [`rethink_layers::BatchNorm`].
///
/// With a tape it normalizes by the moments of the batch and moves its running statistics; without,
/// by the running statistics.
///
/// Shapes: `x` and `y` (batch, C, H, W), running statistics (C).
#[derive(Debug, Clone)]
pub struct BatchNorm<const C: usize, E: Dtype, D: Storage<E>> {
    /// Running mean.
    pub running_mean: Tensor<Rank1<C>, E, D>,
    /// Running variance.
    pub running_var: Tensor<Rank1<C>, E, D>,
}

impl<const C: usize, D: Device<f32>> BuildOnDevice<D, f32> for builder::BatchNorm<C>
where
    BatchNorm<C, f32, D>: BuildModule<D, f32>,
{
    type Built = BatchNorm<C, f32, D>;
}

impl<const C: usize, D: Device<f32>> TensorCollection<f32, D> for BatchNorm<C, f32, D> {
    type To<E2: Dtype, D2: Device<E2>> = BatchNorm<C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, f32, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::tensor(
                    "running_mean",
                    |layer| &layer.running_mean,
                    |layer| &mut layer.running_mean,
                    TensorOptions::detached(|t| t.try_fill_with_zeros()),
                ),
                Self::tensor(
                    "running_var",
                    |layer| &layer.running_var,
                    |layer| &mut layer.running_var,
                    TensorOptions::detached(|t| t.try_fill_with_ones()),
                ),
            ),
            |(running_mean, running_var)| BatchNorm {
                running_mean,
                running_var,
            },
        )
    }
}

impl<const C: usize> Describe for builder::BatchNorm<C> {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        layout.push(name.to_owned(), Layer::BatchNorm, &[value])
    }
}

impl<const C: usize> BatchNorm<C, f32, Cpu> {
    fn layer(&self) -> rethink_layers::BatchNorm<f32> {
        let scales = Scales::new(&[1.0; C], &[0.0; C]);
        let (mean, variance) = (values(&self.running_mean, C), values(&self.running_var, C));
        rethink_layers::BatchNorm::new(scales, &mean, &variance)
    }
}

impl<const C: usize, const H: usize, const W: usize> Module<Batch<C, H, W, NoneTape>>
    for BatchNorm<C, f32, Cpu>
{
    type Output = Batch<C, H, W, NoneTape>;
    type Error = CpuError;

    fn try_forward(&self, x: Batch<C, H, W, NoneTape>) -> Result<Self::Output, CpuError> {
        let layer = self.layer();
        let by = layer.normalizer();
        operation(x, &mut |x, y| {
            let (by, relu) = (&by, false);
            layer.forward(Inputs { x, by, relu }, y);
            Box::new(|_, _, _| {}) // nothing goes back without a tape
        })
    }
}

impl<const C: usize, const H: usize, const W: usize> ModuleMut<Batch<C, H, W, OwnedTape<f32, Cpu>>>
    for BatchNorm<C, f32, Cpu>
{
    type Output = Batch<C, H, W, OwnedTape<f32, Cpu>>;
    type Error = CpuError;

    fn try_forward_mut(
        &mut self,
        x: Batch<C, H, W, OwnedTape<f32, Cpu>>,
    ) -> Result<Self::Output, CpuError> {
        const { assert!(H * W > 1, "BatchNorm: images of one pixel have no variance") }
        let mut layer = self.layer();
        let y = operation(x, &mut |x, y| {
            let moments = Moments::of(x);
            let by: Normalizer<f32> = moments.normalizer().expect("more than one pixel");
            let relu = false;
            layer.forward(Inputs { x, by: &by, relu }, y);
            layer.update(&moments);
            let layer = layer.clone();
            Box::new(move |x, g, below| {
                let inputs = Inputs { x, by: &by, relu };
                let sums = layer.gradient(inputs, g);
                layer.backward(inputs, g, Some(&sums), below);
            })
        })?;
        let [mean, variance] = running(&layer, C);
        self.running_mean.copy_from(&mean);
        self.running_var.copy_from(&variance);
        Ok(y)
    }
}
