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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};
    use crate::network::Zoo;
    use crate::trial::design::{Cell, Change, Cost, Held, Stratum};

    /// Forty images, costs that a few steps reach.
    fn job(cells: Vec<Cell>) -> Job {
        let stratum = Stratum {
            name: "tiny".to_owned(),
            dataset: dataset().id(),
            label: None,
            checksum: dataset().checksum().to_owned(),
            train_size: 40,
            test_size: 30,
            auxiliary: 20,
            architecture: Zoo::Mlp1x16,
            limit: 10,
            pilot: vec![],
            shell_rate: 0.05,
            cells: vec![],
            left_out: vec![],
        };
        let costs = [Cost::cross_entropy(1.0), Cost::squared(0.4)];
        Job {
            rates: vec![(Method::REFERENCE, 0.05)],
            ..stratum.job(&costs, 1, cells)
        }
    }

    #[test]
    fn pins_the_runs() {
        let held = Held::Margins;
        let change = Change::Dose { factor: 1.2 };
        let cells = vec![
            Cell::REFERENCE,
            Cell::found(Method::RandomFeatures),
            Cell::Changed { held, change },
            Cell::Shell { factor: 1.0 },
        ];
        pin("trial-runs", &job(cells));
    }

    #[test]
    fn pins_the_pilot_of_a_method() {
        let spec = RatePilot {
            checksum: dataset().checksum().to_owned(),
            method: Method::REFERENCE,
            jobs: vec![job(vec![])],
            rates: vec![0.02, 0.05],
        };
        pin("trial-rate", &spec);
    }

    #[test]
    fn pins_the_pilot_of_shells() {
        let spec = ShellPilot {
            checksum: dataset().checksum().to_owned(),
            jobs: vec![job(vec![])],
            factors: vec![1.0],
            rates: vec![0.02, 0.05],
        };
        pin("trial-shell-rate", &spec);
    }
}
