//! Runs of the trial of C7, and the pilots that fix its learning rates.

use serde::{Deserialize, Serialize};

use super::{Context, Experiment, ExperimentError};
use crate::store::{Holds, Kind};
use crate::trial::collection::{Job, fastest, shell_rate};
use crate::trial::design::{Method, Outcome, Piloted};

impl Experiment for Job {
    const KIND: Kind = Kind {
        name: "trial-runs",
        holds: Holds::Measures,
    };
    type Output = Vec<Outcome>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Outcome>, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        Ok(Job::run(self, dataset)?)
    }
}

/// The fast learning rate of a method.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePilot {
    /// Checksum of the dataset.
    pub checksum: String,
    /// The method.
    pub method: Method,
    /// Jobs without cells, one a pilot block.
    pub jobs: Vec<Job>,
    /// The rates that are tried.
    pub rates: Vec<f64>,
}

impl Experiment for RatePilot {
    const KIND: Kind = Kind {
        name: "trial-rate",
        holds: Holds::Numbers,
    };
    type Output = Piloted;

    fn run(&self, context: &mut Context<'_>) -> Result<Piloted, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        Ok(fastest(self.method, &self.jobs, &self.rates, dataset)?)
    }
}

/// The learning rate of trainings on shells.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct ShellPilot {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Jobs with the reference's rate and without cells, one a pilot block.
    pub jobs: Vec<Job>,
    /// The shells, as factors of the reference's norm.
    pub factors: Vec<f64>,
    /// The rates that are tried.
    pub rates: Vec<f64>,
}

impl Experiment for ShellPilot {
    const KIND: Kind = Kind {
        name: "trial-shell-rate",
        holds: Holds::Numbers,
    };
    type Output = f64;

    fn run(&self, context: &mut Context<'_>) -> Result<f64, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        Ok(shell_rate(&self.jobs, &self.factors, &self.rates, dataset)?)
    }
}
