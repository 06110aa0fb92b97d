//! The frozen plan of a trial.

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::stratum::Stratum;
use crate::digest;

/// Everything that is fixed before the first run. Its hash names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the numerics of the program that makes the runs.
    pub numerics: u32,
    /// Hash of the sources of the rules: see [`SOURCES`](crate::trial::rules::SOURCES).
    pub rules: String,
    /// Seeds: each draws images, initial weights and orders of batches.
    pub blocks: Vec<u64>,
    /// Seeds of the pilot; none is a block.
    pub pilot_blocks: Vec<u64>,
    /// Training costs; the first is primary.
    pub costs: Vec<Cost>,
    /// Thresholds of the rules.
    pub thresholds: Thresholds,
    /// Data and networks, judged one by one.
    pub strata: Vec<Stratum>,
    /// Strata that were left out for time or memory.
    pub left_out: Vec<String>,
}

/// Margins and thresholds of the rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Level of the family of all decisions, and of each interval's complement.
    pub level: f64,
    /// Norms differ by a factor worth a headline from here on.
    pub norm_factor: f64,
    /// Test errors within so many points are equal where arms are compared.
    pub error: f64,
    /// Test errors within so many points are equal where the norm was moved.
    pub dose: f64,
    /// Share of the excess error of a bad network that its norm accounts for, from here on.
    pub share_holds: f64,
    /// The same, below here it does not.
    pub share_fails: f64,
    /// Share that a sham may remove at most, in either direction.
    pub share_sham: f64,
    /// Share of the blocks without a network above which a comparison decides nothing.
    pub missing: f64,
    /// Largest difference of the logarithms of the path norms of the two chains at which the
    /// volume counts as sampled.
    pub mixed: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            level: 0.05,
            norm_factor: 1.1,
            error: 1.0,
            dose: 0.3,
            share_holds: 0.5,
            share_fails: 0.25,
            share_sham: 0.15,
            missing: 0.2,
            mixed: 0.05,
        }
    }
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

    /// The primary cost, if the plan has one.
    pub fn primary(&self) -> Option<Cost> {
        self.costs.first().copied()
    }
}
