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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::network::Zoo;
    use crate::trial::design::{Change, End, Held, Thresholds};

    const SGD: Cell = Cell::REFERENCE;
    const DOUBLED: Cell = Cell::Changed {
        held: Held::Margins,
        change: Change::Dose { factor: 2.0 },
    };
    const OTHER: Cell = Cell::found(Method::Adversarial { copies: 1 });
    const SHELL: Cell = Cell::Shell { factor: 0.5 };
    const HOME: Cell = Cell::Shell { factor: 1.0 };

    fn plan() -> Plan {
        Plan {
            numerics: 1,
            rules: String::new(),
            blocks: vec![1, 2, 3],
            pilot_blocks: vec![],
            costs: vec![Cost::cross_entropy(0.01)],
            thresholds: Thresholds::default(),
            strata: vec![Stratum {
                name: "s".into(),
                dataset: "s".into(),
                label: None,
                checksum: String::new(),
                train_size: 10,
                test_size: 100,
                auxiliary: 10,
                architecture: Zoo::Mlp1x16,
                limit: 100,
                pilot: vec![],
                shell_rate: 0.1,
                cells: vec![SGD, DOUBLED, OTHER, SHELL, HOME],
                left_out: vec![],
            }],
            left_out: vec![],
        }
    }

    /// Norms, errors and work by hand: those of block b are b times as large.
    fn outcome(plan: &Plan, cell: Cell, block: u64, norm: f64, error: f64, work: u64) -> Outcome {
        let b = block as f64;
        Outcome {
            stratum: "s".into(),
            block,
            cell,
            cost: plan.costs[0],
            end: End::Reached,
            evaluations: block * work,
            updates: 5,
            network: Some(Measured {
                cost: 0.01,
                path_norm: b * norm,
                norm: 3.0 * b * norm,
                others: BTreeMap::from([("l1".to_owned(), b * norm * norm)]),
                margin: 1.0,
                train_error: 0.0,
                test_error: 0.1 * b + error,
                test_loss: 1.0,
            }),
            moved: (cell == DOUBLED).then_some(Moved {
                loss_change: if block == 3 { 0.1 } else { 1e-4 * b },
                logit_change: 0.5,
                miss: 1e-3,
                left: 0.2 * b,
                length: 0.4,
                steps: 10,
            }),
        }
    }

    #[test]
    fn networks_stand_beside_sgd_within_blocks() {
        let plan = plan();
        let mut outcomes = Vec::new();
        for &block in &plan.blocks {
            for (cell, norm, error, work) in [
                (SGD, 1.0, 0.0, 100),
                (DOUBLED, 2.0, 0.02, 100),
                (OTHER, 4.0, 0.05, 100),
                (SHELL, 0.5, 0.0, 300),
                (HOME, 1.0, 0.0, 100),
            ] {
                outcomes.push(outcome(&plan, cell, block, norm, error, work));
            }
        }
        let found = describe(&plan, &plan.strata[0], plan.costs[0], &outcomes).unwrap();
        let [sgd, doubled, other, shell, home] = &found[..] else {
            panic!("{found:?}");
        };
        let close = |estimate: Option<Estimate>, value: f64| {
            let estimate = estimate.expect("an estimate");
            assert!(
                (estimate.value - value).abs() < 1e-9,
                "{estimate:?} {value}"
            );
        };
        assert_eq!((sgd.norm_ratio, sgd.error_difference), (None, None));
        close(sgd.error, 20.0);
        close(sgd.work, (10.0 * 20.0 * 30.0_f64).cbrt());
        close(other.norm_ratio, 4.0);
        close(other.path_ratio, 4.0);
        close(other.error_difference, 5.0);
        close(other.other_ratios[0].1, 16.0);
        close(shell.work_ratio, 3.0);
        assert_eq!(home.work_ratio, None);
        // In the third block the outcome was not held.
        assert_eq!((doubled.usable, other.usable), (2, 3));
        let moved = doubled.moved.expect("moved");
        assert!((moved.loss_change - 2e-4).abs() < 1e-12 && (moved.left - 0.3).abs() < 1e-12);
        close(doubled.error_difference, 2.0);
        assert!(
            describe(&plan, &plan.strata[0], Cost::squared(1.0), &outcomes)
                .unwrap()
                .is_empty()
        );
    }
}
