//! Rademacher and Gaussian complexity of classes of functions on a sample.
//!
//! How well a class can follow random signs, or normal weights, bounds the gap between its
//! training and test error:
//!
//! ```text
//! R̂ = E_w sup_{f ∈ F} (1/n) Σᵢ wᵢ f(xᵢ)
//! ```
//!
//! (Bartlett, Mendelson 2002; without absolute value or factor 2, as in Zhang et al.
//! 2017, equation 1.) For balls of norms the supremum for given weights is a formula, so
//! that only the mean over the weights is estimated: a [`FunctionClass`] computes suprema
//! for many vectors of weights by one matrix product, [`Draws`] are the weights, the
//! same for every class, and [`complexity`] averages. With few points all signs are
//! enumerated and the value is exact.
//!
//! ```
//! use rethink::complexity::{Draws, Gram, KernelBall, complexity};
//! use rethink::kernel::{Features, Gaussian, Precision};
//!
//! let x = Features::new(vec![0.0, 0.5, 1.5, 4.0, 4.1, 9.0], 1)?;
//! let gram = Gram::new(&Gaussian::new(1.0)?, &x, Precision::F64, 1)?;
//! let ball = KernelBall::new(&gram, 2.0)?; // functions with ‖f‖ ≤ 2
//! let estimate = complexity(&ball, &Draws::signs(6, 1000, 1)?, 0.05, 1)?;
//! let exact = complexity(&ball, &Draws::all_signs(6)?, 0.05, 1)?;
//! assert!((estimate.value.value - exact.value.value).abs() < 0.03);
//! assert!(exact.value.value <= exact.sandwich.upper); // 2 √6 / 6
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod average;
mod certificate;
mod class;
mod draws;
mod error;
mod finite_set;
mod gram;
mod kernel_ball;
mod linear_ball;
mod local_ball;
mod margin_bound;
mod path_norm;
mod relu_ball;

pub use average::{Complexity, complexity, rademacher_over_gaussian};
pub use certificate::Certificate;
pub use class::{FunctionClass, Sandwich};
pub use draws::{Draws, LARGEST_ENUMERATION, MOST_DRAWS, Weights};
pub use error::ComplexityError;
pub use finite_set::FiniteSet;
pub use gram::Gram;
pub use kernel_ball::KernelBall;
pub use linear_ball::LinearBall;
pub use local_ball::{FixedPoint, LocalBall, Spectrum};
pub use margin_bound::{MarginBound, margin_bound};
pub use path_norm::network_path_norm;
pub use relu_ball::{ReluBall, Search};
