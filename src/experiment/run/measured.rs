//! What is measured of a run.

use serde::{Deserialize, Serialize};

use super::RunId;
use crate::experiment::{Context, Experiment, ExperimentError};
use crate::measure::Report;
use crate::store::{Holds, Kind};

/// Norms and margins of a stored run, without its dataset: of the stored weights, so that
/// another version of the measures needs no training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRun {
    /// The run.
    pub run: RunId,
}

impl Experiment for MeasuredRun {
    const KIND: Kind = Kind {
        name: "run-measures",
        holds: Holds::Measures,
    };
    type Output = Report;

    fn run(&self, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        context.run(&self.run)?.measure()
    }
}
