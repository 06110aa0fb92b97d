//! The tails of a permutation distribution.

use super::test_result::Alternative;

/// How many permuted statistics lie at or beyond the observed one, on either
/// side. The observed one must be counted too: it is one of the permutations,
/// and p = (1 + extreme)/(1 + draws) keeps the size of the test.
pub(super) struct Tails {
    observed: f64,
    tolerance: f64,
    counted: u32,
    lower: u32,
    upper: u32,
}

impl Tails {
    /// No statistics yet; those within `tolerance` of the observed one are
    /// equal to it but for rounding.
    pub(super) fn new(observed: f64, tolerance: f64) -> Self {
        Self {
            observed,
            tolerance,
            counted: 0,
            lower: 0,
            upper: 0,
        }
    }

    pub(super) fn count(&mut self, statistic: f64) {
        self.counted += 1;
        self.lower += u32::from(statistic <= self.observed + self.tolerance);
        self.upper += u32::from(statistic >= self.observed - self.tolerance);
    }

    /// Two-sided is twice the smaller tail.
    pub(super) fn p_value(&self, alternative: Alternative) -> f64 {
        let share = |count: u32| f64::from(count) / f64::from(self.counted);
        alternative.p_value(share(self.lower), share(self.upper))
    }
}
