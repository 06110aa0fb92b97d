//! What one example of the training set changes: algorithmic stability, and
//! the memorization of single examples.
//!
//! A learning algorithm A turns a training set S into a function. S^i is S with
//! example i replaced by another of the same distribution. With the seed of
//! the initial weights and of the order of the batches held fixed, A is a
//! function of S alone, and its uniform stability is
//!
//! ```text
//! β = sup_{S, i, z'} sup_z |ℓ(A(S); z) − ℓ(A(S^i); z)|
//! ```
//!
//! Every measured difference is a lower bound of it; the averages of
//! [`Change`] are estimates of its weaker relatives. [`bounds`] has what theory
//! says of β, [`Ridge`] a learner whose differences are known in closed form,
//! and [`Counts`] the memorization score of single examples.
//!
//! # Reference
//! Bousquet and Elisseeff 2002, "Stability and generalization", JMLR 2
//! (definitions 3 to 6, recalled); Hardt, Recht, Singer 2016, arXiv 1509.01240.

pub mod bounds;
mod change;
mod gradient;
mod loss;
mod memorization;
mod ridge;
mod trajectory;

pub use change::{Change, Replaced};
pub use gradient::largest_gradient;
pub use loss::Loss;
pub use memorization::{Counts, subset};
pub use ridge::{Evaluated, Ridge};
pub use trajectory::{Trajectory, train};

/// What cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StabilityError {
    /// Outputs of two networks that are not of the same examples.
    #[error("{before} logits cannot be compared with {after}: give the outputs on the same images")]
    Outputs {
        /// Logits of the one network.
        before: usize,
        /// Logits of the other.
        after: usize,
    },
    /// A training without a finite result.
    #[error("the training of seed {seed} diverged after {steps} steps; use other data")]
    Diverged {
        /// The seed.
        seed: u64,
        /// Steps with a finite loss.
        steps: usize,
    },
    /// A training that failed.
    #[error(transparent)]
    Training(#[from] crate::training::TrainingError),
    /// A kernel matrix and targets of different sizes.
    #[error("a kernel matrix of {numbers} numbers does not fit {rows} rows of {points} points")]
    Kernel {
        /// Numbers given.
        numbers: usize,
        /// Rows.
        rows: usize,
        /// Training points.
        points: usize,
    },
    /// A ridge at which the matrix cannot be inverted.
    #[error(
        "the kernel matrix plus {ridge} on its diagonal is not positive definite; raise the ridge"
    )]
    NotPositiveDefinite {
        /// The ridge.
        ridge: f64,
    },
}
