//! Layers that dfdx does not have, or has slower.

pub mod dense;

/// Builder types: what a network alias in the zoo is written with.
pub mod builder {
    pub use super::dense::builder::{Dense, InputDense};
}
