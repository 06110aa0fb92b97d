//! How many blocks would decide what is undecided.

use crate::statistics::{blocks_for_power, blocks_for_t_power};
use crate::trial::plan::Rules;

/// Tests in the primary family: H1, H2 norm, H2 test, H3, H4 slope, H4 match, H5.
pub(super) const FAMILY: usize = 7;
/// Fewer blocks have no interval worth the name.
pub(super) const FEWEST: usize = 3;

/// The fewest blocks that decide anything: with fewer, 2⁻ⁿ, the smallest p-value of the
/// sign-flip test, is above the first step of Holm, and all would rest on the
/// assumption that so few differences are normal.
///
/// ```text
/// 2⁻ⁿ ≤ level / 7:   8 blocks at 5 %
/// ```
pub(super) fn fewest_blocks(rules: &Rules) -> usize {
    let steps = (FAMILY as f64 / rules.level).log2().ceil();
    (steps as usize).max(FEWEST)
}

/// What more blocks would have to show.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Need {
    /// An effect of this size, found by a one-sided t test at the first step of Holm.
    Effect(f64, Undecided),
    /// Equivalence within this margin if nothing differs, by two one-sided tests.
    Equivalence(f64, Undecided),
}

impl Need {
    /// The blocks it takes, with the power of the rules.
    pub fn blocks(&self, rules: &Rules) -> Option<usize> {
        match self {
            Self::Effect(effect, undecided) => undecided.for_effect(rules, *effect),
            Self::Equivalence(margin, undecided) => undecided.for_equivalence(rules, *margin),
        }
    }
}

/// What an undecided row has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Undecided {
    /// Blocks it has.
    pub have: usize,
    /// Standard deviation of what a block says.
    pub deviation: f64,
    /// Distances of the estimate to the limits of the rule.
    pub distances: Vec<f64>,
}

impl Undecided {
    fn for_effect(&self, rules: &Rules, effect: f64) -> Option<usize> {
        let level = rules.level / FAMILY as f64;
        let planned = blocks_for_t_power(rules.power, effect, self.deviation, level).ok();
        self.at_least(rules, planned)
    }

    /// Planned for no difference at all, unless the data say that there is one: then its
    /// distance from the margin has to be found.
    fn for_equivalence(&self, rules: &Rules, margin: f64) -> Option<usize> {
        let centre = self.distances.get(1).copied().unwrap_or_default();
        let error = self.deviation / (self.have as f64).sqrt();
        if centre.abs() > 2.0 * error {
            let distance = (centre.abs() - margin).abs();
            return blocks_for_t_power(rules.power, distance, self.deviation, rules.level / 2.0)
                .ok()
                .map(|blocks| blocks.max(self.have + 1));
        }
        let planned = blocks_for_power(rules.power, margin, self.deviation, 0.0).ok();
        self.at_least(rules, planned)
    }

    /// Where so many blocks are there already, the estimate lies near a limit of the
    /// rule, and its distance from the nearest has to be found.
    fn at_least(&self, rules: &Rules, planned: Option<usize>) -> Option<usize> {
        let planned = planned?;
        if planned > self.have {
            return Some(planned);
        }
        let distance = self.distances.iter().map(|d| d.abs()).reduce(f64::min)?;
        blocks_for_t_power(rules.power, distance, self.deviation, rules.level / 2.0)
            .ok()
            .map(|blocks| blocks.max(self.have + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_blocks_can_reject_at_the_first_step_of_holm() {
        assert_eq!(fewest_blocks(&Rules::default()), 8);
        assert!(0.5_f64.powi(8) <= 0.05 / 7.0 && 0.5_f64.powi(7) > 0.05 / 7.0);
        let lax = Rules {
            level: 0.99,
            ..Rules::default()
        };
        assert_eq!(fewest_blocks(&lax), 3);
    }

    #[test]
    fn an_estimate_near_a_limit_needs_more_blocks_than_planned() {
        let rules = Rules::default();
        let few = Undecided {
            have: 5,
            deviation: 1.0,
            distances: vec![0.1],
        };
        assert_eq!(few.for_equivalence(&rules, 1.0), Some(13));
        assert_eq!(few.for_effect(&rules, 1.0), Some(18));
        let many = Undecided { have: 40, ..few };
        // (1.96 + 1.28)² / 0.1² = 1051, and a few for the estimated deviation.
        let needed = many.for_effect(&rules, 1.0).unwrap();
        assert!((1051..1060).contains(&needed), "{needed}");
        let constant = Undecided {
            deviation: 0.0,
            ..many
        };
        assert_eq!(constant.for_effect(&rules, 1.0), None);
    }
}
