//! Layers that dfdx does not have, or has slower.

mod cross_entropy;
pub mod dense;

use dfdx::shapes::Shape;
use dfdx::tensor::{Cpu, Tensor};

pub use cross_entropy::mean_cross_entropy;

/// Builder types: what a network alias in the zoo is written with.
pub mod builder {
    pub use super::dense::builder::{Dense, InputDense};
}

/// The entries of a contiguous tensor, by one memory copy.
fn values<S: Shape>(tensor: &Tensor<S, f32, Cpu>, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    tensor.copy_into(&mut values);
    values
}
