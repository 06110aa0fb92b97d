//! Cells of one block that are run together.

use serde::{Deserialize, Serialize};

use super::block::Block;
use crate::dataset::Dataset;
use crate::network::Zoo;
use crate::trial::TrialError;
use crate::trial::design::{Cell, Change, Cost, Held, Method, Outcome, Plan, Stratum};

/// Some cells of one block, and everything that determines what comes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name of the stratum.
    pub stratum: String,
    /// SHA-256 of the dataset's content.
    pub checksum: String,
    /// The network.
    pub architecture: Zoo,
    /// Training images.
    pub train_size: usize,
    /// Test images.
    pub test_size: usize,
    /// Other images, whose labels some directions know.
    pub auxiliary: usize,
    /// Training costs; the first is primary.
    pub costs: Vec<Cost>,
    /// Evaluations per training example after which a training is given up.
    pub limit: u64,
    /// Fast learning rates.
    pub rates: Vec<(Method, f64)>,
    /// Learning rate on shells.
    pub shell_rate: f64,
    /// Seed of the block.
    pub block: u64,
    /// The cells.
    pub cells: Vec<Cell>,
}

impl Plan {
    /// Every run of the plan, as jobs that do not depend on each other; the longest of a block
    /// first, so that no core is left alone with it at the end.
    pub fn jobs(&self) -> Vec<Job> {
        let blocks = self.blocks.iter();
        let jobs = blocks.flat_map(|&block| self.strata.iter().map(move |s| (block, s)));
        jobs.flat_map(|(block, stratum)| stratum.jobs(&self.costs, block))
            .collect()
    }
}

/// Cells that begin with the same networks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Together {
    Bad(Method),
    Changed(Held),
    Volume,
    Shells,
    Alone(usize),
}

impl Stratum {
    /// Cells of this stratum in one block, as one job.
    pub fn job(&self, costs: &[Cost], block: u64, cells: Vec<Cell>) -> Job {
        let rates = self.pilot.iter().map(|one| (one.method, one.rate));
        Job {
            stratum: self.name.clone(),
            checksum: self.checksum.clone(),
            architecture: self.architecture,
            train_size: self.train_size,
            test_size: self.test_size,
            auxiliary: self.auxiliary,
            costs: costs.to_vec(),
            limit: self.limit,
            rates: rates.collect(),
            shell_rate: self.shell_rate,
            block,
            cells,
        }
    }

    fn jobs(&self, costs: &[Cost], block: u64) -> Vec<Job> {
        let mut groups: Vec<(Together, Vec<Cell>)> = Vec::new();
        for (place, &cell) in self.cells.iter().enumerate() {
            let together = together(place, cell);
            match groups.iter_mut().find(|(known, _)| *known == together) {
                Some((_, cells)) => cells.push(cell),
                None => groups.push((together, vec![cell])),
            }
        }
        groups.sort_by_key(|(_, cells)| std::cmp::Reverse(cells.len()));
        let jobs = groups.into_iter();
        jobs.map(|(_, cells)| self.job(costs, block, cells))
            .collect()
    }
}

fn together(place: usize, cell: Cell) -> Together {
    match cell {
        Cell::Changed { held, change } => match change {
            Change::ToReference { bad } | Change::Sham { bad } | Change::FromReference { bad } => {
                Together::Bad(bad.method())
            }
            _ => Together::Changed(held),
        },
        Cell::Shell { .. } => Together::Shells,
        Cell::Found { method, .. } => match method {
            Method::Volume { .. } | Method::GaussNewton => Together::Volume,
            _ => Together::Alone(place),
        },
    }
}

impl Job {
    /// Makes the runs: one outcome a cell and cost.
    ///
    /// Runs on the calling thread and draws from streams of the block's seed, so the same job has
    /// the same outcomes.
    ///
    /// # Errors
    /// Another dataset than planned, more images than there are, no network of the zoo for them,
    /// or lack of memory. Networks that do not end where they should are outcomes.
    pub fn run(&self, dataset: &Dataset) -> Result<Vec<Outcome>, TrialError> {
        if self.checksum != dataset.checksum() {
            return Err(TrialError::OtherDataset {
                planned: self.checksum.clone(),
                loaded: dataset.checksum().to_owned(),
            });
        }
        let mut block = Block::new(self, dataset)?;
        let mut outcomes = Vec::new();
        for &cell in &self.cells {
            match cell {
                Cell::Found {
                    method,
                    rate,
                    labels,
                } => outcomes.extend(block.found(method, rate, labels)?),
                Cell::Changed { held, change } => outcomes.push(block.changed(held, change)?),
                Cell::Shell { factor } => outcomes.push(block.shell(factor)?),
            }
        }
        Ok(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::treatment::Treatment;
    use crate::trial::design::{Along, Bad, End, Rate, VolumeStart};

    fn small(cells: Vec<Cell>) -> (Job, Dataset) {
        let dataset = Dataset::load("fashion-mnist-10k", None).expect("embedded");
        let bad = Method::Scaled { factor: 3.0 };
        let job = Job {
            stratum: "a stratum".to_owned(),
            checksum: dataset.checksum().to_owned(),
            architecture: Zoo::Mlp1x16,
            train_size: 40,
            test_size: 100,
            auxiliary: 50,
            costs: vec![Cost::cross_entropy(0.01), Cost::cross_entropy(0.1)],
            limit: 5000,
            rates: vec![
                (Method::REFERENCE, 0.1),
                (Method::GRADIENT_DESCENT, 0.1),
                (bad, 0.03),
            ],
            shell_rate: 0.1,
            block: 7,
            cells,
        };
        (job, dataset)
    }

    #[test]
    fn every_kind_of_network_is_found_at_its_cost_and_again_with_the_same_numbers() {
        let random = Cell::Found {
            method: Method::REFERENCE,
            rate: Rate::Gentle,
            labels: Treatment::RandomLabels,
        };
        let start = VolumeStart::Fresh;
        let (job, dataset) = small(vec![
            Cell::REFERENCE,
            random,
            Cell::found(Method::NoisyDescent),
            Cell::found(Method::GaussNewton),
            Cell::found(Method::Volume { start }),
            Cell::found(Method::RandomFeatures),
            Cell::found(Method::FiniteSample),
            Cell::Shell { factor: 1.5 },
        ]);
        let outcomes = job.run(&dataset).expect("a job that can be run");
        assert_eq!(outcomes.len(), 2 + 2 + 2 + 1 + 1 + 2 + 2 + 1);
        for outcome in &outcomes {
            let (cell, cost) = (outcome.cell, outcome.cost);
            assert_eq!(outcome.end, End::Reached, "{cell}, {cost}");
            let network = outcome.network.as_ref().expect("measured");
            let close = (0.85..=1.001).contains(&(network.cost / outcome.cost.value));
            let shown = (outcome.cell, network.cost, outcome.cost);
            assert!(close || network.cost < outcome.cost.value, "{shown:?}");
            assert!(network.train_error == 0.0 || outcome.cost.value > 0.05);
        }
        assert_eq!(job.run(&dataset).expect("again"), outcomes);
    }

    #[test]
    fn changes_hold_the_outcome_and_end_at_their_norm() {
        let bad = Bad::Scaled { factor: 3.0 };
        let changes = [
            Change::Dose { factor: 2.0 },
            Change::Return { from: 2.0 },
            Change::Direction {
                along: Along::Random,
            },
            Change::Direction {
                along: Along::WrongLabels,
            },
            Change::ToReference { bad },
            Change::Sham { bad },
            Change::FromReference { bad },
        ];
        let held = Held::Margins;
        let cells = changes.map(|change| Cell::Changed { held, change });
        let (job, dataset) = small([vec![Cell::REFERENCE], cells.to_vec()].concat());
        let outcomes = job.run(&dataset).expect("a job that can be run");
        let path = |outcome: &Outcome| outcome.network.as_ref().expect("reached").path_norm;
        // The larger cost is reached first.
        let reference = path(&outcomes[1]);
        for outcome in &outcomes[2..] {
            let moved = outcome.moved;
            let moved = moved.unwrap_or_else(|| panic!("{}: {:?}", outcome.cell, outcome.end));
            assert!(moved.loss_change <= 0.001, "{}: {moved:?}", outcome.cell);
            assert!(moved.miss <= 0.005, "{}: {moved:?}", outcome.cell);
        }
        for (place, factor) in [(2, 2.0), (3, 1.0), (4, 2.0), (5, 1.0), (6, 1.0)] {
            let found = path(&outcomes[place]) / reference;
            assert!((found / factor).ln().abs() <= 0.005, "{place}: {found}");
        }
        // The sham goes as far as the change it stands beside.
        let length = |place: usize| outcomes[place].moved.expect("changed").length;
        assert!((length(7) / length(6) - 1.0).abs() < 0.05);
    }

    #[test]
    fn other_data_are_refused() {
        let (mut job, dataset) = small(vec![Cell::REFERENCE]);
        job.checksum = "0".to_owned();
        let error = job.run(&dataset).expect_err("other data").to_string();
        assert!(error.contains("name the dataset"), "{error}");
    }
}
