//! A convolutional layer as one differentiable operation.

use dfdx::nn::modules::{ModuleVisitor, TensorCollection, TensorOptions};
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use rethink_layers::{Convolution, Geometry, Images};

use super::describe::Describe;
use super::dropout::Drops;
use super::images::{Batch, add, shape};
use super::values;
use crate::network::graph;

/// Builder types of the layer.
pub mod builder {
    /// `O` filters of `K` x `K` pixels and `I` channels, moved by `S` pixels over an image with `P`
    /// zeros around it, with `SIDE` x `SIDE` places.
    #[derive(Debug, Clone, Copy)]
    pub struct ConvolutionBuilder<
        const I: usize,
        const O: usize,
        const K: usize,
        const S: usize,
        const P: usize,
        const SIDE: usize,
        const INPUT_GRADIENT: bool,
    >;

    /// A layer inside a network.
    pub type Conv2D<
        const I: usize,
        const O: usize,
        const K: usize,
        const S: usize,
        const P: usize,
        const SIDE: usize,
    > = ConvolutionBuilder<I, O, K, S, P, SIDE, true>;

    /// The first layer of a network: its input is data and gets no gradient.
    pub type InputConv2D<
        const I: usize,
        const O: usize,
        const K: usize,
        const S: usize,
        const P: usize,
        const SIDE: usize,
    > = ConvolutionBuilder<I, O, K, S, P, SIDE, false>;
}

/// Sums of a window over an image, see [`rethink_layers::Convolution`].
///
/// Shapes: `x` (batch, I, H, W), W (O, I, K, K), b (O), `y` (batch, O, SIDE, SIDE).
#[derive(Debug, Clone)]
pub struct Conv2D<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
    const INPUT_GRADIENT: bool,
    E: Dtype,
    D: Storage<E>,
> {
    /// W.
    pub weight: Tensor<Rank4<O, I, K, K>, E, D>,
    /// b.
    pub bias: Tensor<Rank1<O>, E, D>,
}

/// Writes what is generic over all constants of the layer once.
macro_rules! for_all_sizes {
    ($($header:tt)*) => {
        impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize,
            const SIDE: usize, const G: bool, $($header)*
    };
}

for_all_sizes! {
    D: Device<f32>> BuildOnDevice<D, f32> for builder::ConvolutionBuilder<I, O, K, S, P, SIDE, G>
    where
        Conv2D<I, O, K, S, P, SIDE, G, f32, D>: BuildModule<D, f32>,
    {
        type Built = Conv2D<I, O, K, S, P, SIDE, G, f32, D>;
    }
}

for_all_sizes! {
    E: Dtype, D: Storage<E>> NonMutableModule for Conv2D<I, O, K, S, P, SIDE, G, E, D> {}
}

for_all_sizes! {
    D: Device<f32>> TensorCollection<f32, D> for Conv2D<I, O, K, S, P, SIDE, G, f32, D> {
        type To<E2: Dtype, D2: Device<E2>> = Conv2D<I, O, K, S, P, SIDE, G, E2, D2>;

        /// Weights start at zero: the initialization scheme of the recipe fills
        /// them from its own random stream.
        fn iter_tensors<V: ModuleVisitor<Self, f32, D>>(
            visitor: &mut V,
        ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
            visitor.visit_fields(
                (
                    Self::tensor(
                        "weight",
                        |layer| &layer.weight,
                        |layer| &mut layer.weight,
                        TensorOptions::reset_to_zeros(),
                    ),
                    Self::tensor(
                        "bias",
                        |layer| &layer.bias,
                        |layer| &mut layer.bias,
                        TensorOptions::reset_to_zeros(),
                    ),
                ),
                |(weight, bias)| Conv2D { weight, bias },
            )
        }
    }
}

for_all_sizes! {
    > Describe for builder::ConvolutionBuilder<I, O, K, S, P, SIDE, G> {
        fn describe(layout: &mut graph::Layout, value: usize, name: &str) -> usize {
            let layer = graph::Layer::Convolution {
                geometry: geometry(K, S, P),
                outputs: O,
            };
            layout.push(name.to_owned(), layer, &[value])
        }
    }
}

for_all_sizes! {
    > Drops for Conv2D<I, O, K, S, P, SIDE, G, f32, Cpu> {}
}

fn geometry(kernel: usize, stride: usize, padding: usize) -> Geometry {
    Geometry {
        kernel,
        stride,
        padding,
    }
}

for_all_sizes! {
    const H: usize, const W: usize, T: Tape<f32, Cpu>> Module<Batch<I, H, W, T>>
    for Conv2D<I, O, K, S, P, SIDE, G, f32, Cpu>
    {
        type Output = Batch<O, SIDE, SIDE, T>;
        type Error = CpuError;

        fn try_forward(&self, x: Batch<I, H, W, T>) -> Result<Self::Output, CpuError> {
            const {
                assert!(
                    (H + 2 * P - K) / S + 1 == SIDE && (W + 2 * P - K) / S + 1 == SIDE && P < K,
                    "Conv2D: SIDE must be (H + 2 P - K) / S + 1"
                );
            }
            let zeros = Convolution::zeros(geometry(K, S, P), shape::<I, H, W>(), O);
            let layer = zeros.expect("checked by the compiler");
            let outputs = (x.shape().0, Const, Const, Const);
            convolve(x, (&self.weight, &self.bias), layer, outputs, G)
        }
    }
}

/// The layer of weights and biases on tensors of any shapes that hold the numbers of images;
/// `below` asks for the gradient by them.
///
/// Shapes: as of [`Convolution`], whose window and shape of images `layer` gives; `shape` is that
/// of the result.
pub fn convolve<X: Shape, W: Shape, B: Shape, Y: Shape, T: Tape<f32, Cpu>>(
    x: Tensor<X, f32, Cpu, T>,
    (weight, bias): (&Tensor<W, f32, Cpu>, &Tensor<B, f32, Cpu>),
    layer: Convolution<f32>,
    shape: Y,
    below: bool,
) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let inputs = Images::of_planes(&values(&x, x.shape().num_elements()), layer.input());
    let layer = layer.with(
        &values(weight, weight.shape().num_elements()),
        &values(bias, bias.shape().num_elements()),
    );
    let y = outputs(&layer, &inputs).to_planes();
    let y = x.device().try_tensor_from_vec(y, shape)?;
    if T::OWNS_TAPE {
        let (w, b, out) = (weight.clone(), bias.clone(), y.clone());
        tape.add_backward_op(move |gradients| {
            // Nothing after this operation reads the gradient of `y`.
            let gy = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
            let gy = Images::of_planes(&gy, layer.output());
            let [by_weight, by_bias] = gradient(&layer, &inputs, &gy);
            add_numbers(gradients.get_or_alloc_mut(&w)?, &by_weight);
            add_numbers(gradients.get_or_alloc_mut(&b)?, &by_bias);
            if below {
                let below = gradients.get_or_alloc_mut(&x)?;
                add(below, &gradient_below(&layer, &inputs, &gy));
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

// What does not depend on the constants is compiled once.

fn outputs(layer: &Convolution<f32>, x: &Images<f32>) -> Images<f32> {
    let mut y = Images::zeros(x.samples(), layer.output());
    layer.forward(x, &mut y, false);
    y
}

fn gradient(layer: &Convolution<f32>, x: &Images<f32>, gy: &Images<f32>) -> [Vec<f32>; 2] {
    let mut gradient = layer.zeros_like();
    gradient.add_gradient(x, gy);
    let outputs = layer.output().channels;
    let filters = outputs * layer.input().channels * layer.geometry().kernel.pow(2);
    let (mut by_weight, mut by_bias) = (vec![0.0; filters], vec![0.0; outputs]);
    gradient.for_each(&mut by_weight, &mut by_bias, |to, g| *to = g);
    [by_weight, by_bias]
}

fn gradient_below(layer: &Convolution<f32>, x: &Images<f32>, gy: &Images<f32>) -> Images<f32> {
    let mut below = Images::zeros(x.samples(), x.shape());
    layer.backward(gy, &mut below, false);
    below
}

fn add_numbers(sum: &mut [f32], part: &[f32]) {
    sum.iter_mut()
        .zip(part)
        .for_each(|(sum, part)| *sum += part);
}
