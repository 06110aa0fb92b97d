//! S5: does the norm account for what separates SGD's networks from bad ones?

use super::asked::Asked;
use super::condition::Condition;
use super::note::{Lack, Note};
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::{Sample, Share};
use super::words;
use crate::trial::design::{Along, Bad, Cell, Change, Held, Thresholds};

/// None where the plan moves no bad network to the norm of the reference.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let t = runs.thresholds;
    let bads: Vec<Bad> = runs
        .stratum
        .cells
        .iter()
        .filter_map(|cell| match *cell {
            Cell::Changed {
                held: Held::Margins,
                change: Change::ToReference { bad },
            } => Some(bad),
            _ => None,
        })
        .collect();
    if bads.is_empty() {
        return None;
    }
    let mut asked = Asked::new(Part::Enough, rule(t));
    let (mut holds, mut fails) = (Vec::new(), Vec::new());
    let planned = bads.len();
    let mut smallest: Option<(f64, usize)> = None;
    for bad in bads {
        let name = words::bad(bad);
        let source = Cell::found(bad.method());
        let excess = Sample::difference(runs, source, Cell::REFERENCE);
        let above = excess.above(0.0);
        let row = Row::points(format!("{name} − SGD"), &excess);
        if above.p > t.level {
            let p = above.p;
            asked.push(row.holds_by(above).shown().noted(Note::NoExcess { p }));
            continue;
        }
        asked.push(row.holds_by(above).fails_by(above));
        let moved = |change| share(runs, bad, change);
        let removed = moved(Change::ToReference { bad });
        let enough = removed.above(t.share_holds);
        let little = removed.below(t.share_fails);
        let row = Row::share(format!("share removed from {name}"), &removed);
        let place = asked.push(row.holds_by(enough).fails_by(little));
        if let Some(estimate) = removed.estimate
            && smallest.is_none_or(|(least, _)| estimate.value < least)
        {
            smallest = Some((estimate.value, place));
        }
        let sham = Change::Sham { bad };
        let nothing = if runs.has(margins(sham)) {
            let removed = moved(sham);
            let nothing = removed.within(t.share_sham);
            let label = format!("share removed from {name} by a move at its own norm");
            asked.push(
                Row::share(label, &removed)
                    .holds_by(nothing)
                    .fails_by(nothing),
            );
            nothing
        } else {
            let what = format!("move of {name} at its own norm");
            asked.notes.push(Note::NotPlanned(what));
            Condition::NEVER
        };
        holds.push(Condition::all([above, enough, nothing]));
        fails.push(Condition::all([above, little, nothing]));
        if runs.has(margins(Change::FromReference { bad })) {
            let given = given(runs, bad);
            let label = format!("share of the excess of {name} that its norm gives SGD");
            asked.push(Row::share(label, &given).shown());
        }
    }
    asked.holds = Condition::all(holds);
    // Those that decide nothing count: the plan has so many chances.
    fails.resize(planned, Condition::NEVER);
    asked.fails = Condition::any(fails);
    asked.headline = smallest.map(|(_, place)| place);
    asked.rows.extend(at_equal_norm(runs));
    Some(asked)
}

fn rule(t: &Thresholds) -> String {
    format!(
        "The share of a bad network's excess test error that is removed when it is moved to the \
         norm of SGD with the loss of every training example held. Holds: above {} for every bad \
         network. Fails: below {} for one of them (Bonferroni). Both need that a move of the same \
         length at its own norm removes a share within ±{}.",
        t.share_holds, t.share_fails, t.share_sham
    )
}

fn margins(change: Change) -> Cell {
    let held = Held::Margins;
    Cell::Changed { held, change }
}

/// The share of the excess that a change of a bad network removes.
fn share(runs: &Runs, bad: Bad, change: Change) -> Share {
    let (source, moved) = (Cell::found(bad.method()), margins(change));
    Share::of(runs, &format!("share {moved}"), |block| {
        let before = runs.points(source, block)?;
        let excess = before - runs.points(Cell::REFERENCE, block)?;
        Ok((before - runs.points(moved, block)?, excess))
    })
}

/// The share of a bad network's excess that the reference gains at its norm.
fn given(runs: &Runs, bad: Bad) -> Share {
    let source = Cell::found(bad.method());
    let moved = margins(Change::FromReference { bad });
    Share::of(runs, &format!("share {moved}"), |block| {
        let reference = runs.points(Cell::REFERENCE, block)?;
        let gained = runs.points(moved, block)? - reference;
        Ok::<_, Lack>((gained, runs.points(source, block)? - reference))
    })
}

/// What moves at equal norm change: the norm does not decide alone.
fn at_equal_norm(runs: &Runs) -> Vec<Row> {
    let mut rows = Vec::new();
    for held in [Held::Margins, Held::Logits] {
        for along in [Along::WrongLabels, Along::RightLabels, Along::RandomAtNorm] {
            let change = Change::Direction { along };
            let cell = Cell::Changed { held, change };
            if runs.has(cell) {
                let sample = Sample::difference(runs, cell, Cell::REFERENCE);
                rows.push(Row::points(words::cell(cell), &sample).shown());
            }
        }
    }
    rows
}
