//! Theorem 1's networks on images, and the norms in which they are compared with trained
//! ones.

mod constructed;
mod counts;
mod finite_sample;
mod norms;
mod threshold;

pub use constructed::{Constructed, ConstructedFit};
pub use counts::Counted;
pub use finite_sample::{Deep, DeepNetworks, Theorem1Fit, Theorem1Network};
pub use norms::Norms;
pub use threshold::{Ladder, Rung, Threshold};
