//! Training steps of chains of dense layers without a tape.
//!
//! Weights, momentum, activations and their gradients are [`Packed`] matrices from one step to
//! the next, so that no product packs its operands. Bias and ReLU are applied where a product is
//! stored, and the weights move where their gradient is summed: it is never in memory. dfdx still
//! defines the networks, and differentiates them where a gradient is asked for; its layers are
//! made of the same products.
//!
//! SGD alone is fused: a step of Adam goes over the tape.

mod gradient;
mod layer;
mod loss;
mod model;
mod packed;
mod tile;
mod trainer;

pub use layer::Layer;
pub use loss::cross_entropy_with_gradient;
pub use model::Fused;
pub use packed::Packed;
pub use trainer::Trainer;

#[cfg(test)]
mod tests;
