//! Every network of a stratum beside SGD: what figures and tables show. It decides nothing.

use super::TrialError;
use super::design::{Cell, Cost, Measured, Method, Moved, Outcome, Plan, Rate, Stratum};
use super::rules::Effort;
use super::rules::note::{Lack, Missed};
use super::rules::runs::Runs;
use super::rules::sample::Sample;
use super::rules::words;
use crate::statistics::{Estimate, Interval};
use crate::treatment::Treatment;

/// One network over the blocks in which it is usable.
///
/// Ratios and differences are within blocks, to SGD at the same learning rate; means of
/// logarithms are given back as numbers. Intervals are 95 %, as in the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Which.
    pub cell: Cell,
    /// What it is called.
    pub name: String,
    /// Blocks in which it is usable.
    pub usable: usize,
    /// Test error, in percent.
    pub error: Option<Estimate>,
    /// The primary norm.
    pub norm: Option<Estimate>,
    /// The primary norm over that of SGD; none of SGD.
    pub norm_ratio: Option<Estimate>,
    /// The path norm, not over the margin, over that of SGD.
    pub path_ratio: Option<Estimate>,
    /// Test error minus that of SGD, in points.
    pub error_difference: Option<Estimate>,
    /// Other norms, and the outputs on other images, over those of SGD.
    pub other_ratios: Vec<(String, Option<Estimate>)>,
    /// Mean training loss.
    pub cost: Option<Estimate>,
    /// Evaluations per training image.
    pub work: Option<Estimate>,
    /// Changes of the weights.
    pub updates: Option<Estimate>,
    /// Of a shell: work over that on the shell of SGD's norm.
    pub work_ratio: Option<Estimate>,
    /// How its weights were changed.
    pub moved: Option<HowMoved>,
}

/// How well the outcome was held in the blocks where the change is accepted, and how far it went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HowMoved {
    /// Largest change of an example's cross-entropy, in nats.
    pub loss_change: f64,
    /// Largest change of a training logit.
    pub logit_change: f64,
    /// Largest |ln P − ln P*|.
    pub miss: f64,
    /// Mean share of |∇ ln P|² that holding the outcome leaves.
    pub left: f64,
    /// Mean length of the change over that of the weights.
    pub length: f64,
    /// Mean number of steps.
    pub steps: f64,
}

/// The networks of a stratum at a cost, in the order of the plan.
///
/// # Errors
/// Two outcomes of one network that differ.
pub fn describe(
    plan: &Plan,
    stratum: &Stratum,
    cost: Cost,
    outcomes: &[Outcome],
) -> Result<Vec<Network>, TrialError> {
    let runs = Runs::new(plan, stratum, cost, outcomes, Effort::FULL)?;
    let cells = stratum.cells.iter().filter(|cell| runs.has(**cell));
    Ok(cells.map(|cell| network(&runs, *cell)).collect())
}

fn network(runs: &Runs, cell: Cell) -> Network {
    let of = |block: u64| runs.network(cell, block);
    let usable: Vec<&Measured> = runs.blocks.iter().filter_map(|&b| of(b).ok()).collect();
    let sgd = beside(cell);
    let compares = cell != sgd && runs.has(sgd);
    let ratio = |what: &str, number: &dyn Fn(&Measured) -> Option<f64>| {
        let purpose = format!("{what}: {cell} / {sgd}");
        let log = |cell, block| positive(cell, number(runs.network(cell, block)?));
        let sample = Sample::of(runs, &purpose, |b| Ok(log(cell, b)? - log(sgd, b)?));
        sample.estimate.map(exponential)
    };
    let mut names: Vec<&String> = usable.iter().flat_map(|one| one.others.keys()).collect();
    names.sort();
    names.dedup();
    let other_ratios = names.into_iter().map(|name| {
        let of_name = |one: &Measured| one.others.get(name).copied();
        let shown = compares.then(|| ratio(name, &of_name)).flatten();
        (name.clone(), shown)
    });
    let work = |cell: Cell, block: u64, of: fn(&Outcome) -> u64| {
        runs.network(cell, block)?;
        let outcome = runs.outcome(cell, block);
        positive(cell, outcome.map(|outcome| of(outcome) as f64))
    };
    let spent = |what: &str, of: fn(&Outcome) -> u64, each: f64| {
        let each = each.ln();
        let sample = Sample::of(runs, &format!("{what}: {cell}"), |b| {
            Ok(work(cell, b, of)? - each)
        });
        sample.estimate.map(exponential)
    };
    let shell = Cell::Shell { factor: 1.0 };
    let on_a_shell = matches!(cell, Cell::Shell { factor } if factor != 1.0) && runs.has(shell);
    let images = runs.stratum.train_size as f64;
    Network {
        cell,
        name: words::cell(cell),
        usable: usable.len(),
        error: Sample::of(runs, &format!("error: {cell}"), |b| runs.points(cell, b)).estimate,
        norm: Sample::of(runs, &format!("norm: {cell}"), |b| runs.log_norm(cell, b))
            .estimate
            .map(exponential),
        norm_ratio: compares
            .then(|| Sample::ratio(runs, cell, sgd).estimate.map(exponential))
            .flatten(),
        path_ratio: compares
            .then(|| ratio("path norm", &|one| Some(one.path_norm)))
            .flatten(),
        error_difference: compares
            .then(|| Sample::difference(runs, cell, sgd).estimate)
            .flatten(),
        other_ratios: other_ratios.collect(),
        cost: Sample::of(runs, &format!("cost: {cell}"), |b| Ok(of(b)?.cost)).estimate,
        work: spent("evaluations", |one| one.evaluations, images),
        updates: spent("updates", |one| one.updates, 1.0),
        work_ratio: on_a_shell
            .then(|| {
                let evaluations = |cell, block| work(cell, block, |one| one.evaluations);
                let Cell::Shell { factor } = cell else {
                    return None;
                };
                let purpose = format!("frontier {factor}");
                let sample = Sample::of(runs, &purpose, |b| {
                    Ok(evaluations(cell, b)? - evaluations(shell, b)?)
                });
                sample.estimate.map(exponential)
            })
            .flatten(),
        moved: how_moved(runs, cell),
    }
}

/// SGD at the learning rate of the network.
fn beside(cell: Cell) -> Cell {
    match cell {
        Cell::Found {
            rate: Rate::Gentle,
            labels: Treatment::TrueLabels,
            ..
        } => Cell::at_rate(Method::REFERENCE, Rate::Gentle),
        _ => Cell::REFERENCE,
    }
}

fn how_moved(runs: &Runs, cell: Cell) -> Option<HowMoved> {
    let accepted = runs.blocks.iter().filter_map(|&block| {
        runs.network(cell, block).ok()?;
        runs.outcome(cell, block)?.moved
    });
    let all: Vec<Moved> = accepted.collect();
    let largest = |of: fn(&Moved) -> f64| all.iter().map(of).fold(0.0, f64::max);
    let mean = |of: fn(&Moved) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
    (!all.is_empty()).then(|| HowMoved {
        loss_change: largest(|one| one.loss_change),
        logit_change: largest(|one| one.logit_change),
        miss: largest(|one| one.miss),
        left: mean(|one| one.left),
        length: mean(|one| one.length),
        steps: mean(|one| one.steps as f64),
    })
}

fn positive(cell: Cell, number: Option<f64>) -> Result<f64, Lack> {
    let why = Missed::NotMeasured;
    let number = number.filter(|number| *number > 0.0 && number.is_finite());
    number.map(f64::ln).ok_or(Lack { cell, why })
}

fn exponential(log: Estimate) -> Estimate {
    let both = |i: Interval| Interval::new(i.low.exp(), i.high.exp());
    Estimate {
        value: log.value.exp(),
        interval: log.interval.map(both),
        ..log
    }
}
