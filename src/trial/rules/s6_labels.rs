//! S6: do random labels need a larger norm?

use super::asked::Asked;
use super::condition::Condition;
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::Sample;
use super::words;
use crate::treatment::Treatment;
use crate::trial::design::{Cell, Method, Rate};

/// None where the plan has no random labels.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let t = runs.thresholds;
    let factor = t.norm_factor.ln();
    let mut asked = Asked::new(
        Part::Labels,
        format!(
            "Holds: SGD at the same training cost ends at more than {} times the norm on random \
             labels. Fails: at less than 1/{} of it. Shown; the verdict does not ask it.",
            t.norm_factor, t.norm_factor
        ),
    );
    let (mut holds, mut fails) = (Vec::new(), Vec::new());
    for rate in [Rate::Fast, Rate::Gentle] {
        let truth = Cell::at_rate(Method::REFERENCE, rate);
        if !runs.has(truth) {
            continue;
        }
        for &cell in &runs.stratum.cells {
            let Cell::Found {
                method,
                rate: other,
                labels,
            } = cell
            else {
                continue;
            };
            if method != Method::REFERENCE || other != rate || labels == Treatment::TrueLabels {
                continue;
            }
            let norm = Sample::ratio(runs, cell, truth);
            let label = format!("{} / on true labels", words::cell(cell));
            let row = Row::times(label, &norm);
            if labels == Treatment::RandomLabels {
                let (above, below) = (norm.above(factor), norm.below(-factor));
                holds.push(above);
                fails.push(below);
                let place = asked.push(row.holds_by(above).fails_by(below));
                asked.headline.get_or_insert(place);
            } else {
                asked.push(row.shown());
            }
        }
    }
    if holds.is_empty() {
        return None;
    }
    (asked.holds, asked.fails) = (Condition::all(holds), Condition::all(fails));
    Some(asked)
}
