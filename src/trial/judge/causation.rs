//! H4: does the test error follow a norm that is set?

use super::contrast::{Contrast, Quantity, exponential, limits};
use super::equivalence::{Equivalent, decide_equal};
use super::note::{Lacking, Note, Unfit};
use super::power::{FEWEST, Need, Undecided};
use super::prediction::point;
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{
    Alternative, Block, Interval, Intervened, fixed_effects_slope, fixed_effects_test, mediation_of,
};
use crate::trial::arm::{Arm, Role, Way};

/// The dose response, the match at equal norm, and the share that the norm mediates.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    let mut rows = vec![slope(runs)];
    rows.extend(matched(runs));
    rows.push(mediated(runs));
    rows
}

/// The smallest slope worth a headline: a doubling of the norm has to move the test
/// error by the margin. Ways differ by factors of two and more, so with less the norm
/// explains no difference between them that anyone would report.
fn smallest_slope(runs: &Runs) -> f64 {
    100.0 * runs.stratum.error_margin / std::f64::consts::LN_2
}

fn slope(runs: &Runs) -> Row {
    let margin = 100.0 * runs.stratum.error_margin;
    let mut row = Row::new(
        Hypothesis::Slope,
        Standing::Primary,
        "test error per doubling of the norm, set at equal cost",
        format!(
            "holds: the 95 % interval of the slope above 0 (one-sided p after Holm at most {}) and the slope at least {margin} points per doubling; fails: the interval below {margin}; fitted with a level per block and CR2 variance",
            runs.rules.level
        ),
    );
    let mut doses = runs.arms(|role| matches!(role, Role::Dose { .. }));
    doses.retain(|arm| match runs.censored(arm) {
        Some(why) => {
            row.notes.push(why);
            false
        }
        None => true,
    });
    let Some(reference) = runs.reference().filter(|_| !doses.is_empty()) else {
        return row.noted(Note::Lacks(Lacking::Doses));
    };
    if let Some(why) = runs.censored(reference) {
        return row.noted(why);
    }
    let arms: Vec<&Arm> = std::iter::once(reference).chain(doses).collect();
    let blocks: Vec<Block> = runs
        .blocks
        .iter()
        .map(|&block| {
            let (x, y) = arms
                .iter()
                .filter_map(|arm| point(runs, arm, block))
                .unzip();
            Block { x, y }
        })
        .filter(|block: &Block| block.x.len() > 1)
        .collect();
    let runs_left: usize = blocks.iter().map(|block| block.x.len()).sum();
    let missing = runs.blocks.len() * arms.len() - runs_left;
    if missing > 0 {
        row.notes.push(Note::RunsLeftOut {
            why: Unfit::NotAtTheNorm,
            left_out: missing,
            runs: runs.blocks.len() * arms.len(),
        });
    }
    row.blocks = blocks.len();
    let tested = fixed_effects_test(&blocks, Alternative::Greater);
    let (estimate, test) = match fixed_effects_slope(&blocks).and_then(|e| Ok((e, tested?))) {
        Ok(found) => found,
        Err(error) => return row.noted(error),
    };
    // Per unit of ln φ; a doubling is ln 2 of it.
    let (low, high) = limits(&estimate);
    let smallest = smallest_slope(runs);
    row.blocks = estimate.samples;
    row.p = Some(test.p_value);
    row.decision = if high < smallest {
        Decision::Fails
    } else if low > 0.0 && estimate.value >= smallest {
        Decision::Holds
    } else {
        Decision::Undecided
    };
    let error = estimate.value / test.statistic;
    row.need = Some(Need::Effect(
        smallest,
        Undecided {
            have: row.blocks,
            deviation: error * (row.blocks as f64).sqrt(),
            distances: vec![estimate.value - smallest],
        },
    ));
    let per_doubling = |slope: f64| slope * std::f64::consts::LN_2;
    row.effect = Some(crate::statistics::Estimate {
        value: per_doubling(estimate.value),
        interval: estimate
            .interval
            .map(|i| Interval::new(per_doubling(i.low), per_doubling(i.high))),
        ..estimate
    });
    row.unit = "points per doubling".to_owned();
    row
}

/// Every arm whose norm is set to the reference's; the first one of the plan decides.
fn matched(runs: &Runs) -> Vec<Row> {
    let margin = 100.0 * runs.stratum.error_margin;
    let new = |standing, label: String| {
        Row::new(
            Hypothesis::Match,
            standing,
            label,
            format!(
                "holds: equivalent (90 % interval within {margin} points; p of the two one-sided tests after Holm at most {}); fails: the 95 % interval beyond {margin} points",
                runs.rules.level
            ),
        )
    };
    let held = runs.arms(|role| role == Role::Held);
    let Some(reference) = runs.reference().filter(|_| !held.is_empty()) else {
        let label = "test error at the reference's norm".to_owned();
        return vec![new(Standing::Primary, label).noted(Note::Lacks(Lacking::Held))];
    };
    held.iter()
        .enumerate()
        .map(|(place, arm)| {
            let standing = if place == 0 {
                Standing::Primary
            } else {
                Standing::Shown
            };
            let mut row = new(
                standing,
                format!("test error, {} − {}", arm.id, reference.id),
            );
            row.p = Some(1.0);
            row.unit = "points".to_owned();
            let contrast = Contrast::between(runs, arm, reference, Quantity::TestError);
            let Equivalent { test, .. } = Equivalent::of(contrast, margin, &mut row);
            if let Some(test) = test {
                row.p = Some(test.p_equivalence);
                row.decision = decide_equal(&test);
            }
            let norms = Contrast::between(runs, arm, reference, Quantity::Norm);
            if let Some(achieved) = norms.difference().map(exponential) {
                row.notes.push(Note::NormBeside(achieved));
            }
            row
        })
        .collect()
}

/// What of the effect of an adversarial start goes through the norm. Where that start
/// has no effect on the test error there is nothing to mediate, and the row decides
/// nothing.
fn mediated(runs: &Runs) -> Row {
    let limit = runs.rules.mediated;
    let mut row = Row::new(
        Hypothesis::Mediation,
        Standing::Deciding,
        "share of the effect of an adversarial start that goes through the norm",
        format!(
            "holds: 1 − DE/TE at least {limit}, its BCa interval above 0; fails: its BCa interval below {limit}; if the interval of TE contains 0 there is nothing to mediate, and slope and match decide"
        ),
    );
    let held = runs.arms(|role| role == Role::Held).first().copied();
    let treated = held.and_then(|arm| match &arm.way {
        Way::NormFlow { from, .. } => runs.stratum.arm(from),
        _ => None,
    });
    let (Some(control), Some(held), Some(treated)) = (runs.reference(), held, treated) else {
        return row.noted(Note::Lacks(Lacking::HeldOrItsStart));
    };
    for arm in [control, held, treated] {
        if let Some(why) = runs.censored(arm) {
            return row.noted(why);
        }
    }
    let error = |arm, block| Some(point(runs, arm, block)?.1);
    let blocks: Vec<Intervened> = runs
        .blocks
        .iter()
        .filter_map(|&block| {
            Some(Intervened {
                control: error(control, block)?,
                treated: error(treated, block)?,
                held: error(held, block)?,
            })
        })
        .collect();
    row.blocks = blocks.len();
    row.label = format!(
        "share of the effect of {} that goes through the norm",
        treated.id
    );
    if blocks.len() < FEWEST {
        return row.noted(Note::MediationBlocks(blocks.len()));
    }
    let mut rng = runs.rng("mediation");
    let found = match mediation_of(&blocks, &mut rng, runs.effort.draws) {
        Ok(found) => found,
        Err(error) => return row.noted(error),
    };
    row.notes.push(Note::Effects {
        total: found.total,
        direct: found.direct,
        indirect: found.indirect,
    });
    let Some(proportion) = found.proportion else {
        row.standing = Standing::Shown;
        return row.noted(Note::NothingToMediate);
    };
    row.effect = Some(proportion);
    let (low, _) = limits(&proportion);
    row.decision = if proportion.value >= limit && low > 0.0 {
        Decision::Holds
    } else if limits(&proportion).1 < limit {
        Decision::Fails
    } else {
        Decision::Undecided
    };
    row
}
