//! The definition card of a measure.

use serde::{Deserialize, Serialize};

use crate::linalg::norm;

/// Everything a reader needs to know what a number means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    /// Identifier in results, kebab-case and unique.
    pub id: &'static str,
    /// Name in tables and figures.
    pub name: &'static str,
    /// What it is computed from, roughly: the heading in lists.
    pub group: Group,
    /// Whether the value is exact, an estimate or a bound. With fewer than all examples
    /// it may be an estimate of what the card calls exact: the value's own kind tells.
    pub kind: Kind,
    /// What it needs beside the trained weights.
    pub needs: &'static [Need],
    /// Definition. W is a layer's weight matrix, shape (out, in); l counts
    /// layers from 1 to d; W⁰ is the matrix at initialization.
    pub formula: &'static str,
    /// Paper and equation.
    pub reference: &'static str,
    /// How the layers' values make the network's.
    pub aggregation: Aggregation,
    /// Unit of the value.
    pub unit: &'static str,
    /// What the value is divided by or multiplied with, and whether it is a
    /// square or a logarithm.
    pub normalization: &'static str,
    /// What is done with a convolution's kernel, shape (out, in, height, width).
    pub convolutions: &'static str,
    /// What is done with biases.
    pub biases: &'static str,
    /// How the value scales with the weights.
    pub homogeneity: Homogeneity,
    /// Changes of the weights that leave the network's function, and this
    /// measure's network value (or, without one, each layer's), unchanged.
    pub invariant_to: &'static [Invariance],
    /// Where the measure is known to mislead.
    pub known_failures: &'static str,
}

/// What is done with batch norm, for every measure: what a network computes is
/// measured, not how it is written.
pub const BATCH_NORM: &str = "folded into the weights and bias of the layer before it, as in \
    evaluation: W γ / √(σ² + ε); if a ReLU is before it, into the next layer of a chain";

impl Card {
    /// Whether it takes seconds for a network that the others take milliseconds for.
    pub fn is_slow(&self) -> bool {
        self.group == Group::Sharpness || self.needs.contains(&Need::NoiseSearch)
    }
}

/// The heading of a measure in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Norms, ranks and distances of the weights.
    Norms,
    /// The distribution of the singular values.
    Spectra,
    /// Margins and other functions of the data.
    Data,
    /// How the loss changes around the weights.
    Sharpness,
    /// Upper bounds on the error, with their constants.
    Bounds,
}

impl Group {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::Norms,
        Self::Spectra,
        Self::Data,
        Self::Sharpness,
        Self::Bounds,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Group::Norms => "norms",
            Group::Spectra => "spectra",
            Group::Data => "data",
            Group::Sharpness => "sharpness",
            Group::Bounds => "bounds",
        }
    }
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Computed without sampling. A mean over examples is exact with all of them, and
    /// a value from some of them is an [`Estimate`](Self::Estimate).
    Exact,
    /// Sampled or fitted, with an interval where there is one.
    Estimate,
    /// Not above the quantity it stands for.
    LowerBound,
    /// Not below the quantity it stands for.
    UpperBound,
}

impl Kind {
    /// Its name, for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Exact => "exact",
            Kind::Estimate => "estimate",
            Kind::LowerBound => "lower bound",
            Kind::UpperBound => "upper bound",
        }
    }
}

/// What a measure needs beside the trained weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The weights at initialization.
    Initial,
    /// Layers that are known to follow each other, fully connected with ReLU
    /// between them.
    Chain,
    /// Layers whose wiring is known: a chain, or a network of the zoo.
    Network,
    /// The same, and no local response normalization, which is not homogeneous: ReLU, maxima and
    /// sums alone.
    PiecewiseLinear,
    /// Outputs on the training set, with the labels trained on.
    Outputs,
    /// The training inputs, as the network sees them.
    Inputs,
    /// The learning curve.
    Curve,
    /// Sizes of the images, strides and paddings of the convolutions.
    Geometry,
    /// A search for the noise that the weights tolerate, which takes seconds.
    NoiseSearch,
}

/// How the layers' values make the network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregation {
    /// There is no value for the network.
    LayersOnly,
    /// Σ_l value_l.
    Sum,
    /// √(Σ_l value_l²).
    RootSumOfSquares,
    /// ∏_l value_l.
    Product,
    /// The mean over the layers where it is defined.
    Mean,
    /// Defined on the whole network, by the formula itself; no layer values.
    WholeNetwork,
}

impl Aggregation {
    /// The network's value, where it is a function of the layers' values.
    pub fn combine(self, layers: &[f64]) -> Option<f64> {
        match self {
            Self::Sum => Some(layers.iter().sum()),
            Self::RootSumOfSquares => Some(norm(layers)),
            Self::Product => Some(layers.iter().product()),
            Self::Mean => {
                let defined = layers.iter().filter(|value| !value.is_nan());
                let (sum, count) = defined.fold((0.0, 0.0), |(s, n), value| (s + value, n + 1.0));
                Some(sum / count)
            }
            Self::LayersOnly | Self::WholeNetwork => None,
        }
    }
}

/// How a measure scales when all weight matrices are multiplied by c > 0.
///
/// The outputs of a ReLU network of d layers without biases, and with them its
/// margin γ, then scale by c^d, while its predictions stay the same. So a
/// measure compares networks of different weight scale only after division by
/// the power of γ with the same degree. (With biases this holds if those of
/// layer l are multiplied by c^l.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Homogeneity {
    /// Degree 0: not a scale, and never divided by a margin.
    Zero,
    /// Degree 1, like one layer's norm. Value / γ is *not* scale-free (it has
    /// degree 1 − d); value / γ^(1/d) is. Distances have degree 1 when the
    /// initial weights are multiplied too.
    Layer,
    /// Degree d, like the margin: value / γ is scale-free.
    Network,
    /// Degree 2: value / γ^(2/d) is scale-free.
    LayerSquared,
    /// Degree 2d: value / γ² is scale-free.
    NetworkSquared,
    /// A logarithm of something that has a degree: a factor adds to it, and neither
    /// ratios nor exponents of it mean anything.
    Logarithm,
    /// No power of the scale, as bounds with several terms.
    None,
}

impl Homogeneity {
    /// Value / γ, or / γ² for a square; `None` for what has no degree or degree 0,
    /// and for γ ≤ 0.
    pub fn over_margin(self, value: f64, margin: f64) -> Option<f64> {
        let power = match self {
            Self::Zero | Self::None | Self::Logarithm => return None,
            Self::Layer | Self::Network => 1,
            Self::LayerSquared | Self::NetworkSquared => 2,
        };
        (margin > 0.0).then(|| value / margin.powi(power))
    }

    /// The value divided by the power of γ that cancels its degree in a network
    /// of `depth` layers; `None` where there is none, and for γ ≤ 0.
    ///
    /// ```
    /// use rethink::measure::Homogeneity;
    /// assert_eq!(Homogeneity::Layer.scale_free(6.0, 8.0, 3), Some(3.0));
    /// assert_eq!(Homogeneity::Network.scale_free(6.0, 8.0, 3), Some(0.75));
    /// assert_eq!(Homogeneity::Network.scale_free(6.0, -8.0, 3), None);
    /// ```
    pub fn scale_free(self, value: f64, margin: f64, depth: usize) -> Option<f64> {
        match self {
            Self::Layer if depth > 0 && margin > 0.0 => {
                Some(value / margin.powf(1.0 / depth as f64))
            }
            Self::LayerSquared if depth > 0 && margin > 0.0 => {
                Some(value / margin.powf(2.0 / depth as f64))
            }
            _ => self.over_margin(value, margin),
        }
    }
}

/// Changes of the weights that do not change a ReLU network's function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Invariance {
    /// Reordering the units of a hidden layer.
    UnitPermutation,
    /// Multiplying W_l and b_l by c > 0 and dividing W_{l+1} by c.
    LayerRescaling,
    /// Multiplying a hidden unit's incoming weights and bias by c > 0 and
    /// dividing its outgoing weights by c.
    UnitRescaling,
}

impl Invariance {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::UnitPermutation,
        Self::LayerRescaling,
        Self::UnitRescaling,
    ];
}
