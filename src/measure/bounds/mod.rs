//! Upper bounds on the error, with their constants.

mod pac_bayes;

pub use pac_bayes::{
    PacBayesBoundCatoni, PacBayesBoundInverseKl, PacBayesBoundMcAllester, Posterior,
};

use super::Measure;

/// These measures, in the order of reports.
pub const MEASURES: &[&dyn Measure] = &[
    &PacBayesBoundMcAllester,
    &PacBayesBoundCatoni,
    &PacBayesBoundInverseKl,
];
