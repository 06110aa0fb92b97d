//! The zoo: every network there is, one line each, and the choice of one by
//! name.

use std::fmt;
use std::str::FromStr;

use dfdx::prelude::ReLU;
use serde::{Deserialize, Serialize};

use super::layers::builder::{Dense, InputDense};
use super::model::{Model, TypedModel};
use super::typed::Flat;

type Linear<const I: usize, const O: usize> = InputDense<I, O>;
type Mlp1<const I: usize, const W: usize, const O: usize> = ((InputDense<I, W>, ReLU), Dense<W, O>);
type Mlp3<const I: usize, const W: usize, const O: usize> = (
    (InputDense<I, W>, ReLU),
    (Dense<W, W>, ReLU),
    (Dense<W, W>, ReLU),
    Dense<W, O>,
);

/// Writes the enum, the names and the table of types from one list.
macro_rules! zoo {
    ($($variant:ident: $name:literal, $depth:literal x $width:literal, $alias:ident$(<$w:literal>)?;)*) => {
        /// An architecture of the zoo. All hidden units are ReLU.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Zoo {
            $(
                #[doc = concat!("`", $name, "`: ", $depth, " hidden layers of ", $width, " units.")]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl Zoo {
            /// Every architecture, in the order of the zoo.
            pub const ALL: &[Zoo] = &[$(Zoo::$variant),*];

            /// The name the command line knows it by.
            pub fn name(self) -> &'static str {
                match self { $(Zoo::$variant => $name),* }
            }

            /// Number of hidden layers.
            pub fn hidden_layers(self) -> usize {
                match self { $(Zoo::$variant => $depth),* }
            }

            /// Units in each hidden layer; 0 without hidden layers.
            pub fn width(self) -> usize {
                match self { $(Zoo::$variant => $width),* }
            }
        }

        fn flat<const I: usize, const O: usize>(zoo: Zoo) -> Box<dyn Model> {
            match zoo {
                $(Zoo::$variant => TypedModel::<Flat<$alias<I, $($w,)? O>, I, O>>::boxed(),)*
            }
        }
    };
}

zoo! {
    Linear: "linear", 0 x 0, Linear;
    Mlp1x2: "mlp-1x2", 1 x 2, Mlp1<2>;
    Mlp1x4: "mlp-1x4", 1 x 4, Mlp1<4>;
    Mlp1x8: "mlp-1x8", 1 x 8, Mlp1<8>;
    Mlp1x16: "mlp-1x16", 1 x 16, Mlp1<16>;
    Mlp1x32: "mlp-1x32", 1 x 32, Mlp1<32>;
    Mlp1x64: "mlp-1x64", 1 x 64, Mlp1<64>;
    Mlp1x128: "mlp-1x128", 1 x 128, Mlp1<128>;
    Mlp1x256: "mlp-1x256", 1 x 256, Mlp1<256>;
    Mlp1x512: "mlp-1x512", 1 x 512, Mlp1<512>;
    Mlp1x1024: "mlp-1x1024", 1 x 1024, Mlp1<1024>;
    Mlp1x2048: "mlp-1x2048", 1 x 2048, Mlp1<2048>;
    Mlp3x512: "mlp-3x512", 3 x 512, Mlp3<512>;
}

/// The inputs the zoo is compiled for: (numbers per input, classes).
///
/// 784 is a 28x28 image with one channel, 2,352 with three: the size the
/// paper's networks see.
pub const INPUT_SIZES: &[(usize, usize)] = &[(784, 10), (2352, 10)];

/// The typed network of that name for one of the [`INPUT_SIZES`], with all weights zero.
///
/// # Panics
/// Inputs of another size.
pub(super) fn typed(zoo: Zoo, features: usize) -> Box<dyn Model> {
    match features {
        784 => flat::<784, 10>(zoo),
        2352 => flat::<2352, 10>(zoo),
        _ => panic!("no network is compiled for {features} numbers per input"),
    }
}

/// A name that no architecture of the zoo has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no architecture is called '{0}'; choose one of {names}, or give the units of the hidden \
     layers: mlp-300-100", names = list_names()
)]
pub struct UnknownArchitecture(pub String);

fn list_names() -> String {
    let names: Vec<&str> = Zoo::ALL.iter().map(|a| a.name()).collect();
    names.join(", ")
}

impl fmt::Display for Zoo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Zoo {
    type Err = UnknownArchitecture;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|a| a.name() == name)
            .ok_or_else(|| UnknownArchitecture(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_exists_for_every_input_with_the_counted_parameters() {
        for &(features, classes) in INPUT_SIZES {
            for &architecture in Zoo::ALL {
                let model = typed(architecture, features);
                let (depth, width) = (architecture.hidden_layers(), architecture.width());
                let expected = match depth {
                    0 => (features + 1) * classes,
                    _ => {
                        (features + 1) * width
                            + (depth - 1) * (width + 1) * width
                            + (width + 1) * classes
                    }
                };
                assert_eq!(model.parameter_count(), expected, "{architecture}");
            }
        }
    }

    #[test]
    fn names_round_trip_and_unknown_ones_list_the_zoo() {
        for &architecture in Zoo::ALL {
            assert_eq!(architecture.name().parse(), Ok(architecture));
            let json = serde_json::to_string(&architecture).expect("a string");
            assert_eq!(json, format!("\"{}\"", architecture.name()));
        }
        let error = "mlp-1x511".parse::<Zoo>().unwrap_err().to_string();
        assert!(error.contains("'mlp-1x511'") && error.contains("mlp-1x512"));
    }
}
