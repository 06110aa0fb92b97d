//! What a network is, as a value: a name of the zoo, or its layers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fused::Fused;
use super::zoo::{SIDE, UnknownArchitecture, Zoo, typed};
use super::{Model, described};
use crate::dataset::ImageShape;

/// The architecture of a network whose inputs and classes are those of the data.
///
/// As JSON it is a name, `"mlp-1x512"`, or a list of layers,
/// `{"layers":[{"kind":"dense","units":300}]}`; on the command line a name, or `mlp-` and
/// the units of the hidden layers: `mlp-300-100`.
///
/// ```
/// use rethink::network::{Architecture, Zoo};
/// let architecture: Architecture = "mlp-300-100".parse()?;
/// assert_eq!(architecture.hidden(), Some(vec![300, 100]));
/// assert_eq!("mlp-512".parse::<Architecture>()?, Zoo::Mlp1x512.into());
/// # Ok::<(), rethink::network::UnknownArchitecture>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Architecture {
    /// A network of the zoo.
    Zoo(Zoo),
    /// A network that has no name.
    Described(Description),
}

/// The layers of a network, first to last; behind them is a dense layer with one output
/// per class.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The hidden layers.
    pub layers: Vec<Layer>,
}

/// A hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Layer {
    /// Every unit sees every input; ReLU behind it.
    Dense {
        /// Number of units.
        units: usize,
    },
}

/// Weights and biases of a network at most: 4 GB in single precision, and training needs
/// several times that.
pub const MOST_PARAMETERS: usize = 1_000_000_000;

impl Architecture {
    /// A chain of dense layers with so many units, first to last: by its name where it has one.
    pub fn dense(hidden: &[usize]) -> Self {
        Description::dense(hidden).into()
    }

    /// Units of each hidden layer of a chain of dense layers, first to last; none for a network of
    /// images.
    pub fn hidden(&self) -> Option<Vec<usize>> {
        match self {
            Self::Zoo(zoo) => zoo.hidden(),
            Self::Described(description) => Some(description.units()),
        }
    }

    /// The network for inputs of `features` numbers and so many classes, with all weights
    /// zero.
    ///
    /// The shapes of a network of the zoo are checked by the compiler where its input size
    /// is one of [`INPUT_SIZES`](super::INPUT_SIZES); those of any other when it is built.
    ///
    /// ```
    /// use rethink::network::{Architecture, Zoo};
    /// // Zhang et al. 2017, Table 1
    /// let parameters = |zoo| Architecture::Zoo(zoo).build(2352, 10).map(|m| m.parameter_count());
    /// assert_eq!(parameters(Zoo::Mlp1x512)?, 1_209_866);
    /// assert_eq!(parameters(Zoo::Mlp3x512)?, 1_735_178);
    /// # Ok::<(), rethink::network::NoSuchNetwork>(())
    /// ```
    ///
    /// # Errors
    /// [`NoSuchNetwork`] for a layer without units, no inputs, more parameters than
    /// [`MOST_PARAMETERS`], or a network of images that is not compiled for such data.
    pub fn build(&self, features: usize, classes: usize) -> Result<Box<dyn Model>, NoSuchNetwork> {
        if let Self::Zoo(zoo) = self
            && let Some(typed) = typed(*zoo, features, classes)
        {
            return Ok(Fused::boxed(typed));
        }
        let Some(hidden) = self.hidden() else {
            return Err(NoSuchNetwork::Images {
                network: self.to_string(),
                data: format!("{features} numbers and {classes} classes"),
            });
        };
        let mut widths = vec![features];
        widths.extend(hidden);
        widths.push(classes);
        if widths.contains(&0) {
            return Err(NoSuchNetwork::Empty { widths });
        }
        let parameters = widths.windows(2).try_fold(0_usize, |sum, pair| {
            sum.checked_add(pair[0].checked_add(1)?.checked_mul(pair[1])?)
        });
        match parameters {
            Some(parameters) if parameters <= MOST_PARAMETERS => {
                Ok(Fused::boxed(described::boxed(&widths)))
            }
            _ => Err(NoSuchNetwork::TooLarge { widths }),
        }
    }
}

impl Architecture {
    /// Whether images have the shape that the network is built for: as many numbers in other rows
    /// and columns are other images.
    ///
    /// # Errors
    /// [`NoSuchNetwork::Images`] for a network of images, and images of another height or width.
    pub fn check_images(&self, shape: ImageShape) -> Result<(), NoSuchNetwork> {
        let fits = (shape.height, shape.width) == (SIDE, SIDE) && matches!(shape.channels, 1 | 3);
        match self.hidden() {
            None if !fits => Err(NoSuchNetwork::Images {
                network: self.to_string(),
                data: format!("images of {shape}"),
            }),
            _ => Ok(()),
        }
    }

    /// Whether there is such a network for images of that shape and so many classes.
    ///
    /// # Errors
    /// As [`check_images`](Self::check_images) and [`build`](Self::build).
    pub fn check_data(&self, shape: ImageShape, classes: usize) -> Result<(), NoSuchNetwork> {
        self.check_images(shape)?;
        self.build(shape.features(), classes).map(|_| ())
    }

    /// Roughly how long an image takes, to do long trainings first: hidden units; networks of
    /// images take longer than all others.
    pub fn effort(&self) -> usize {
        let units = self.hidden().map(|units| units.iter().sum::<usize>());
        units.map_or(100_000, |units| units.max(1))
    }
}

impl Description {
    /// Dense layers with so many units, first to last.
    pub fn dense(hidden: &[usize]) -> Self {
        let layers = hidden.iter().map(|&units| Layer::Dense { units });
        Self {
            layers: layers.collect(),
        }
    }

    /// Units of each hidden layer, first to last.
    fn units(&self) -> Vec<usize> {
        let units = |&Layer::Dense { units }: &Layer| units;
        self.layers.iter().map(units).collect()
    }
}

/// Layers that make no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSuchNetwork {
    /// A layer without units, or data without inputs.
    #[error(
        "a network of the widths {widths:?} has an empty layer; give every layer 1 unit or more"
    )]
    Empty {
        /// Inputs, units of the hidden layers, classes.
        widths: Vec<usize>,
    },
    /// Data of a shape that a network of images is not compiled for.
    #[error(
        "{network} is built for {SIDE}x{SIDE} images with 1 or 3 channels and 10 classes, not for \
         {data}; choose an mlp, or other data"
    )]
    Images {
        /// Its name.
        network: String,
        /// What the data are.
        data: String,
    },
    /// More weights than a machine holds.
    #[error(
        "a network of the widths {widths:?} has more than {MOST_PARAMETERS} weights; give it \
         fewer units"
    )]
    TooLarge {
        /// Inputs, units of the hidden layers, classes.
        widths: Vec<usize>,
    },
}

impl From<Zoo> for Architecture {
    fn from(zoo: Zoo) -> Self {
        Self::Zoo(zoo)
    }
}

/// A network is its name where it has one, so that two spellings are one spec.
impl From<Description> for Architecture {
    fn from(description: Description) -> Self {
        let hidden = Some(description.units());
        match Zoo::ALL.iter().find(|zoo| zoo.hidden() == hidden) {
            Some(&zoo) => zoo.into(),
            None => Self::Described(description),
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zoo(zoo) => zoo.fmt(f),
            Self::Described(description) => {
                let units = description.units();
                let units: Vec<String> = units.iter().map(usize::to_string).collect();
                f.pad(&format!("mlp-{}", units.join("-")))
            }
        }
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = match name.parse::<Zoo>() {
            Ok(zoo) => return Ok(zoo.into()),
            Err(unknown) => unknown,
        };
        let units = name.strip_prefix("mlp-").map(|units| units.split('-'));
        let layers = units.and_then(|units| {
            let layer = |units: &str| match units.parse() {
                Ok(units) if units > 0 => Some(Layer::Dense { units }),
                _ => None,
            };
            units.map(layer).collect::<Option<Vec<Layer>>>()
        });
        match layers {
            Some(layers) => Ok(Description { layers }.into()),
            None => Err(unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_network_is_one_value() {
        for name in ["mlp-1x512", "mlp-300-100", "linear"] {
            let architecture: Architecture = name.parse().expect("a network");
            assert_eq!(architecture.to_string(), name);
            let json = serde_json::to_string(&architecture).expect("JSON");
            let back: Architecture = serde_json::from_str(&json).expect("the same");
            assert_eq!(back, architecture);
        }
        let json = r#"{"layers":[{"kind":"dense","units":300},{"kind":"dense","units":100}]}"#;
        let described: Architecture = serde_json::from_str(json).expect("a description");
        assert_eq!(Ok(described), "mlp-300-100".parse());
        assert_eq!(
            "mlp-512-512-512".parse(),
            Ok(Architecture::Zoo(Zoo::Mlp3x512))
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for name in ["mlp-", "mlp-0", "mlp-300-", "mlp-1x511", "lenet"] {
            let error = name.parse::<Architecture>().expect_err(name).to_string();
            assert!(
                error.contains(name) && error.contains("mlp-1x512"),
                "{error}"
            );
        }
        for json in [
            r#"{"layers":[{"kind":"sparse","units":3}]}"#,
            r#"{"layer":[]}"#,
        ] {
            serde_json::from_str::<Architecture>(json).expect_err(json);
        }
        let wide = Architecture::from(Description {
            layers: vec![Layer::Dense { units: usize::MAX }],
        });
        assert!(matches!(
            wide.build(784, 10),
            Err(NoSuchNetwork::TooLarge { .. })
        ));
        let images = Architecture::from(Zoo::AlexNet);
        let shape = |channels, height, width| ImageShape {
            channels,
            height,
            width,
        };
        assert!(images.check_images(shape(3, 28, 28)).is_ok());
        for (shape, shown) in [(shape(1, 16, 49), "1x16x49"), (shape(4, 14, 14), "4x14x14")] {
            let error = images.check_images(shape).expect_err(shown).to_string();
            assert!(error.contains(shown) && error.contains("28x28"), "{error}");
            assert!(Architecture::from(Zoo::Linear).check_images(shape).is_ok());
            assert_eq!(images.check_data(shape, 10), images.check_images(shape));
        }
        assert!(images.check_data(shape(3, 28, 28), 10).is_ok());
        assert!(images.check_data(shape(3, 28, 28), 11).is_err());
        assert!(matches!(
            images.build(784, 11),
            Err(NoSuchNetwork::Images { .. })
        ));
        let empty = Architecture::from(Description {
            layers: vec![Layer::Dense { units: 0 }],
        });
        assert!(matches!(
            empty.build(784, 10),
            Err(NoSuchNetwork::Empty { .. })
        ));
    }
}
