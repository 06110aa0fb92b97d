//! Plans that cannot be judged, outcomes that do not fit, other costs, arms across.

use super::super::runs::{LOGIT_CHANGE, LOSS_CHANGE, MISS, was_held};
use super::super::{Agreement, Decision, Limits, Note, Part, SOURCES, judge};
use super::by_hand::Study;
use super::judged;
use super::world::{CAUSE, Law, World, plan};
use crate::report::Outcome as Verdict;
use crate::statistics::kendall_tau_b;
use crate::trial::design::{Cell, Change, Cost, Held, Method, Moved, Outcome};
use crate::trial::error::TrialError;

#[test]
fn plans_that_cannot_be_judged_are_refused() {
    let refused = |change: fn(&mut crate::trial::design::Plan)| {
        let mut plan = plan(4, &["first"]);
        change(&mut plan);
        judge(&plan, &[]).unwrap_err()
    };
    assert!(matches!(
        refused(|plan| plan.blocks.truncate(2)),
        TrialError::TooFewBlocks {
            blocks: 2,
            needed: 3
        }
    ));
    assert!(matches!(
        refused(|plan| plan.blocks[1] = 100),
        TrialError::RepeatedBlock { seed: 100 }
    ));
    assert!(matches!(
        refused(|plan| plan.costs.clear()),
        TrialError::Empty { missing: "costs" }
    ));
    assert!(matches!(
        refused(|plan| plan.strata.clear()),
        TrialError::Empty { missing: "strata" }
    ));
    let plan = plan(4, &["first"]);
    let mut outcomes = World::outcomes(&[CAUSE], &plan, 0);
    let mut again = outcomes[0].clone();
    again.updates += 1;
    outcomes.push(again);
    let error = judge(&plan, &outcomes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two different outcomes of sgd-32 in block 100 at cross-entropy 0.01 of first; remove \
         both lines and run it again"
    );
}

#[test]
fn no_outcomes_decide_nothing() {
    let plan = plan(4, &["first"]);
    let found = judge(&plan, &[]).unwrap();
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert!(
        Part::ALL
            .iter()
            .all(|part| found.part(*part) == Decision::Undecided)
    );
    assert_eq!(
        found.finding,
        [
            "Not decided: S1, S2, S3, S4, S5.",
            "The claim is open at these sizes (first, n = 200, mlp-1x32), and nothing is claimed \
             for others."
        ]
    );
}

#[test]
fn outcomes_that_do_not_fit_are_counted_and_the_order_is_nothing() {
    let mut plan = plan(6, &["first"]);
    let mut outcomes = World::outcomes(&[CAUSE], &plan, 0);
    let before = judged(&plan, &outcomes);
    assert_eq!(before.rules, SOURCES);
    assert!(before.notes.is_empty());
    let odd = |change: fn(&mut Outcome)| {
        let mut outcome = outcomes[0].clone();
        change(&mut outcome);
        outcome
    };
    let extra = [
        odd(|outcome| outcome.stratum = "second".to_owned()),
        odd(|outcome| outcome.block = 7),
        odd(|outcome| outcome.cell = Cell::Shell { factor: 0.35 }),
        odd(|outcome| outcome.cost = Cost::squared(0.01)),
        outcomes[0].clone(),
    ];
    outcomes.extend(extra);
    outcomes.reverse();
    let mut after = judged(&plan, &outcomes);
    let all = outcomes.len();
    let expected = [Note::OutOfPlan { outcomes: 4, all }, Note::Repeated(1)];
    assert_eq!(after.notes, expected);
    after.notes.clear();
    assert_eq!(after, before);
    plan.rules = "other".to_owned();
    let planned = plan.rules.clone();
    assert!(
        judged(&plan, &outcomes)
            .notes
            .contains(&Note::OtherRules { planned })
    );
}

#[test]
fn the_bootstrap_is_in_the_interval_below_twenty_blocks_only() {
    for (blocks, limits) in [(8, Limits::TOrBootstrap), (20, Limits::T)] {
        let plan = plan(blocks, &["first"]);
        let found = judged(&plan, &World::outcomes(&[CAUSE], &plan, 0));
        let cause = found.strata[0].part(Part::Cause).unwrap();
        assert_eq!(cause.headline().unwrap().limits, Some(limits));
    }
}

#[test]
fn other_costs_agree_disagree_or_do_not_decide() {
    let mut plan = plan(12, &["first"]);
    plan.costs.push(Cost::cross_entropy(0.1));
    let small = World {
        others: 0.5,
        differ: 0.0,
        ..CAUSE
    };
    let primary = |outcome: &Outcome| outcome.cost == plan.costs[0];
    let mut outcomes = World::outcomes(&[CAUSE], &plan, 0);
    let none = Law::None;
    let mut there = World::outcomes(&[World { law: none, ..small }], &plan, 1);
    outcomes.retain(primary);
    // Trainings alone are run at another cost, and of these not all.
    there.retain(|outcome| {
        let search = Cell::found(Method::Search { largest: None });
        let trained = matches!(outcome.cell, Cell::Found { .. });
        !primary(outcome) && trained && outcome.cell != search
    });
    outcomes.extend(there);
    let found = judged(&plan, &outcomes);
    let [other] = &found.strata[0].other_costs[..] else {
        panic!("one other cost");
    };
    let parts: Vec<(Part, Agreement)> = other.parts.iter().map(|(p, a)| (p.part, *a)).collect();
    assert_eq!(
        parts,
        [
            (Part::Small, Agreement::Disagrees),
            (Part::Noise, Agreement::Undecided),
            (Part::Labels, Agreement::Agrees)
        ]
    );
    let not_run = vec!["search in large steps".to_owned()];
    assert_eq!(other.notes, [Note::NotRunAtThisCost(not_run)]);
    // They change nothing.
    let alone = {
        let mut plan = plan.clone();
        plan.costs.pop();
        outcomes.retain(|outcome| outcome.cost == plan.costs[0]);
        judged(&plan, &outcomes)
    };
    assert_eq!(alone.parts, found.parts);
    assert_eq!(alone.strata[0].parts, found.strata[0].parts);
}

#[test]
fn tau_is_that_of_the_means_of_arms() {
    let norms = [
        [2.0, 2.2, 1.9, 2.1],
        [3.0, 2.1, 3.2, 3.1],
        [2.5, 2.4, 2.6, 2.2],
    ];
    let errors = [
        [20.0, 21.0, 19.5, 20.4],
        [23.0, 23.5, 22.0, 24.0],
        [22.0, 25.0, 24.0, 23.0],
    ];
    let methods = [Method::REFERENCE, Method::sgd(8), Method::GRADIENT_DESCENT];
    let mut study = Study::of(4);
    for ((method, norms), errors) in methods.into_iter().zip(&norms).zip(&errors) {
        study = study.with(Cell::found(method), norms, errors);
    }
    let found = study.judged();
    let across = found.strata[0].across_arms.as_ref().unwrap();
    let means = |values: &[f64; 4]| values.iter().sum::<f64>() / 4.0;
    let x: Vec<f64> = norms.iter().map(|n| means(&n.map(f64::ln))).collect();
    let y: Vec<f64> = errors.iter().map(means).collect();
    let test = kendall_tau_b(&x, &y).unwrap();
    assert_eq!((across.tau.value, across.p), (test.statistic, test.p_value));
    // Two of three pairs in order: 1/3, and all but one of six permutations as far from 0.
    assert!((across.tau.value - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(
        across.arms,
        ["SGD", "SGD (batches of 8)", "gradient descent"]
    );
}

#[test]
fn what_is_held_decides_what_is_accepted() {
    let moved = Moved {
        loss_change: LOSS_CHANGE,
        logit_change: LOGIT_CHANGE,
        miss: MISS,
        left: 0.3,
        length: 0.4,
        steps: 30,
    };
    let held = |moved: Moved| [Held::Margins, Held::Logits].map(|held| was_held(held, &moved));
    assert_eq!(held(moved), [true, true]);
    let loss_change = 0.0011;
    assert_eq!(
        held(Moved {
            loss_change,
            ..moved
        }),
        [false, true]
    );
    let logit_change = 0.021;
    assert_eq!(
        held(Moved {
            logit_change,
            ..moved
        }),
        [true, false]
    );
    assert_eq!(
        held(Moved {
            miss: 0.0051,
            ..moved
        }),
        [false, false]
    );
    let nan = f64::NAN;
    assert_eq!(held(Moved { miss: nan, ..moved }), [false, false]);
}

/// Those that are held differently stand beside and decide nothing.
#[test]
fn rows_with_logits_held_are_shown_beside() {
    let plan = plan(8, &["first"]);
    let found = judged(&plan, &World::outcomes(&[CAUSE], &plan, 0));
    let rows: Vec<_> = found.strata[0]
        .rows()
        .filter(|(part, row)| *part == Part::Cause && row.label.ends_with("logits held"))
        .collect();
    assert_eq!(rows.len(), 5 + 3 + 3);
    assert!(
        rows.iter()
            .all(|(_, row)| row.standing == super::super::Standing::Shown)
    );
    let change = Change::Dose { factor: 2.0 };
    let held = Held::Logits;
    let label = super::super::words::cell(Cell::Changed { held, change });
    assert_eq!(label, "norm x 2, logits held");
    assert!(rows.iter().any(|(_, row)| row.label == label));
}
