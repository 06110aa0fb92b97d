//! A chain of linear layers with ReLU between them as a function that can be
//! differentiated: outputs, cross-entropy, gradients and Hessian products.
//!
//! Examples are the columns of a matrix, so that every step is one matrix
//! product. The derivative of ReLU at 0 is 0. Values that are not finite stay
//! so and are no error.

mod backward;
mod examples;
mod forward;
mod hessian;
mod loss;
mod network;
mod shared;
mod tangent_kernel;

pub use backward::{gradient_at, squared_norms};
pub use examples::{Model, batches};
pub use forward::Pass;
pub use hessian::Hessian;
pub use loss::{correct, loss_delta, probabilities};
pub use network::Network;
pub use shared::Shared;
pub use tangent_kernel::{centred, cosine, tangent_kernel};

/// What measures that need derivatives say of convolutions.
pub const CHAINS_ONLY: &str = "not defined: computed for fully connected chains only";

#[cfg(test)]
pub mod tests;
