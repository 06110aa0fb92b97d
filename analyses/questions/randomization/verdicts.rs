//! The answer, and the rule that decides claim C1.

use rethink::experiment::Study;
use rethink::experiment::run::StoredRun;
use rethink::network::Zoo;
use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::statistics::Estimate;
use rethink::text::number::{fixed, span};
use rethink::treatment::Treatment::{self, RandomLabels};

use super::order::OfImages;
use super::{Findings, as_good, name};
use crate::show::{few_seeds, or_unknown};

/// A network that misclassifies at most this fraction has fitted its labels.
const FITTED: f64 = 0.01;
/// A network above this fraction of the error of guessing has not begun to.
const NOT_DECREASED: f64 = 0.9;

pub fn answer(findings: &Findings) -> String {
    let runs = &findings.runs;
    let shown = |accuracy: Option<Estimate>| or_unknown(accuracy.map(Estimate::percent));
    let (reached, all) = runs.reached(&RandomLabels);
    let cost = match findings.relative_steps(RandomLabels) {
        Some(ratio) => format!(
            ", and takes {ratio} times the updates of true labels to a training loss of 0.01 nats"
        ),
        None => format!("; only {reached} of {all} runs met the target loss"),
    };
    let of_images = findings.images.as_ref().map(OfImages::answer);
    let of_images = of_images.map_or_else(String::new, |answer| format!(" {answer}"));
    format!(
        "{} reaches {} % training accuracy on {} randomly labelled images{cost}. Its test \
         accuracy is then {} % (guessing: {:.0} %).{of_images}",
        findings.settings.architecture,
        shown(runs.train_accuracy(&RandomLabels)),
        findings.settings.train_size,
        shown(runs.test_accuracy(&RandomLabels)),
        100.0 * (1.0 - findings.chance),
    )
}

pub fn verdicts(findings: &Findings) -> Vec<Verdict> {
    vec![
        training_error_will_not_decrease(findings),
        as_good::verdict(findings),
    ]
}

fn training_error_will_not_decrease(findings: &Findings) -> Verdict {
    let errors = findings.runs.train_errors(&RandomLabels);
    let (reached, all) = findings.runs.reached(&RandomLabels);
    let largest = errors.iter().copied().fold(0.0, f64::max);
    let smallest = errors.iter().copied().fold(1.0, f64::min);
    let outcome = if largest <= FITTED {
        Outcome::Contradicted
    } else if smallest >= NOT_DECREASED * findings.chance {
        Outcome::Supported
    } else {
        Outcome::Inconclusive
    };
    Verdict {
        claim: Claim::C1,
        outcome,
        finding: finding(outcome, findings.chance, &errors, smallest, largest),
        rule: format!(
            "Contradicted: the final training error on random labels is at most {:.0} % in every \
             seed. Supported: it is at least {:.0} % of the error of guessing in every seed. \
             Otherwise inconclusive.",
            100.0 * FITTED,
            100.0 * NOT_DECREASED
        ),
        evidence: [
            Evidence::new(
                "largest final training error on random labels",
                format!("{:.2} %", 100.0 * largest),
                "exact, the worst seed",
            ),
            Evidence::new(
                "runs that reached a cross-entropy of 0.01",
                format!("{reached} of {all}"),
                "exact",
            ),
        ]
        .into_iter()
        .chain(findings.images.as_ref().map(of_images))
        .collect(),
    }
}

/// The largest error of the convolutional network, which decides nothing.
fn of_images(images: &OfImages) -> Evidence {
    let errors = images.runs.train_errors(&RandomLabels);
    let largest = errors.into_iter().fold(0.0, f64::max);
    Evidence::new(
        format!(
            "the same of a convolutional network, not part of the rule ({})",
            images.network.subject()
        ),
        format!("{:.2} %", 100.0 * largest),
        "exact, the worst seed",
    )
}

/// What happened to the training error on random labels, in a sentence.
fn finding(outcome: Outcome, chance: f64, errors: &[f64], smallest: f64, largest: f64) -> String {
    let percent = |x: f64| 100.0 * x;
    match outcome {
        Outcome::Contradicted => format!(
            "On random labels the training error fell from about {:.0} % (guessing) to {} in all \
             {} runs, as the paper reports; the review states the opposite.",
            percent(chance),
            if largest == 0.0 {
                "zero".to_owned()
            } else {
                format!("at most {:.2} %", percent(largest))
            },
            errors.len()
        ),
        _ => format!(
            "On random labels the training error ended at {} % in {} runs (guessing: {:.0} %).",
            span(smallest, largest, |x| fixed(percent(x), 2)),
            errors.len(),
            percent(chance)
        ),
    }
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let settings = &findings.settings;
    let mut warnings = not_reached(settings.architecture, &findings.runs);
    if let Some(images) = &findings.images {
        warnings.extend(not_reached(images.network.architecture, &images.runs));
    }
    warnings.extend(settings.convolutional.as_ref().err().cloned());
    warnings.extend(few_seeds(&settings.seeds));
    warnings.sort();
    warnings
}

fn not_reached(network: Zoo, runs: &Study<Treatment, StoredRun>) -> Vec<String> {
    let mut warnings = Vec::new();
    for &treatment in runs.cells() {
        let (reached, all) = runs.reached(&treatment);
        if reached < all {
            let reasons: Vec<String> = (runs.outputs(&treatment))
                .filter(|run| !run.summary.stop.reached_target())
                .map(|run| format!("seed {}: {}", run.spec.seed, run.summary.stop))
                .collect();
            warnings.push(format!(
                "{} of {all} runs of {network} with {} did not reach the target ({}). Their steps to fit are \
                 unknown, so no ratio is given.",
                all - reached,
                name(treatment),
                reasons.join("; ")
            ));
        }
    }
    warnings
}
