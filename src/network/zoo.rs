//! The zoo: every network there is, one line each, and the choice of one by
//! name.

use std::fmt;
use std::str::FromStr;

use dfdx::prelude::ReLU;
use serde::{Deserialize, Serialize};

use super::layers::builder::{
    BatchNorm, Concatenation, Conv2D, Dense, Dropout, Flatten, GlobalAverage, InputConv2D,
    InputDense, MaxPool, ResponseNorm,
};
use super::model::{Model, TypedModel};
use super::typed::{Flat, Image};

type Linear<const I: usize, const O: usize> = InputDense<I, O>;
type First<const I: usize, const W: usize> = (InputDense<I, W>, ReLU, Dropout);
type Hidden<const I: usize, const W: usize> = (Dense<I, W>, ReLU, Dropout);
type Mlp1<const I: usize, const W: usize, const O: usize> = (First<I, W>, Dense<W, O>);
type Mlp2<const I: usize, const W: usize, const O: usize> =
    (First<I, W>, Hidden<W, W>, Dense<W, O>);
type Mlp3<const I: usize, const W: usize, const O: usize> =
    (First<I, W>, Hidden<W, W>, Hidden<W, W>, Dense<W, O>);

/// Convolutions alone, after Springenberg et al. 2015, arXiv 1412.6806: a few thousand weights,
/// for quick runs.
type AllConv<const C: usize, const O: usize> = (
    (InputConv2D<C, 12, 3, 2, 1, 14>, ReLU),
    (Conv2D<12, 24, 3, 2, 1, 7>, ReLU),
    (Conv2D<24, O, 3, 1, 1, 7>, GlobalAverage),
);

/// Two convolutions with stride 2 and a dense layer of 64 units, of the modules that `$module` and
/// `$first` name: a network of images that fits random labels in seconds.
macro_rules! small_conv {
    ($module:ident, $first:ident) => {
        (
            ($first<C, 16, 3, 2, 1, 14>, $module<16, 32, 3, 2, 1, 7>),
            Flatten<1568>,
            Hidden<1568, 64>,
            Dense<64, O>,
        )
    };
}

/// The paper's small AlexNet: two modules of convolution 5x5, max-pooling 3x3 and local response
/// normalization, then dense layers of 384 and 192 units.
type AlexNet<const C: usize, const O: usize> = (
    (
        InputConv2D<C, 64, 5, 1, 2, 28>,
        ReLU,
        MaxPool<3, 2, 1, 14>,
        ResponseNorm,
    ),
    (
        Conv2D<64, 64, 5, 1, 2, 14>,
        ReLU,
        MaxPool<3, 2, 1, 7>,
        ResponseNorm,
    ),
    Flatten<3136>,
    Hidden<3136, 384>,
    Hidden<384, 192>,
    Dense<192, O>,
);

/// The paper's small Inception, its Figure 3, of the modules that `$module` and `$first` name:
/// convolutions with ReLU, with batch normalization before it or not.
macro_rules! small_inception {
    ($module:ident, $first:ident) => {
        (
            $first<C, 96, 3, 1, 1, 28>,
            (
                Inception!($module, 96, 32, 32, 64, 28),
                Inception!($module, 64, 32, 48, 80, 28),
                Downsample!($module, 80, 80, 160, 14),
            ),
            (
                Inception!($module, 160, 112, 48, 160, 14),
                Inception!($module, 160, 96, 64, 160, 14),
                Inception!($module, 160, 80, 80, 160, 14),
                Inception!($module, 160, 48, 96, 144, 14),
                Downsample!($module, 144, 96, 240, 7),
            ),
            (
                Inception!($module, 240, 176, 160, 336, 7),
                Inception!($module, 336, 176, 160, 336, 7),
            ),
            (GlobalAverage, Dense<336, O>),
        )
    };
}

/// From `$i` channels: `$one` filters 1x1 and `$three` filters 3x3, `$o` channels together.
#[allow(non_snake_case)]
macro_rules! Inception {
    ($module:ident, $i:literal, $one:literal, $three:literal, $o:literal, $side:literal) => {
        Concatenation<
            $module<$i, $one, 1, 1, 0, $side>,
            $module<$i, $three, 3, 1, 1, $side>,
            $o,
        >
    };
}

/// From `$i` channels: `$three` filters 3x3 and max-pooling 3x3, both with stride 2.
#[allow(non_snake_case)]
macro_rules! Downsample {
    ($module:ident, $i:literal, $three:literal, $o:literal, $side:literal) => {
        Concatenation<$module<$i, $three, 3, 2, 1, $side>, MaxPool<3, 2, 1, $side>, $o>
    };
}

type Plain<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
> = (Conv2D<I, O, K, S, P, SIDE>, ReLU);
type PlainFirst<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
> = (InputConv2D<I, O, K, S, P, SIDE>, ReLU);
type Normalized<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
> = (Conv2D<I, O, K, S, P, SIDE>, BatchNorm<O>, ReLU);
type NormalizedFirst<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    const SIDE: usize,
> = (InputConv2D<I, O, K, S, P, SIDE>, BatchNorm<O>, ReLU);

type SmallConvPlain<const C: usize, const O: usize> = small_conv!(Plain, PlainFirst);
type SmallConvNormalized<const C: usize, const O: usize> = small_conv!(Normalized, NormalizedFirst);
type InceptionPlain<const C: usize, const O: usize> = small_inception!(Plain, PlainFirst);
type InceptionNormalized<const C: usize, const O: usize> =
    small_inception!(Normalized, NormalizedFirst);

/// Writes the enum, the names and the tables of types from two lists: networks of numbers and
/// networks of images.
macro_rules! zoo {
    (
        chains {
            $($variant:ident: $name:literal, $depth:literal x $width:literal, $alias:ident$(<$w:literal>)?;)*
        }
        images { $($image:ident: $image_name:literal, $words:literal, $image_alias:ident;)* }
    ) => {
        /// An architecture of the zoo. All hidden units are ReLU.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Zoo {
            $(
                #[doc = concat!("`", $name, "`: ", $depth, " hidden layers of ", $width, " units.")]
                #[serde(rename = $name)]
                $variant,
            )*
            $(
                #[doc = concat!("`", $image_name, "`: ", $words, ".")]
                #[serde(rename = $image_name)]
                $image,
            )*
        }

        impl Zoo {
            /// Every architecture, in the order of the zoo.
            pub const ALL: &[Zoo] = &[$(Zoo::$variant,)* $(Zoo::$image),*];

            /// The name the command line knows it by.
            pub fn name(self) -> &'static str {
                match self { $(Zoo::$variant => $name,)* $(Zoo::$image => $image_name),* }
            }

            /// Units of each hidden layer of a chain of dense layers; none for a network of images.
            pub fn hidden(self) -> Option<Vec<usize>> {
                match self {
                    $(Zoo::$variant => Some(vec![$width; $depth]),)*
                    $(Zoo::$image => None),*
                }
            }
        }

        fn flat<const I: usize, const O: usize>(zoo: Zoo) -> Option<Box<dyn Model>> {
            Some(match zoo {
                $(Zoo::$variant => TypedModel::<Flat<$alias<I, $($w,)? O>, I, O>>::boxed(),)*
                $(Zoo::$image => return None),*
            })
        }

        fn image<const C: usize, const O: usize>(zoo: Zoo) -> Option<Box<dyn Model>> {
            Some(match zoo {
                $(Zoo::$variant => return None,)*
                $(Zoo::$image => TypedModel::<Image<$image_alias<C, O>, C, SIDE, O>>::boxed(),)*
            })
        }
    };
}

zoo! {
    chains {
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
    Mlp2x64: "mlp-2x64", 2 x 64, Mlp2<64>;
    Mlp2x128: "mlp-2x128", 2 x 128, Mlp2<128>;
    Mlp2x512: "mlp-2x512", 2 x 512, Mlp2<512>;
    Mlp3x512: "mlp-3x512", 3 x 512, Mlp3<512>;
    }
    images {
    AllConv: "all-conv", "three convolutions, a few thousand weights", AllConv;
    SmallConv: "small-conv", "two convolutions and a dense layer, about a hundred thousand weights", SmallConvPlain;
    SmallConvBn: "small-conv-bn", "two convolutions with batch normalization and a dense layer", SmallConvNormalized;
    AlexNet: "small-alexnet", "the paper's small AlexNet", AlexNet;
    Inception: "small-inception", "the paper's small Inception, without batch normalization", InceptionPlain;
    InceptionBn: "small-inception-bn", "the paper's small Inception", InceptionNormalized;
    }
}

/// The inputs the zoo is compiled for: (numbers per input, classes).
///
/// 784 is a 28x28 image with one channel, 2,352 with three: the size the
/// paper's networks see.
pub const INPUT_SIZES: &[(usize, usize)] = &[(784, 10), (2352, 10)];

/// Rows and columns of the images that networks of images are compiled for: CIFAR-10 as the paper
/// crops it, MNIST as it is.
pub const SIDE: usize = 28;

/// The typed network of that name, with all weights zero; none where none is compiled for inputs
/// of that size.
pub(super) fn typed(zoo: Zoo, features: usize, classes: usize) -> Option<Box<dyn Model>> {
    match (features, classes) {
        (784, 10) => flat::<784, 10>(zoo).or_else(|| image::<1, 10>(zoo)),
        (2352, 10) => flat::<2352, 10>(zoo).or_else(|| image::<3, 10>(zoo)),
        _ => None,
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

impl Zoo {
    /// Units of each hidden layer of a chain of dense layers that has one.
    pub fn width(self) -> Option<usize> {
        self.hidden()?.first().copied()
    }

    /// Whether it is a chain of two dense layers.
    pub fn has_one_hidden_layer(self) -> bool {
        self.hidden().is_some_and(|hidden| hidden.len() == 1)
    }
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
                let model = typed(architecture, features, classes).expect("compiled");
                let channels = features / (SIDE * SIDE);
                let expected = match architecture {
                    // Zhang et al. 2017, Table 1, for three channels.
                    Zoo::AlexNet => 1_387_786 - (3 - channels) * 64 * 25,
                    Zoo::Inception | Zoo::InceptionBn => 1_649_402 - (3 - channels) * 96 * 9,
                    Zoo::SmallConv | Zoo::SmallConvBn => {
                        16 * (9 * channels + 1) + 32 * 145 + 64 * 1569 + 10 * 65
                    }
                    Zoo::AllConv => 12 * (9 * channels + 1) + 24 * 109 + 10 * 217,
                    _ => {
                        let mut widths = vec![features];
                        widths.extend(architecture.hidden().expect("a chain"));
                        widths.push(classes);
                        widths.windows(2).map(|w| (w[0] + 1) * w[1]).sum()
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
