//! Layers that dfdx does not have, or has slower.

mod batch_norm;
mod concatenation;
mod convolution;
mod cross_entropy;
pub mod dense;
mod describe;
mod dropout;
mod flatten;
mod images;
mod local_response;
mod max_pooling;

use dfdx::shapes::Shape;
use dfdx::tensor::{Cpu, Tensor};

pub use convolution::convolve;
pub use cross_entropy::mean_cross_entropy;
pub use dense::weighted_sums;
pub use describe::{Describe, part};
pub use dropout::{Drops, Masks};
pub use images::{Batch, operation_on, shape};

/// Builder types: what a network alias in the zoo is written with.
pub mod builder {
    pub use super::batch_norm::builder::BatchNorm;
    pub use super::concatenation::Concatenation;
    pub use super::convolution::builder::{Conv2D, InputConv2D};
    pub use super::dense::builder::{Dense, InputDense};
    pub use super::dropout::Dropout;
    pub use super::flatten::{Flatten, GlobalAverage};
    pub use super::local_response::ResponseNorm;
    pub use super::max_pooling::MaxPool;
}

/// The entries of a contiguous tensor, by one memory copy.
fn values<S: Shape>(tensor: &Tensor<S, f32, Cpu>, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    tensor.copy_into(&mut values);
    values
}
