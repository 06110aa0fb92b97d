//! Runs that are missing, censored, tied or there twice: stated, never a panic.

use super::note::{Missed, Note, Separation, Tie};
use super::simulated::{CAUSE, MARKER, NEITHER, judged, outcomes, plan};
use super::{Decision, Hypothesis, Judgement, Overall, Row, Standing, judge};
use crate::trial::{End, Outcome, Plan, Role, TrialError};

const BLOCKS: usize = 12;

fn study() -> (Plan, Vec<Outcome>) {
    let plan = plan(BLOCKS, &[0.01]);
    let outcomes = outcomes(&plan, CAUSE, 1);
    (plan, outcomes)
}

fn primary(judgement: &Judgement, hypothesis: Hypothesis) -> &Row {
    judgement.strata[0]
        .rows
        .iter()
        .find(|row| row.hypothesis == hypothesis && row.standing != Standing::Shown)
        .expect("every hypothesis has a row")
}

/// Ends the runs of an arm in so many blocks.
fn end(outcomes: &mut [Outcome], arm: &str, how: End, blocks: usize) {
    let runs = outcomes.iter_mut().filter(|outcome| outcome.arm == arm);
    for outcome in runs.take(blocks) {
        outcome.end = how;
        outcome.solution = None;
    }
}

/// The note of a row for which this is something.
fn noted<'a, T>(row: &'a Row, of: impl Fn(&'a Note) -> Option<T>) -> T {
    let found = row.notes.iter().find_map(of);
    found.unwrap_or_else(|| panic!("{}: {:?}", row.label, row.notes))
}

/// What is missing in the blocks that a contrast of two arms leaves out.
fn left_out(row: &Row, arms: [&str; 2]) -> Vec<(Missed, usize)> {
    noted(row, |note| match note {
        Note::BlocksLeftOut {
            left,
            right,
            missed,
            ..
        } if [left, right] == arms => Some(missed.clone().into_iter().collect()),
        _ => None,
    })
}

fn set_norms(outcomes: &mut [Outcome], of: impl Fn(&Outcome) -> bool, norm: f64) {
    for outcome in outcomes.iter_mut().filter(|outcome| of(outcome)) {
        if let Some(solution) = outcome.solution.as_mut() {
            solution.norm = norm;
        }
    }
}

#[test]
fn plans_that_cannot_be_judged_name_the_remedy() {
    let error = judge(&plan(2, &[0.01]), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the plan has 2 blocks, but a standard deviation needs 3; give --seeds 3 or more"
    );
    assert!(matches!(
        judge(&plan(3, &[]), &[]),
        Err(TrialError::Empty { missing: "costs" })
    ));
    let mut twice = plan(3, &[0.01]);
    twice.blocks[2] = twice.blocks[0];
    assert!(matches!(
        judge(&twice, &[]),
        Err(TrialError::RepeatedBlock { seed: 100 })
    ));
    let mut bare = plan(3, &[0.01]);
    bare.strata.clear();
    assert!(judge(&bare, &[]).is_err());
}

#[test]
fn nothing_run_decides_nothing() {
    let judged = judged(&plan(BLOCKS, &[0.1, 0.01]), &[]);
    assert_eq!(judged.overall, Overall::Inconclusive);
    for row in &judged.strata[0].rows {
        assert_eq!(row.decision, Decision::Undecided, "{}", row.label);
        assert!(!row.notes.is_empty(), "{}", row.label);
    }
    let missed = noted(primary(&judged, Hypothesis::Slope), |note| match note {
        Note::Censored { missed, .. } => Some(missed.clone().into_iter().collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(missed, [(Missed::NotRun, BLOCKS)]);
}

/// A way that never ends at the cost might have had the smallest norm of all.
#[test]
fn an_arm_that_never_reaches_the_cost_leaves_selection_open() {
    let (plan, mut outcomes) = study();
    end(&mut outcomes, "search", End::Limit, BLOCKS);
    let judged = judged(&plan, &outcomes);
    let row = primary(&judged, Hypothesis::Selection);
    assert_eq!(row.decision, Decision::Undecided);
    let censored = Note::Censored {
        arm: "search".into(),
        missed: [(Missed::Limit, BLOCKS)].into(),
        blocks: BLOCKS,
        most: plan.rules.censored,
    };
    assert!(row.notes.contains(&censored), "{:?}", row.notes);
    assert!(row.notes.contains(&Note::EveryWayCounts));
    assert_eq!((row.p, row.blocks_needed), (Some(1.0), None));
    assert_eq!(judged.overall, Overall::Inconclusive);
    // It decides nothing elsewhere either, and nothing else is lost by it.
    let search = primary(&judged, Hypothesis::Volume);
    assert_eq!(search.decision, Decision::Undecided);
    let tau = primary(&judged, Hypothesis::Prediction);
    assert_eq!(tau.decision, Decision::Holds, "{:?}", tau.notes);
}

#[test]
fn a_diverged_run_leaves_one_block_out_of_its_contrasts() {
    let (plan, mut outcomes) = study();
    end(&mut outcomes, "adam", End::Diverged, 1);
    let judged = judged(&plan, &outcomes);
    let row = primary(&judged, Hypothesis::Selection);
    assert_eq!(left_out(row, ["adam", "sgd-32"]), [(Missed::Diverged, 1)]);
    assert_eq!((row.blocks, row.decision), (11, Decision::Holds));
    let tau = primary(&judged, Hypothesis::Prediction);
    let runs = noted(tau, |note| match *note {
        Note::RunsLeftOut { left_out, runs, .. } => Some((left_out, runs)),
        _ => None,
    });
    assert_eq!(runs, (1, 132));
    assert_eq!(tau.blocks, 12);
}

#[test]
fn norms_without_a_logarithm_are_left_out() {
    for norm in [f64::INFINITY, f64::NAN, 0.0, -1.0] {
        let (plan, mut outcomes) = study();
        set_norms(&mut outcomes, |o| o.arm == "adam" && o.block == 103, norm);
        let row = primary(&judged(&plan, &outcomes), Hypothesis::Selection).clone();
        let missed = left_out(&row, ["adam", "sgd-32"]);
        assert_eq!(missed, [(Missed::NotMeasured, 1)]);
        assert_eq!(row.decision, Decision::Holds);
    }
}

#[test]
fn ties_are_stated() {
    let (plan, mut outcomes) = study();
    set_norms(&mut outcomes, |o| o.block == 100, 20.0);
    let judged_once = judged(&plan, &outcomes);
    let tau = primary(&judged_once, Hypothesis::Prediction);
    let tied = |row| {
        noted(row, |note| match *note {
            Note::TiedBlocks { why, left_out, .. } => Some((why, left_out)),
            _ => None,
        })
    };
    assert_eq!(tied(tau), (Tie::NormsOrErrors, 1));
    assert_eq!(tau.blocks, 11);
    let across = primary(&judged_once, Hypothesis::Reachability);
    assert_eq!(tied(across), (Tie::Labelings { fewest: 3 }, 1));

    set_norms(&mut outcomes, |_| true, 20.0);
    let judged = judged(&plan, &outcomes);
    assert_eq!(judged.overall, Overall::Inconclusive);
    let row = primary(&judged, Hypothesis::Selection);
    noted(row, |note| {
        matches!(
            note,
            Note::NoSpread {
                difference: 0.0,
                ..
            }
        )
        .then_some(())
    });
    let slope = primary(&judged, Hypothesis::Slope);
    noted(slope, |note| {
        matches!(note, Note::NotComputed { .. }).then_some(())
    });
}

#[test]
fn arms_that_the_plan_lacks_are_named() {
    let (mut plan, outcomes) = study();
    plan.strata[0]
        .arms
        .retain(|arm| arm.role == Role::Reference);
    let alone = judged(&plan, &outcomes);
    assert_eq!(alone.overall, Overall::Inconclusive);
    assert!(matches!(alone.notes[..], [Note::NotPlanned { .. }]));
    for row in alone.strata[0].rows.iter().filter(|row| row.decides()) {
        assert_eq!(row.decision, Decision::Undecided, "{}", row.label);
        assert!(!row.notes.is_empty(), "{}", row.label);
    }
    plan.strata[0].arms.clear();
    let empty = judged(&plan, &[]);
    assert_eq!(empty.overall, Overall::Inconclusive);
    assert!(empty.strata[0].exploratory.is_empty());
}

#[test]
fn the_same_outcome_twice_counts_once_and_two_are_refused() {
    let (plan, mut outcomes) = study();
    let once = judged(&plan, &outcomes);
    let mut twice = [outcomes.clone(), outcomes[..5].to_vec()].concat();
    twice.reverse();
    let again = judged(&plan, &twice);
    assert_eq!(again.strata[0].notes, [Note::Repeated(5)]);
    assert_eq!(again.strata[0].rows, once.strata[0].rows);

    let mut other = outcomes[0].clone();
    other.updates += 1;
    outcomes.push(other);
    assert_eq!(
        judge(&plan, &outcomes).unwrap_err().to_string(),
        "two different outcomes of sgd-32 in block 100 at cost 0.01 of simulated; remove both lines and run it again"
    );
}

/// Hitting times know what to do with runs that did not end; ranks do not.
#[test]
fn censored_labelings_are_left_to_hazards() {
    let (plan, mut outcomes) = study();
    for arm in ["corrupted-0.5", "corrupted-1"] {
        for outcome in outcomes.iter_mut().filter(|o| o.arm == arm) {
            outcome.updates = 1_000_000;
        }
        end(&mut outcomes, arm, End::Limit, 6);
    }
    let judged = judged(&plan, &outcomes);
    let row = primary(&judged, Hypothesis::Reachability);
    assert_eq!(row.decision, Decision::Undecided);
    let labelings = Note::FewLabelings {
        ranked: 2,
        all: 4,
        fewest: 3,
    };
    assert!(row.notes.contains(&labelings), "{:?}", row.notes);
    let rows = &judged.strata[0].rows;
    let cox = rows.iter().find(|row| row.label.contains("Cox")).unwrap();
    let runs = Note::CensoredRuns {
        runs: 48,
        censored: 12,
    };
    assert_eq!(cox.notes, [runs]);
    assert!(cox.effect.is_some_and(|effect| effect.value < 0.0));
}

/// Across labelings in step, within each the other way.
#[test]
fn a_reversal_within_labelings_fails() {
    let (plan, mut outcomes) = study();
    for outcome in &mut outcomes {
        let share = match plan.strata[0].arm(&outcome.arm).map(|arm| arm.role) {
            Some(Role::Memorizing { corrupted }) => corrupted,
            _ => 0.0,
        };
        if let Some(solution) = &outcome.solution {
            let norm = solution.norm.ln() - 3.0;
            outcome.updates = (10.0 + 20.0 * share - 2.0 * norm).exp() as u64;
        }
    }
    let judged = judged(&plan, &outcomes);
    let row = primary(&judged, Hypothesis::Reachability);
    assert!(row.effect.is_some_and(|effect| effect.value > 0.5));
    assert!(row.notes.contains(&Note::Reversed), "{:?}", row.notes);
    assert_eq!(row.decision, Decision::Fails);
    assert_eq!(judged.overall, Overall::NotSupported);
}

/// Small batches with the larger norm: the opposite of what the claim needs.
#[test]
fn a_reversed_batch_effect_fails() {
    let (plan, mut outcomes) = study();
    for outcome in outcomes.iter_mut().filter(|o| o.arm == "gd") {
        if let Some(solution) = outcome.solution.as_mut() {
            solution.norm *= 0.6;
        }
    }
    let judged = judged(&plan, &outcomes);
    let row = primary(&judged, Hypothesis::StochasticNorm);
    let larger = Note::Separation(Separation::Larger);
    assert!(row.notes.contains(&larger), "{:?}", row.notes);
    assert_eq!(row.decision, Decision::Fails);
}

#[test]
fn where_nothing_differs_there_is_nothing_to_mediate() {
    let plan = plan(BLOCKS, &[0.01]);
    let judged = judged(&plan, &outcomes(&plan, NEITHER, 3));
    let stratum = &judged.strata[0];
    let mediation = stratum
        .rows
        .iter()
        .find(|row| row.hypothesis == Hypothesis::Mediation)
        .unwrap();
    assert_eq!(mediation.standing, Standing::Shown);
    assert!(mediation.notes.contains(&Note::NothingToMediate));
    assert!(stratum.volume_suffices && !stratum.conditional_on_initialization);
    assert!(stratum.exploratory.iter().all(|row| row.adjusted >= row.p));
}

#[test]
fn another_cost_that_says_the_opposite_is_flagged() {
    let plan = plan(BLOCKS, &[0.1, 0.01]);
    let mut outcomes = outcomes(&plan, CAUSE, 2);
    let agrees = judged(&plan, &outcomes);
    assert!(!agrees.strata[0].depends_on_cost);
    for outcome in outcomes.iter_mut().filter(|o| o.cost == 0.1) {
        if let (true, Some(solution)) = (
            ["adam", "search"].contains(&outcome.arm.as_str()),
            outcome.solution.as_mut(),
        ) {
            solution.norm *= 0.2;
        }
    }
    let judged = judged(&plan, &outcomes);
    let stratum = &judged.strata[0];
    assert!(stratum.depends_on_cost);
    let (cost, parts) = noted(&stratum.other_costs[0].order, |note| match note {
        Note::DecidedOtherwise { cost, parts } => Some((*cost, parts)),
        _ => None,
    });
    assert_eq!((cost, parts[0].as_str()), (0.1, "H1"));
}

#[test]
fn strata_are_judged_one_by_one() {
    let mut plan = plan(BLOCKS, &[0.01]);
    let mut second = plan.strata[0].clone();
    second.name = "second".to_owned();
    let mut all = outcomes(&plan, CAUSE, 1);
    plan.strata.push(second);
    let marked = outcomes(&plan, MARKER, 1);
    all.extend(marked.into_iter().filter(|o| o.stratum == "second"));
    let judged = judged(&plan, &all);
    assert_eq!(judged.strata[0].verdict, Overall::Supported);
    assert_eq!(judged.strata[1].verdict, Overall::Marker);
    assert_eq!(judged.overall, Overall::Disagreement);
}
