//! The mathematics of the layers of a network: forward, backward, and the derivative along a
//! direction, on slices of `f32` or `f64`.
//!
//! Each layer's mathematics is here and nowhere else. The operations on the tape of a typed
//! network, the networks whose shapes are erased and the training loop call these functions. They
//! are a crate of their own so that they are compiled once and at full optimization, for the tests
//! as for the program.
//!
//! Dense layers work on [`Packed`] matrices, layers of images on [`Images`]. Every sum has one
//! order, whatever the machine and the number of threads.

mod average_pooling;
mod batch_norm;
mod concatenation;
mod convolution;
mod dense;
mod dropout;
mod element;
mod flatten;
mod images;
mod lanes;
mod local_response;
mod max_pooling;
mod operation;
mod packed;
mod relu;
mod threads;
mod tile;
mod window;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod testing;

pub use average_pooling::{AveragePooling, global_average, global_average_backward};
pub use batch_norm::{
    BatchNorm, BatchNormGradient, Inputs, Moments, Normalizer, Scales, SingleNumber,
};
pub use concatenation::{concatenate, split};
pub use convolution::Convolution;
pub use dense::{Dense, Step, cross_entropy_with_gradient};
pub use dropout::{Dropout, Numbers};
pub use element::Element;
pub use flatten::{flatten, unflatten};
pub use images::{CHANNELS, Images, Line, Shape};
pub use local_response::{LocalResponse, Roots};
pub use max_pooling::{MaxPooling, Winners};
pub use packed::Packed;
pub use relu::{mask, relu};
pub use threads::{WORTHWHILE, on_threads, pool};
pub use tile::{Row, WIDTH};
pub use window::Geometry;
