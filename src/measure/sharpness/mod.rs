//! How the loss changes around the weights.

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[];
