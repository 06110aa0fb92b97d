//! The layers of a network with random weights.

use rethink_layers::{Convolution, Geometry, MaxPooling, Shape};

/// Rows and columns of the window of a convolution.
pub(super) const KERNEL: usize = 5;
/// Rows and columns of sums whose maximum is passed on.
const POOLED: usize = 2;

/// The law of the weights of one layer, and of its biases behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What is made of weights and inputs.
    pub kind: LayerKind,
    /// Means of the weights, in the order of their kind, then of the biases.
    pub mean: Vec<f32>,
    /// ln of the standard deviations, in the same order.
    pub ln_sigma: Vec<f32>,
}

impl Layer {
    /// A fully connected layer of known weights, every one of them with deviation 1. `weights` has
    /// shape (outputs, inputs), row-major; without `biases` there is one for every output that is 0
    /// and stays 0.
    pub fn around([inputs, outputs]: [usize; 2], weights: &[f64], biases: Option<&[f64]>) -> Self {
        let mut mean: Vec<f32> = weights.iter().map(|&w| w as f32).collect();
        let mut ln_sigma = vec![0.0; mean.len()];
        match biases {
            Some(biases) => {
                mean.extend(biases.iter().map(|&b| b as f32));
                ln_sigma.resize(mean.len(), 0.0);
            }
            None => {
                mean.resize(mean.len() + outputs, 0.0);
                ln_sigma.resize(mean.len(), f32::NEG_INFINITY);
            }
        }
        Self {
            kind: LayerKind::Dense { inputs, outputs },
            mean,
            ln_sigma,
        }
    }
}

/// What a layer makes of its weights and inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// x Wᵀ + b, weights of shape (outputs, inputs), row-major.
    Dense {
        /// Columns of W.
        inputs: usize,
        /// Rows of W.
        outputs: usize,
    },
    /// Sums of a window over an image and their maxima. Numbers of shape (filters, channels, 25),
    /// row-major, are those of cosines over the window, smaller the higher their frequency: under a
    /// prior of independent numbers neighbouring weights are similar.
    Convolution(ConvolutionShape),
}

/// Sums of a window of 5 × 5 pixels over an image without a border, one for every filter, then
/// maxima of 2 × 2 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvolutionShape {
    image: Shape,
    sums: Shape,
    maxima: Shape,
}

impl LayerKind {
    /// Numbers that it is given of an example.
    pub fn inputs(self) -> usize {
        match self {
            Self::Dense { inputs, .. } => inputs,
            Self::Convolution(shape) => shape.image.numbers(),
        }
    }

    /// Numbers that it passes on.
    pub fn outputs(self) -> usize {
        match self {
            Self::Dense { outputs, .. } => outputs,
            Self::Convolution(shape) => shape.maxima.numbers(),
        }
    }

    /// Sums of weighted inputs: those that are passed on, or that maxima are taken of.
    pub fn sums(self) -> usize {
        match self {
            Self::Dense { outputs, .. } => outputs,
            Self::Convolution(shape) => shape.sums.numbers(),
        }
    }

    /// Channels of the inputs and of the sums, with the positions of each.
    pub(super) fn channels(self) -> [[usize; 2]; 2] {
        match self {
            Self::Dense { inputs, outputs } => [[inputs, 1], [outputs, 1]],
            Self::Convolution(shape) => {
                [shape.image, shape.sums].map(|shape| [shape.channels, shape.height * shape.width])
            }
        }
    }

    /// Shape of the weights as a matrix: a row for every output or filter.
    pub fn weights(self) -> [usize; 2] {
        [self.biases(), self.terms()]
    }

    /// Number of its biases: one for every output or filter.
    pub fn biases(self) -> usize {
        match self {
            Self::Dense { outputs, .. } => outputs,
            Self::Convolution(shape) => shape.sums.channels,
        }
    }

    /// Inputs that a sum is over.
    pub fn terms(self) -> usize {
        match self {
            Self::Dense { inputs, .. } => inputs,
            Self::Convolution(shape) => shape.image.channels * KERNEL * KERNEL,
        }
    }
}

impl ConvolutionShape {
    const GEOMETRY: Geometry = Geometry {
        kernel: KERNEL,
        stride: 1,
        padding: 0,
    };

    /// None without a channel or filter, or if a window has no place.
    pub(super) fn new(image: Shape, filters: usize) -> Option<Self> {
        let sums = Self::GEOMETRY.output(image, filters)?;
        let least = sums.height.min(sums.width);
        (image.channels > 0 && filters > 0 && least >= POOLED).then(|| Self {
            image,
            sums,
            maxima: Self::pooling().output(sums),
        })
    }

    /// The convolution, its weights 0.
    pub(super) fn zeros(self) -> Convolution<f32> {
        Convolution::zeros(Self::GEOMETRY, self.image, self.sums.channels)
            .expect("a shape whose window has a place")
    }

    /// The maxima.
    pub(super) fn pooling() -> MaxPooling {
        MaxPooling::new(POOLED, POOLED, 0)
    }

    /// Shape of the sums.
    pub(super) fn sums(self) -> Shape {
        self.sums
    }

    /// Shape of their maxima, which are passed on.
    pub(super) fn maxima(self) -> Shape {
        self.maxima
    }
}
