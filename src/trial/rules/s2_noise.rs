//! S2: is it the noise of small batches?

use super::asked::Asked;
use super::condition::Condition;
use super::note::Note;
use super::part::Part;
use super::row::Row;
use super::runs::Runs;
use super::sample::Sample;
use super::words;
use crate::trial::design::Method;

/// The batches that have most noise.
const SMALL: Method = Method::sgd(8);

/// None where the plan lacks gradient descent or the small batches.
pub(super) fn judge(runs: &Runs) -> Option<Asked> {
    let t = runs.thresholds;
    let full = Method::GRADIENT_DESCENT;
    let mut asked = Asked::new(
        Part::Noise,
        format!(
            "Holds: gradient descent on all examples ends at more than {} times the norm of SGD on \
             batches of 8, and errs more, at both learning rates. Fails: gradient descent, \
             Gauss-Newton and SGD on batches of 8 are pairwise equivalent, norms within a factor \
             {} and test errors within {} points, at both learning rates.",
            t.norm_factor, t.norm_factor, t.error
        ),
    );
    let pairs = runs.pairs(full, SMALL);
    if pairs.is_empty() {
        return None;
    }
    if pairs.len() < 2 {
        asked.notes.push(Note::OneRate);
    }
    let (mut holds, mut equal) = (Vec::new(), Vec::new());
    let compared = |left: Method, right: Method, asked: &mut Asked, equal: &mut Vec<Condition>| {
        let mut samples = Vec::new();
        for (rate, l, r) in runs.pairs(left, right) {
            let (norm, error) = (Sample::ratio(runs, l, r), Sample::difference(runs, l, r));
            let same = [norm.within(t.norm_factor.ln()), error.within(t.error)];
            equal.extend(same);
            let (l, r) = (words::method(left), words::method(right));
            let at = words::at(rate);
            let place = asked.push(Row::times(format!("{l} / {r}{at}"), &norm).fails_by(same[0]));
            asked.push(Row::points(format!("{l} − {r}{at}"), &error).fails_by(same[1]));
            samples.push((place, norm, error));
        }
        samples
    };
    for (place, norm, error) in compared(full, SMALL, &mut asked, &mut equal) {
        let more = [norm.above(t.norm_factor.ln()), error.above(0.0)];
        for (row, condition) in asked.rows[place..].iter_mut().zip(more) {
            row.p_holds = Some(condition.p);
        }
        holds.extend(more);
        asked.headline.get_or_insert(place);
    }
    let newton = Method::GaussNewton;
    if runs.pairs(newton, full).is_empty() {
        asked.notes.push(Note::WithoutIt(words::method(newton)));
    } else {
        compared(newton, full, &mut asked, &mut equal);
        compared(newton, SMALL, &mut asked, &mut equal);
    }
    asked.holds = Condition::all(holds);
    asked.fails = Condition::all(equal);
    asked.rows.extend(beside(runs, full));
    Some(asked)
}

/// The other local ways against gradient descent.
fn beside(runs: &Runs, full: Method) -> Vec<Row> {
    let mut methods = runs.methods();
    let judged = [full, SMALL, Method::GaussNewton];
    methods.retain(|method| method.is_local() && !judged.contains(method));
    let mut rows = Vec::new();
    for method in methods {
        for (rate, left, right) in runs.pairs(method, full) {
            let (l, r, at) = (words::method(method), words::method(full), words::at(rate));
            let norm = Sample::ratio(runs, left, right);
            rows.push(Row::times(format!("{l} / {r}{at}"), &norm).shown());
            let error = Sample::difference(runs, left, right);
            rows.push(Row::points(format!("{l} − {r}{at}"), &error).shown());
        }
    }
    rows
}
