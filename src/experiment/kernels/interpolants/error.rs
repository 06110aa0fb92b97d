//! What can be wrong with a request for interpolants.

use crate::dataset::DatasetError;
use crate::kernel::{KernelError, Solver};
use crate::statistics::StatisticsError;
use crate::treatment::TreatmentError;

/// Interpolants that cannot be, or data that could not be made ready for them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterpolantsError {
    /// Held-out images that leave none to train on, or none at all.
    #[error(
        "--hold-out {given} leaves no images to train or to test on: give a number from 1 to {most}"
    )]
    HoldOut {
        /// Images to be held out.
        given: usize,
        /// The most that can be.
        most: usize,
    },
    /// A kernel whose bandwidth is not said.
    #[error("{kernel} has no bandwidth: give --bandwidth 5 or --kernel {kernel}:5")]
    NoBandwidth {
        /// The kernel.
        kernel: String,
    },
    /// A bandwidth for a kernel that has one, or takes none.
    #[error(
        "--bandwidth {given} is given, but {kernel} has {}: leave one out",
        .own.map_or("no bandwidth".to_owned(), |own| format!("bandwidth {own}"))
    )]
    Bandwidth {
        /// The kernel.
        kernel: &'static str,
        /// What is given.
        given: f64,
        /// The bandwidth that the kernel has.
        own: Option<f64>,
    },
    /// A solver for singular matrices, and a ridge that makes them regular.
    #[error(
        "--ridge {ridge} makes the kernel matrix positive definite, and --solver pivoted is for \
         singular ones: leave one out"
    )]
    PivotedRidge {
        /// The ridge.
        ridge: f64,
    },
    /// The rank of a preconditioner that is not used.
    #[error(
        "--rank {rank} is for conjugate gradients, but Cholesky is planned for {images} images: \
         add --solver conjugate-gradients or leave --rank out"
    )]
    RankOfDirect {
        /// The rank.
        rank: usize,
        /// Training images.
        images: usize,
    },
    /// The leave-one-out error of a solver that does not give it.
    #[error(
        "--leave-one-out needs Cholesky, but {planned} is planned for {images} images: add --solver \
         cholesky or leave --leave-one-out out"
    )]
    LeaveOneOutSolver {
        /// The solver.
        planned: Solver,
        /// Training images.
        images: usize,
    },
    /// Equal training images, of which none can be left out.
    #[error("training images, counted from 0 as in the file: {source}")]
    Repeated {
        /// Which ones.
        source: KernelError,
    },
    /// No plan fits beside the features.
    #[error(
        "with {:.2} GB of {:.2} GB taken by features: {source}",
        *.features as f64 / 1e9, *.limit as f64 / 1e9
    )]
    Plan {
        /// Bytes of the features of training and test images.
        features: u64,
        /// Bytes that may be planned in all.
        limit: u64,
        /// Why.
        source: KernelError,
    },
    /// A kernel or its features cannot be made.
    #[error("{0}")]
    Kernel(#[from] KernelError),
    /// More images than there are.
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    /// Labels that cannot be drawn.
    #[error("{0}")]
    Treatment(#[from] TreatmentError),
    /// An error that has no interval.
    #[error("{0}")]
    Statistics(#[from] StatisticsError),
}

impl InterpolantsError {
    /// Whether what is asked for contradicts itself, whatever the data.
    pub fn is_contradiction(&self) -> bool {
        matches!(
            self,
            Self::HoldOut { .. }
                | Self::NoBandwidth { .. }
                | Self::Bandwidth { .. }
                | Self::PivotedRidge { .. }
                | Self::RankOfDirect { .. }
                | Self::LeaveOneOutSolver { .. }
        )
    }
}
