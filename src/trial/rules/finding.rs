//! The verdict in two to five short sentences.

use super::part::{Decision, Part};
use super::row::Row;
use super::verdict::OverStrata;
use super::{PartJudgement, StratumJudgement};
use crate::report::Outcome;
use crate::text::number::rounded;
use crate::trial::design::Plan;

/// One sentence on S1 and one on S4, one or two on the other parts that are decided and one on
/// those that are not, and for what networks it is said.
pub(super) fn sentences(
    plan: &Plan,
    verdict: Outcome,
    parts: &[OverStrata],
    strata: &[StratumJudgement],
) -> Vec<String> {
    let told = |over: &OverStrata| clause(plan, over, strata);
    let of = |part: Part| parts.iter().find(|over| over.part == part);
    let mut sentences = Vec::new();
    for part in [Part::Small, Part::Cause] {
        if let Some(clause) = of(part).and_then(told) {
            sentences.push(sentence(&clause));
        }
    }
    let others = [Part::Noise, Part::Reach, Part::Enough].map(of);
    let decided = |decision| {
        let parts = others.iter().flatten();
        let clauses = parts.filter(|over| over.decision == decision);
        clauses.filter_map(|over| told(over)).collect::<Vec<_>>()
    };
    let (hold, fail) = (decided(Decision::Holds), decided(Decision::Fails));
    let differ = decided(Decision::Differs);
    let open: Vec<String> = parts
        .iter()
        .filter(|over| over.part.decides() && over.decision == Decision::Undecided)
        .map(|over| undecided(over, strata.len()))
        .collect();
    let mut not_decided = Vec::new();
    if !differ.is_empty() {
        not_decided.push(list(&differ));
    }
    if !open.is_empty() {
        not_decided.push(format!("not decided: {}", open.join(", ")));
    }
    let (hold, fail) = (list(&hold), list(&fail));
    match (hold.is_empty(), fail.is_empty()) {
        (true, true) => {}
        (false, true) => sentences.push(sentence(&hold)),
        (true, false) => sentences.push(sentence(&format!("but {fail}"))),
        // One sentence where another follows, so that there are never more than five.
        (false, false) if !not_decided.is_empty() => {
            sentences.push(sentence(&format!("{hold}; but {fail}")));
        }
        (false, false) => {
            sentences.extend([sentence(&hold), sentence(&format!("but {fail}"))]);
        }
    }
    if !not_decided.is_empty() {
        sentences.push(sentence(&not_decided.join("; ")));
    }
    sentences.push(scope(plan, verdict));
    sentences
}

/// `S2 (undecided in 1 of 2 strata)`.
fn undecided(over: &OverStrata, strata: usize) -> String {
    let open = over.undecided.len();
    match (open, strata) {
        (0, _) => format!("{} (not asked)", over.part),
        (_, 1) => over.part.to_string(),
        _ => format!("{} (open in {open} of {strata} strata)", over.part),
    }
}

fn scope(plan: &Plan, verdict: Outcome) -> String {
    let titles: Vec<String> = plan.strata.iter().map(|stratum| stratum.title()).collect();
    let what = match verdict {
        Outcome::Inconclusive => "The claim is open at these sizes",
        Outcome::Supported => "The claim is supported at these sizes",
        Outcome::PartlySupported => "The claim is partly supported at these sizes",
        Outcome::Contradicted => "The claim is contradicted at these sizes",
    };
    format!(
        "{what} ({}), and nothing is claimed for others.",
        titles.join("; ")
    )
}

/// What a decided part comes to, with its least favourable number; nothing of an undecided
/// one.
fn clause(plan: &Plan, over: &OverStrata, strata: &[StratumJudgement]) -> Option<String> {
    let (t, part) = (&plan.thresholds, over.part);
    if over.decision == Decision::Differs {
        let (holds, fails) = (over.holds.join(", "), over.fails.join(", "));
        return Some(format!(
            "{part} differs between strata: it holds on {holds} and fails on {fails}"
        ));
    }
    let (row, stratum) = least(part, over.decision, strata)?;
    let place = match strata.len() {
        1 => String::new(),
        _ => format!(", {}", stratum.name),
    };
    let (label, number) = (&row.label, row.number());
    let shown = format!("({label}: {number}{place})");
    let sentence = match (part, over.decision) {
        (Part::Small, Decision::Holds) => format!(
            "gradient training from a small start ends at a norm clearly below that of networks \
             found otherwise at the same training cost {shown}"
        ),
        (Part::Small, Decision::Fails) => format!(
            "networks not found by gradient training from a small start can have a clearly \
             smaller norm at the same training cost and err no less {shown}"
        ),
        (Part::Cause, Decision::Holds) => {
            format!("a larger norm at the same training outcome raises the test error {shown}")
        }
        (Part::Cause, Decision::Fails) => format!(
            "moving the norm at the same training outcome changes the test error by less than {} \
             points at every dose {shown}",
            rounded(t.dose, 3)
        ),
        (Part::Noise, Decision::Holds) => {
            format!("the noise of small batches makes the norm smaller {shown}")
        }
        (Part::Noise, Decision::Fails) => format!("the noise of SGD plays no part {shown}"),
        (Part::Reach, Decision::Holds) => {
            format!("small norms are reached with less work {shown}")
        }
        (Part::Reach, Decision::Fails) => format!("small norms are not easier to reach {shown}"),
        (Part::Enough, Decision::Holds) => format!(
            "the norm accounts for most of what separates SGD's networks from those that err more \
             {shown}"
        ),
        (Part::Enough, Decision::Fails) => format!(
            "the norm does not account for what separates SGD's networks from all that err more \
             {shown}"
        ),
        _ => return None,
    };
    Some(sentence)
}

/// The line that stands for the part where it says least for the decision.
fn least(
    part: Part,
    decision: Decision,
    strata: &[StratumJudgement],
) -> Option<(&Row, &StratumJudgement)> {
    let lines = strata.iter().filter_map(|stratum| {
        let judged: &PartJudgement = stratum.part(part)?;
        let row = judged.headline()?;
        (judged.decision == decision).then_some((row, stratum))
    });
    let value = |row: &Row| row.effect.map_or(f64::NAN, |effect| effect.value);
    // How far from what would not be decided: a ratio of work holds by being small.
    let strength = |row: &Row| match (part, decision) {
        (Part::Reach, Decision::Holds) => -value(row),
        (Part::Small | Part::Enough, Decision::Fails) => -value(row),
        (Part::Cause, Decision::Fails) => -value(row).abs(),
        (Part::Noise, Decision::Fails) => -value(row).ln().abs(),
        _ => value(row),
    };
    lines.min_by(|a, b| strength(a.0).total_cmp(&strength(b.0)))
}

fn list(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// With a capital letter and a full stop.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters
        .next()
        .map_or(String::new(), |c| c.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
}
