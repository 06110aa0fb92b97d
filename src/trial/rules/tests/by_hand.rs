//! Small studies whose numbers are computed here beside the rules.

use std::collections::BTreeMap;

use super::super::condition::Condition;
use super::super::{Decision, Judgement, Limits, Missed, Note, Part, Row, Standing};
use super::judged;
use super::world::{margins, plan};
use crate::statistics::{Alternative, mean, ratio_of_means, t_test, tost};
use crate::treatment::Treatment;
use crate::trial::design::{
    Along, Bad, Cell, Change, End, Measured, Method, Moved, Outcome, Plan, Rate, VolumeStart,
};

/// A study of as many blocks as numbers; norms and points of test error of every cell.
pub struct Study {
    pub plan: Plan,
    pub outcomes: Vec<Outcome>,
}

impl Study {
    pub fn of(blocks: usize) -> Self {
        let mut plan = plan(blocks, &["by hand"]);
        plan.strata[0].cells.clear();
        let outcomes = Vec::new();
        Self { plan, outcomes }
    }

    /// A cell with a norm and a test error in points per block.
    pub fn with(mut self, cell: Cell, norms: &[f64], points: &[f64]) -> Self {
        self.plan.strata[0].cells.push(cell);
        for (place, &block) in self.plan.blocks.clone().iter().enumerate() {
            self.outcomes.push(Outcome {
                stratum: "by hand".to_owned(),
                block,
                cell,
                cost: self.plan.costs[0],
                end: End::Reached,
                evaluations: 1000,
                updates: 10,
                network: Some(Measured {
                    cost: 0.01,
                    path_norm: norms[place],
                    norm: norms[place],
                    others: BTreeMap::new(),
                    margin: 4.0,
                    train_error: 0.0,
                    test_error: points[place] / 100.0,
                    test_loss: 0.5,
                }),
                moved: matches!(cell, Cell::Changed { .. }).then_some(Moved {
                    loss_change: 0.0009,
                    logit_change: 3.0,
                    miss: 0.004,
                    left: 0.3,
                    length: 0.4,
                    steps: 30,
                }),
            });
        }
        self
    }

    /// The outcome of a cell in a block, counted from 0.
    pub fn at(&mut self, cell: Cell, block: usize) -> &mut Outcome {
        let seed = self.plan.blocks[block];
        let mut outcomes = self.outcomes.iter_mut();
        let found = outcomes.find(|o| o.cell == cell && o.block == seed);
        found.expect("it is there")
    }

    pub fn judged(&self) -> Judgement {
        judged(&self.plan, &self.outcomes)
    }
}

fn row<'a>(judged: &'a Judgement, label: &str) -> &'a Row {
    let mut rows = judged.strata[0].rows();
    let found = rows.find(|(_, row)| row.label == label);
    found.unwrap_or_else(|| panic!("no row {label}")).1
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
}

fn logs(values: &[f64], over: &[f64]) -> Vec<f64> {
    let pairs = values.iter().zip(over);
    pairs.map(|(v, o)| v.ln() - o.ln()).collect()
}

fn minus(values: &[f64], other: &[f64]) -> Vec<f64> {
    values.iter().zip(other).map(|(v, o)| v - o).collect()
}

fn p(values: &[f64], threshold: f64, alternative: Alternative) -> f64 {
    let shifted: Vec<f64> = values.iter().map(|v| v - threshold).collect();
    t_test(&shifted, alternative).unwrap().p_value
}

const SGD: [f64; 4] = [2.0, 2.2, 1.9, 2.1];
const ERRORS: [f64; 4] = [20.0, 21.0, 19.5, 20.4];

#[test]
fn conditions_are_put_together() {
    let of = |p, shown| Condition { p, shown };
    let (small, large) = (of(0.01, true), of(0.3, false));
    assert_eq!(Condition::all([small, large]), of(0.3, false));
    assert_eq!(Condition::any([small, large]), of(0.02, true));
    // One whose interval shows it comes before one of smaller p that does not.
    assert_eq!(Condition::any([of(0.001, false), small]), of(0.02, true));
    assert_eq!(Condition::any([large; 4]), of(1.0, false));
    assert_eq!(Condition::all([]), Condition::NEVER);
    assert_eq!(Condition::any([]), Condition::NEVER);
    assert_eq!(Condition::all([Condition::of(true), small]), small);
}

/// One arm without a rate against SGD at both rates, one with a rate at its own.
#[test]
fn s1_takes_the_pair_that_says_least() {
    let gentle = Cell::at_rate(Method::REFERENCE, Rate::Gentle);
    let search = Cell::found(Method::Search { largest: None });
    let large = Method::Scaled { factor: 3.0 };
    let (slow, found) = ([1.8, 2.1, 1.7, 2.0], [3.0, 3.5, 2.7, 3.1]);
    let (fast_start, slow_start) = ([5.0, 5.6, 5.1, 5.2], [2.4, 2.5, 2.3, 2.6]);
    let errors = [22.0, 23.5, 21.0, 22.4];
    let study = Study::of(4)
        .with(Cell::REFERENCE, &SGD, &ERRORS)
        .with(gentle, &slow, &ERRORS)
        .with(search, &found, &errors)
        .with(Cell::found(large), &fast_start, &errors)
        .with(Cell::at_rate(large, Rate::Gentle), &slow_start, &errors);
    let judged = study.judged();
    let part = judged.strata[0].part(Part::Small).unwrap();
    let pairs = [
        logs(&found, &SGD),
        logs(&found, &slow),
        logs(&fast_start, &SGD),
        logs(&slow_start, &slow),
    ];
    let factor = 1.1_f64.ln();
    let p_holds = pairs.iter().map(|d| p(d, factor, Alternative::Greater));
    close(part.holds.p, p_holds.fold(0.0, f64::max));
    // The smallest p of two arms, each the larger of its two pairs, times two.
    let below = pairs.each_ref().map(|d| p(d, -factor, Alternative::Less));
    close(
        part.fails.p,
        (2.0 * below[0].max(below[1]).min(below[2].max(below[3]))).min(1.0),
    );
    let ratio = mean(&pairs[3]).unwrap().value.exp();
    let headline = part.headline().unwrap();
    assert_eq!(headline.label, "start x 3 / SGD, gentle rate");
    close(headline.effect.unwrap().value, ratio);
    assert_eq!(headline.limits, Some(Limits::TOrBootstrap));
    // Two directions of one part.
    close(part.holds.corrected, (2.0 * part.holds.p).min(1.0));
}

/// Below 1/1.1 and no better is against the claim; below and better by more than a point not.
#[test]
fn s1_fails_by_a_smaller_norm_that_errs_no_less() {
    let search = Cell::found(Method::Search { largest: None });
    let norms = SGD.map(|norm| 0.7 * norm * (1.0 + 0.01 * (norm - 2.0)));
    let like = [20.1, 20.8, 19.7, 20.3];
    let study = |errors: &[f64]| {
        let study = Study::of(4).with(Cell::REFERENCE, &SGD, &ERRORS);
        study.with(search, &norms, errors).judged()
    };
    let alike = study(&like);
    assert_eq!(alike.part(Part::Small), Decision::Fails);
    let p_error = p(&minus(&like, &ERRORS), -1.0, Alternative::Greater);
    let beside = row(&alike, "search in large steps − SGD");
    close(beside.p_fails.unwrap(), p_error);
    let better = study(&like.map(|points| points - 3.0));
    assert_eq!(better.part(Part::Small), Decision::Undecided);
}

#[test]
fn chains_that_disagree_leave_the_volume_out() {
    let chain = |start| Cell::found(Method::Volume { start });
    let (sgd, fresh) = (VolumeStart::Reference, VolumeStart::Fresh);
    let search = Cell::found(Method::Search { largest: None });
    let large = SGD.map(|norm| 2.0 * norm + 0.01 * norm * norm);
    let study = |apart: f64| {
        let other = large.map(|norm| apart * norm + 0.001 * norm * norm);
        Study::of(4)
            .with(Cell::REFERENCE, &SGD, &ERRORS)
            .with(search, &large, &ERRORS)
            .with(chain(sgd), &large, &ERRORS)
            .with(chain(fresh), &other, &ERRORS)
            .judged()
    };
    let (near, far) = (study(1.0), study(1.2));
    let standing = |judged: &Judgement| row(judged, "volume sample / SGD").standing;
    let note = |judged: &Judgement| judged.strata[0].part(Part::Small).unwrap().notes.clone();
    assert_eq!(standing(&near), Standing::Asked);
    assert!(matches!(note(&near)[..], [Note::Mixed { .. }, ..]));
    assert_eq!(standing(&far), Standing::Shown);
    assert!(matches!(
        note(&far)[..],
        [
            Note::NotMixed {
                difference: Some(_),
                ..
            },
            ..
        ]
    ));
    assert_eq!(far.part(Part::Small), Decision::Holds);
}

#[test]
fn s2_needs_norm_and_error_at_both_rates() {
    let (full, small) = (Method::GRADIENT_DESCENT, Method::sgd(8));
    let gentle = |method| Cell::at_rate(method, Rate::Gentle);
    let (gd, gd_errors) = ([2.6, 2.9, 2.5, 2.8], [21.5, 22.8, 21.0, 22.1]);
    let (slow, slow_errors) = ([2.5, 2.7, 2.4, 2.6], [21.0, 22.2, 20.4, 21.3]);
    let judged = Study::of(4)
        .with(Cell::found(small), &SGD, &ERRORS)
        .with(Cell::found(full), &gd, &gd_errors)
        .with(gentle(small), &SGD, &ERRORS)
        .with(gentle(full), &slow, &slow_errors)
        .judged();
    let part = judged.strata[0].part(Part::Noise).unwrap();
    let p_holds = [
        p(&logs(&gd, &SGD), 1.1_f64.ln(), Alternative::Greater),
        p(&logs(&slow, &SGD), 1.1_f64.ln(), Alternative::Greater),
        p(&minus(&gd_errors, &ERRORS), 0.0, Alternative::Greater),
        p(&minus(&slow_errors, &ERRORS), 0.0, Alternative::Greater),
    ];
    close(part.holds.p, p_holds.into_iter().fold(0.0, f64::max));
    let same = tost(&minus(&slow_errors, &ERRORS), 1.0).unwrap();
    let errors = row(
        &judged,
        "gradient descent − SGD (batches of 8), gentle rate",
    );
    close(errors.p_fails.unwrap(), same.p_equivalence);
    assert_eq!(part.notes, [Note::WithoutIt("Gauss-Newton".to_owned())]);
}

#[test]
fn a_shell_that_was_given_up_counts_by_what_is_seen_and_never_helps() {
    let [half, twice] = [0.5, 2.0].map(|factor| Cell::Shell { factor });
    let work = [
        [900, 500],
        [850, 520],
        [1000, 480],
        [870, 510],
        [990, 530],
        [920, 495],
    ];
    let study = || {
        let mut study = Study::of(6)
            .with(half, &[1.0; 6], &[20.0; 6])
            .with(twice, &[4.0; 6], &[20.0; 6]);
        for (block, [less, more]) in work.iter().enumerate() {
            study.at(half, block).evaluations = *less;
            study.at(twice, block).evaluations = *more;
        }
        study
    };
    let differences: Vec<f64> = work
        .iter()
        .map(|[less, more]| (*less as f64 / *more as f64).ln())
        .collect();
    let all = study().judged();
    let part = all.strata[0].part(Part::Reach).unwrap();
    close(part.fails.p, p(&differences, 0.0, Alternative::Greater));
    close(part.holds.p, p(&differences, 0.0, Alternative::Less));
    assert_eq!(part.decision, Decision::Fails);

    let mut given_up = study();
    let outcome = given_up.at(half, 2);
    (outcome.end, outcome.network) = (End::Limit, None);
    let found = given_up.judged();
    let part = found.strata[0].part(Part::Reach).unwrap();
    assert_eq!(part.notes, [Note::Censored { small: 1, large: 0 }]);
    let mut without = differences.clone();
    without.remove(2);
    close(part.fails.p, p(&differences, 0.0, Alternative::Greater));
    let p_without = p(&without, 0.0, Alternative::Less);
    let p_seen = p(&differences, 0.0, Alternative::Less);
    close(part.holds.p, p_without.max(p_seen));

    let mut other = study();
    let outcome = other.at(twice, 2);
    (outcome.end, outcome.network) = (End::Limit, None);
    let found = other.judged();
    let part = found.strata[0].part(Part::Reach).unwrap();
    close(part.holds.p, p_seen);
    let p_without = p(&without, 0.0, Alternative::Greater);
    let p_seen = p(&differences, 0.0, Alternative::Greater);
    close(part.fails.p, p_without.max(p_seen));
}

fn dose(factor: f64) -> Cell {
    margins(Change::Dose { factor })
}

/// Doses 0.7, 1.5, 2 and 4, the returns and the random direction.
fn moved(effects: [[f64; 4]; 4], back: f64) -> Study {
    let plus =
        |effect: &[f64]| -> Vec<f64> { ERRORS.iter().zip(effect).map(|(e, d)| e + d).collect() };
    let small = [0.02, -0.03, 0.05, -0.02];
    let random = margins(Change::Direction {
        along: Along::RandomAtNorm,
    });
    let mut study = Study::of(4).with(Cell::REFERENCE, &SGD, &ERRORS);
    for (factor, effect) in [0.7, 1.5, 2.0, 4.0].into_iter().zip(effects) {
        study = study.with(dose(factor), &SGD, &plus(&effect));
    }
    for from in [2.0, 4.0] {
        let cell = margins(Change::Return { from });
        study = study.with(cell, &SGD, &plus(&small.map(|d| d + back)));
    }
    study.with(random, &SGD, &plus(&small))
}

const CURVE: [[f64; 4]; 4] = [
    [-0.5, -0.6, -0.55, -0.45],
    [1.4, 1.5, 1.3, 1.45],
    [2.9, 3.1, 2.8, 3.2],
    [6.0, 6.5, 5.8, 6.1],
];

#[test]
fn s4_needs_the_dose_the_distance_the_return_and_the_order() {
    let found = moved(CURVE, 0.0).judged();
    let part = found.strata[0].part(Part::Cause).unwrap();
    let small = [0.02, -0.03, 0.05, -0.02];
    let back = tost(&small, 0.3).unwrap().p_equivalence;
    let up = p(&CURVE[2], 0.0, Alternative::Greater);
    let beyond = p(&minus(&CURVE[2], &small), 0.0, Alternative::Greater);
    close(part.holds.p, back.max(up).max(beyond));
    assert_eq!(part.decision, Decision::Holds);
    close(part.headline().unwrap().effect.unwrap().value, 3.0);

    // Back at the norm the error stays half a point higher.
    assert_eq!(
        moved(CURVE, 0.5).judged().part(Part::Cause),
        Decision::Undecided
    );
    // Down costs as much as up: no order.
    let mut artefact = CURVE;
    artefact[0] = [2.0, 2.1, 1.9, 2.05];
    let found = moved(artefact, 0.0).judged();
    let part = found.strata[0].part(Part::Cause).unwrap();
    assert_eq!((part.decision, part.holds.p), (Decision::Undecided, 1.0));
    assert!(matches!(
        part.notes[..],
        [Note::NotMonotone {
            from: 0.7,
            to: 1.0,
            ..
        }]
    ));
    // A step down within the margin is none.
    let mut flat = CURVE;
    flat[3] = CURVE[2].map(|effect| effect - 0.1);
    assert_eq!(moved(flat, 0.0).judged().part(Part::Cause), Decision::Holds);
}

#[test]
fn s4_fails_by_a_whole_curve_within_the_margin() {
    let flat = [
        [0.01, -0.02, 0.03, -0.01],
        [0.02, 0.0, -0.02, 0.01],
        [0.03, -0.01, 0.02, 0.0],
        [0.05, 0.02, -0.04, 0.03],
    ];
    let found = moved(flat, 0.0).judged();
    let part = found.strata[0].part(Part::Cause).unwrap();
    let largest = flat.map(|effect| tost(&effect, 0.3).unwrap().p_equivalence);
    close(part.fails.p, largest.into_iter().fold(0.0, f64::max));
    assert_eq!(part.decision, Decision::Fails);
    let mut one = flat;
    one[3] = [0.9, 1.1, 1.0, 0.8];
    assert_eq!(
        moved(one, 0.0).judged().part(Part::Cause),
        Decision::Undecided
    );
}

/// Networks that come back to the very same test error have no spread, and are back.
#[test]
fn returns_without_a_spread_are_tested_by_their_sign() {
    let mut study = moved(CURVE, 0.0);
    for from in [2.0, 4.0] {
        let cell = margins(Change::Return { from });
        for block in 0..4 {
            let error = study.at(Cell::REFERENCE, block).network.as_ref();
            let error = error.unwrap().test_error;
            study.at(cell, block).network.as_mut().unwrap().test_error = error;
        }
    }
    let found = study.judged();
    assert_eq!(found.part(Part::Cause), Decision::Undecided);
    let part = found.strata[0].part(Part::Cause).unwrap();
    // Four blocks: 1/16 is not enough, and it is the largest of the p-values.
    close(part.holds.p, 0.0625);
    let back = row(&found, "norm x 4 and back");
    assert_eq!(
        (back.p_holds, &back.notes[..]),
        (Some(0.0625), &[Note::NoSpread][..])
    );
}

#[test]
fn a_change_that_did_not_hold_the_outcome_is_refused_and_its_number_kept() {
    let mut study = moved(CURVE, 0.0);
    study.at(dose(2.0), 0).moved.as_mut().unwrap().loss_change = 0.0012;
    let found = study.judged();
    let ending = |cell| {
        let mut endings = found.strata[0].endings.iter();
        endings.find(|ending| ending.cell == cell).unwrap()
    };
    let refused = ending(dose(2.0));
    assert_eq!(refused.usable, 3);
    assert_eq!(refused.missed, BTreeMap::from([(Missed::NotHeld, 1)]));
    assert_eq!(refused.largest_change, Some(0.0012));
    assert_eq!(refused.largest_miss, Some(0.004));
    assert_eq!(ending(dose(1.5)).usable, 4);
    // A quarter of the blocks: more than a fifth.
    assert_eq!(found.part(Part::Cause), Decision::Undecided);
    assert_eq!(
        row(&found, "norm x 2").note(),
        "1 of 4 blocks left out (norm x 2, margins held: 1 refused: the outcome was not held); \
         more than 20 % of the blocks lack a network, so nothing is decided"
    );
}

#[test]
fn a_dose_at_the_floor_is_left_out_of_the_curve() {
    let mut study = moved(CURVE, 0.0).with(dose(0.5), &SGD, &ERRORS);
    for block in 0..2 {
        let outcome = study.at(dose(0.5), block);
        (outcome.end, outcome.network) = (End::Floor, None);
    }
    let found = study.judged();
    let part = found.strata[0].part(Part::Cause).unwrap();
    assert_eq!(part.notes, [Note::AtTheFloor(dose(0.5))]);
    assert_eq!(part.decision, Decision::Holds);
    // Given up is not the floor: the curve has a hole.
    for block in 0..2 {
        study.at(dose(0.5), block).end = End::Limit;
    }
    assert_eq!(study.judged().part(Part::Cause), Decision::Undecided);
}

/// Bad networks that err by the given excess, of which moving removes so much.
fn bad(excess: [f64; 4], removed: [f64; 4], sham: [f64; 4]) -> Study {
    let bad = Bad::Scaled { factor: 3.0 };
    let errors: Vec<f64> = ERRORS.iter().zip(excess).map(|(e, x)| e + x).collect();
    Study::of(4)
        .with(Cell::REFERENCE, &SGD, &ERRORS)
        .with(Cell::found(bad.method()), &SGD, &errors)
        .with(
            margins(Change::ToReference { bad }),
            &SGD,
            &minus(&errors, &removed),
        )
        .with(margins(Change::Sham { bad }), &SGD, &minus(&errors, &sham))
}

const EXCESS: [f64; 4] = [4.0, 4.6, 3.8, 4.2];
const SHAM: [f64; 4] = [0.05, -0.1, 0.02, 0.06];

#[test]
fn s5_is_a_ratio_of_means_tested_by_linear_forms() {
    let removed = [3.3, 4.1, 3.0, 3.6];
    let found = bad(EXCESS, removed, SHAM).judged();
    let part = found.strata[0].part(Part::Enough).unwrap();
    let form = |removed: &[f64], theta: f64| -> Vec<f64> {
        removed
            .iter()
            .zip(EXCESS)
            .map(|(r, e)| r - theta * e)
            .collect()
    };
    let p_holds = [
        p(&EXCESS, 0.0, Alternative::Greater),
        p(&form(&removed, 0.5), 0.0, Alternative::Greater),
        p(&form(&SHAM, -0.15), 0.0, Alternative::Greater),
        p(&form(&SHAM, 0.15), 0.0, Alternative::Less),
    ];
    close(part.holds.p, p_holds.into_iter().fold(0.0, f64::max));
    let share = row(&found, "share removed from start x 3");
    let expected = ratio_of_means(&removed, &EXCESS).unwrap();
    let effect = share.effect.unwrap();
    close(effect.value, 14.0 / 16.6);
    close(effect.value, expected.value);
    // The wider of Fieller's and the bootstrap's.
    let (shown, fieller) = (effect.interval.unwrap(), expected.interval.unwrap());
    assert!(shown.low <= fieller.low + 1e-9 && fieller.high <= shown.high + 1e-9);
    assert_eq!(share.limits, Some(Limits::FiellerOrBootstrap));
    assert_eq!(part.decision, Decision::Holds);

    let little = bad(EXCESS, [0.3, 0.35, 0.2, 0.4], SHAM).judged();
    assert_eq!(little.part(Part::Enough), Decision::Fails);
    // A sham that removes half of it spoils both.
    let spoilt = bad(EXCESS, removed, EXCESS.map(|e| e / 2.0 + 0.01 * e * e));
    assert_eq!(spoilt.judged().part(Part::Enough), Decision::Undecided);
}

#[test]
fn a_bad_network_that_is_not_worse_decides_nothing() {
    let found = bad([0.5, -0.7, 0.2, -0.3], [0.1, 0.2, -0.1, 0.0], SHAM).judged();
    let part = found.strata[0].part(Part::Enough).unwrap();
    assert_eq!(part.decision, Decision::Undecided);
    let excess = &part.rows[0];
    assert_eq!(excess.label, "start x 3 − SGD");
    assert_eq!(excess.standing, Standing::Shown);
    assert!(matches!(excess.notes[..], [Note::NoExcess { .. }]));
}

#[test]
fn s6_compares_random_with_true_labels() {
    let random = Cell::Found {
        method: Method::REFERENCE,
        rate: Rate::Fast,
        labels: Treatment::RandomLabels,
    };
    let norms = [4.7, 5.0, 4.4, 5.1];
    let found = Study::of(4)
        .with(Cell::REFERENCE, &SGD, &ERRORS)
        .with(random, &norms, &[90.0; 4])
        .judged();
    let part = found.strata[0].part(Part::Labels).unwrap();
    let logs = logs(&norms, &SGD);
    close(part.holds.p, p(&logs, 1.1_f64.ln(), Alternative::Greater));
    close(part.fails.p, p(&logs, -1.1_f64.ln(), Alternative::Less));
    assert_eq!(part.decision, Decision::Holds);
}
