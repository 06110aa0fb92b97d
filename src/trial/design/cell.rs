//! The networks that are compared: how each is found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::network::{Optimizer, Zoo};
use crate::training::Batch;
use crate::treatment::Treatment;

/// One kind of network of the trial; every block has one of each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cell {
    /// Found by a method, at a cost.
    Found {
        /// How.
        method: Method,
        /// The learning rate; the fast one where the method has none.
        rate: Rate,
        /// The training labels.
        labels: Treatment,
    },
    /// A network of the block whose weights were changed while the outcome on the training
    /// examples was held.
    Changed {
        /// What was held.
        held: Held,
        /// How it was changed.
        change: Change,
    },
    /// Trained on the shell of networks of one path norm.
    Shell {
        /// The norm as a factor of the reference's.
        factor: f64,
    },
}

/// How a network is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Method {
    /// Gradient steps at a constant learning rate from He's initialization.
    Descent {
        /// How a gradient becomes a step.
        optimizer: Optimizer,
        /// Examples a step.
        batch: Batch,
    },
    /// Steps of all examples with Gaussian noise that knows no labels, of the size of the
    /// noise of small batches.
    NoisyDescent,
    /// The reference from initial weights times a factor.
    Scaled {
        /// The factor.
        factor: f64,
    },
    /// The reference from weights that were first trained on random labels.
    Adversarial {
        /// Copies of the training set in the first training.
        copies: usize,
    },
    /// Changes are tried and kept if the training loss falls.
    Search {
        /// The longest step; none: steps may grow.
        largest: Option<f64>,
    },
    /// Gauss-Newton steps from the initialization straight to the soft margins of the reference.
    GaussNewton,
    /// A sample of the initialization's Gaussian on the surface of the reference's soft margins.
    Volume {
        /// Where the chain starts.
        start: VolumeStart,
    },
    /// The network of Theorem 1 of Zhang et al.
    FiniteSample,
    /// Random ReLU features with output weights of smallest norm.
    RandomFeatures,
}

/// The learning rate of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rate {
    /// The one that reached the cost with the least work on pilot blocks.
    Fast,
    /// A third of it.
    Gentle,
}

/// Where a chain on the surface of equal margins starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeStart {
    /// At the reference.
    Reference,
    /// At another initialization, brought to the surface.
    Fresh,
}

/// What is held of the outcome on the training examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// The soft margin, and with it the cross-entropy, of every example.
    Margins,
    /// All logits of every example.
    Logits,
}

/// A change of weights with the outcome on the training examples held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// The reference, along the gradient of its path norm to a factor of it.
    Dose {
        /// The factor.
        factor: f64,
    },
    /// The same, and back to the norm it had.
    Return {
        /// The factor it comes back from.
        from: f64,
    },
    /// The reference along another direction.
    Direction {
        /// Which.
        along: Along,
    },
    /// A bad network, to the path norm of the reference.
    ToReference {
        /// Which.
        bad: Bad,
    },
    /// A bad network, as far as [`ToReference`](Self::ToReference) goes, at its own norm.
    Sham {
        /// Which.
        bad: Bad,
    },
    /// The reference, to the path norm of a bad network.
    FromReference {
        /// Which.
        bad: Bad,
    },
}

/// A direction in which the reference is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// Up the Frobenius norm until the path norm has doubled.
    Frobenius,
    /// A random direction until the path norm has doubled.
    Random,
    /// A random direction, scaled layer by layer, until the path norm has doubled.
    RandomPerLayer,
    /// A random direction at equal path norm, as far as the dose 2 goes.
    RandomAtNorm,
    /// Towards wrong labels of other images, at equal path norm, as far as the dose 2 goes.
    WrongLabels,
    /// Towards right labels of other images, at equal path norm, as far as the dose 2 goes.
    RightLabels,
}

/// A network that fits as the reference does and errs more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Bad {
    /// [`Method::Adversarial`].
    Adversarial {
        /// Copies of the training set in the first training.
        copies: usize,
    },
    /// [`Method::Scaled`].
    Scaled {
        /// The factor.
        factor: f64,
    },
    /// [`Method::Volume`] from a fresh initialization.
    Volume,
}

impl Cell {
    /// A method at its fast rate on true labels.
    pub const fn found(method: Method) -> Self {
        Self::Found {
            method,
            rate: Rate::Fast,
            labels: Treatment::TrueLabels,
        }
    }

    /// The same at a rate.
    pub const fn at_rate(method: Method, rate: Rate) -> Self {
        Self::Found {
            method,
            rate,
            labels: Treatment::TrueLabels,
        }
    }

    /// The method that finds it, or the bad network that it is changed from or brought to the norm
    /// of; none of another change of the reference, and of a shell.
    pub fn method(self) -> Option<Method> {
        match self {
            Self::Found { method, .. } => Some(method),
            Self::Changed { change, .. } => match change {
                Change::ToReference { bad }
                | Change::Sham { bad }
                | Change::FromReference { bad } => Some(bad.method()),
                _ => None,
            },
            Self::Shell { .. } => None,
        }
    }

    /// The network that the others are compared with: SGD on batches of 32.
    pub const REFERENCE: Self = Self::found(Method::REFERENCE);
}

impl Method {
    /// SGD on batches of 32, what the claim speaks of.
    pub const REFERENCE: Self = Self::sgd(32);
    /// Gradient descent on all examples.
    pub const GRADIENT_DESCENT: Self = Self::Descent {
        optimizer: Optimizer::Sgd { momentum: 0.0 },
        batch: Batch::Full,
    };

    /// SGD on batches of a size.
    pub const fn sgd(size: usize) -> Self {
        Self::Descent {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Mini { size },
        }
    }

    /// The method whose piloted rate it takes: its own, or that of the steps it adds noise to.
    pub fn piloted_as(self) -> Self {
        match self {
            Self::NoisyDescent => Self::GRADIENT_DESCENT,
            own => own,
        }
    }

    /// Whether it has a learning rate, and so two of them.
    pub fn has_rate(self) -> bool {
        matches!(
            self,
            Self::Descent { .. }
                | Self::NoisyDescent
                | Self::Scaled { .. }
                | Self::Adversarial { .. }
        )
    }

    /// Whether what it finds from `n` examples can be written as this network, so that norms
    /// compare. Constructed networks need one hidden layer that is wide enough: the network of
    /// Theorem 1 a unit for every example, the others idle; random features
    /// [twice as many](features) as examples.
    pub fn fits_into(self, network: Zoo, n: usize) -> bool {
        let width = one_hidden(network).unwrap_or(0);
        match self {
            Self::FiniteSample => width >= n,
            Self::RandomFeatures => width == features(network, n),
            _ => true,
        }
    }

    /// Whether it is local descent from the usual start. The others are what S1 compares with.
    pub fn is_local(self) -> bool {
        match self {
            Self::Descent { .. } | Self::NoisyDescent | Self::GaussNewton => true,
            Self::Search { largest } => largest.is_some(),
            Self::Scaled { factor } => factor < 1.0,
            Self::Adversarial { .. }
            | Self::Volume { .. }
            | Self::FiniteSample
            | Self::RandomFeatures => false,
        }
    }
}

/// Random features that are drawn for `n` examples: as many as the one hidden layer of the network
/// has units, if these are at least twice the examples; else four times the examples, in a wider
/// network. Near as many features as examples the weights of smallest norm are large.
pub fn features(network: Zoo, n: usize) -> usize {
    let wide = one_hidden(network).filter(|&width| width >= 2 * n);
    wide.unwrap_or(4 * n)
}

fn one_hidden(network: Zoo) -> Option<usize> {
    match network.hidden()?.as_slice() {
        &[width] => Some(width),
        _ => None,
    }
}

impl Bad {
    /// How it is found.
    pub fn method(self) -> Method {
        match self {
            Self::Adversarial { copies } => Method::Adversarial { copies },
            Self::Scaled { factor } => Method::Scaled { factor },
            Self::Volume => Method::Volume {
                start: VolumeStart::Fresh,
            },
        }
    }
}

/// The name in tables and files: `sgd-32`, `scale-3`, `volume-fresh`.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descent { optimizer, batch } => {
                let size = match batch {
                    Batch::Full => String::new(),
                    Batch::Mini { size } => format!("-{size}"),
                };
                match (optimizer, batch) {
                    (Optimizer::Sgd { momentum }, Batch::Full) if *momentum == 0.0 => {
                        f.write_str("gd")
                    }
                    (Optimizer::Sgd { momentum }, _) if *momentum == 0.0 => write!(f, "sgd{size}"),
                    (Optimizer::Sgd { .. }, _) => write!(f, "momentum{size}"),
                    (Optimizer::Adam, _) => write!(f, "adam{size}"),
                }
            }
            Self::NoisyDescent => f.write_str("gd-noise"),
            Self::Scaled { factor } => write!(f, "scale-{factor}"),
            Self::Adversarial { copies } => write!(f, "adversarial-{copies}"),
            Self::Search { largest: None } => f.write_str("search-large-steps"),
            Self::Search { largest: Some(_) } => f.write_str("search-small-steps"),
            Self::GaussNewton => f.write_str("gauss-newton"),
            Self::Volume { start } => match start {
                VolumeStart::Reference => f.write_str("volume-from-sgd"),
                VolumeStart::Fresh => f.write_str("volume-fresh"),
            },
            Self::FiniteSample => f.write_str("theorem-1"),
            Self::RandomFeatures => f.write_str("random-features"),
        }
    }
}

/// `path norm x 2`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dose { factor } => write!(f, "norm-{factor}"),
            Self::Return { from } => write!(f, "norm-{from}-and-back"),
            Self::Direction { along } => f.write_str(match along {
                Along::Frobenius => "frobenius-2",
                Along::Random => "random-2",
                Along::RandomPerLayer => "random-per-layer-2",
                Along::RandomAtNorm => "random-1",
                Along::WrongLabels => "wrong-labels-1",
                Along::RightLabels => "right-labels-1",
            }),
            Self::ToReference { bad } => write!(f, "{}-to-sgd-norm", bad.method()),
            Self::Sham { bad } => write!(f, "{}-sham", bad.method()),
            Self::FromReference { bad } => write!(f, "sgd-to-{}-norm", bad.method()),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Margins => "margins",
            Self::Logits => "logits",
        })
    }
}

/// The name in tables and files: `gd gentle`, `sgd-32 on random-labels`, `norm-2 (margins held)`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found {
                method,
                rate,
                labels,
            } => {
                write!(f, "{method}")?;
                if *rate == Rate::Gentle {
                    f.write_str(" gentle")?;
                }
                match labels {
                    Treatment::TrueLabels => Ok(()),
                    other => write!(f, " on {other}"),
                }
            }
            Self::Changed { held, change } => write!(f, "{change} ({held} held)"),
            Self::Shell { factor } => write!(f, "shell-{factor}"),
        }
    }
}
