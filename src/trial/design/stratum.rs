//! One dataset, number of examples and network of the trial.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Method};
use crate::network::Zoo;

/// One dataset, number of examples and network, judged by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Its name in files, such as `mnist-1000-mlp-1x64`.
    pub name: String,
    /// The dataset, as [`Dataset::id`](crate::dataset::Dataset::id) tells it from others.
    pub dataset: String,
    /// What the dataset is called, if otherwise. No part of the plan's hash: a file may
    /// be renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// SHA-256 of its content.
    pub checksum: String,
    /// Training images of a block.
    pub train_size: usize,
    /// Test images, the same in every block.
    pub test_size: usize,
    /// Other images of a block, whose labels some directions know.
    pub auxiliary: usize,
    /// The network.
    pub architecture: Zoo,
    /// Evaluations per training example after which a training is given up.
    pub limit: u64,
    /// What the pilot tried and chose.
    pub pilot: Vec<Piloted>,
    /// Learning rate of the trainings on shells, chosen on pilot blocks.
    pub shell_rate: f64,
    /// The networks of every block.
    pub cells: Vec<Cell>,
    /// What cannot be run here, and why: a sentence each.
    pub left_out: Vec<String>,
}

/// The fast learning rate of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piloted {
    /// The method.
    pub method: Method,
    /// Every rate tried, in that order.
    pub tried: Vec<Tried>,
    /// The rate chosen.
    pub rate: f64,
}

/// One learning rate in the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// The rate.
    pub rate: f64,
    /// Examples whose gradient was computed until every run was at the cost; none if
    /// one of them was given up, at the latest when it was slower than the best.
    pub evaluations: Option<u64>,
}

impl Stratum {
    /// What the dataset is called.
    pub fn shown_dataset(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.dataset)
    }

    /// What it is called where people read it.
    pub fn title(&self) -> String {
        let (dataset, n) = (self.shown_dataset(), self.train_size);
        format!("{dataset}, n = {n}, {}", self.architecture)
    }

    /// The fast learning rate of a method that has one.
    pub fn fast_rate(&self, method: Method) -> Option<f64> {
        let found = self.pilot.iter().find(|piloted| piloted.method == method);
        found.map(|piloted| piloted.rate)
    }
}
