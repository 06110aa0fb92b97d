//! The layer and its passes.

use crate::Element;
use crate::images::{Images, Line};
use crate::operation::Operation;
use crate::threads::{self, LINE};

use super::moments::{Moments, Normalizer};
use super::passes::{Backward, BackwardDirectional, Channels, Directional, Forward, Gradient};
use super::scales::{BatchNormGradient, Scales, lines};

/// m.
const MOMENTUM: f64 = 0.1;

/// Batch normalization of every channel over samples and pixels.
///
/// ```text
/// y = γ x̂ + β,   x̂ = (x − μ) / √(σ² + ε),   ε = 1e-5
/// ```
///
/// μ and σ² are [`Moments`] of the batch in training. In inference they are running averages over
/// the batches of training: there the layer is linear in x.
///
/// # Reference
///
/// S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
/// Internal Covariate Shift", ICML 2015, algorithms 1 and 2.
#[derive(Debug, Clone)]
pub struct BatchNorm<T> {
    /// γ and β.
    pub scales: Scales<T>,
    mean: Vec<Line<T>>,
    variance: Vec<Line<T>>,
}

/// Inputs of a layer, and what it makes of them.
#[derive(Clone, Copy)]
pub struct Inputs<'a, T> {
    /// The inputs.
    pub x: &'a Images<T>,
    /// What they are normalized by.
    pub by: &'a Normalizer<T>,
    /// Whether the outputs are positive parts: max(y, 0).
    pub relu: bool,
}

impl<T: Element> BatchNorm<T> {
    /// A layer of these numbers for every channel: γ and β, running mean and running variance.
    pub fn new(scales: Scales<T>, mean: &[T], variance: &[T]) -> Self {
        let [mean, variance] = [mean, variance].map(lines);
        Self {
            scales,
            mean,
            variance,
        }
    }

    /// A layer before training: γ = 1, β = 0, running mean 0 and running variance 1.
    pub fn identity(channels: usize) -> Self {
        let zeros = vec![T::default(); channels];
        let ones = vec![T::from_f64(1.0); channels];
        Self::new(Scales::new(&ones, &zeros), &zeros, &ones)
    }

    /// Running mean and running variance.
    pub fn running(&self) -> [&[Line<T>]; 2] {
        [&self.mean, &self.variance]
    }

    /// Moves the running statistics towards a batch of more than one number a channel.
    ///
    /// ```text
    /// r ← (1 − m) r + m batch,   m = 0.1
    /// ```
    ///
    /// The variance of the batch is the unbiased one here.
    pub fn update(&mut self, batch: &Moments) {
        let mean = self.mean.iter_mut().zip(&batch.mean);
        let variance = self.variance.iter_mut().zip(&batch.squares);
        let mean = mean.map(|(running, batch)| (running, batch, 1.0));
        let variance = variance.map(|(running, squares)| (running, squares, batch.count - 1.0));
        for (running, batch, by) in mean.chain(variance) {
            for (running, batch) in running.0.iter_mut().zip(batch.0) {
                let kept = (1.0 - MOMENTUM) * running.to_f64();
                *running = T::from_f64(kept + MOMENTUM * batch / by);
            }
        }
    }

    /// What inputs are normalized by in inference.
    pub fn normalizer(&self) -> Normalizer<T> {
        Normalizer::new(&self.mean, &self.variance)
    }

    /// The outputs.
    ///
    /// Shapes: `y` as the inputs.
    pub fn forward(&self, inputs: Inputs<'_, T>, y: &mut Images<T>) {
        assert_eq!(inputs.x.shape(), y.shape());
        y.resize(inputs.x.samples());
        let (channels, samples) = (self.channels(inputs), y.share());
        let parts = inputs.x.parts(samples).zip(y.parts_mut(samples));
        threads::run(parts, |(x, y)| {
            T::run(Operation::BatchNorm(Forward { x, channels, y }));
        });
    }

    /// The gradient by γ and β from that by the outputs, g.
    ///
    /// ```text
    /// Σ g x̂,   Σ g
    /// ```
    ///
    /// Shapes: `g` as the inputs.
    pub fn gradient(&self, inputs: Inputs<'_, T>, g: &Images<T>) -> BatchNormGradient {
        assert_eq!(inputs.x.shape(), g.shape());
        let (channels, pixels) = (self.channels(inputs), g.samples() * g.shape().pixels());
        let mut scales = Scales::zeros(self.mean.len());
        let blocks = threads::share(self.mean.len(), pixels * LINE);
        let gamma = scales.gamma.chunks_mut(blocks);
        let parts = gamma.zip(scales.beta.chunks_mut(blocks));
        threads::run(
            (0..).step_by(blocks).zip(parts),
            |(first, (gamma, beta))| {
                T::run(Operation::BatchNormGradient(Gradient {
                    x: inputs.x,
                    channels,
                    g,
                    first,
                    gamma,
                    beta,
                }));
            },
        );
        let count = pixels as f64;
        BatchNormGradient { scales, count }
    }

    /// The gradient by the inputs. In training, mean and variance depend on them: there it needs
    /// the gradient of the whole batch.
    ///
    /// ```text
    /// inference: γ g / √(σ² + ε)
    /// training:  γ (g − Σ g / N − x̂ Σ g x̂ / N) / √(σ² + ε)
    /// ```
    ///
    /// Shapes: `g` and `below` as the inputs.
    pub fn backward(
        &self,
        inputs: Inputs<'_, T>,
        g: &Images<T>,
        training: Option<&BatchNormGradient>,
        below: &mut Images<T>,
    ) {
        assert!(inputs.x.shape() == g.shape() && inputs.x.shape() == below.shape());
        below.resize(g.samples());
        let channels = self.channels(inputs);
        // In inference as in training with sums that are 0.
        let means = match training {
            Some(sums) => sums.means(inputs.by),
            None => vec![[Line::zero(); 2]; self.mean.len()],
        };
        let samples = below.share();
        let parts = inputs.x.parts(samples).zip(g.parts(samples));
        let parts = parts.zip(below.parts_mut(samples));
        threads::run(parts, |((x, g), below)| {
            T::run(Operation::BatchNormBackward(Backward {
                x,
                channels,
                means: &means,
                g,
                below,
            }));
        });
    }

    /// The derivative of the outputs along a direction of the inputs, ẋ, and of γ and β, in
    /// inference.
    ///
    /// ```text
    /// ẏ = γ ẋ / √(σ² + ε) + γ̇ x̂ + β̇
    /// ```
    ///
    /// Shapes: `d`, which is ẋ, and `to` as the inputs.
    pub fn directional(
        &self,
        inputs: Inputs<'_, T>,
        d: &Images<T>,
        direction: &Scales<T>,
        to: &mut Images<T>,
    ) {
        assert!(inputs.x.shape() == d.shape() && inputs.x.shape() == to.shape());
        to.resize(d.samples());
        T::run(Operation::BatchNormDirectional(Directional {
            x: inputs.x,
            channels: self.channels(inputs),
            d,
            direction,
            to,
        }));
    }

    /// The derivative of the backward pass in inference: of the gradient by the inputs, which goes
    /// to `to`, and of that by γ and β, along a direction ẋ of the inputs, ġ of the gradient by the
    /// outputs, and of γ and β.
    ///
    /// ```text
    /// (γ ġ + γ̇ g) / √(σ² + ε),   Σ (ġ x̂ + g ẋ / √(σ² + ε)),   Σ ġ
    /// ```
    ///
    /// Shapes: `g`, both directions and `to` as the inputs.
    ///
    /// # Reference
    ///
    /// B. A. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6(1), 1994.
    pub fn backward_directional(
        &self,
        inputs: Inputs<'_, T>,
        g: &Images<T>,
        [x_dot, g_dot]: [&Images<T>; 2],
        direction: &Scales<T>,
        to: &mut Images<T>,
    ) -> Scales<f64> {
        assert!(inputs.x.shape() == x_dot.shape() && inputs.x.shape() == g_dot.shape());
        assert!(inputs.x.shape() == g.shape() && inputs.x.shape() == to.shape());
        to.resize(g.samples());
        let mut scales = Scales::zeros(self.mean.len());
        T::run(Operation::BatchNormBackwardDirectional(
            BackwardDirectional {
                x: inputs.x,
                channels: self.channels(inputs),
                direction,
                g,
                x_dot,
                g_dot,
                to,
                scales: &mut scales,
            },
        ));
        scales
    }

    fn channels<'a>(&'a self, inputs: Inputs<'a, T>) -> Channels<'a, T> {
        assert_eq!(inputs.x.shape().blocks(), self.mean.len());
        Channels {
            by: inputs.by,
            scales: &self.scales,
            relu: inputs.relu,
        }
    }
}
