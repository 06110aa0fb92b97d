//! Norms, ranks and distances of the weights.

mod distance_from_init;
mod frobenius_norm;
mod l21_norm;
mod parameter_count;
mod path_norm;
mod product_of_spectral_norms;
mod spectral_norm;

pub use distance_from_init::{DistanceFromInitFrobenius, DistanceFromInitSpectral};
pub use frobenius_norm::FrobeniusNorm;
pub use l21_norm::L21Norm;
pub use parameter_count::ParameterCount;
pub use path_norm::PathNormL2;
pub use product_of_spectral_norms::ProductOfSpectralNorms;
pub use spectral_norm::SpectralNorm;

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &ParameterCount,
    &FrobeniusNorm,
    &SpectralNorm,
    &L21Norm,
    &DistanceFromInitFrobenius,
    &DistanceFromInitSpectral,
    &ProductOfSpectralNorms,
    &PathNormL2,
];
