//! The trial in words: plan, method, answer, warnings.

use std::collections::BTreeSet;

use rethink::report::{Cell, Table};
use rethink::text::number::significant;
use rethink::text::{WIDTH, wrap};
use rethink::trial::{End, Judgement, Note, Outcome, Piloted, Plan, Stratum};
use serde_json::json;

use crate::cli::{Format, output};
use crate::show::list;

/// Schema of a printed plan.
const SCHEMA: &str = "rethink/plan/1";

/// The plan for people, for machines, or its arms as a table.
pub fn plan(plan: &Plan, format: Format) -> anyhow::Result<String> {
    let arms = |stratum| arms(stratum);
    Ok(match format {
        Format::Json => output::json(SCHEMA, json!({ "hash": plan.hash(), "plan": plan }))?,
        Format::Csv => plan
            .strata
            .iter()
            .map(|stratum| arms(stratum).csv())
            .collect(),
        Format::Text => {
            let mut text = format!("Plan {}\n\n", plan.hash());
            for line in wrap(&design(plan), WIDTH) {
                text += &line;
                text.push('\n');
            }
            for stratum in &plan.strata {
                text.push('\n');
                text += &arms(stratum).text(WIDTH);
                text.push('\n');
                text += &pilot(stratum).text(WIDTH);
            }
            text
        }
    })
}

fn design(plan: &Plan) -> String {
    let rules = &plan.rules;
    let costs: Vec<String> = plan.costs.iter().map(f64::to_string).collect();
    let strata: Vec<String> = (plan.strata.iter())
        .map(|stratum| {
            format!(
                "{} ({} test images; differences in test error matter from {} points on; runs \
                 other than searches are given up after {} evaluations per training image)",
                stratum.title(),
                stratum.test_size,
                significant(100.0 * stratum.error_margin, 2),
                stratum.limit
            )
        })
        .collect();
    format!(
        "{} blocks (seeds {}): each draws a subset of the training images, labels, initial \
         weights and orders of batches, the same for all arms. Cost: mean training cross-entropy \
         of {} nats on all training images; the last is primary. The same code judges it for \
         every arm, every quarter of an epoch (gradient descent: every update; searches: every \
         200 trials). Learning rates: the fastest of the pilot on {} other seeds, whose runs were \
         neither measured nor tested; the arms of labelings share one, the fastest over true and \
         random labels. Thresholds of the rules: level {}, factor between norms {}, tau {}, sign \
         error {}, share mediated {}, rho {}. If more than {} of an arm's runs are censored, its \
         contrasts decide nothing. The claim needs every stratum: {}.",
        plan.blocks.len(),
        seeds(&plan.blocks),
        costs.join(", then "),
        plan.pilot_blocks.len(),
        rules.level,
        rules.norm_factor,
        rules.tau,
        rules.sign_error,
        rules.mediated,
        rules.rho,
        rules.censored,
        strata.join("; "),
    )
}

fn seeds(seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] if last - first + 1 == seeds.len() as u64 => format!("{first} to {last}"),
        _ => list(seeds),
    }
}

fn arms(stratum: &Stratum) -> Table {
    Table::of("arms", format!("{}: arms", stratum.title()), &stratum.arms)
        .text("arm", |arm| arm.id.as_str())
        .text("labels", |arm| arm.labels.to_string())
        .number("examples", |arm| arm.train_size)
        .text("way", |arm| arm.way.to_string())
        .note("")
}

/// What the arms are that a text names.
pub fn arms_in(text: &str, plan: &Plan) -> String {
    let words = text.split_whitespace();
    let words: BTreeSet<&str> = words.map(|word| word.trim_end_matches(':')).collect();
    let arms = plan.strata.iter().flat_map(|stratum| &stratum.arms);
    let named = arms.filter(|arm| words.contains(arm.id.as_str()));
    let ways: BTreeSet<String> = named
        .map(|arm| format!(" {}: {}.", arm.id, arm.way))
        .collect();
    ways.into_iter().collect()
}

/// What the pilot tried and chose.
pub fn pilot(stratum: &Stratum) -> Table {
    let tried = |piloted: &Piloted| {
        let tried = piloted.tried.iter().map(|tried| {
            let per_example = tried.evaluations.map_or_else(
                || "given up".to_owned(),
                |spent| significant(spent as f64 / stratum.train_size as f64, 3),
            );
            format!("{}: {per_example}", significant(tried.rate, 2))
        });
        tried.collect::<Vec<_>>().join("; ")
    };
    let title = format!("{}: the pilot's learning rates", stratum.title());
    Table::of(format!("pilot-{}", stratum.name), title, &stratum.pilot)
        .text("arm", |piloted| piloted.arm.as_str())
        .number("chosen", |piloted| Cell::significant(piloted.rate, 2))
        .text("evaluations per example, by rate", |piloted| tried(piloted))
        .note(
            "Exact counts, summed over the pilot's blocks (corrupted-0: over true and random \
             labels). Given up: a run diverged, met the limit or was slower than the best rate so \
             far.",
        )
}

/// What a reader must know before believing it.
pub fn warnings(plan: &Plan, judgement: &Judgement, outcomes: &[Outcome]) -> Vec<String> {
    let mut warnings: Vec<String> = judgement.notes.iter().map(Note::to_string).collect();
    for stratum in &judgement.strata {
        warnings.extend(
            stratum
                .notes
                .iter()
                .map(|note| format!("{}: {note}", stratum.name)),
        );
    }
    if plan.blocks.len() < 20 {
        warnings.push(format!(
            "{} blocks give wide intervals; the design asks for 20.",
            plan.blocks.len()
        ));
    }
    let mut datasets: Vec<&str> = plan.strata.iter().map(|s| s.shown_dataset()).collect();
    datasets.dedup();
    if datasets.len() < 2 {
        warnings.push(format!(
            "One dataset, {}, where the claim needs two.",
            datasets.join("")
        ));
    }
    let ended = |end| outcomes.iter().filter(|outcome| outcome.end == end).count();
    let (limit, diverged, without) = (ended(End::Limit), ended(End::Diverged), ended(End::NoStart));
    if limit + diverged + without > 0 {
        warnings.push(format!(
            "Of {} outcomes (every run at every cost), {limit} met the limit of evaluations, \
             {diverged} diverged, and {without} began from a run that did not reach the cost. \
             These are censored; the tables count them by arm.",
            outcomes.len()
        ));
    }
    warnings
}

/// How much smaller it is than what the claim is about.
pub fn smaller(plan: &Plan) -> String {
    let sizes: BTreeSet<usize> = plan.strata.iter().map(|one| one.train_size).collect();
    format!(
        "Smaller than the paper: {} training images instead of 50,000 of CIFAR-10, and networks of \
         one hidden layer; nothing is claimed for larger ones.",
        list(sizes)
    )
}

/// How it was done.
pub fn method(plan: &Plan, folder: &str) -> Vec<String> {
    vec![
        format!("Plan {}. {}", plan.hash(), design(plan)),
        "The norm φ is the l2 path norm over the 10th percentile of the training margins. It does \
         not change when units are rescaled or all weights are multiplied. Doses move it at fixed \
         cost along the shortest steps; 'held' is the adversarial arm with its norm set to the \
         reference's in the same block. The table of costs says how closely costs are met. No arm \
         moves the norm away and back, so other effects of moving it are not separated from the \
         norm."
            .to_owned(),
        "Not in the plan: costs in square loss or in margins, snapshots at equal computation, \
         networks of two hidden layers."
            .to_owned(),
        format!(
            "Every number of the trial follows from the plan and the runs in {0}. `rethink \
             implicit-bias --from {0}` computes them again without training; linear models and \
             guesses are not runs of the trial and are left out there.",
            folder
        ),
    ]
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
