//! A network whose weights or activations are drawn, on dfdx's tape.

use dfdx::prelude::*;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use rand::RngExt as _;
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
    /// Every sum of every example by itself.
    Local {
        mean: Linear,
        variance: Linear,
        /// dσ² / d ln σ = 2 σ².
        by_ln_sigma: Vec<f32>,
    },
    /// One draw of the weights, μ + σ ε, whose noise has its signs flipped for every example, by
    /// inputs and by outputs.
    Flipped {
        mean: Linear,
        noise: Linear,
        /// d(σ ε) / d ln σ = σ ε.
        by_ln_sigma: Vec<f32>,
    },
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

    fn flipped(
        device: &Cpu,
        layer: &Layer,
        first: bool,
        random: &mut ChaCha8Rng,
    ) -> Result<Self, CpuError> {
        let mut noise = normals(random, layer.mean.len());
        let deviations = noise.iter_mut().zip(&layer.ln_sigma);
        deviations.for_each(|(noise, l)| *noise *= l.exp());
        Ok(Self::Flipped {
            mean: Linear::of(device, layer.kind, &layer.mean, first)?,
            noise: Linear::of(device, layer.kind, &noise, first)?,
            by_ln_sigma: noise,
        })
    }

    fn kind(&self) -> LayerKind {
        match self {
            Self::Local { mean, .. } | Self::Flipped { mean, .. } => mean.kind(),
        }
    }

    fn sums<T: Tape<f32, Cpu> + Merge<T>>(
        &self,
        x: Matrix<T>,
        random: &mut ChaCha8Rng,
    ) -> Result<Matrix<T>, CpuError> {
        let (mean, variance) = match self {
            Self::Local { mean, variance, .. } => (mean, variance),
            Self::Flipped { mean, noise, .. } => return flip(x, mean, noise, random),
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
            Self::Flipped {
                mean,
                noise,
                by_ln_sigma,
            } => (mean, noise, by_ln_sigma),
        };
        let by_spread = by_spread.gradient(gradients);
        let ln_sigma = by_spread.iter().zip(by_ln_sigma).map(|(g, by)| g * by);
        LayerGradient {
            mean: by_mean.gradient(gradients),
            ln_sigma: ln_sigma.collect(),
        }
    }
}

/// x μ + (x ∘ s) (σ ε) ∘ s', with signs s of the inputs and s' of the outputs of every example; a
/// channel or filter has one sign.
fn flip<T: Tape<f32, Cpu> + Merge<T>>(
    x: Matrix<T>,
    mean: &Linear,
    noise: &Linear,
    random: &mut ChaCha8Rng,
) -> Result<Matrix<T>, CpuError> {
    let device = x.device().clone();
    let examples = x.shape().0;
    let mut signs = |[channels, positions]: [usize; 2]| -> Result<Matrix, CpuError> {
        let signs = (0..examples * channels).flat_map(|_| {
            let sign = if random.random::<bool>() { 1.0 } else { -1.0 };
            std::iter::repeat_n(sign, positions)
        });
        device.try_tensor_from_vec(signs.collect(), (examples, channels * positions))
    };
    let [of_inputs, of_sums] = noise.kind().channels();
    let (of_inputs, of_sums) = (signs(of_inputs)?, signs(of_sums)?);
    let (x, tape) = x.split_tape();
    let flipped = x.clone().put_tape(T::default()).try_mul(of_inputs)?;
    let noise = noise.forward(flipped)?.try_mul(of_sums)?;
    mean.forward(x.put_tape(tape))?.try_add(noise)
}

impl Stochastic {
    /// Draws the sums of dense layers from the law that they have where weights are drawn for
    /// every example:
    ///
    /// ```text
    /// y ~ N(x μ + b, x² σ² + σ_b²)
    /// ```
    ///
    /// Positions of a convolution share weights. Its weights are drawn here, and their noise has
    /// its signs flipped for every example: each has weights of the right law, uncorrelated
    /// with those of another, but not independent of them. What is to be independent is drawn with
    /// a network of its own.
    ///
    /// Kingma, Salimans and Welling 2015, arXiv 1506.02557, equation 6; Wen et al. 2018,
    /// arXiv 1803.04386 (flipout).
    pub fn of(law: &Gaussian, random: &mut ChaCha8Rng) -> Result<Self, CpuError> {
        let device = Cpu::default();
        let layers = law.layers().iter().enumerate();
        let layers = layers.map(|(place, layer)| match layer.kind {
            LayerKind::Dense { .. } => Drawn::local(&device, layer, place == 0),
            LayerKind::Convolution(_) => Drawn::flipped(&device, layer, place == 0, random),
        });
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
            if let (LayerKind::Convolution(shape), true) = (layer.kind(), place + 1 == last) {
                x = shape.along_cosines(x)?;
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
