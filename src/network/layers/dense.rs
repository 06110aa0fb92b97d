//! A fully connected layer as one differentiable operation.
//!
//! dfdx's own `Linear` is three operations (permute, matrix product,
//! broadcast add) on gemm 0.15. This one is a single tape entry on the
//! products of the fused training step, so that both come to the same bits, and it can
//! leave out the gradient of its input, which the first layer of a network
//! never needs. `benches/training_step.rs` compares them.

use dfdx::nn::modules::{ModuleVisitor, TensorCollection, TensorOptions};
use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};

use rethink_layers::{Dense as Layer, Packed};

use super::describe::Describe;
use super::values;
use crate::network::graph;

/// Builder types of the layer.
pub mod builder {
    /// A fully connected layer with `I` inputs and `O` outputs.
    #[derive(Debug, Clone, Copy)]
    pub struct DenseBuilder<const I: usize, const O: usize, const INPUT_GRADIENT: bool>;

    /// A layer inside a network: passes the gradient on to its input.
    pub type Dense<const I: usize, const O: usize> = DenseBuilder<I, O, true>;

    /// The first layer of a network: its input is data and gets no gradient.
    pub type InputDense<const I: usize, const O: usize> = DenseBuilder<I, O, false>;
}

/// `y = x Wᵀ + b`.
///
/// Shapes: `x` (batch, I), `W` (O, I), `b` (O), `y` (batch, O).
#[derive(Debug, Clone)]
pub struct Dense<
    const I: usize,
    const O: usize,
    const INPUT_GRADIENT: bool,
    E: Dtype,
    D: Storage<E>,
> {
    /// W, one row per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
    /// b.
    pub bias: Tensor<Rank1<O>, E, D>,
}

impl<const I: usize, const O: usize, const G: bool, D: Device<f32>> BuildOnDevice<D, f32>
    for builder::DenseBuilder<I, O, G>
where
    Dense<I, O, G, f32, D>: BuildModule<D, f32>,
{
    type Built = Dense<I, O, G, f32, D>;
}

impl<const I: usize, const O: usize, const G: bool, E: Dtype, D: Storage<E>> NonMutableModule
    for Dense<I, O, G, E, D>
{
}

impl<const I: usize, const O: usize, const G: bool, D: Device<f32>> TensorCollection<f32, D>
    for Dense<I, O, G, f32, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Dense<I, O, G, E2, D2>;

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
            |(weight, bias)| Dense { weight, bias },
        )
    }
}

impl<const I: usize, const O: usize, const G: bool> Describe for builder::DenseBuilder<I, O, G> {
    fn describe(layout: &mut graph::Layout, value: usize, name: &str) -> usize {
        let layer = graph::Layer::Dense { outputs: O };
        layout.push(name.to_owned(), layer, &[value])
    }
}

impl<const I: usize, const O: usize, const G: bool, T: Tape<f32, Cpu>>
    Module<Tensor<(usize, Const<I>), f32, Cpu, T>> for Dense<I, O, G, f32, Cpu>
{
    type Output = Tensor<(usize, Const<O>), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, Const<I>), f32, Cpu, T>,
    ) -> Result<Self::Output, CpuError> {
        let outputs = (x.shape().0, Const::<O>);
        weighted_sums(x, (&self.weight, &self.bias), outputs, G)
    }
}

/// The layer of weights and biases on tensors of any shapes that hold the numbers of examples;
/// `below` asks for the gradient by them.
///
/// Shapes: `x` (batch, I), W (O, I), b (O); `shape` is that of the result, (batch, O).
pub fn weighted_sums<X: Shape, W: Shape, B: Shape, Y: Shape, T: Tape<f32, Cpu>>(
    x: Tensor<X, f32, Cpu, T>,
    (weight, bias): (&Tensor<W, f32, Cpu>, &Tensor<B, f32, Cpu>),
    shape: Y,
    below: bool,
) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let o = bias.shape().num_elements();
    let i = weight.shape().num_elements() / o;
    let batch = x.shape().num_elements() / i;
    let inputs = Packed::of_rows(&values(&x, batch * i), i);
    let layer = Layer::new(&values(weight, o * i), &values(bias, o), i);
    let mut outputs = Packed::zeros(batch, o);
    layer.forward(&inputs, &mut outputs, false);
    let y = (x.device()).try_tensor_from_vec(outputs.to_rows(batch), shape)?;
    if T::OWNS_TAPE {
        let (w, b, out) = (weight.clone(), bias.clone(), y.clone());
        tape.add_backward_op(move |gradients| {
            // Nothing after this operation reads the gradient of `y`.
            let gy = std::mem::take(&mut **gradients.get_or_alloc_mut(&out)?);
            let gy = Packed::of_rows(&gy, o);
            let mut gradient = Layer::zeros(i, o);
            gradient.add_gradient(&inputs, &gy);
            let add = |to: &mut f32, g: f32| *to += g;
            gradient
                .weight
                .for_each(gradients.get_or_alloc_mut(&w)?, add);
            gradient.for_each_bias(gradients.get_or_alloc_mut(&b)?, add);
            if below {
                let mut below = Packed::zeros(batch, i);
                layer.backward(&gy, &mut below);
                below.for_each(gradients.get_or_alloc_mut(&x)?, add);
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: usize = 5;

    /// Our layer and dfdx's `Linear` with the same weights.
    fn twins(dev: &Cpu) -> (Dense<7, 3, true, f32, Cpu>, Linear7x3) {
        let linear = dev.build_module::<dfdx::nn::builders::Linear<7, 3>, f32>();
        let dense = Dense {
            weight: linear.weight.clone(),
            bias: linear.bias.clone(),
        };
        (dense, linear)
    }
    type Linear7x3 = dfdx::nn::modules::Linear<7, 3, f32, Cpu>;

    fn assert_close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{a} is not {b}");
        }
    }

    #[test]
    fn agrees_with_dfdx_linear_forward_and_backward() {
        let dev = Cpu::seed_from_u64(3);
        let (dense, linear) = twins(&dev);
        let x = dev.sample_normal_like(&(BATCH, Const::<7>));
        let ours = dense.forward(x.leaky_trace());
        let theirs = linear.forward(x.leaky_trace());
        assert_close(&ours.as_vec(), &theirs.as_vec());
        // A loss that is not linear in the outputs, so that the output
        // gradient differs from entry to entry.
        let ours = ours.square().mean().backward();
        let theirs = theirs.square().mean().backward();
        assert_close(&ours.get(&x).as_vec(), &theirs.get(&x).as_vec());
        assert_close(
            &ours.get(&dense.weight).as_vec(),
            &theirs.get(&linear.weight).as_vec(),
        );
        assert_close(
            &ours.get(&dense.bias).as_vec(),
            &theirs.get(&linear.bias).as_vec(),
        );
    }

    #[test]
    fn gradient_agrees_with_central_differences() {
        let dev = Cpu::seed_from_u64(4);
        let (mut dense, _) = twins(&dev);
        let x = dev.sample_normal_like(&(BATCH, Const::<7>));
        let loss = |layer: &Dense<7, 3, true, f32, Cpu>| -> f32 {
            layer.forward(x.clone()).square().mean::<Rank0, _>().array()
        };
        let gradient = dense
            .forward(x.leaky_trace())
            .square()
            .mean()
            .backward()
            .get(&dense.weight)
            .as_vec();
        let start = dense.weight.as_vec();
        let step = 1e-2; // the loss is quadratic: central differences are exact up to rounding
        for i in [0, 6, 13, 20] {
            let mut moved = start.clone();
            moved[i] = start[i] + step;
            dense.weight.copy_from(&moved);
            let up = loss(&dense);
            moved[i] = start[i] - step;
            dense.weight.copy_from(&moved);
            let down = loss(&dense);
            dense.weight.copy_from(&start);
            let difference = (up - down) / (2.0 * step);
            assert!((difference - gradient[i]).abs() < 1e-4);
        }
    }

    /// dfdx 0.13's own `slice` overwrites the gradient instead of adding to
    /// it. Ours must add: a tensor used twice gets both gradients.
    #[test]
    fn gradient_of_a_layer_used_twice_is_the_sum() {
        let dev = Cpu::seed_from_u64(5);
        let (dense, _) = twins(&dev);
        let x = dev.sample_normal_like(&(BATCH, Const::<7>));
        let once = dense.forward(x.leaky_trace()).mean().backward();
        let first = dense.forward(x.leaky_trace());
        let second = dense.forward(x.leaky_trace());
        let twice = (first + second).mean().backward();
        let doubled: Vec<f32> = once.get(&dense.weight).as_vec();
        let doubled: Vec<f32> = doubled.iter().map(|g| 2.0 * g).collect();
        assert_close(&twice.get(&dense.weight).as_vec(), &doubled);
    }
}
