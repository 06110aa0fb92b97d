//! Batch normalization.

mod layer;
mod moments;
mod passes;
mod scales;
#[cfg(test)]
mod tests;

pub use layer::{BatchNorm, Inputs};
pub use moments::{Moments, Normalizer, SingleNumber, Sums};
pub use passes::{Backward, BackwardDirectional, Directional, Forward, Gradient};
pub use scales::{BatchNormGradient, Scales};
