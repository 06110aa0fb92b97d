//! Margins and other functions of the data.

mod margin;

pub use margin::{Margins, margins};

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[];
