//! The rule that decides claim C6.
//!
//! Accuracies at a stop at 0.01 nats cannot differ by much: a misclassified image costs at
//! least ln 2, so at most 0.01 / ln 2 = 1.44 % of them are. Hence both labelings train for the
//! same numbers of updates. The second is chosen by what random labels need, which leaves it
//! little to fail by: only that other seeds need more than 1.5 times the median of the pilot.
//! Alone it supports the claim in part. The first is chosen without random labels. Every
//! outcome but the last needs both intervals, so none is decided by the better of two.

use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::statistics::{Estimate, Interval};
use rethink::text::number::fixed;
use rethink::treatment::Treatment::{self, RandomLabels, TrueLabels};

use super::Findings;
use super::same_updates::{Compared, Moment};
use crate::show::{list, or_unknown};

/// Training accuracies closer than this, in points, count as equal.
pub const MARGIN: f64 = 1.0;

/// From the intervals of the difference in training accuracy, true minus random labels, in
/// points: after the updates that true labels need, and after those that random labels need.
fn decide(differences: [Option<Interval>; 2]) -> Outcome {
    let equal = |i: Interval| -MARGIN < i.low && i.high < MARGIN;
    let lower = |i: Interval| i.low >= MARGIN;
    match differences {
        [Some(first), Some(second)] if equal(first) && equal(second) => Outcome::Supported,
        [Some(first), Some(second)] if lower(first) && equal(second) => Outcome::PartlySupported,
        [Some(first), Some(second)] if lower(first) && lower(second) => Outcome::Contradicted,
        _ => Outcome::Inconclusive,
    }
}

pub fn verdict(findings: &Findings) -> Verdict {
    let settings = &findings.settings;
    let rule = format!(
        "Without a stop at a target, training accuracies are compared after two numbers of \
         updates. They come from pilot seeds {}: the median that true labels need to zero \
         training error, and 1.5 times the median that random labels need, both in whole epochs, \
         rounded up. The rule looks at the 95 % interval of the paired difference, true minus \
         random labels. Supported: it lies within {MARGIN} point of zero after both. Partly \
         supported: it lies above {MARGIN} point after the first and within {MARGIN} point of \
         zero after the second. Contradicted: it lies above {MARGIN} point after both. Otherwise \
         inconclusive, as where most pilot runs need more than {} epochs.",
        list(settings.pilot_seeds()),
        settings.recipe.stopping.max_epochs
    );
    let (outcome, finding, evidence) = match &findings.same_updates.compared {
        Some(compared) => {
            let differences = compared.decisive().map(|at| compared.difference(at));
            let outcome = decide(differences.map(|difference| difference?.interval));
            (outcome, finding(outcome, compared), evidence(compared))
        }
        None => (Outcome::Inconclusive, without_pilot(findings), Vec::new()),
    };
    Verdict {
        claim: Claim::C6,
        outcome,
        finding,
        rule,
        evidence,
    }
}

fn percent(compared: &Compared, labels: Treatment, at: Moment) -> Option<Estimate> {
    compared.accuracy(labels, at).map(Estimate::percent)
}

fn finding(outcome: Outcome, compared: &Compared) -> String {
    let [first, second] = compared.decisive();
    let accuracies = |at| {
        let shown = |labels| or_unknown(percent(compared, labels, at));
        let (clean, random) = (shown(TrueLabels), shown(RandomLabels));
        format!("training accuracy is {clean} % with true and {random} % with random labels")
    };
    let in_short = match outcome {
        Outcome::Supported => "Random labels are fitted as well at both.",
        Outcome::PartlySupported => {
            "With enough updates random labels are fitted as well; with as many as true labels \
             need they are not."
        }
        Outcome::Contradicted => "Random labels are fitted less well at both.",
        Outcome::Inconclusive => "The intervals do not decide.",
    };
    format!(
        "After {} updates, which true labels need to zero training error, {}. After {} updates, \
         1.5 times what random labels need, {}. {in_short}",
        fixed(first.updates as f64, 0),
        accuracies(first),
        fixed(second.updates as f64, 0),
        accuracies(second),
    )
}

fn without_pilot(findings: &Findings) -> String {
    let reached = |labels| {
        let (reached, all) = findings.same_updates.reached(labels);
        format!("{reached} of {all}")
    };
    format!(
        "The numbers of updates to compare at are unknown: within {} epochs, {} pilot runs with \
         true and {} with random labels got to zero training error.",
        findings.settings.recipe.stopping.max_epochs,
        reached(TrueLabels),
        reached(RandomLabels)
    )
}

fn evidence(compared: &Compared) -> Vec<Evidence> {
    let of = |at: Moment| {
        let after = format!("after {} updates", fixed(at.updates as f64, 0));
        let accuracy = |name: &str, labels| {
            let label = format!("training accuracy, {name}, {after}");
            (label, percent(compared, labels, at), "%")
        };
        let label = format!("training accuracy, true minus random labels, {after}");
        Evidence::estimates([
            (label, compared.difference(at), "points"),
            accuracy("true labels", TrueLabels),
            accuracy("random labels", RandomLabels),
        ])
    };
    compared.decisive().into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_of_updates_decide() {
        let (equal, lower, wide) = ((-0.5, 0.9), (1.0, 30.0), (-3.0, 20.0));
        let outcome = |first: (f64, f64), second: (f64, f64)| {
            decide([first, second].map(|(low, high)| Some(Interval::new(low, high))))
        };
        assert_eq!(outcome(equal, equal), Outcome::Supported);
        assert_eq!(outcome(lower, equal), Outcome::PartlySupported);
        assert_eq!(outcome(lower, lower), Outcome::Contradicted);
        for undecided in [
            outcome(equal, lower),
            outcome(wide, equal),
            outcome(lower, wide),
            outcome((-20.0, -2.0), equal),
            decide([None, Some(Interval::new(0.0, 0.0))]),
        ] {
            assert_eq!(undecided, Outcome::Inconclusive);
        }
    }
}
