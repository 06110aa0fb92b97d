//! H2: is it the small batch that makes the norm, or the test error, small?

use super::contrast::{Contrast, Quantity, exponential};
use super::equivalence::{Equivalent, negligible};
use super::note::{Lacking, Note, Separation};
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::{Runs, batch_size};
use crate::statistics::{Alternative, Decision as Found, Equivalence};
use crate::trial::arm::{Arm, Role};

/// The smallest batch against the full gradient, by norm and by test error.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    let norm = (runs.rules.norm_factor.ln(), Quantity::Norm);
    let error = (100.0 * runs.stratum.error_margin, Quantity::TestError);
    vec![
        row(runs, Hypothesis::StochasticNorm, norm),
        row(runs, Hypothesis::StochasticTest, error),
    ]
}

fn row(runs: &Runs, hypothesis: Hypothesis, (margin, quantity): (f64, Quantity)) -> Row {
    let (what, by) = match quantity {
        Quantity::TestError => ("test error", format!("{margin} points")),
        _ => ("path norm", format!("a factor {}", runs.rules.norm_factor)),
    };
    let mut row = Row::new(
        hypothesis,
        Standing::Primary,
        format!("{what}, smallest batch against full gradient"),
        format!(
            "holds: smaller with the small batch (95 % interval without 0, one-sided p after Holm at most {}) and by at least {by}; fails: equivalent (90 % interval within {by}), or larger (95 % interval)",
            runs.rules.level
        ),
    );
    let Some((small, full)) = arms(runs) else {
        return row.noted(Note::Lacks(Lacking::Batches));
    };
    let contrast = Contrast::between(runs, small, full, quantity);
    row.p = Some(contrast.p_value(Alternative::Less));
    row.label = match quantity {
        Quantity::TestError => format!("{what}, {} − {}", small.id, full.id),
        _ => format!("{what}, {} / {}", small.id, full.id),
    };
    let Equivalent { test, .. } = Equivalent::of(contrast, margin, &mut row);
    row.unit = "points".to_owned();
    if quantity == Quantity::Norm {
        row.effect = row.effect.map(exponential);
        row.unit = "×".to_owned();
    }
    if let Some(test) = test {
        let (decision, separation) = decide(&test);
        row.decision = decision;
        row.notes.push(Note::Separation(separation));
    }
    row
}

fn decide(test: &Equivalence) -> (Decision, Separation) {
    let centre = test.difference.value;
    match test.decision {
        _ if negligible(test) && test.decision == Found::Both => {
            (Decision::Fails, Separation::RealAndNegligible)
        }
        _ if negligible(test) => (Decision::Fails, Separation::Equivalent),
        Found::Different if centre > 0.0 => (Decision::Fails, Separation::Larger),
        Found::Different if centre <= -test.margin => (Decision::Holds, Separation::Smaller),
        Found::Different => (Decision::Undecided, Separation::SmallerByLess),
        _ => (Decision::Undecided, Separation::Open),
    }
}

/// The smallest batch of the plan, and the full gradient.
fn arms<'a>(runs: &Runs<'a>) -> Option<(&'a Arm, &'a Arm)> {
    let descents = runs.arms(|role| matches!(role, Role::Reference | Role::Batch { .. }));
    let full = descents
        .iter()
        .find(|arm| arm.role == Role::Batch { size: None })?;
    let size = |arm: &Arm| match arm.role {
        Role::Batch { size } => size,
        _ => batch_size(arm),
    };
    let small = descents
        .iter()
        .filter_map(|arm| Some((size(arm)?, *arm)))
        .min_by_key(|(size, _)| *size)?;
    Some((small.1, full))
}
