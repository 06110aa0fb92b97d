//! The rule that decides claim C4: explicit regularization is neither necessary nor sufficient.
//!
//! Written before the runs. A strong enough penalty keeps any network from fitting anything, so
//! each regularizer has the strength that a held-out part of the training set chooses on true
//! labels: the question is whether what serves to generalize also keeps from memorizing.

use rethink::experiment::regularization::{Cell, FITTED, Regularizer};
use rethink::experiment::run::StoredRun;
use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::statistics::{Estimate, Interval};
use rethink::treatment::Treatment::{RandomLabels, TrueLabels};

use super::Findings;
use crate::show::list;

/// Without regularization a network has at least this share of the gain over guessing that it has
/// with it.
const SHARE: f64 = 0.5;

/// What the data say of one half of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Holds,
    Fails,
    Undecided,
}

/// Not sufficient: whether each regularizer alone let its network fit random labels.
fn not_sufficient(fitted: &[bool]) -> Half {
    let yes = fitted.iter().filter(|&&fitted| fitted).count();
    match yes {
        0 if !fitted.is_empty() => Half::Fails,
        _ if 2 * yes > fitted.len() => Half::Holds,
        _ => Half::Undecided,
    }
}

/// Not necessary: from the intervals of the share of each regularized network's gain.
fn not_necessary(shares: &[Option<Interval>]) -> Half {
    let holds = |share: &Option<Interval>| share.is_some_and(|i| i.low >= SHARE);
    let fails = |share: &Option<Interval>| share.is_some_and(|i| i.high < SHARE);
    match () {
        () if !shares.is_empty() && shares.iter().all(holds) => Half::Holds,
        () if shares.iter().any(fails) => Half::Fails,
        () => Half::Undecided,
    }
}

fn decide(not_sufficient: Half, not_necessary: Half) -> Outcome {
    match (not_sufficient, not_necessary) {
        (Half::Holds, Half::Holds) => Outcome::Supported,
        (Half::Holds, Half::Fails) | (Half::Fails, Half::Holds) => Outcome::PartlySupported,
        (Half::Fails, Half::Fails) => Outcome::Contradicted,
        _ => Outcome::Inconclusive,
    }
}

/// A network and regularizer by name.
pub fn named(cell: &Cell) -> String {
    format!("{} with {}", cell.network, cell.regularizer.name())
}

/// Each regularizer alone on random labels, and whether it let its network fit them.
pub struct Alone {
    pub cells: Vec<(Cell, bool)>,
}

impl Alone {
    /// Those of networks that fitted random labels without regularization, in the pilot and here.
    pub fn of(findings: &Findings) -> Self {
        let cells = &findings.grid.cells;
        let fits = |cell: &Cell| {
            findings.pilot(cell.network).fits && cells.fitted(&cell.plain()) == Some(true)
        };
        let alone = findings.cells(RandomLabels);
        let alone = alone.filter(|cell| cell.regularizer.is_single() && fits(cell));
        let fitted = alone.filter_map(|cell| Some((cell, cells.fitted(&cell)?)));
        Self {
            cells: fitted.collect(),
        }
    }

    pub fn fitted(&self) -> usize {
        self.cells.iter().filter(|(_, fitted)| *fitted).count()
    }

    /// Those that did not fit, by name.
    pub fn not_fitted(&self) -> Vec<String> {
        let not = self.cells.iter().filter(|(_, fitted)| !fitted);
        not.map(|(cell, _)| named(cell)).collect()
    }
}

/// The regularized networks on true labels, each with the share of its gain that the network has
/// without.
fn shares(findings: &Findings) -> Vec<(Cell, Option<Estimate>)> {
    let share = |cell: Cell| {
        let share =
            findings
                .grid
                .cells
                .share_without(&cell, findings.guessing, StoredRun::test_error);
        (cell, share)
    };
    findings.regularized(TrueLabels).map(share).collect()
}

/// The least share, with whose it is.
pub fn least_share(findings: &Findings) -> Option<(Cell, Estimate)> {
    let shares = shares(findings).into_iter();
    let known = shares.filter_map(|(cell, share)| Some((cell, share?)));
    known.min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))
}

pub fn verdict(findings: &Findings) -> Verdict {
    let alone = Alone::of(findings);
    let fitted: Vec<bool> = alone.cells.iter().map(|(_, fitted)| *fitted).collect();
    let shares: Vec<Option<Interval>> = (shares(findings).into_iter())
        .map(|(_, share)| share?.interval)
        .collect();
    let halves = (not_sufficient(&fitted), not_necessary(&shares));
    let outcome = decide(halves.0, halves.1);
    Verdict {
        claim: Claim::C4,
        outcome,
        finding: finding(findings, &alone, halves),
        rule: rule(),
        evidence: evidence(findings, &alone),
    }
}

fn rule() -> String {
    let single = Regularizer::SINGLE.map(Regularizer::name);
    format!(
        "Not sufficient: networks that fit random labels without regularization, for every seed of \
         the pilot and of the question, are trained on them with each regularizer alone ({}), \
         until no label is missed or 3 times the epochs are over that the pilot needed without. \
         Fitted is a training error of at most {:.0} % for every seed. It holds if more than half \
         of these networks and regularizers fit, and fails if none does. Not necessary: on true \
         labels, with equal updates, test accuracy over guessing without regularization is \
         divided by that with, for every network and regularizer, also combined. It holds if \
         every 95 % interval lies at or above {SHARE}, and fails if one lies below. Supported: \
         both hold. Partly supported: one holds and the other fails. Contradicted: both fail. \
         Otherwise inconclusive.",
        list(single),
        100.0 * FITTED,
    )
}

fn finding(findings: &Findings, alone: &Alone, (sufficient, necessary): (Half, Half)) -> String {
    let counted = alone.cells.len();
    let not = alone.not_fitted();
    let but = match not.is_empty() {
        true => String::new(),
        false => format!(
            " Not fitted within the limit of epochs: {}.",
            not.join(", ")
        ),
    };
    let first = match (sufficient, counted) {
        (_, 0) => "No network fitted random labels without regularization, so nothing can be said \
                   of what regularizers prevent."
            .to_owned(),
        (Half::Holds, _) => format!(
            "Not sufficient: random labels were fitted in {} of {counted} cases of a network with \
             one regularizer.{but}",
            alone.fitted()
        ),
        _ => format!(
            "Random labels were fitted in {} of {counted} cases of a network with one \
             regularizer.{but}",
            alone.fitted()
        ),
    };
    let second = match (necessary, least_share(findings)) {
        (_, None) => "No network was better than guessing.".to_owned(),
        (half, Some((cell, share))) => {
            let without = format!(
                "without regularization a network has at least {share} of the gain over guessing \
                 that it has with it; the least is that of {}.",
                named(&cell)
            );
            match half {
                Half::Holds => format!("Not necessary: {without}"),
                Half::Fails => format!("Necessary in a case: {without}"),
                Half::Undecided => format!("Whether it is necessary is not decided: {without}"),
            }
        }
    };
    format!("{first} {second}")
}

fn evidence(findings: &Findings, alone: &Alone) -> Vec<Evidence> {
    let mut evidence = vec![Evidence::new(
        "cases of one regularizer in which random labels were fitted",
        format!("{} of {}", alone.fitted(), alone.cells.len()),
        "exact",
    )];
    let accuracies = alone.cells.iter().map(|(cell, _)| {
        let accuracy = findings.grid.cells.train_accuracy(cell);
        let label = format!("training accuracy on random labels, {}", named(cell));
        (label, accuracy.map(Estimate::percent), "%")
    });
    evidence.extend(Evidence::estimates(accuracies));
    let share = least_share(findings).map(|(cell, share)| {
        let label = format!(
            "least share of the gain without regularization ({})",
            named(&cell)
        );
        (label, Some(share), "")
    });
    evidence.extend(Evidence::estimates(share));
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_cases_decide_what_is_not_sufficient() {
        assert_eq!(not_sufficient(&[true, true, false]), Half::Holds);
        assert_eq!(not_sufficient(&[true, false]), Half::Undecided);
        assert_eq!(not_sufficient(&[false, false]), Half::Fails);
        assert_eq!(not_sufficient(&[]), Half::Undecided);
    }

    #[test]
    fn every_interval_decides_what_is_not_necessary() {
        let of = |ends: &[(f64, f64)]| {
            let intervals = ends
                .iter()
                .map(|&(low, high)| Some(Interval::new(low, high)));
            not_necessary(&intervals.collect::<Vec<_>>())
        };
        assert_eq!(of(&[(0.5, 0.9), (0.9, 1.1)]), Half::Holds);
        assert_eq!(of(&[(0.4, 0.9), (0.9, 1.1)]), Half::Undecided);
        assert_eq!(of(&[(0.1, 0.49), (0.9, 1.1)]), Half::Fails);
        assert_eq!(not_necessary(&[None]), Half::Undecided);
        assert_eq!(not_necessary(&[]), Half::Undecided);
    }

    #[test]
    fn both_halves_decide() {
        use Half::{Fails, Holds, Undecided};
        assert_eq!(decide(Holds, Holds), Outcome::Supported);
        assert_eq!(decide(Holds, Fails), Outcome::PartlySupported);
        assert_eq!(decide(Fails, Fails), Outcome::Contradicted);
        assert_eq!(decide(Holds, Undecided), Outcome::Inconclusive);
    }
}
