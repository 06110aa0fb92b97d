//! Local response normalization.

mod layer;
mod passes;
mod windows;

pub use layer::{LocalResponse, Roots};
pub use passes::{Backward, BackwardDirectional, Directional, Forward};
