//! A network whose weights or activations are drawn, on dfdx's tape.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use rand_chacha::ChaCha8Rng;

use super::gaussian::{Gaussian, normals};
use super::layer::{Layer, LayerKind};
use super::linear::{Linear, Matrix};
use crate::dataset::Split;

/// Under the root, so that its slope stays finite where a variance is 0.
const UNDER_ROOT: f32 = 1e-12;

/// The gradient by the means and by ln σ of a layer, in the order of [`Layer`].
pub(super) struct LayerGradient {
    pub mean: Vec<f32>,
    pub ln_sigma: Vec<f32>,
}

/// A network with a Gaussian over its weights.
pub(super) struct Stochastic {
    device: Cpu,
    layers: Vec<Drawn>,
}

/// How a layer is drawn.
enum Drawn {
    /// Every activation of every example by itself.
    Local {
        mean: Linear,
        variance: Linear,
        /// dσ² / d ln σ = 2 σ².
        by_ln_sigma: Vec<f32>,
    },
    /// One draw of the weights for all examples: w = μ + σ ε.
    Whole {
        weights: Linear,
        /// dw / d ln σ = σ ε.
        by_ln_sigma: Vec<f32>,
    },
}

/// Draws whole networks.
pub(super) struct Weights<'a> {
    law: &'a Gaussian,
    sigma: Vec<Vec<f32>>,
}

impl Drawn {
    fn local(device: &Cpu, layer: &Layer, first: bool) -> Result<Self, CpuError> {
        let variance: Vec<f32> = layer.ln_sigma.iter().map(|&l| (2.0 * l).exp()).collect();
        Ok(Self::Local {
            mean: Linear::of(device, layer.kind, &layer.mean, first)?,
            variance: Linear::of(device, layer.kind, &variance, first)?,
            by_ln_sigma: variance.iter().map(|v| 2.0 * v).collect(),
        })
    }

    fn kind(&self) -> LayerKind {
        match self {
            Self::Local { mean: own, .. } | Self::Whole { weights: own, .. } => own.kind(),
        }
    }

    fn sums<T: Tape<f32, Cpu> + Merge<T>>(
        &self,
        x: Matrix<T>,
        random: &mut ChaCha8Rng,
    ) -> Result<Matrix<T>, CpuError> {
        let (mean, variance) = match self {
            Self::Local { mean, variance, .. } => (mean, variance),
            Self::Whole { weights, .. } => return weights.forward(x),
        };
        let shape = (x.shape().0, self.kind().sums());
        let normals = normals(random, shape.0 * shape.1);
        let normals: Matrix = x.device().try_tensor_from_vec(normals, shape)?;
        let (x, tape) = x.split_tape();
        let squares = x.clone().put_tape(T::default()).try_square()?;
        let variance = variance.forward(squares)?;
        let mean = mean.forward(x.put_tape(tape))?;
        let deviation = variance.try_add(UNDER_ROOT)?.try_sqrt()?;
        mean.try_add(deviation.try_mul(normals)?)
    }

    fn gradient(&self, gradients: &Gradients<f32, Cpu>) -> LayerGradient {
        let (by_mean, by_spread, by_ln_sigma) = match self {
            Self::Local {
                mean,
                variance,
                by_ln_sigma,
            } => (mean, variance, by_ln_sigma),
            Self::Whole {
                weights,
                by_ln_sigma,
            } => (weights, weights, by_ln_sigma),
        };
        let by_spread = by_spread.gradient(gradients);
        let ln_sigma = by_spread.iter().zip(by_ln_sigma).map(|(g, by)| g * by);
        LayerGradient {
            mean: by_mean.gradient(gradients),
            ln_sigma: ln_sigma.collect(),
        }
    }
}

impl<'a> Weights<'a> {
    pub fn of(law: &'a Gaussian) -> Self {
        let layers = law.layers().iter();
        let sigma = layers.map(|layer| layer.ln_sigma.iter().map(|l| l.exp()).collect());
        Self {
            law,
            sigma: sigma.collect(),
        }
    }

    /// One draw of all weights and biases.
    pub fn draw(&self, random: &mut ChaCha8Rng) -> Result<Stochastic, CpuError> {
        let device = Cpu::default();
        let layers = self.law.layers().iter().zip(&self.sigma).enumerate();
        let layers = layers.map(|(place, (layer, sigma))| {
            let mut by_ln_sigma = normals(random, sigma.len());
            let noise = by_ln_sigma.iter_mut().zip(sigma);
            noise.for_each(|(noise, sigma)| *noise *= sigma);
            let weights = layer.mean.iter().zip(&by_ln_sigma).map(|(m, n)| m + n);
            let weights: Vec<f32> = weights.collect();
            Ok(Drawn::Whole {
                weights: Linear::of(&device, layer.kind, &weights, place == 0)?,
                by_ln_sigma,
            })
        });
        Ok(Stochastic {
            layers: layers.collect::<Result<_, CpuError>>()?,
            device,
        })
    }
}

impl Stochastic {
    /// Draws activations from the law that they have where weights are drawn for every example,
    /// each independently:
    ///
    /// ```text
    /// y ~ N(x μ + b, x² σ² + σ_b²)
    /// ```
    ///
    /// Of dense layers this is the law. Positions of a convolution share weights, so that its
    /// sums depend on each other: there it is an approximation, with which nothing is counted.
    ///
    /// Kingma, Salimans and Welling 2015, arXiv 1506.02557, equation 6.
    pub fn local(law: &Gaussian) -> Result<Self, CpuError> {
        let device = Cpu::default();
        let layers = law.layers().iter().enumerate();
        let layers = layers.map(|(place, layer)| Drawn::local(&device, layer, place == 0));
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
            x = layer.sums(x, random)?;
            if let LayerKind::Convolution(shape) = layer.kind() {
                // The maximum of positive parts is the positive part of the maximum.
                x = shape.pool(x)?;
            }
            if place < last {
                x = x.try_relu()?;
            }
        }
        Ok(x)
    }

    fn inputs(&self, pixels: &[f32]) -> Result<Matrix, CpuError> {
        let features = self.layers[0].kind().inputs();
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
