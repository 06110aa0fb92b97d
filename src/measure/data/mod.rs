//! Margins and other functions of the data.

mod bartlett_margin;
mod fisher_rao;
mod gradient;
mod input_jacobian;
mod layer_margin;
mod margin;
mod margin_quantiles;
mod output_entropy;
mod tangent_kernel;
mod training_losses;

pub use bartlett_margin::BartlettNormalizedMargin;
pub use fisher_rao::{FisherRaoNorm, FisherRaoNormEmpirical, Squares};
pub use gradient::{GradientNoise, GradientNoiseScale, GradientNorm, Moments};
pub use input_jacobian::InputJacobianNorm;
pub use layer_margin::LayerMargin;
pub use margin::{Margins, margins};
pub use margin_quantiles::{
    InverseMarginSquared, MarginMedian, MarginMinimum, MarginTenthPercentile,
};
pub use output_entropy::OutputEntropy;
pub use tangent_kernel::{NtkAlignment, NtkDrift};
pub use training_losses::SumOfTrainingLosses;

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &MarginTenthPercentile,
    &MarginMedian,
    &MarginMinimum,
    &InverseMarginSquared,
    &OutputEntropy,
    &SumOfTrainingLosses,
    &LayerMargin,
    &BartlettNormalizedMargin,
    &InputJacobianNorm,
    &FisherRaoNorm,
    &FisherRaoNormEmpirical,
    &GradientNorm,
    &GradientNoise,
    &GradientNoiseScale,
    &NtkAlignment,
    &NtkDrift,
];

/// What measures of the outputs say of convolutions.
const ANY_NETWORK: &str = "no part in it: computed from the outputs of any network";
