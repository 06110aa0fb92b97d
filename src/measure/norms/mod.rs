//! Norms, ranks and distances of the weights.

mod balancedness;
mod distance_from_init;
mod frobenius_norm;
mod group_norm;
mod log_products;
mod parameter_count;
mod path_norm;
mod product_of_frobenius_norms;
mod product_of_spectral_norms;
mod spectral_main;
mod spectral_norm;

use balancedness::Balancedness;
use distance_from_init::{
    DistanceFromInitFrobenius, DistanceFromInitL21, DistanceFromInitRelative,
    DistanceFromInitSpectral,
};
use frobenius_norm::FrobeniusNorm;
pub use group_norm::group_norm;
use group_norm::{L1_INFINITY_NORM, L2_INFINITY_NORM, L3_1_5_NORM, L21_NORM};
use log_products::{
    LOG_PROD_OF_FRO, LOG_PROD_OF_FRO_OVER_MARGIN, LOG_PROD_OF_SPEC, LOG_PROD_OF_SPEC_OVER_MARGIN,
    LOG_SUM_OF_FRO, LOG_SUM_OF_FRO_OVER_MARGIN, LOG_SUM_OF_SPEC, LOG_SUM_OF_SPEC_OVER_MARGIN,
};
use parameter_count::ParameterCount;
use path_norm::{PATH_NORM_L1, PATH_NORM_L1_BIAS, PATH_NORM_L2, PATH_NORM_L2_BIAS};
use product_of_frobenius_norms::{ProductOfFrobeniusNorms, SumOfFrobeniusSquared};
use product_of_spectral_norms::ProductOfSpectralNorms;
use spectral_main::{FroOverSpec, LogSpecInitMain, LogSpecOrigMain};
use spectral_norm::SpectralNorm;

use super::{Measure, MeasureError, Subject, margins};

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &ParameterCount,
    &FrobeniusNorm,
    &SumOfFrobeniusSquared,
    &SpectralNorm,
    &L21_NORM,
    &L1_INFINITY_NORM,
    &L2_INFINITY_NORM,
    &L3_1_5_NORM,
    &DistanceFromInitFrobenius,
    &DistanceFromInitSpectral,
    &DistanceFromInitL21,
    &DistanceFromInitRelative,
    &ProductOfSpectralNorms,
    &ProductOfFrobeniusNorms,
    &PATH_NORM_L2,
    &PATH_NORM_L1,
    &PATH_NORM_L1_BIAS,
    &PATH_NORM_L2_BIAS,
    &Balancedness,
    &LOG_PROD_OF_SPEC,
    &LOG_PROD_OF_SPEC_OVER_MARGIN,
    &LOG_SUM_OF_SPEC,
    &LOG_SUM_OF_SPEC_OVER_MARGIN,
    &LOG_PROD_OF_FRO,
    &LOG_PROD_OF_FRO_OVER_MARGIN,
    &LOG_SUM_OF_FRO,
    &LOG_SUM_OF_FRO_OVER_MARGIN,
    &FroOverSpec,
    &LogSpecInitMain,
    &LogSpecOrigMain,
];

/// The largest of values that are not negative; NaN if one of them is NaN,
/// which `f64::max` would drop.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |largest, value| {
        if value.is_nan() || value > largest {
            value
        } else {
            largest
        }
    })
}

/// The 10th percentile of the signed training margins, NaN if it is not
/// positive; `None` without outputs.
fn positive_margin(subject: &Subject) -> Result<Option<f64>, MeasureError> {
    let Some(outputs) = subject.outputs() else {
        return Ok(None);
    };
    let margin = margins(outputs)?.tenth_percentile;
    Ok(Some(
        margin.filter(|margin| *margin > 0.0).unwrap_or(f64::NAN),
    ))
}
