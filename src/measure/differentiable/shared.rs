//! What several measures of one subject share.

use std::cell::OnceCell;

use crate::measure::MeasureError;
use crate::measure::bounds::Posterior;
use crate::measure::data::{Moments, Squares};
use crate::measure::sharpness::{Deviations, Traces};

/// Computed when first asked for and kept with the subject.
#[derive(Debug, Default)]
pub struct Shared {
    /// Of the gradients of the training loss.
    pub gradient: OnceCell<Result<Option<Moments>, MeasureError>>,
    /// Of the losses along the weights.
    pub fisher: OnceCell<Result<Option<Squares>, MeasureError>>,
    /// Of the Hessian.
    pub traces: OnceCell<Result<Option<Traces>, MeasureError>>,
    /// Of the noise that costs a tenth of the accuracy.
    pub deviations: Deviations,
    /// Of the PAC-Bayes bounds.
    pub posterior: OnceCell<Result<Option<Posterior>, MeasureError>>,
}
