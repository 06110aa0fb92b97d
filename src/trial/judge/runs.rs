//! The outcomes of one stratum at one cost, looked up by arm and block.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::Effort;
use super::note::{Missed, Note};
use crate::random::stream;
use crate::training::Batch;
use crate::treatment::Treatment;
use crate::trial::arm::{Arm, Role, Way};
use crate::trial::error::TrialError;
use crate::trial::outcome::{End, Measured, Outcome};
use crate::trial::plan::{Plan, Rules, Stratum};

/// The outcomes of one stratum at one cost.
pub(super) struct Runs<'a> {
    pub stratum: &'a Stratum,
    pub rules: &'a Rules,
    pub blocks: &'a [u64],
    pub cost: f64,
    pub effort: Effort,
    found: BTreeMap<(&'a str, u64), &'a Outcome>,
    /// Outcomes that are there more than once, word for word.
    pub repeated: usize,
}

impl<'a> Runs<'a> {
    pub fn new(
        plan: &'a Plan,
        stratum: &'a Stratum,
        cost: f64,
        outcomes: &'a [Outcome],
        effort: Effort,
    ) -> Result<Self, TrialError> {
        let mut found = BTreeMap::<_, &Outcome>::new();
        let mut repeated = 0;
        for outcome in outcomes {
            if outcome.stratum != stratum.name || outcome.cost != cost {
                continue;
            }
            match found.insert((outcome.arm.as_str(), outcome.block), outcome) {
                None => {}
                Some(first) if first == outcome => repeated += 1,
                Some(_) => {
                    return Err(TrialError::TwoOutcomes {
                        stratum: stratum.name.clone(),
                        arm: outcome.arm.clone(),
                        block: outcome.block,
                        cost,
                    });
                }
            }
        }
        Ok(Self {
            stratum,
            rules: &plan.rules,
            blocks: &plan.blocks,
            cost,
            effort,
            found,
            repeated,
        })
    }

    /// The stream of one analysis: the same numbers in every judgement.
    pub fn rng(&self, purpose: &str) -> ChaCha8Rng {
        stream(
            0,
            &format!("trial: {} {} {purpose}", self.stratum.name, self.cost),
        )
    }

    pub fn outcome(&self, arm: &Arm, block: u64) -> Option<&'a Outcome> {
        self.found.get(&(arm.id.as_str(), block)).copied()
    }

    /// The solution of a run that ended at the cost.
    pub fn solution(&self, arm: &Arm, block: u64) -> Result<&'a Measured, Missed> {
        let outcome = self.outcome(arm, block).ok_or(Missed::NotRun)?;
        match outcome.end {
            End::Reached => outcome.solution.as_ref().ok_or(Missed::NotMeasured),
            End::Limit => Err(Missed::Limit),
            End::Diverged => Err(Missed::Diverged),
            End::NoStart => Err(Missed::NoStart),
        }
    }

    /// Why an arm decides nothing: too many of its runs did not end at the cost.
    pub fn censored(&self, arm: &Arm) -> Option<Note> {
        let missed: Vec<Missed> = self
            .blocks
            .iter()
            .filter_map(|block| self.solution(arm, *block).err())
            .collect();
        let share = missed.len() as f64 / self.blocks.len() as f64;
        (share > self.rules.censored).then(|| Note::Censored {
            arm: arm.id.clone(),
            missed: Missed::counted(&missed),
            blocks: self.blocks.len(),
            most: self.rules.censored,
        })
    }

    /// The arms whose role is of a kind, in the order of the plan.
    pub fn arms(&self, of: impl Fn(Role) -> bool) -> Vec<&'a Arm> {
        let arms = self.stratum.arms.iter();
        arms.filter(|arm| of(arm.role)).collect()
    }

    pub fn reference(&self) -> Option<&'a Arm> {
        self.arms(|role| role == Role::Reference).first().copied()
    }

    /// SGD on true labels at the learning rate of the random ones, or the reference.
    pub fn truthful(&self) -> Option<&'a Arm> {
        let same_rate = |role| matches!(role, Role::Memorizing { corrupted } if corrupted == 0.0);
        let arm = self.arms(same_rate).first().copied();
        arm.or_else(|| self.reference())
    }

    /// The ways to the cost on the data as they are that nobody would call contrived.
    pub fn natural(&self) -> Vec<&'a Arm> {
        self.full_and_true(|role| {
            matches!(
                role,
                Role::Reference
                    | Role::Batch { .. }
                    | Role::Method { .. }
                    | Role::Search
                    | Role::Scale { .. }
            )
        })
    }

    /// Those that were made to have a large norm, or a set one.
    pub fn extreme(&self) -> Vec<&'a Arm> {
        self.full_and_true(|role| {
            matches!(
                role,
                Role::Adversarial { .. } | Role::Dose { .. } | Role::Held | Role::Pole
            )
        })
    }

    fn full_and_true(&self, of: impl Fn(Role) -> bool) -> Vec<&'a Arm> {
        let mut arms = self.arms(of);
        arms.retain(|arm| {
            arm.labels == Treatment::TrueLabels && arm.train_size == self.stratum.train_size
        });
        arms
    }
}

/// Examples per step of an arm that descends on small batches.
pub(super) fn batch_size(arm: &Arm) -> Option<usize> {
    match arm.way {
        Way::Descent {
            batch: Batch::Mini { size },
            ..
        } => Some(size),
        _ => None,
    }
}
