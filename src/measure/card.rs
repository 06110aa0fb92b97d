//! The definition card of a measure.

use serde::Serialize;

/// Everything a reader needs to know what a number means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    /// Identifier in results, kebab-case and unique.
    pub id: &'static str,
    /// Name in tables and figures.
    pub name: &'static str,
    /// Definition. W is a layer's weight matrix, shape (out, in); l counts
    /// layers from 1 to d; W⁰ is the matrix at initialization.
    pub formula: &'static str,
    /// Paper and equation.
    pub reference: &'static str,
    /// How the layers' values make the network's.
    pub aggregation: Aggregation,
    /// Unit of the value.
    pub unit: &'static str,
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
    /// Defined on the whole network, by the formula itself; no layer values.
    WholeNetwork,
}

impl Aggregation {
    /// The network's value, where it is a function of the layers' values.
    pub fn combine(self, layers: &[f64]) -> Option<f64> {
        match self {
            Self::Sum => Some(layers.iter().sum()),
            Self::RootSumOfSquares => {
                Some(layers.iter().map(|value| value * value).sum::<f64>().sqrt())
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
}

impl Homogeneity {
    /// Value / γ, whatever the degree; `None` for degree 0 or γ ≤ 0.
    pub fn over_margin(self, value: f64, margin: f64) -> Option<f64> {
        match self {
            Self::Zero => None,
            Self::Layer | Self::Network => (margin > 0.0).then(|| value / margin),
        }
    }

    /// The value divided by the power of γ that cancels its degree in a network
    /// of `depth` layers; `None` for degree 0 or γ ≤ 0.
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
