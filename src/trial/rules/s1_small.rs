//! S1: does gradient training from the usual small start end at a small norm?

use super::asked::Asked;
use super::condition::Condition;
use super::note::Note;
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::Sample;
use super::words;
use crate::statistics::Estimate;
use crate::trial::design::{Cell, Method, VolumeStart};

/// None where the plan has no network that is not found by local descent.
///
/// A way with a learning rate is compared at both of them with SGD at the same one, a way
/// without with SGD at both; it counts by the pair that says least.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let t = runs.thresholds;
    let factor = t.norm_factor.ln();
    let mut asked = Asked::new(
        Part::Small,
        format!(
            "Holds: every network not found by local descent from the usual start has a norm more \
             than {} times that of SGD at the same training cost. Fails: one of them (Bonferroni) \
             has less than 1/{} of it, and a test error not lower by {} points or more. Equality \
             is neither. Constructed networks count where the network of the stratum is wide \
             enough to be one; elsewhere they have other widths, and are shown and count for \
             nothing.",
            t.norm_factor, t.norm_factor, t.error
        ),
    );
    let reference = Method::REFERENCE;
    let others: Vec<Method> = runs
        .methods()
        .into_iter()
        .filter(|method| !method.is_local() && !runs.pairs(*method, reference).is_empty())
        .collect();
    if others.is_empty() {
        return None;
    }
    let mixed = volume_is_mixed(runs);
    let (mut holds, mut fails) = (Vec::new(), Vec::new());
    let mut smallest: Option<(f64, usize)> = None;
    for method in others {
        let sampled = mixed.is_ok() || !matches!(method, Method::Volume { .. });
        let stratum = runs.stratum;
        let counts = sampled && method.fits_into(stratum.architecture, stratum.train_size);
        let (mut larger, mut smaller) = (Vec::new(), Vec::new());
        for (rate, other, sgd) in runs.pairs(method, reference) {
            let norm = Sample::ratio(runs, other, sgd);
            let error = Sample::difference(runs, other, sgd);
            let above = norm.above(factor);
            let (below, no_better) = (norm.below(-factor), error.above(-t.error));
            let label = format!("{} / SGD{}", words::method(method), words::at(rate));
            let row = Row::times(label, &norm);
            let label = format!("{} − SGD{}", words::method(method), words::at(rate));
            let beside = Row::points(label, &error);
            if counts {
                if let Some(mean) = norm.mean()
                    && smallest.is_none_or(|(least, _)| mean < least)
                {
                    smallest = Some((mean, asked.rows.len()));
                }
                asked.rows.push(row.holds_by(above).fails_by(below));
                asked.rows.push(beside.fails_by(no_better));
                larger.push(above);
                smaller.push(Condition::all([below, no_better]));
            } else {
                asked.rows.extend([row.shown(), beside.shown()]);
            }
        }
        if counts {
            holds.push(Condition::all(larger));
            fails.push(Condition::all(smaller));
        }
    }
    match mixed {
        Ok(None) => {}
        Ok(Some(difference)) => asked.notes.push(Note::Mixed { difference }),
        Err(note) => asked.notes.push(note),
    }
    asked.holds = Condition::all(holds);
    asked.fails = Condition::any(fails);
    asked.headline = smallest.map(|(_, row)| row);
    Some(asked)
}

/// Whether the two chains on the surface of equal margins agree in the mean of ln P; nothing
/// where the plan has neither.
fn volume_is_mixed(runs: &Runs) -> Result<Option<Estimate>, Note> {
    let chain = |start| Cell::found(Method::Volume { start });
    let (sgd, fresh) = (chain(VolumeStart::Reference), chain(VolumeStart::Fresh));
    let most = runs.thresholds.mixed;
    match (runs.has(sgd), runs.has(fresh)) {
        (false, false) => return Ok(None),
        (true, true) => {}
        _ => {
            let difference = None;
            return Err(Note::NotMixed { difference, most });
        }
    }
    let apart = Sample::of(runs, "mixing of the volume", |block| {
        Ok(runs.log_path_norm(sgd, block)? - runs.log_path_norm(fresh, block)?)
    });
    let difference = apart.estimate;
    match difference {
        // Chains that agree to the last digit have no spread, and are mixed.
        Some(d) if d.value.abs() <= most && d.samples >= super::sample::FEWEST => Ok(Some(d)),
        _ => Err(Note::NotMixed { difference, most }),
    }
}
