//! A Gaussian over the weights of a network.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::CertificateError;
use super::layer::{Layer, LayerKind};
use crate::dataset::Split;

/// Independent Gaussians over the weights and biases of layers that follow each other, with ReLU
/// between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    pub(super) layers: Vec<Layer>,
}

impl Gaussian {
    /// Of layers that follow each other.
    ///
    /// # Errors
    /// No layer, a layer whose inputs are not the outputs of the one before it, no input, or one
    /// class.
    pub fn new(layers: Vec<Layer>) -> Result<Self, CertificateError> {
        let follows = |pair: &[Layer]| pair[0].kind.outputs() == pair[1].kind.inputs();
        let chain = layers.windows(2).all(follows);
        let ends = layers.first().zip(layers.last());
        let full =
            ends.is_some_and(|(first, last)| first.kind.inputs() > 0 && last.kind.outputs() > 1);
        match chain && full {
            true => Ok(Self { layers }),
            false => Err(CertificateError::Widths {
                widths: layers
                    .iter()
                    .flat_map(|layer| ends_of(layer.kind))
                    .collect(),
            }),
        }
    }

    /// The same with deviations so many times as large.
    pub fn scaled(&self, factor: f64) -> Self {
        let (mut law, by) = (self.clone(), factor.ln() as f32);
        for layer in &mut law.layers {
            layer.ln_sigma.iter_mut().for_each(|l| *l += by);
        }
        law
    }

    /// ‖μ − μ'‖², the sum over all weights and biases.
    ///
    /// # Errors
    /// Networks of different layers.
    pub fn squared_distance(&self, other: &Self) -> Result<f64, CertificateError> {
        let kinds = |law: &Self| {
            law.layers
                .iter()
                .map(|layer| layer.kind)
                .collect::<Vec<_>>()
        };
        let (own, others) = (kinds(self), kinds(other));
        if own != others {
            return Err(CertificateError::Layers {
                trained: own.into_iter().map(ends_of).collect(),
                initial: others.into_iter().map(ends_of).collect(),
            });
        }
        let layers = self.layers.iter().zip(&other.layers);
        let pairs = layers.flat_map(|(own, other)| own.mean.iter().zip(&other.mean));
        Ok(pairs
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum())
    }

    /// From the inputs on.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    pub(super) fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// The same means without any spread: the network of mean weights.
    pub fn means(&self) -> Self {
        let mut law = self.clone();
        for layer in &mut law.layers {
            layer.ln_sigma.fill(f32::NEG_INFINITY);
        }
        law
    }

    /// Numbers an example.
    pub fn inputs(&self) -> usize {
        self.layers[0].kind.inputs()
    }

    /// Outputs.
    pub fn classes(&self) -> usize {
        self.layers[self.layers.len() - 1].kind.outputs()
    }

    /// Whether positions share weights: activations that are drawn one by one have another law then
    /// than those of one draw of the weights.
    pub fn has_convolution(&self) -> bool {
        let mut kinds = self.layers.iter().map(|layer| layer.kind);
        kinds.any(|kind| matches!(kind, LayerKind::Convolution(_)))
    }

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

/// Inputs and outputs of a layer.
fn ends_of(kind: LayerKind) -> [usize; 2] {
    [kind.inputs(), kind.outputs()]
}

/// Independent standard normal numbers.
pub(super) fn normals(random: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(random)).collect()
}
