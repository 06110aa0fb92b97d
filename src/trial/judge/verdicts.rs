//! Whether the verdict is the truth of the world that made the study.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::simulated::{CAUSE, DESCENT, EFFORT, MARKER, NEITHER, World, judged, outcomes, plan};
use super::{Decision, Hypothesis, Judgement, Overall, Pattern, Runs, rows};

const STUDIES: u64 = 100;

/// How many of the studies get each verdict.
fn verdicts(world: World, blocks: usize) -> Counts {
    let plan = plan(blocks, &[0.01]);
    let found: Vec<Overall> = (0..STUDIES)
        .into_par_iter()
        .map(|study| {
            let outcomes = outcomes(&plan, world, study);
            let runs = Runs::new(&plan, &plan.strata[0], 0.01, &outcomes, EFFORT);
            Pattern::of(&rows(&runs.expect("one outcome a run"))).verdict()
        })
        .collect();
    let mut counts = Counts::new();
    for verdict in found {
        *counts.entry(format!("{verdict:?}")).or_default() += 1;
    }
    counts
}

type Counts = BTreeMap<String, usize>;

fn count(counts: &Counts, verdict: Overall) -> usize {
    counts.get(&format!("{verdict:?}")).copied().unwrap_or(0)
}

const TRUTHS: [(&str, World, Overall); 4] = [
    ("norm causes error", CAUSE, Overall::Supported),
    ("norm is a marker", MARKER, Overall::Marker),
    ("neither", NEITHER, Overall::NotSupported),
    ("descent, not noise", DESCENT, Overall::GradientDescent),
];

#[test]
fn twenty_blocks_find_the_truth() {
    for (name, world, truth) in TRUTHS {
        let counts = verdicts(world, 20);
        println!("20 blocks, {name}: {counts:?}");
        assert!(count(&counts, truth) >= 95, "{name}: {counts:?}");
    }
}

/// Not because of the noise, which is small here, but because so few blocks cannot
/// show that their differences are normal.
#[test]
fn three_blocks_decide_nothing() {
    for (name, world, _) in TRUTHS {
        let counts = verdicts(world, 3);
        println!("3 blocks, {name}: {counts:?}");
        assert_eq!(count(&counts, Overall::Inconclusive), 100, "{name}");
    }
}

/// At the fewest blocks that decide, a verdict may be missing but must not be wrong.
#[test]
fn eight_blocks_are_not_wrong() {
    for (name, world, truth) in TRUTHS {
        let counts = verdicts(world, 8);
        println!("8 blocks, {name}: {counts:?}");
        let open = count(&counts, Overall::Inconclusive);
        assert!(count(&counts, truth) + open >= 95, "{name}: {counts:?}");
    }
}

#[test]
fn the_parts_are_what_the_world_made() {
    let plan = plan(20, &[0.1, 0.01]);
    let judged = judged(&plan, &outcomes(&plan, CAUSE, 0));
    let stratum = &judged.strata[0];
    assert!(stratum.conditional_on_initialization);
    assert!(!stratum.volume_suffices && !stratum.depends_on_cost);
    assert_eq!(stratum.pattern.selection, Decision::Holds);
    // Four standard errors: the truth is there, in the units that are shown.
    for (hypothesis, truth) in [
        (Hypothesis::Selection, 0.4_f64.exp()),
        (Hypothesis::StochasticNorm, (-0.22_f64).exp()),
        (Hypothesis::Slope, CAUSE.cause * std::f64::consts::LN_2),
        (Hypothesis::Match, 0.0),
        (Hypothesis::Mediation, 1.0),
    ] {
        let mut rows = stratum.rows.iter();
        let row = rows.find(|row| row.hypothesis == hypothesis).unwrap();
        let effect = row.effect.unwrap();
        let interval = effect.interval.unwrap();
        let width = interval.high - interval.low;
        assert!((effect.value - truth).abs() < width, "{truth}: {effect}");
    }
    let json = serde_json::to_string(&judged).unwrap();
    assert_eq!(serde_json::from_str::<Judgement>(&json).unwrap(), judged);
}
