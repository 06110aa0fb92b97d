//! Theorem 1's networks on images, and the norms in which they are compared with trained
//! ones.

mod finite_sample;
mod norms;

pub use finite_sample::{Deep, DeepNetworks, Theorem1Fit, Theorem1Network, deviation, outputs};
pub use norms::Norms;
