//! How the loss changes around the weights.

mod ascent;
mod curvature;
mod density;
mod deviation;
mod noise;
mod pacbayes;
mod worst_case;

pub use curvature::{HessianTopEigenvalue, HessianTrace, Traces};
pub use density::HessianSpectralDensity;
pub use deviation::{Deviations, deviation};
pub use noise::{Noise, fraction_correct, noisy};
pub use pacbayes::{ISOTROPIC, MAGNITUDE_AWARE};
pub use worst_case::{SharpnessAdaptive, SharpnessKeskar, SharpnessWorstCase};

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &SharpnessKeskar,
    &SharpnessWorstCase,
    &SharpnessAdaptive,
    &ISOTROPIC.sigma,
    &ISOTROPIC.flatness,
    &ISOTROPIC.init,
    &ISOTROPIC.orig,
    &MAGNITUDE_AWARE.sigma,
    &MAGNITUDE_AWARE.flatness,
    &MAGNITUDE_AWARE.init,
    &MAGNITUDE_AWARE.orig,
    &HessianTopEigenvalue,
    &HessianTrace,
    &HessianSpectralDensity,
];

/// At most this many examples are used where the network is evaluated again and
/// again; drawn by a fixed seed.
const EXAMPLES: usize = 500;
