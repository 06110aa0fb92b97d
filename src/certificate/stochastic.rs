//! The network whose weights are drawn anew for every example, on dfdx's tape.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use rand_chacha::ChaCha8Rng;

use super::CertificateError;
use super::gaussian::{Gaussian, Layer, normals};
use crate::classification::{Errors, margin};
use crate::dataset::Split;
use crate::random::stream;

type Matrix<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
type Vector = Tensor<(usize,), f32, Cpu>;

/// Under the root, so that its slope stays finite where a variance is 0.
const UNDER_ROOT: f32 = 1e-12;
/// Examples a forward pass.
const PART: usize = 1000;

/// Means and variances of one layer: weights (inputs, outputs), biases (outputs).
struct Tensors {
    weight: Matrix,
    bias: Vector,
    weight_variance: Matrix,
    bias_variance: Vector,
}

/// The gradient by the means and by ln σ of a layer, in the order of [`Layer`].
pub(super) struct LayerGradient {
    pub mean: Vec<f32>,
    pub ln_sigma: Vec<f32>,
}

/// A network with a Gaussian over its weights.
pub(super) struct Stochastic {
    device: Cpu,
    layers: Vec<Tensors>,
}

impl Tensors {
    fn of(device: &Cpu, layer: &Layer) -> Result<Self, CpuError> {
        let [inputs, outputs] = layer.shape;
        let variance: Vec<f32> = layer.ln_sigma.iter().map(|&l| (2.0 * l).exp()).collect();
        let (weights, biases) = layer.mean.split_at(inputs * outputs);
        let (of_weights, of_biases) = variance.split_at(inputs * outputs);
        let matrix = |all: &[f32]| device.try_tensor_from_vec(all.to_vec(), (inputs, outputs));
        let vector = |all: &[f32]| device.try_tensor_from_vec(all.to_vec(), (outputs,));
        Ok(Self {
            weight: matrix(weights)?,
            bias: vector(biases)?,
            weight_variance: matrix(of_weights)?,
            bias_variance: vector(of_biases)?,
        })
    }

    /// The law of the outputs where weights are drawn for every example: independent between
    /// examples and outputs.
    ///
    /// ```text
    /// y ~ N(x μ + b, x² σ² + σ_b²)
    /// ```
    ///
    /// Kingma, Salimans and Welling 2015, arXiv 1506.02557, equation 6.
    fn forward<T: Tape<f32, Cpu> + Merge<T>>(
        &self,
        x: Matrix<T>,
        normals: Vec<f32>,
    ) -> Result<Matrix<T>, CpuError> {
        let (x, tape) = x.split_tape();
        let shape = (x.shape().0, self.bias.shape().0);
        let bias = |of: &Vector| {
            let of = of.clone().put_tape(T::default());
            of.try_broadcast_like::<_, Axis<0>>(&shape)
        };
        let squares = x.clone().put_tape(T::default()).try_square()?;
        let variance = squares.try_matmul(self.weight_variance.clone())?;
        let variance = variance.try_add(bias(&self.bias_variance)?)?;
        let mean = x.put_tape(tape).try_matmul(self.weight.clone())?;
        let mean = mean.try_add(bias(&self.bias)?)?;
        let deviation = variance.try_add(UNDER_ROOT)?.try_sqrt()?;
        let device = self.weight.device();
        let normals: Matrix = device.try_tensor_from_vec(normals, shape)?;
        mean.try_add(deviation.try_mul(normals)?)
    }

    /// From the gradient by variances to that by ln σ: dσ² / d ln σ = 2 σ².
    fn gradient(&self, gradients: &Gradients<f32, Cpu>) -> LayerGradient {
        let of = |weight: &Matrix, bias: &Vector| {
            let [weight, bias] = [gradients.get(weight).as_vec(), gradients.get(bias).as_vec()];
            [weight, bias].concat()
        };
        let by_variance = of(&self.weight_variance, &self.bias_variance);
        let variance = [self.weight_variance.as_vec(), self.bias_variance.as_vec()].concat();
        let ln_sigma = by_variance.iter().zip(variance).map(|(g, v)| 2.0 * g * v);
        LayerGradient {
            mean: of(&self.weight, &self.bias),
            ln_sigma: ln_sigma.collect(),
        }
    }
}

impl Stochastic {
    pub fn of(gaussian: &Gaussian) -> Result<Self, CpuError> {
        let device = Cpu::default();
        let layers = gaussian.layers().iter();
        let layers = layers.map(|layer| Tensors::of(&device, layer));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            device,
        })
    }

    fn run<T: Tape<f32, Cpu> + Merge<T>>(
        &self,
        mut x: Matrix<T>,
        random: &mut ChaCha8Rng,
    ) -> Result<Matrix<T>, CpuError> {
        let last = self.layers.len() - 1;
        for (place, layer) in self.layers.iter().enumerate() {
            let count = x.shape().0 * layer.bias.shape().0;
            x = layer.forward(x, normals(random, count))?;
            if place < last {
                x = x.try_relu()?;
            }
        }
        Ok(x)
    }

    fn inputs(&self, pixels: &[f32]) -> Result<Matrix, CpuError> {
        let features = self.layers[0].weight.shape().0;
        let shape = (pixels.len() / features, features);
        self.device.try_tensor_from_vec(pixels.to_vec(), shape)
    }

    /// Logits, row-major.
    pub fn logits(&self, pixels: &[f32], random: &mut ChaCha8Rng) -> Result<Vec<f32>, CpuError> {
        Ok(self.run(self.inputs(pixels)?, random)?.as_vec())
    }

    /// The mean cross-entropy of a batch, in nats, a probability below `least` counted as it; and
    /// its gradient, layer by layer.
    pub fn cross_entropy(
        &self,
        batch: &Split,
        least: f64,
        random: &mut ChaCha8Rng,
    ) -> Result<(f64, Vec<LayerGradient>), CpuError> {
        let inputs = self
            .inputs(batch.pixels())?
            .retaped::<OwnedTape<f32, Cpu>>();
        let logits = self.run(inputs, random)?;
        let shape = *logits.shape();
        let mut chosen = vec![0.0; shape.0 * shape.1];
        for (row, &label) in chosen.chunks_exact_mut(shape.1).zip(batch.labels()) {
            row[label as usize] = -1.0 / batch.len() as f32;
        }
        let chosen: Matrix = self.device.try_tensor_from_vec(chosen, shape)?;
        let logs = logits.try_log_softmax::<Axis<1>>()?;
        let logs = logs.try_clamp(least.ln() as f32, 0.0)?;
        let loss = logs.try_mul(chosen)?.try_sum::<Rank0, _>()?;
        let value = f64::from(loss.array());
        let gradients = loss.try_backward()?;
        let layers = self.layers.iter().map(|layer| layer.gradient(&gradients));
        Ok((value, layers.collect()))
    }
}

impl Gaussian {
    /// dfdx's shape errors are panics: what does not fit gets no further.
    pub(super) fn check(&self, examples: &Split) -> Result<(), CertificateError> {
        let label = examples.labels().iter().copied().max().unwrap_or(0);
        let (inputs, classes) = (self.inputs(), self.classes());
        match examples.features() == inputs && (label as usize) < classes {
            true => Ok(()),
            false => Err(CertificateError::Examples {
                features: examples.features(),
                label,
                inputs,
                classes,
            }),
        }
    }
}

/// Errors in `passes` passes over examples, and the number of draws: the weights are drawn anew for
/// every example of every pass. A tie is an error.
///
/// # Errors
/// Examples that the network does not fit; no memory.
pub fn gibbs_errors(
    law: &Gaussian,
    examples: &Split,
    passes: usize,
    seed: u64,
) -> Result<[u64; 2], CertificateError> {
    law.check(examples)?;
    let network = Stochastic::of(law)?;
    let mut random = stream(seed, "certificate: draws that are counted");
    let mut errors = 0;
    for _ in 0..passes {
        let parts = examples.pixels().chunks(PART * examples.features());
        for (shown, labels) in parts.zip(examples.labels().chunks(PART)) {
            let logits = network.logits(shown, &mut random)?;
            let rows = logits.chunks_exact(law.classes()).zip(labels);
            let margins = rows.map(|(row, &label)| {
                let row = row.iter().map(|&f| f64::from(f));
                margin(row, label as usize)
            });
            errors += margins.collect::<Errors>().errors as u64;
        }
    }
    Ok([errors, (passes * examples.len()) as u64])
}
