//! What measures need of the derivatives of a network on its training examples: batches, Hessian
//! products, the tangent kernel.

mod examples;
mod hessian;
mod loss;
mod shared;
mod tangent_kernel;

pub use examples::{Model, batches, check_size};
pub use hessian::Hessian;
#[cfg(test)]
use loss::cross_entropy;
pub use loss::{correct, loss_delta, probabilities};
pub use shared::Shared;
pub use tangent_kernel::{centred, cosine, one_class, tangent_kernel};

/// What measures that need the function or its derivatives say of convolutions.
pub const DIFFERENTIATED: &str = "part of the network, whose wiring must be known (--dataset and \
    --network, or a stored run); every entry of a kernel is one parameter";

#[cfg(test)]
pub mod tests;
