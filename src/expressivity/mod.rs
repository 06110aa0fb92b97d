//! What a network can represent: the finite-sample construction of Zhang et al.
//!
//! A two-layer ReLU network with 2n + d numbers fits any labels on n points in d
//! dimensions exactly. [`interpolate`] builds it: a [`FiniteSample`] is projected on
//! one direction where no two points meet, the biases go between the projections,
//! and the output weights are the changes of slope of the broken line through the
//! targets. No search, no training: the [`FiniteSampleNetwork`] is written down in
//! O(n log n) after the projection, and can be evaluated, regrouped into any depth,
//! measured and saved like one that was trained.
//!
//! # Reference
//! Zhang, Bengio, Hardt, Recht, Vinyals 2017, arXiv 1611.03530, section 4 and
//! appendix C.

mod deep;
mod direction;
mod error;
mod network;
mod sample;

pub use error::ExpressivityError;
pub use network::{FiniteSampleNetwork, Precision, interpolate};
pub use sample::FiniteSample;
