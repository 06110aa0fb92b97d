//! Everything that is fixed before the first run.

use serde::{Deserialize, Serialize};

use super::arm::Arm;
use super::pilot::Piloted;
use crate::digest;
use crate::network::Zoo;

/// The frozen plan of a trial. Its hash names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the program, whose code holds what no number here says.
    pub program: String,
    /// Version of the numerics of the program that makes the runs.
    pub numerics: u32,
    /// Seeds: each draws a subset, initial weights and orders of batches.
    pub blocks: Vec<u64>,
    /// Seeds of the pilot that fixed the learning rates; none is a block.
    pub pilot_blocks: Vec<u64>,
    /// Mean training cross-entropies to be matched, in nats, falling; the last one is
    /// primary.
    pub costs: Vec<f64>,
    /// Margins and thresholds of the decisions.
    pub rules: Rules,
    /// Data and networks, judged one by one: a claim needs every one of them.
    pub strata: Vec<Stratum>,
}

/// Margins and thresholds, fixed beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Level of the family of primary tests (Holm), and of each interval's complement.
    pub level: f64,
    /// A norm differs by a factor worth a headline from here on: 1.1.
    pub norm_factor: f64,
    /// Kendall's tau within blocks from here on: 0.3.
    pub tau: f64,
    /// The worst environment's sign error below this: 0.5.
    pub sign_error: f64,
    /// Effective pairs of runs from which on an environment counts: 5. Dziugaite et al.
    /// ask for 12, of thousands of runs; one block gives an environment here one pair, of
    /// a weight below 1, so 12 would need far more than 12 blocks. A measure that is wrong
    /// in one pair of five is wrong in three of 5 pairs in 6 % of studies.
    pub effective_pairs: f64,
    /// Share of the effect that goes through the norm from here on: 0.5.
    pub mediated: f64,
    /// Spearman's rho of hitting time and norm from here on: 0.5.
    pub rho: f64,
    /// Share of censored runs in an arm above which its contrasts decide nothing.
    pub censored: f64,
    /// Power for which the blocks that an undecided row needs are computed.
    pub power: f64,
}

/// One dataset, number of examples and network.
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
    /// The network of every arm but the poles.
    pub architecture: Zoo,
    /// A test error differs by a fraction worth a headline from here on: 0.005 on
    /// MNIST, 0.01 elsewhere.
    pub error_margin: f64,
    /// Evaluations per training example after which a run is given up.
    pub limit: u64,
    /// What the pilot tried and chose.
    pub pilot: Vec<Piloted>,
    /// The ways to the cost.
    pub arms: Vec<Arm>,
}

impl Plan {
    /// The canonical form: JSON without spaces, fields in the order of the definition,
    /// no labels.
    pub fn canonical(&self) -> String {
        let mut plan = self.clone();
        plan.strata
            .iter_mut()
            .for_each(|stratum| stratum.label = None);
        serde_json::to_string(&plan).expect("a plan has only strings and finite numbers")
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the canonical form.
    pub fn hash(&self) -> String {
        digest::name_of(&self.canonical())
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            level: 0.05,
            norm_factor: 1.1,
            tau: 0.3,
            sign_error: 0.5,
            effective_pairs: 5.0,
            mediated: 0.5,
            rho: 0.5,
            censored: 0.2,
            power: 0.9,
        }
    }
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

    /// The arm of that name.
    pub fn arm(&self, id: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.id == id)
    }
}
