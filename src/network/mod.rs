//! Typed-shape dfdx networks, and the choice of one at run time.
//!
//! A network is a type alias in `zoo.rs`, read like the paper's table. Its
//! shapes are const generics, so a layer that does not fit the next one does
//! not compile. [`build`] is where types end: it turns the name of an
//! architecture and the shape of the data into a [`Model`], through which the
//! rest of the program trains, evaluates and reads weights.

pub(crate) mod chain;
mod initialization;
mod layers;
mod model;
mod optimizer;
mod typed;
mod weights;
mod zoo;

pub use initialization::Initialization;
pub use model::{Model, NetworkError};
pub use optimizer::Optimizer;
pub use zoo::{Architecture, INPUT_SIZES, NoSuchNetwork, UnknownArchitecture, build};
