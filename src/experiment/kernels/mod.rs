//! Kernel interpolants: of several labelings, on several representations, beside ridge
//! regression, and such as generalize badly; and any that are asked for.

mod bad_interpolants;
mod features;
mod growth;
pub mod interpolants;
mod labelings;
mod labelled;
mod order;
mod representation;
mod ridge_path;
mod ridge_study;

pub use bad_interpolants::{
    BadInterpolant, BadInterpolantStudy, BadInterpolants, CONSTRUCTIONS, Construction,
};
pub use features::{REPRESENTATIONS, RandomFilters, Representation};
pub use growth::{KernelCell, KernelGrowth};
pub use labelled::{Interpolant, KERNELS, LABELS, LabelledInterpolants, Labels, NOISE, Solved};
pub use order::{
    Correlation, Order, Ordering, RepresentationCell, RepresentationStudy, correlations, order,
    over_bandwidths, representation_study,
};
pub use representation::{
    BANDWIDTHS, COMPARED, DISTANCES, NOISE as NOISES, OnRepresentation, OnRepresentationSolved,
    RIDGES, RepresentationInterpolant,
};
pub use ridge_path::{LabelledPath, RIDGE_NOISE, RIDGE_PATH, RidgeFit, RidgePath};
pub use ridge_study::{RidgeCell, RidgeStudy, ridge_study};
