//! T7: does search without gradients generalize as SGD does?

use super::contrast::{Contrast, Quantity, exponential};
use super::equivalence::{Equivalent, decide_equal};
use super::note::{Lacking, Note};
use super::power::Need;
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::trial::arm::{Arm, Role};

/// Equivalent in test error at a comparable norm: then the architecture (how much
/// volume solutions of small norm have) suffices to explain it, and SGD is not needed.
pub(super) fn row(runs: &Runs) -> Row {
    let margin = 100.0 * runs.stratum.error_margin;
    let factor = runs.rules.norm_factor;
    let mut row = Row::new(
        Hypothesis::Volume,
        Standing::Deciding,
        "test error of search without gradients",
        format!(
            "holds (architecture and volume suffice): test error equivalent within {margin} points and norm equivalent within a factor {factor} (90 % intervals); fails: test error beyond at an equivalent norm (95 % interval); at another norm nothing follows. Of several searches, the one whose norm is nearest to that of SGD"
        ),
    );
    let distance = |arm: &&Arm| {
        let reference = runs.reference()?;
        let ratio = Contrast::between(runs, arm, reference, Quantity::Norm).difference()?;
        Some(ratio.value.abs())
    };
    let nearest = |a: &&Arm, b: &&Arm| {
        let far = |arm| distance(arm).unwrap_or(f64::INFINITY);
        far(a).total_cmp(&far(b))
    };
    let searches = runs.arms(|role| role == Role::Search);
    let search = searches.into_iter().min_by(nearest);
    let (Some(search), Some(reference)) = (search, runs.reference()) else {
        return row.noted(Note::Lacks(Lacking::Search));
    };
    row.label = format!("test error, {} − {}", search.id, reference.id);
    row.unit = "points".to_owned();
    let error = Contrast::between(runs, search, reference, Quantity::TestError);
    let Equivalent { test, .. } = Equivalent::of(error, margin, &mut row);
    let norm = Contrast::between(runs, search, reference, Quantity::Norm);
    let mut beside = Row::new(Hypothesis::Volume, Standing::Shown, "", "");
    let norms = Equivalent::of(norm, factor.ln(), &mut beside);
    if let Some(ratio) = norms.contrast.difference().map(exponential) {
        row.notes.push(Note::NormBeside(ratio));
    }
    if let (Some(error), Some(norm)) = (test, norms.test) {
        row.decision = match decide_equal(&norm) {
            Decision::Holds => decide_equal(&error),
            _ => {
                row.notes.push(Note::AtAnotherNorm);
                Decision::Undecided
            }
        };
    }
    // The harder of the two to show; without a number of blocks it cannot be.
    let harder = |need: &Need| need.blocks(runs.rules).unwrap_or(usize::MAX);
    if row.decision == Decision::Undecided {
        row.need = [row.need.take(), beside.need]
            .into_iter()
            .flatten()
            .max_by_key(harder);
    }
    row
}
