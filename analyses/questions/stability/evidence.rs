//! The answer, and what memorization scores say about claim C3.

use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::stability::{Contrast, Group, largest_change};
use rethink::report::{Claim, Contribution, Direction, Evidence};
use rethink::statistics::Estimate;
use rethink::text::number::significant;

use super::Findings;
use super::tables_of_bounds::convex;
use crate::show::{at_least, few_seeds, or_unknown};

/// The hypothesis stability in ramp loss decides the answer.
const RAMP: usize = 1;

/// Which way an average differs, as far as a test at 5 % can tell.
fn sees(ratio: Option<Estimate>, p_value: Option<f64>) -> &'static str {
    let interval = ratio.and_then(|ratio| ratio.interval);
    match (interval, p_value) {
        (Some(i), Some(p)) if p <= 0.05 && (i.low > 1.0 || i.high < 1.0) => "does",
        _ => "is not shown to",
    }
}

pub fn answer(findings: &Findings) -> String {
    let hypothesis = Contrast::of(&findings.network, |one| one.changes[RAMP].mean);
    let [most_on_true, most_on_random] = LABELINGS.map(|(labels, _)| {
        largest_change(&findings.network, labels, |one| one.changes[RAMP].largest)
    });
    let shown = or_unknown(hypothesis.ratio);
    format!(
        "Uniform stability does not: its bounds ignore the labels, and the largest measured \
         change of the ramp loss (at most 1) is {} on true and {} on random labels. Its average \
         over the data, hypothesis stability, {} distinguish them: random / true labels {shown}, \
         p = {}.",
        at_least(most_on_true, 2),
        at_least(most_on_random, 2),
        sees(hypothesis.ratio, hypothesis.p_value),
        or_unknown(hypothesis.p_value.map(|p| significant(p, 2))),
    )
}

/// Whether networks memorize labels that can only be memorized.
pub fn memorizes(findings: &Findings) -> Option<Contribution> {
    let memorized = &findings.memorized;
    let random = memorized.scores(Group::Random)?;
    let (score, shown) = (random.score()?, random.mean(|seed| seed.shown)?);
    // That these trainings fail says nothing of what networks can do.
    let (direction, finding) = match (score.interval, shown.interval) {
        (Some(i), Some(right)) if i.low > 0.5 && right.low > 0.9 => (
            Direction::For,
            "Networks get randomly labelled examples right when trained on them, and mostly wrong \
             when not.",
        ),
        (_, Some(right)) if right.high < 0.9 => (
            Direction::NeitherWay,
            "More than 10 % of the randomly labelled examples stay wrong after training on them. \
             These trainings did not memorize, which does not say that networks cannot.",
        ),
        _ => (
            Direction::NeitherWay,
            "The intervals do not decide whether randomly labelled examples are memorized.",
        ),
    };
    let hypothesis = Contrast::of(&findings.network, |one| one.changes[RAMP].mean);
    let score_of = |group| memorized.scores(group).and_then(|scores| scores.score());
    let mut lines: Vec<Evidence> = Evidence::estimates([
        ("memorization score, random labels", Some(score), ""),
        (
            "right when trained on, random labels",
            Some(shown.fraction()),
            "of the trainings",
        ),
        ("memorization score, true labels", score_of(Group::True), ""),
        (
            "memorization score, wrong labels among right ones",
            score_of(Group::Wrong),
            "",
        ),
        (
            "probability that a wrong label has a larger score than a right one",
            memorized.finds_wrong_labels().map(Estimate::fraction),
            "",
        ),
        (
            "hypothesis stability, ramp loss, random / true",
            hypothesis.ratio,
            "",
        ),
    ])
    .collect();
    lines.extend(hypothesis.p_value.map(|p| {
        Evidence::new(
            "hypothesis stability equal on true and random labels",
            format!("p = {}", significant(p, 2)),
            "two-sided sign-flip test over seeds",
        )
    }));
    Some(Contribution {
        claim: Claim::C3,
        direction,
        finding: finding.to_owned(),
        rule: "For: the 95 % intervals put the mean memorization score of randomly labelled \
               examples above 0.5, and the share of them that is right when trained on above 90 \
               %. Neither way: otherwise. Nothing here speaks against the claim: that these \
               trainings fail does not show that networks cannot memorize."
            .to_owned(),
        evidence: lines,
    })
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    let end = convex(findings).map_or(f64::INFINITY, |bound| bound.stability);
    for (labels, name) in LABELINGS {
        let change = largest_change(&findings.linear, labels, |one| one.changes[2].largest);
        if change > end {
            warnings.push(format!(
                "Softmax regression, {name} labels: the measured change of {change:.3} nats \
                 exceeds the proved bound of {end:.3}, so the measurement is wrong."
            ));
        }
    }
    for (labels, name) in LABELINGS {
        let errors = findings
            .network
            .outputs(&labels)
            .map(|seed| seed.base.on_train[0]);
        let most = errors.fold(0.0, f64::max);
        if most > 0.01 {
            warnings.push(format!(
                "Networks on {name} labels end with up to {:.0} % of the training images \
                 misclassified: they have not memorized them.",
                100.0 * most
            ));
        }
    }
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}
