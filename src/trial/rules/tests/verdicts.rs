//! The verdict of every pattern of decisions.

use super::super::verdict::{OverStrata, verdict};
use super::super::{Decision, Part};
use super::judged;
use super::world::{CAUSE, Law, World, plan};
use crate::report::Outcome;

const ALL: [Decision; 4] = [
    Decision::Holds,
    Decision::Fails,
    Decision::Undecided,
    Decision::Differs,
];

/// Each verdict by a condition of its own, without an order: exactly one applies.
#[test]
fn every_pattern_has_exactly_one_verdict() {
    use Decision::{Differs, Fails, Holds};
    let mut counts = [0; 4];
    for code in 0..4_usize.pow(5) {
        let of = |place: u32| ALL[code / 4_usize.pow(place) % 4];
        let [s1, s2, s3, s4, s5] = [of(0), of(1), of(2), of(3), of(4)];
        let decided = |part: Part| match part {
            Part::Small => s1,
            Part::Noise => s2,
            Part::Reach => s3,
            Part::Cause => s4,
            Part::Enough => s5,
            Part::Labels => Fails,
        };
        let differ = s1 == Differs || s4 == Differs;
        let refuted = !differ && (s1 == Fails || s4 == Fails);
        let premise = s1 == Holds && s4 == Holds;
        let all = premise && [s2, s3, s5] == [Holds; 3];
        let part = premise && [s2, s3, s5].contains(&Fails);
        let table = [
            (Outcome::Supported, all),
            (Outcome::PartlySupported, part),
            (Outcome::Contradicted, refuted),
            (Outcome::Inconclusive, !refuted && !all && !part),
        ];
        let applying: Vec<Outcome> = table.into_iter().filter(|t| t.1).map(|t| t.0).collect();
        let found = verdict(decided);
        assert_eq!(applying, [found], "{s1} {s2} {s3} {s4} {s5}");
        counts[Outcome::ALL.iter().position(|o| *o == found).unwrap()] += 1;
    }
    // Supported: 1. Contradicted: 5 of the 9 pairs of S1 and S4 that do not differ. Partly:
    // 64 − 27 of S2, S3, S5 have one that fails.
    assert_eq!(counts, [1, 5 * 64, 37, 1024 - 1 - 320 - 37]);
}

#[test]
fn strata_are_put_together_and_named() {
    let marker = World {
        law: Law::None,
        marker: 4.0,
        ..CAUSE
    };
    let mut plan = plan(20, &["first", "second"]);
    plan.strata[1]
        .cells
        .retain(|cell| !matches!(cell, crate::trial::design::Cell::Shell { .. }));
    let found = judged(&plan, &World::outcomes(&[CAUSE, marker], &plan, 1));
    let over = |part: Part| found.parts.iter().find(|over| over.part == part).unwrap();
    let named = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        over(Part::Cause),
        &OverStrata {
            part: Part::Cause,
            decision: Decision::Differs,
            holds: named(&["first"]),
            fails: named(&["second"]),
            undecided: vec![],
            not_asked: vec![],
        }
    );
    assert_eq!(over(Part::Small).holds, named(&["first", "second"]));
    // Of those that ask it.
    assert_eq!(over(Part::Reach).decision, Decision::Holds);
    assert_eq!(over(Part::Reach).not_asked, named(&["second"]));
    assert_eq!(found.verdict, Outcome::Inconclusive);
    let told = found.finding.join(" ");
    assert!(
        told.contains("S4 differs between strata: it holds on first and fails on second"),
        "{told}"
    );
}

#[test]
fn the_finding_has_two_to_five_sentences_with_numbers() {
    let plan = plan(20, &["Fashion-MNIST"]);
    let alike = World {
        full: 1.0,
        others: 3.0,
        reach: -0.3,
        ..CAUSE
    };
    for (world, scope) in [
        (CAUSE, "The claim is supported at these sizes"),
        (alike, "The claim is partly supported at these sizes"),
    ] {
        let found = judged(&plan, &World::outcomes(&[world], &plan, 1));
        println!("{}\n", found.finding.join("\n"));
        assert!((2..=5).contains(&found.finding.len()));
        assert!(found.finding.last().unwrap().starts_with(scope));
        let number = found.strata[0].part(Part::Small).unwrap();
        let number = number.headline().unwrap().number();
        assert!(found.finding[0].contains(&number), "{:?}", found.finding);
        let json = serde_json::to_string(&found).unwrap();
        let back: super::super::Judgement = serde_json::from_str(&json).unwrap();
        assert_eq!(back, found);
    }
}
