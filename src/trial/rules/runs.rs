//! The outcomes of one stratum at one cost, looked up by network and block.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::Effort;
use super::note::{Lack, Missed};
use crate::random::stream;
use crate::treatment::Treatment;
use crate::trial::design::{
    Cell, Cost, End, Held, Measured, Method, Moved, Outcome, Plan, Rate, Stratum, Thresholds,
};
use crate::trial::error::TrialError;

/// Largest change of an example's cross-entropy that counts as held, in nats.
pub(super) const LOSS_CHANGE: f64 = 0.001;
/// Largest change of a training logit that counts as held.
pub(super) const LOGIT_CHANGE: f64 = 0.02;
/// Largest |ln P − ln P*| that counts as at the norm.
pub(super) const MISS: f64 = 0.005;

/// The outcomes of one stratum at one cost.
pub(in crate::trial) struct Runs<'a> {
    pub stratum: &'a Stratum,
    pub thresholds: &'a Thresholds,
    pub blocks: &'a [u64],
    pub cost: Cost,
    /// Whether the cost is the one that decides.
    pub primary: bool,
    pub effort: Effort,
    /// By the place of the cell in the stratum, and by block.
    found: BTreeMap<(usize, u64), &'a Outcome>,
    /// Outcomes that are there more than once, word for word.
    pub repeated: usize,
}

impl<'a> Runs<'a> {
    pub fn new(
        plan: &'a Plan,
        stratum: &'a Stratum,
        cost: Cost,
        outcomes: &'a [Outcome],
        effort: Effort,
    ) -> Result<Self, TrialError> {
        let mut runs = Self {
            stratum,
            thresholds: &plan.thresholds,
            blocks: &plan.blocks,
            cost,
            primary: plan.primary() == Some(cost),
            effort,
            found: BTreeMap::new(),
            repeated: 0,
        };
        let here = |outcome: &&Outcome| outcome.stratum == stratum.name && outcome.cost == cost;
        for outcome in outcomes.iter().filter(here) {
            let Some(place) = runs.place(outcome.cell) else {
                continue;
            };
            match runs.found.insert((place, outcome.block), outcome) {
                None => {}
                Some(first) if first == outcome => runs.repeated += 1,
                Some(_) => {
                    return Err(TrialError::Twice {
                        stratum: stratum.name.clone(),
                        cell: outcome.cell.to_string(),
                        block: outcome.block,
                        cost,
                    });
                }
            }
        }
        Ok(runs)
    }

    fn place(&self, cell: Cell) -> Option<usize> {
        self.stratum.cells.iter().position(|other| *other == cell)
    }

    /// Whether the plan has it; at a cost that is not primary, whether it was run there.
    pub fn has(&self, cell: Cell) -> bool {
        match self.primary {
            true => self.place(cell).is_some(),
            false => self.was_run(cell),
        }
    }

    /// Whether any block has an outcome.
    pub fn was_run(&self, cell: Cell) -> bool {
        let mut blocks = self.blocks.iter();
        blocks.any(|block| self.outcome(cell, *block).is_some())
    }

    /// The stream of one analysis: the same numbers in every judgement.
    pub fn rng(&self, purpose: &str) -> ChaCha8Rng {
        let (stratum, cost) = (&self.stratum.name, self.cost);
        stream(
            0,
            &format!("rules of the trial: {stratum}, {cost}, {purpose}"),
        )
    }

    pub fn outcome(&self, cell: Cell, block: u64) -> Option<&'a Outcome> {
        self.found.get(&(self.place(cell)?, block)).copied()
    }

    /// The network of a block, if it ended where it should and, where weights were changed,
    /// the outcome was held.
    pub fn network(&self, cell: Cell, block: u64) -> Result<&'a Measured, Lack> {
        let lacks = |why| Lack { cell, why };
        let outcome = self
            .outcome(cell, block)
            .ok_or_else(|| lacks(Missed::NotRun))?;
        match outcome.end {
            End::Reached => {}
            End::Limit => return Err(lacks(Missed::Limit)),
            End::Diverged => return Err(lacks(Missed::Diverged)),
            End::NoStart => return Err(lacks(Missed::NoStart)),
            End::Floor => return Err(lacks(Missed::Floor)),
            End::NoMargin => return Err(lacks(Missed::NoMargin)),
        }
        if let Cell::Changed { held, .. } = cell {
            let accepted = outcome.moved.is_some_and(|moved| was_held(held, &moved));
            if !accepted {
                return Err(lacks(Missed::NotHeld));
            }
        }
        let network = outcome.network.as_ref();
        network.ok_or_else(|| lacks(Missed::NotMeasured))
    }

    /// The logarithm of the primary norm.
    pub fn log_norm(&self, cell: Cell, block: u64) -> Result<f64, Lack> {
        finite(cell, self.network(cell, block)?.norm.ln())
    }

    /// The logarithm of the path norm, not over the margin.
    pub fn log_path_norm(&self, cell: Cell, block: u64) -> Result<f64, Lack> {
        finite(cell, self.network(cell, block)?.path_norm.ln())
    }

    /// The test error in points.
    pub fn points(&self, cell: Cell, block: u64) -> Result<f64, Lack> {
        finite(cell, 100.0 * self.network(cell, block)?.test_error)
    }

    /// Every method of the plan on true labels, once, in the order of the plan.
    pub fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for cell in &self.stratum.cells {
            if let Cell::Found {
                method,
                labels: Treatment::TrueLabels,
                ..
            } = *cell
                && !methods.contains(&method)
            {
                methods.push(method);
            }
        }
        methods
    }

    /// What two methods are compared by: both at the fast rate and both at the gentle one. One
    /// without a rate stands in both pairs; pairs that the plan lacks are left out.
    pub fn pairs(&self, left: Method, right: Method) -> Vec<(Rate, Cell, Cell)> {
        let mut pairs = Vec::new();
        for rate in [Rate::Fast, Rate::Gentle] {
            let at = |method: Method| match method.has_rate() {
                true => Cell::at_rate(method, rate),
                false => Cell::found(method),
            };
            let pair = (rate, at(left), at(right));
            let again = pairs.iter().any(|&(_, l, r)| (l, r) == (pair.1, pair.2));
            if !again && self.has(pair.1) && self.has(pair.2) {
                pairs.push(pair);
            }
        }
        pairs
    }
}

/// Whether a change of weights counts as one with the outcome held, at its norm.
pub(super) fn was_held(held: Held, moved: &Moved) -> bool {
    let outcome = match held {
        Held::Margins => moved.loss_change <= LOSS_CHANGE,
        Held::Logits => moved.logit_change <= LOGIT_CHANGE,
    };
    outcome && moved.miss <= MISS
}

fn finite(cell: Cell, value: f64) -> Result<f64, Lack> {
    let why = Missed::NotMeasured;
    value.is_finite().then_some(value).ok_or(Lack { cell, why })
}
