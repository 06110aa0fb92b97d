//! Whether gradient methods end where the theorem says, over all seeds.

use super::theorem::{Checked, Limit, Theory};

/// Whether the theorem holds in every seed, and the numbers that say so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identity {
    /// Whether every method under the theorem passes the check and has reached the
    /// residual, and every control fails it.
    pub holds: bool,
    /// Largest `‖P w‖ / ‖w‖` of a method under the theorem.
    pub largest_share: f64,
    /// Largest `‖w − w*‖ / ‖w*‖` of one.
    pub largest_distance: f64,
    /// Largest distance over what the residual allows.
    pub tightest: f64,
    /// Largest distance of two of their solutions over the smallest norm.
    pub spread: f64,
    /// Whether all of them give every test image the same label.
    pub same_labels: bool,
    /// Smallest s_min of a seed.
    pub smallest_singular: f64,
    /// Smallest `‖P w‖ / ‖w‖` of the other methods.
    pub smallest_free_share: f64,
    /// Smallest norm they end at, over the smallest norm there is.
    pub smallest_free_norm: f64,
}

impl Identity {
    /// What the limits of all seeds say; `residual` is what methods under the theorem had to
    /// reach.
    pub fn of(all: &[Checked], residual: f64) -> Self {
        let of = |theory: Theory| {
            let limits = all.iter().flat_map(|found| &found.limits);
            limits.filter(move |limit| limit.theory == theory)
        };
        let largest =
            |number: fn(&Limit) -> f64| of(Theory::Proved).map(number).fold(0.0, f64::max);
        let smallest =
            |number: fn(&Limit) -> f64| of(Theory::Free).map(number).fold(f64::INFINITY, f64::min);
        Self {
            holds: of(Theory::Proved).all(|l| l.passes && l.residual <= residual)
                && of(Theory::Control).all(|l| !l.passes),
            largest_share: largest(|l| l.largest_share),
            largest_distance: largest(|l| l.distance),
            tightest: largest(|l| l.distance / l.allowed),
            spread: all.iter().map(|found| found.spread).fold(0.0, f64::max),
            same_labels: of(Theory::Proved).all(|l| l.other_labels == 0.0),
            smallest_singular: (all.iter())
                .map(|found| found.smallest_singular)
                .fold(f64::INFINITY, f64::min),
            smallest_free_share: smallest(|l| l.largest_share),
            smallest_free_norm: smallest(|l| l.norm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(theory: Theory, passes: bool, residual: f64) -> Limit {
        Limit {
            method: "SGD".to_owned(),
            batch: 1,
            theory,
            passes,
            largest_share: 1e-15,
            distance: 1e-9,
            allowed: 2e-9,
            residual,
            epochs: 10,
            norm: 1.0,
            test_error: 0.1,
            other_labels: 0.0,
        }
    }

    fn holds(limits: Vec<Limit>) -> bool {
        let found = Checked {
            smallest_singular: 0.5,
            test_error: 0.1,
            spread: 1e-9,
            limits,
        };
        Identity::of(&[found], 1e-8).holds
    }

    #[test]
    fn the_theorem_holds_when_its_methods_pass_and_the_control_fails() {
        let proved = || limit(Theory::Proved, true, 1e-9);
        let control = || limit(Theory::Control, false, 1e-9);
        let free = || limit(Theory::Free, false, 1e-4);
        assert!(holds(vec![proved(), control(), free()]));
        assert!(!holds(vec![limit(Theory::Proved, false, 1e-9), control()]));
        assert!(!holds(vec![limit(Theory::Proved, true, 1e-7), control()]));
        assert!(!holds(vec![proved(), limit(Theory::Control, true, 1e-9)]));
    }
}
