//! Theorem 1's networks on images, and the norms in which they are compared with trained
//! ones.

mod constructed;
mod finite_sample;
mod norms;

pub use constructed::{Constructed, ConstructedFit};
pub use finite_sample::{Deep, DeepNetworks, Theorem1Fit, Theorem1Network};
pub use norms::Norms;
