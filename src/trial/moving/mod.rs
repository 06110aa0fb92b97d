//! The weights of a network moved while what it says of the training examples is held.
//!
//! A [`Surface`] is the set of networks of one outcome on the training examples: every soft
//! margin, or every logit, is that of a given network. On it a network goes along the gradient
//! of its path norm to another norm ([`to_norm`]), along other directions to another norm
//! ([`along_to_norm`]) or as far at its own norm ([`along_at_norm`]); another network is brought
//! to it ([`settle`]); and a chain samples it ([`Chain`]).
//!
//! ```text
//! J Σ Jᵀ c = J v − r,   step = v − Σ Jᵀ c,   r = u* − u(θ)
//! ```
//!
//! of a direction v leaves u where it is to first order and takes back what earlier steps have
//! missed. J are the derivatives of u by the parameters, Σ is one but in the chain.

mod chain;
mod dose;
mod gram;
mod logits;
mod norm;
mod settle;
mod surface;
#[cfg(test)]
mod tests;
mod trail;
pub(in crate::trial) mod vector;
mod walk;

pub use chain::{Chain, Sampled};
pub use dose::to_norm;
pub use norm::{Norm, Norms};
pub use settle::settle;
pub use surface::{Examples, Room, Surface};
pub use walk::{along_at_norm, along_to_norm};

/// Where a walk ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// The parameters there.
    pub parameters: Vec<f64>,
    /// Steps taken.
    pub steps: usize,
    /// Whether it is where it should be, or why not.
    pub end: WalkEnd,
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkEnd {
    /// At the norm asked for, with the outcome held.
    Arrived,
    /// After too many steps, or with steps too short to go on.
    Limit,
    /// Holding the outcome leaves less than a hundredth of |∇ ln P|².
    Floor,
}
