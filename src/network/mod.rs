//! Typed-shape dfdx networks, and the choice of one at run time.
//!
//! A network is a type alias in `zoo.rs`, read like the paper's table. Its
//! shapes are const generics, so a layer that does not fit the next one does
//! not compile. [`Architecture::build`] is where types end: it turns an architecture and the
//! shape of the data into a [`Model`], through which the rest of the program trains,
//! evaluates and reads weights. An architecture without a type, or for data of another size
//! than those the zoo is compiled for, is a chain of dense layers with the same arithmetic,
//! whose shapes are checked when it is built.
//!
//! Behind the types is one description, [`graph`]: the layers of a network with their wiring, its
//! forward and its backward pass. Steps of SGD go through it, without a tape, and so does whatever
//! needs the derivatives of a network in double precision. Both call the functions of the crate
//! `rethink_layers`, in which the mathematics of every layer is once.

mod architecture;
mod descent;
mod described;
mod fused;
pub mod graph;
mod initialization;
mod layers;
mod model;
mod optimizer;
mod steps;
mod typed;
mod weights;
mod zoo;

pub use architecture::{Architecture, Description, Layer, MOST_PARAMETERS, NoSuchNetwork};
pub use initialization::Initialization;
pub(crate) use layers::{convolve, operation_on, weighted_sums};
#[cfg(test)]
pub(crate) use model::PART;
pub use model::{Model, NetworkError};
pub use optimizer::Optimizer;
pub use steps::Steps;
pub use zoo::{INPUT_SIZES, SIDE, UnknownArchitecture, Zoo};
