//! S3: is a small norm reached with less work?

use super::asked::Asked;
use super::condition::Condition;
use super::note::{Lack, Note};
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::Sample;
use crate::trial::design::{Cell, End};

/// The two norms that are compared, as factors of the reference's.
const SMALL: f64 = 0.5;
const LARGE: f64 = 2.0;

/// Work until the cost is reached on a shell, in ln of evaluations: exactly, or at least.
#[derive(Clone, Copy)]
enum Work {
    Exactly(f64),
    AtLeast(f64),
}

/// None where the plan lacks one of the two shells.
///
/// W(0.5) of a shell that was given up is larger than what was done, and ln W(0.5) − ln W(2)
/// larger than what is seen: such a block counts, by what is seen, for "fails", and for
/// "holds" is once left out and once counted by what is seen, and the larger p-value is
/// taken. A claim must not gain by a run that was given up. W(2) the other way round. A block
/// with both given up is left out.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let shell = |factor| Cell::Shell { factor };
    if !(runs.has(shell(SMALL)) && runs.has(shell(LARGE))) {
        return None;
    }
    let mut asked = Asked::new(
        Part::Reach,
        "W(f) is the work to the training cost on the shell of networks of f times the norm of \
         SGD. Holds: ln W(0.5) − ln W(2) below 0. Fails: above 0."
            .to_owned(),
    );
    let (mut small, mut large) = (0, 0);
    for &block in runs.blocks {
        if let (Ok(less), Ok(more)) = (
            work(runs, shell(SMALL), block),
            work(runs, shell(LARGE), block),
        ) {
            small += usize::from(matches!(less, Work::AtLeast(_)));
            large += usize::from(matches!(more, Work::AtLeast(_)));
        }
    }
    let label = "work at half the norm / at twice the norm";
    if small + large == 0 {
        let all = sample(runs, "all", true, true);
        (asked.holds, asked.fails) = (all.below(0.0), all.above(0.0));
        let row = Row::times(label, &all);
        asked.headline = Some(asked.rows.len());
        asked.push(row.holds_by(asked.holds).fails_by(asked.fails));
    } else {
        asked.notes.push(Note::Censored { small, large });
        let complete = sample(runs, "complete", false, false);
        let at_least = sample(runs, "at least", true, false);
        let at_most = sample(runs, "at most", false, true);
        asked.holds = Condition::all([at_most.below(0.0), seen(runs).below(0.0)]);
        asked.fails = Condition::all([at_least.above(0.0), seen(runs).above(0.0)]);
        asked.headline = Some(asked.rows.len());
        asked.push(Row::times(label, &complete).shown());
        let row = Row::times(format!("{label}, at most"), &at_most);
        asked.push(row.holds_by(asked.holds));
        let row = Row::times(format!("{label}, at least"), &at_least);
        asked.push(row.fails_by(asked.fails));
    }
    for cell in &runs.stratum.cells {
        if let Cell::Shell { factor } = *cell
            && factor != 1.0
            && runs.has(shell(1.0))
        {
            let label = format!("work at norm x {factor} / at the norm of SGD");
            let frontier = Sample::of(runs, &format!("frontier {factor}"), |block| {
                Ok(exactly(runs, *cell, block)? - exactly(runs, shell(1.0), block)?)
            });
            asked.push(Row::times(label, &frontier).shown());
        }
    }
    Some(asked)
}

/// ln W(0.5) − ln W(2), with blocks whose smaller or larger norm was given up or without.
fn sample(runs: &Runs, purpose: &str, small_given_up: bool, large_given_up: bool) -> Sample {
    let [small, large] = [SMALL, LARGE].map(|factor| Cell::Shell { factor });
    Sample::of(runs, &format!("work {purpose}"), |block| {
        let (less, more) = (work(runs, small, block)?, work(runs, large, block)?);
        let given_up = |cell| runs.network(cell, block).err();
        match (less, more) {
            (Work::Exactly(less), Work::Exactly(more)) => Ok(less - more),
            (Work::AtLeast(less), Work::Exactly(more)) if small_given_up => Ok(less - more),
            (Work::Exactly(less), Work::AtLeast(more)) if large_given_up => Ok(less - more),
            _ => Err(given_up(small)
                .or_else(|| given_up(large))
                .expect("one of the two was given up")),
        }
    })
}

/// By what is seen, blocks with one of the two given up included.
fn seen(runs: &Runs) -> Sample {
    sample(runs, "seen", true, true)
}

fn work(runs: &Runs, cell: Cell, block: u64) -> Result<Work, Lack> {
    match runs.outcome(cell, block) {
        Some(outcome) if outcome.end == End::Limit && outcome.evaluations > 0 => {
            Ok(Work::AtLeast((outcome.evaluations as f64).ln()))
        }
        _ => exactly(runs, cell, block).map(Work::Exactly),
    }
}

fn exactly(runs: &Runs, cell: Cell, block: u64) -> Result<f64, Lack> {
    runs.network(cell, block)?;
    let evaluations = runs.outcome(cell, block).map_or(0, |o| o.evaluations);
    let why = super::note::Missed::NotMeasured;
    match evaluations {
        0 => Err(Lack { cell, why }),
        work => Ok((work as f64).ln()),
    }
}
