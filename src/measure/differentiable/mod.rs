//! What measures need of the derivatives of a chain network on its training examples:
//! batches, Hessian products, the tangent kernel.

mod examples;
mod hessian;
mod shared;
mod tangent_kernel;

pub use examples::{Model, batches};
pub use hessian::Hessian;
pub use shared::Shared;
pub use tangent_kernel::{centred, cosine, tangent_kernel};

use super::Layer;
use crate::linalg::Real;
use crate::network::chain::Chain;

/// The chain of layers that follow each other.
pub fn chain<T: Real>(layers: &[Layer]) -> Chain<T> {
    let parts = layers.iter();
    Chain::new(parts.map(|layer| (layer.weight.as_ref(), layer.bias.as_deref())))
}

/// What measures that need derivatives say of convolutions.
pub const CHAINS_ONLY: &str = "not defined: computed for fully connected chains only";

#[cfg(test)]
pub mod tests;
