//! S4: does a smaller norm give a smaller test error, with the training outcome held?

use super::asked::Asked;
use super::condition::Condition;
use super::note::{Missed, Note};
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::Sample;
use super::words;
use crate::trial::design::{Along, Cell, Change, Held, Thresholds};

/// The doses that both rules need.
const DOWN: f64 = 0.7;
const UP: f64 = 2.0;
/// The returns that must leave nothing behind.
const RETURNS: [f64; 2] = [2.0, 4.0];

/// What the reference's test error becomes by one change of its weights.
struct Effect {
    change: Change,
    cell: Cell,
    sample: Sample,
}

/// None where the plan moves no norm with margins held.
///
/// The curve is monotone when no mean lies below that of a smaller dose by more than the
/// margin within which moved networks count as equal: with less, a curve with a flat part
/// would be monotone by chance alone. A dose that too many blocks cannot reach is left out of
/// the curve, not 0.7 and 2.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let t = runs.thresholds;
    let effects = effects(runs, Held::Margins);
    if !effects
        .iter()
        .any(|e| matches!(e.change, Change::Dose { .. }))
    {
        return None;
    }
    let mut asked = Asked::new(Part::Cause, rule(t));
    let find = |change| effects.iter().find(|effect| effect.change == change);
    let random = Change::Direction {
        along: Along::RandomAtNorm,
    };
    let up = find(Change::Dose { factor: UP });
    let beside = difference(runs, &effects, random);
    let returns = RETURNS.map(|from| find(Change::Return { from }));
    for (there, what) in [
        (up.is_some(), "norm x 2"),
        (find(Change::Dose { factor: DOWN }).is_some(), "norm x 0.7"),
        (beside.is_some(), "random direction at equal norm"),
        (returns.iter().any(Option::is_some), "return to the norm"),
    ] {
        if !there {
            asked.notes.push(Note::NotPlanned(what.to_owned()));
        }
    }

    let never = Condition::NEVER;
    let raises = up.map_or(never, |effect| effect.sample.above(0.0));
    let exceeds = beside.as_ref().map_or(never, |sample| sample.above(0.0));
    let back = returns.iter().flatten();
    let comes_back = Condition::all(back.map(|effect| effect.sample.within(t.dose)));
    let curve = curve(runs, &effects, &mut asked.notes);
    let monotone = monotone(&curve, t.dose, &mut asked.notes);
    asked.holds = Condition::all([raises, exceeds, comes_back, monotone]);
    let flat = |factor| find(Change::Dose { factor }).map_or(never, |e| e.sample.within(t.dose));
    let whole = curve.iter().map(|(_, effect)| effect.sample.within(t.dose));
    asked.fails = Condition::all(whole.chain([DOWN, UP].map(flat)));

    for effect in &effects {
        let row = Row::points(words::change(effect.change), &effect.sample);
        let within = effect.sample.within(t.dose);
        let on_curve = curve.iter().any(|(_, other)| other.change == effect.change);
        let place = asked.push(match effect.change {
            Change::Dose { factor: UP } => row.holds_by(raises).fails_by(within),
            Change::Dose { .. } if on_curve => row.fails_by(within),
            Change::Return { from } if RETURNS.contains(&from) => row.holds_by(within),
            _ => row.shown(),
        });
        if effect.change == (Change::Dose { factor: UP }) {
            asked.headline = Some(place);
        }
    }
    if let Some(sample) = &beside {
        let label = "norm x 2 − random direction at equal norm";
        asked.push(Row::points(label, sample).holds_by(exceeds));
    }
    for effect in self::effects(runs, Held::Logits) {
        let label = words::cell(effect.cell);
        asked.push(Row::points(label, &effect.sample).shown());
    }
    Some(asked)
}

fn rule(t: &Thresholds) -> String {
    format!(
        "The loss of every training example is held while the norm is moved. Holds: at twice the \
         norm the test error is higher than the reference's and than that of an equal move at \
         equal norm, it does not fall by more than {0} points between two doses, and back at the \
         norm it is within {0} points. Fails: at every dose it is within {0} points.",
        t.dose
    )
}

/// Every change of the reference with the same held, in the order of the plan.
fn effects(runs: &Runs, held: Held) -> Vec<Effect> {
    let mut effects = Vec::new();
    for &cell in &runs.stratum.cells {
        if let Cell::Changed { held: what, change } = cell
            && what == held
            && matches!(
                change,
                Change::Dose { .. } | Change::Return { .. } | Change::Direction { .. }
            )
        {
            effects.push(Effect {
                change,
                cell,
                sample: Sample::difference(runs, cell, Cell::REFERENCE),
            });
        }
    }
    effects
}

/// The test error at twice the norm above that of another change, block by block.
fn difference(runs: &Runs, effects: &[Effect], change: Change) -> Option<Sample> {
    let cell = |change| effects.iter().find(|e| e.change == change).map(|e| e.cell);
    let up = cell(Change::Dose { factor: UP })?;
    Some(Sample::difference(runs, up, cell(change)?))
}

/// The doses in order, without those beyond the floor of too many blocks.
fn curve<'a>(runs: &Runs, effects: &'a [Effect], notes: &mut Vec<Note>) -> Vec<(f64, &'a Effect)> {
    let mut curve = Vec::new();
    for effect in effects {
        let Change::Dose { factor } = effect.change else {
            continue;
        };
        let at_floor = runs.blocks.iter().filter(|block| {
            let network = runs.network(effect.cell, **block);
            network.is_err_and(|lack| lack.why == Missed::Floor)
        });
        let share = at_floor.count() as f64 / runs.blocks.len() as f64;
        if share > runs.thresholds.missing && factor != DOWN && factor != UP {
            notes.push(Note::AtTheFloor(effect.cell));
        } else {
            curve.push((factor, effect));
        }
    }
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    curve
}

/// Whether no mean lies below that of a smaller dose by more than the margin; the reference,
/// at 1, is one of them with an effect of 0.
fn monotone(curve: &[(f64, &Effect)], margin: f64, notes: &mut Vec<Note>) -> Condition {
    let mut means = vec![(1.0, 0.0)];
    for (factor, effect) in curve {
        match effect.sample.mean() {
            Some(mean) if !effect.sample.barred() => means.push((*factor, mean)),
            _ => return Condition::NEVER,
        }
    }
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    let falls = means.iter().enumerate().flat_map(|(i, from)| {
        let later = means[i + 1..].iter();
        later.map(move |to| (from.0, to.0, from.1 - to.1))
    });
    let worst = falls.max_by(|a, b| a.2.total_cmp(&b.2));
    match worst {
        Some((from, to, by)) if by > margin => {
            notes.push(Note::NotMonotone { from, to, by });
            Condition::of(false)
        }
        Some(_) => Condition::of(true),
        None => Condition::NEVER,
    }
}
