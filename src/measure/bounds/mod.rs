//! Upper bounds on the error, with their constants.

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[];
