//! The trial in words: plan, method, warnings.

use std::collections::BTreeSet;

use rethink::report::{Cell, Table};
use rethink::text::number::significant;
use rethink::text::{WIDTH, wrap};
use rethink::trial::design::{Plan, Stratum};
use rethink::trial::rules::{Judgement, Note};
use serde_json::json;

use super::tables::{pilot_note, tried};
use crate::cli::{Format, output};
use crate::show::list;

/// Schema of a printed plan.
const SCHEMA: &str = "rethink/plan/2";

/// The plan for people, for machines, or its networks as a table.
pub fn plan(plan: &Plan, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json => output::json(
            SCHEMA,
            json!({ "hash": plan.hash(), "rules": plan.rules, "plan": plan }),
        )?,
        Format::Csv => plan.strata.iter().map(|one| networks(one).csv()).collect(),
        Format::Text => {
            let mut text = format!("Plan {}\nRules {}\n\n", plan.hash(), plan.rules);
            let mut paragraphs = vec![design(plan)];
            paragraphs.extend(left_out(plan));
            for line in paragraphs.iter().flat_map(|text| wrap(text, WIDTH)) {
                text += &line;
                text.push('\n');
            }
            for stratum in &plan.strata {
                text.push('\n');
                text += &networks(stratum).text(WIDTH);
                text.push('\n');
                text += &pilot(stratum).text(WIDTH);
            }
            text
        }
    })
}

fn networks(stratum: &Stratum) -> Table {
    let title = format!("{}: networks of every block", stratum.title());
    Table::of("networks", title, &stratum.cells)
        .text("network", ToString::to_string)
        .note("")
}

fn pilot(stratum: &Stratum) -> Table {
    let title = format!("{}: the pilot's learning rates", stratum.title());
    Table::of("pilot", title, &stratum.pilot)
        .text("method", |piloted| piloted.method.to_string())
        .number("chosen", |piloted| Cell::significant(piloted.rate, 2))
        .text("evaluations per example, by rate", |piloted| {
            tried(stratum, piloted)
        })
        .note(pilot_note(std::iter::once(stratum)))
}

fn design(plan: &Plan) -> String {
    let t = &plan.thresholds;
    let others = list(&plan.costs[1..]);
    let strata = plan.strata.iter().map(|stratum| {
        format!(
            "{} ({} test images, {} other images; trainings are given up after {} evaluations per \
             training image)",
            stratum.title(),
            stratum.test_size,
            stratum.auxiliary,
            stratum.limit
        )
    });
    let strata: Vec<String> = strata.collect();
    format!(
        "{} blocks (seeds {}): each draws training images, initial weights and orders of batches, \
         the same for all networks. Primary training cost: {}; also {others}. Learning rates: the \
         one that reached the cost with the least work on {} other seeds, whose networks were \
         neither measured nor tested, and a third of it. Thresholds: level {}, factor between \
         norms {}, points between methods {}, points where the norm was moved {}, share that holds \
         {} and fails {}, share of a sham {}. Where more than {} % of the blocks lack a network, \
         nothing is decided by it. Data and networks: {}.",
        plan.blocks.len(),
        seeds(&plan.blocks),
        plan.costs[0],
        plan.pilot_blocks.len(),
        t.level,
        t.norm_factor,
        t.error,
        t.dose,
        t.share_holds,
        t.share_fails,
        t.share_sham,
        significant(100.0 * t.missing, 2),
        strata.join("; "),
    )
}

/// What was left out of the design, a sentence each.
fn left_out(plan: &Plan) -> Vec<String> {
    let mut all = plan.left_out.clone();
    for stratum in &plan.strata {
        let place = match plan.strata.len() {
            1 => String::new(),
            _ => format!(" ({})", stratum.title()),
        };
        let sentences = stratum.left_out.iter();
        all.extend(sentences.map(|why| format!("Left out{place}: {why}.")));
    }
    all
}

fn seeds(seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] if last - first + 1 == seeds.len() as u64 => format!("{first} to {last}"),
        _ => list(seeds),
    }
}

/// What a reader must know before believing it; the remark on other rules may stand there
/// already.
pub fn warnings(plan: &Plan, judgement: &Judgement, remarked: bool) -> Vec<String> {
    let notes = judgement.notes.iter();
    let notes = notes.filter(|note| !(remarked && matches!(note, Note::OtherRules { .. })));
    let mut warnings: Vec<String> = notes.map(Note::to_string).collect();
    for stratum in &judgement.strata {
        let place = match judgement.strata.len() {
            1 => String::new(),
            _ => format!("{}, ", stratum.title),
        };
        for judged in &stratum.parts {
            // Chains that agree are nothing to be warned of.
            let notes = judged.notes.iter();
            let notes = notes.filter(|note| !matches!(note, Note::Mixed { .. }));
            let notes: Vec<String> = notes.map(Note::to_string).collect();
            if !notes.is_empty() {
                warnings.push(format!("{place}{}: {}.", judged.part, notes.join("; ")));
            }
        }
    }
    if plan.blocks.len() < 20 {
        warnings.push(format!(
            "{} blocks give wide intervals; the design asks for 20.",
            plan.blocks.len()
        ));
    }
    let datasets: BTreeSet<&str> = plan.strata.iter().map(Stratum::shown_dataset).collect();
    if datasets.len() < 2 {
        warnings.push(format!(
            "One dataset, {}, where the design asks for two.",
            list(datasets)
        ));
    }
    warnings.push(
        "Blocks draw from one pool of training images and share the test images: intervals hold \
         for these images."
            .to_owned(),
    );
    warnings
}

/// How much smaller it is than what the claim is about.
pub fn smaller(plan: &Plan) -> String {
    let sizes: BTreeSet<usize> = plan.strata.iter().map(|one| one.train_size).collect();
    let networks: BTreeSet<String> = (plan.strata.iter())
        .map(|one| one.architecture.to_string())
        .collect();
    format!(
        "Smaller than the paper: {} training images instead of 50,000 of CIFAR-10, and small \
         networks ({}); nothing is claimed for larger ones.",
        list(sizes),
        list(networks)
    )
}

/// How it was done.
pub fn method(plan: &Plan, folder: &str) -> Vec<String> {
    let mut method = vec![format!(
        "Plan {}, rules {}. {}",
        plan.hash(),
        plan.rules,
        design(plan)
    )];
    method.extend(left_out(plan));
    method.extend([
        "Norm: the l2 path norm, biases left out. Networks found by different methods are compared \
         by it over the 10th percentile of the training margins; neither changes when units are \
         rescaled."
            .to_owned(),
        "The norm is moved with the outcome on the training examples held: along the gradient of \
         ln norm, in the null space of the derivatives of every example's soft margin (the logit \
         of the label minus the log-sum-exp of the others, which determines its loss) or of every \
         logit. Some steps on, what was missed is corrected. Other directions are moved in the \
         same way: up the Frobenius norm, at random, and towards right or wrong labels of images \
         that are not trained on."
            .to_owned(),
        "Volume samples: a preconditioned Crank-Nicolson chain of the initialization's Gaussian on \
         the surface of SGD's soft margins, without acceptance step and without co-area factor; \
         two chains from different starts must agree."
            .to_owned(),
        format!(
            "Every number of the trial follows from the plan and the runs in {0}. `rethink \
             implicit-bias --from {0}` computes them again without training, and refuses if a row \
             of the frozen table comes out otherwise. Linear models and guesses are not runs of the \
             trial and are left out there. What is not in the tables of the parts and of their \
             comparisons is exploratory.",
            folder
        ),
    ]);
    method
}

/// What others found.
pub fn published() -> Vec<String> {
    vec![
        "No single published test of the conjecture is known; its parts were tested in other \
         settings. Neyshabur et al. 2015 (arXiv 1412.6614) conjecture it. Keskar et al. 2017 \
         (arXiv 1609.04836) find that larger batches generalize worse. Jiang et al. 2020 (arXiv \
         1912.02178) find that norms predict the generalization of networks trained in many ways \
         badly, some with the wrong sign. Liu et al. 2020 (arXiv 1906.02613) reach bad minima by \
         SGD from adversarial starts. None of their numbers is compared with ours."
            .to_owned(),
    ]
}
