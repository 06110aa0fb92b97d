//! Minimum-norm interpolation with kernels and explicit features.
//!
//! For linear and kernel models the function that gradient descent converges to
//! from zero is known in closed form: of all functions through the data, the one
//! of least norm. A [`Problem`] is a [`Kernel`], [`Features`] and [`Targets`]; a
//! [`Plan`] chooses a solver that fits in memory; an [`Interpolant`] carries the
//! function with its residual, its errors and what is known of its [`Norm`]. Where
//! the kernel matrix is singular, its [`Range`] tells whether any function passes
//! through the targets. For explicit features
//! [`least_norm`] gives the weights themselves, and
//! [`RowSpan`](crate::linalg::RowSpan) what the training features leave open.

mod check;
mod conjugate_gradient;
mod distinct;
mod error;
mod feature;
mod features;
mod function;
mod gram;
mod interpolant;
mod least_norm;
mod memory;
mod neighbours;
mod norm;
mod pivoted;
mod plan;
mod preconditioner;
mod problem;
mod random_fourier;
mod random_relu;
mod range;
mod ritz;
mod singular;
mod solve;
mod sparse_inverse;
mod target_spectrum;

pub use conjugate_gradient::Progress;
pub use distinct::Equal;
pub use error::KernelError;
pub use feature::{FeatureMap, Filters, Gabor, Pixels, RandomConvolution};
pub(crate) use features::Points;
pub use features::{Features, Targets};
pub use function::*;
pub(crate) use gram::entries;
pub use interpolant::{Condition, ConditionKind, Interpolant, InverseDiagonal, Seconds};
pub use least_norm::{LeastNorm, classify_error, least_norm, outputs};
pub use memory::{default_memory_limit, peak_memory};
pub use norm::{Norm, expansion_norm};
pub use plan::{Options, Plan, Precision, Size, Solver};
pub use problem::Problem;
pub use random_fourier::RandomFourier;
pub use random_relu::random_relu_interpolant;
pub use range::{Factored, Projection, Range};
pub use target_spectrum::{GramSpectrum, TargetSpectrum};
