//! From the parts in every stratum to the parts over all of them, and to the verdict.
//!
//! ```text
//! S1 or S4 differs between strata                      inconclusive
//! S1 fails, or S4 fails                                contradicted
//! S1, S2, S3, S4 and S5 hold                           supported
//! S1 and S4 hold, and S2, S3 or S5 fails               partly supported
//! otherwise                                            inconclusive
//! ```
//!
//! The first line that applies. S6 is shown and not asked.

use serde::{Deserialize, Serialize};

use super::StratumJudgement;
use super::part::{Decision, Part};
use crate::report;

/// What is concluded of one part over all strata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverStrata {
    /// Which part.
    pub part: Part,
    /// It holds if it holds in every stratum that asks it, fails if it fails in every one, and
    /// differs if it holds in some and fails in others.
    pub decision: Decision,
    /// Names of the strata in which it holds.
    pub holds: Vec<String>,
    /// Names of those in which it fails.
    pub fails: Vec<String>,
    /// Names of those in which it is undecided.
    pub undecided: Vec<String>,
    /// Names of those whose plan lacks the networks.
    pub not_asked: Vec<String>,
}

impl OverStrata {
    /// A part over all strata.
    pub(super) fn of(part: Part, strata: &[StratumJudgement]) -> Self {
        let named = |decision: Option<Decision>| -> Vec<String> {
            let found = strata.iter().filter(|stratum| {
                let judged = stratum.part(part);
                judged.map(|judged| judged.decision) == decision
            });
            found.map(|stratum| stratum.name.clone()).collect()
        };
        let holds = named(Some(Decision::Holds));
        let fails = named(Some(Decision::Fails));
        let undecided = named(Some(Decision::Undecided));
        let decision = match (holds.len(), fails.len(), undecided.len()) {
            (0, 0, _) => Decision::Undecided,
            (_, 0, 0) => Decision::Holds,
            (0, _, 0) => Decision::Fails,
            (0, _, _) | (_, 0, _) => Decision::Undecided,
            _ => Decision::Differs,
        };
        Self {
            part,
            decision,
            holds,
            fails,
            undecided,
            not_asked: named(None),
        }
    }
}

/// The verdict on the claim, by the order of the module.
pub(super) fn verdict(decided: impl Fn(Part) -> Decision) -> report::Outcome {
    use Decision::{Differs, Fails, Holds};
    let of = |parts: &[Part], decision| parts.iter().any(|part| decided(*part) == decision);
    let premise = [Part::Small, Part::Cause];
    let others = [Part::Noise, Part::Reach, Part::Enough];
    let all = |parts: &[Part]| parts.iter().all(|part| decided(*part) == Holds);
    if of(&premise, Differs) {
        report::Outcome::Inconclusive
    } else if of(&premise, Fails) {
        report::Outcome::Contradicted
    } else if all(&premise) && all(&others) {
        report::Outcome::Supported
    } else if all(&premise) && of(&others, Fails) {
        report::Outcome::PartlySupported
    } else {
        report::Outcome::Inconclusive
    }
}
