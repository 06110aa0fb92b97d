//! The linear part of a layer on dfdx's tape.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use rethink_layers::{Shape, Winners};

use super::cosines::cosines;
use super::layer::{ConvolutionShape, LayerKind};
use crate::network::{convolve, operation_on, weighted_sums};

/// Examples as rows.
pub(super) type Matrix<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
type Vector = Tensor<(usize,), f32, Cpu>;

/// A number for every weight and bias of a layer: means, variances or one draw.
pub(super) struct Linear {
    kind: LayerKind,
    weight: Matrix,
    bias: Vector,
    /// Whether inputs get a gradient.
    below: bool,
}

impl Linear {
    /// Of numbers in the order of [`Layer`](super::Layer). The inputs of the first layer are data,
    /// which need no gradient.
    pub fn of(
        device: &Cpu,
        kind: LayerKind,
        numbers: &[f32],
        first: bool,
    ) -> Result<Self, CpuError> {
        let [rows, columns] = kind.weights();
        let (weights, biases) = numbers.split_at(rows * columns);
        let weights = kind.on_pixels(weights);
        Ok(Self {
            kind,
            weight: device.try_tensor_from_vec(weights, (rows, columns))?,
            bias: device.try_tensor_from_vec(biases.to_vec(), (biases.len(),))?,
            below: !first,
        })
    }

    /// What the layer is.
    pub fn kind(&self) -> LayerKind {
        self.kind
    }

    /// Sums of weighted inputs, and biases.
    pub fn forward<T: Tape<f32, Cpu> + Merge<T>>(
        &self,
        x: Matrix<T>,
    ) -> Result<Matrix<T>, CpuError> {
        let shape = (x.shape().0, self.kind.sums());
        match self.kind {
            LayerKind::Dense { .. } => {
                weighted_sums(x, (&self.weight, &self.bias), shape, self.below)
            }
            LayerKind::Convolution(convolution) => {
                let numbers = (&self.weight, &self.bias);
                convolve(x, numbers, convolution.zeros(), shape, self.below)
            }
        }
    }

    /// The gradient by its numbers, in their order.
    pub fn gradient(&self, gradients: &Gradients<f32, Cpu>) -> Vec<f32> {
        let weight = self.kind.by_cosines(&gradients.get(&self.weight).as_vec());
        let bias = gradients.get(&self.bias).as_vec();
        [weight, bias].concat()
    }
}

impl ConvolutionShape {
    /// Maxima along cosines over their image, channel by channel: an orthonormal basis, in which
    /// the weights of a dense layer above are independent.
    pub(super) fn along_cosines<T: Tape<f32, Cpu> + Merge<NoneTape>>(
        self,
        maxima: Matrix<T>,
    ) -> Result<Matrix<T>, CpuError> {
        let Shape {
            channels,
            height,
            width,
        } = self.maxima();
        let (all, size) = (*maxima.shape(), height * width);
        let basis = cosines([height, width], 1.0, f64::INFINITY);
        // A cosine is a column.
        let turned = (0..size * size).map(|place| basis[place % size * size + place / size] as f32);
        let basis: Matrix =
            (maxima.device()).try_tensor_from_vec(turned.collect(), (size, size))?;
        let rows = maxima.try_reshape_like(&(all.0 * channels, size))?;
        rows.try_matmul(basis)?.try_reshape_like(&all)
    }

    /// Maxima of the sums.
    pub(super) fn pool<T: Tape<f32, Cpu>>(self, sums: Matrix<T>) -> Result<Matrix<T>, CpuError> {
        let shape = (sums.shape().0, self.maxima().numbers());
        let images = [self.sums(), self.maxima()];
        operation_on(sums, images, shape, &mut |x, y| {
            let mut winners = Winners::new();
            Self::pooling().forward(x, y, &mut winners);
            Box::new(move |_, g, below| Self::pooling().backward(g, &winners, below))
        })
    }
}
