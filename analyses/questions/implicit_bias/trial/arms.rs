//! The outcomes of a stratum at one cost, by arm and block.

use std::collections::BTreeMap;

use rethink::statistics::{
    Estimate, geometric_mean, geometric_mean_ratio, mean, paired_difference,
};
use rethink::trial::{Arm, End, Kind, Measured, Outcome, Plan, Stratum};

/// The runs of one arm at one cost, by block.
pub struct Runs<'a> {
    pub arm: &'a Arm,
    pub by_block: BTreeMap<u64, &'a Outcome>,
}

/// The primary cost: the last one.
pub fn primary(plan: &Plan) -> f64 {
    plan.costs.last().copied().unwrap_or(f64::NAN)
}

/// The arms of the stratum with their runs at this cost in the blocks of the plan.
pub fn at_cost<'a>(
    stratum: &'a Stratum,
    plan: &Plan,
    outcomes: &'a [Outcome],
    cost: f64,
) -> Vec<Runs<'a>> {
    let of_arm = |arm: &'a Arm| {
        let runs = outcomes.iter().filter(|one| {
            one.stratum == stratum.name
                && one.arm == arm.id
                && one.cost == cost
                && plan.blocks.contains(&one.block)
        });
        Runs {
            arm,
            by_block: runs.map(|one| (one.block, one)).collect(),
        }
    };
    stratum.arms.iter().map(of_arm).collect()
}

/// The arm that the others are compared with.
pub fn reference<'a, 'b>(arms: &'b [Runs<'a>]) -> Option<&'b Runs<'a>> {
    arms.iter().find(|runs| runs.kind() == Kind::Reference)
}

impl Runs<'_> {
    pub fn kind(&self) -> Kind {
        Kind::of(self.arm.role)
    }

    /// Runs that ended so.
    pub fn ended(&self, end: End) -> usize {
        self.by_block.values().filter(|one| one.end == end).count()
    }

    /// What was measured, by block, where the norm is a positive number. A 10th
    /// percentile of the margins that is not positive gives none.
    pub fn solutions(&self) -> BTreeMap<u64, &Measured> {
        let usable = |measured: &&Measured| measured.norm.is_finite() && measured.norm > 0.0;
        let all = self.by_block.iter();
        all.filter_map(|(&block, one)| Some((block, one.solution.as_ref().filter(usable)?)))
            .collect()
    }

    fn values(&self, of: impl Fn(&Measured) -> f64) -> Vec<f64> {
        self.solutions().into_values().map(of).collect()
    }

    /// Values of this arm and of another one in the blocks in which both ended at the cost.
    fn paired(&self, other: &Self, of: impl Fn(&Measured) -> f64) -> (Vec<f64>, Vec<f64>) {
        let others = other.solutions();
        let pair = |(block, one)| Some((of(one), of(others.get(&block)?)));
        self.solutions().into_iter().filter_map(pair).unzip()
    }

    /// Geometric mean of the norm.
    pub fn norm(&self) -> Option<Estimate> {
        geometric_mean(&self.values(|m| m.norm)).ok()
    }

    /// Geometric mean of the norm over that of the same block of another arm.
    pub fn norm_ratio(&self, other: &Self) -> Option<Estimate> {
        let (ours, theirs) = self.paired(other, |m| m.norm);
        geometric_mean_ratio(&ours, &theirs).ok()
    }

    /// Mean test error in per cent.
    pub fn error(&self) -> Option<Estimate> {
        let error = mean(&self.values(|m| m.test_error)).ok()?;
        Some(error.fraction().percent())
    }

    /// Mean difference of the test error from that of the same block of another arm, in points.
    pub fn error_difference(&self, other: &Self) -> Option<Estimate> {
        let (ours, theirs) = self.paired(other, |m| m.test_error);
        Some(paired_difference(&ours, &theirs).ok()?.percent())
    }
}
