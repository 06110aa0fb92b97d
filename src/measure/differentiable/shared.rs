//! What several measures of one subject share.

use std::cell::OnceCell;

use crate::measure::MeasureError;
use crate::measure::data::Moments;

/// Computed when first asked for and kept with the subject.
#[derive(Debug, Default)]
pub struct Shared {
    /// Of the gradients of the training loss.
    pub gradient: OnceCell<Result<Option<Moments>, MeasureError>>,
}
