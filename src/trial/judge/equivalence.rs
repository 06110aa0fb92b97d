//! Two one-sided tests of a contrast, with the blocks they would need.

use super::contrast::{Contrast, limits};
use super::power::{Need, Undecided};
use super::row::{Decision, Row};
use crate::statistics::{Decision as Found, Equivalence, tost};

/// A contrast put to two one-sided tests.
pub(super) struct Equivalent {
    pub contrast: Contrast,
    /// None where the contrast decides nothing; the row says why.
    pub test: Option<Equivalence>,
}

impl Equivalent {
    /// Tests, and writes effect, blocks and what was left out into the row.
    pub fn of(contrast: Contrast, margin: f64, row: &mut Row) -> Self {
        row.notes.extend(contrast.notes());
        row.blocks = contrast.differences.len();
        row.effect = contrast.difference();
        if contrast.barred.is_some() {
            return Self {
                contrast,
                test: None,
            };
        }
        let test = tost(&contrast.differences, margin).ok();
        row.need = test.map(|test| {
            let centre = test.difference.value;
            let undecided = Undecided {
                have: row.blocks,
                deviation: contrast.deviation(),
                distances: vec![centre - margin, centre, centre + margin],
            };
            Need::Equivalence(margin, undecided)
        });
        Self { contrast, test }
    }
}

/// Whether less than the margin separates the two, whatever else does.
pub(super) fn negligible(test: &Equivalence) -> bool {
    matches!(test.decision, Found::Equivalent | Found::Both)
}

/// Equivalence as something the claim needs: fails where the 95 % interval lies beyond
/// the margin.
pub(super) fn decide_equal(test: &Equivalence) -> Decision {
    let (low, high) = limits(&test.difference);
    if negligible(test) {
        Decision::Holds
    } else if low > test.margin || high < -test.margin {
        Decision::Fails
    } else {
        Decision::Undecided
    }
}
