//! Typed-shape dfdx networks, and the choice of one at run time.
//!
//! A network is a type alias in `zoo.rs`, read like the paper's table. Its
//! shapes are const generics, so a layer that does not fit the next one does
//! not compile. [`Architecture::build`] is where types end: it turns an architecture and the
//! shape of the data into a [`Model`], through which the rest of the program trains,
//! evaluates and reads weights. An architecture without a type, or for data of another size
//! than those the zoo is compiled for, is a chain of dense layers with the same arithmetic,
//! whose shapes are checked when it is built. Both take their steps of SGD without a tape.

mod architecture;
pub(crate) mod chain;
mod descent;
mod described;
mod fused;
mod initialization;
mod layers;
mod model;
mod optimizer;
mod typed;
mod weights;
mod zoo;

pub use architecture::{Architecture, Description, Layer, MOST_PARAMETERS, NoSuchNetwork};
pub use initialization::Initialization;
#[cfg(test)]
pub(crate) use model::PART;
pub use model::{Model, NetworkError};
pub use optimizer::Optimizer;
pub use zoo::{INPUT_SIZES, UnknownArchitecture, Zoo};
