//! What theory allows, beside what was measured.

use rethink::report::number::significant;
use rethink::report::{Cell, Column, Table};
use rethink::stability::bounds::{self, SgdBound, convex_sgd, non_convex_at_least};
use rethink::statistics::{Estimate, Interval, mean};
use rethink::treatment::Treatment;

use super::replacements::{Learner, Measured};
use super::tables::{largest, lower_bound, per_seed};
use super::{Findings, ridge};
use crate::show::cell_or_missing;

fn upper_bound(value: f64) -> Cell {
    Cell::number(value, format!("\u{2264} {}", significant(value, 3)))
}

/// Of a loss in [0, 1], for which a bound from 1 says nothing.
fn upper_bound_of_one(value: f64) -> Cell {
    match value >= 1.0 {
        true => Cell::number(value, format!("vacuous: {}", significant(value, 2))),
        false => upper_bound(value),
    }
}

/// The mean of numbers that cannot be negative.
fn mean_of_positive(values: &[f64]) -> Cell {
    let estimate = mean(values).ok().map(|estimate| Estimate {
        interval: estimate
            .interval
            .map(|i| Interval::new(i.low.max(0.0), i.high)),
        ..estimate
    });
    cell_or_missing(estimate.as_ref())
}

/// L over all seeds.
fn lipschitz(measured: &[Measured; 2]) -> f64 {
    let seeds = measured.iter().flatten();
    seeds.map(|seed| seed.base.lipschitz).fold(0.0, f64::max)
}

/// What Theorem 3.8 allows after so many epochs of softmax regression.
pub fn convex_after(findings: &Findings, epochs: usize) -> SgdBound {
    let (_, recipe) = findings.settings.learner(Learner::Linear);
    let batch = findings.settings.smallest_batch();
    convex_sgd(
        lipschitz(&findings.linear),
        recipe.learning_rate,
        epochs,
        batch,
    )
}

/// What Theorem 3.8 allows at the end.
pub fn convex(findings: &Findings) -> SgdBound {
    let (_, recipe) = findings.settings.learner(Learner::Linear);
    convex_after(findings, recipe.stopping.max_epochs)
}

/// What Theorem 3.12 cannot fall below for the network: its L is at least the
/// largest gradient of a training example at the initial weights.
pub fn non_convex_floor(findings: &Findings) -> Option<f64> {
    let settings = &findings.settings;
    let (_, recipe) = settings.learner(Learner::Network);
    non_convex_at_least(
        lipschitz(&findings.network),
        recipe.learning_rate,
        settings.steps(Learner::Network),
        settings.train,
    )
}

pub fn sgd(findings: &Findings) -> Table {
    let mut table = Table::new(
        "bounds-of-sgd",
        "Uniform stability of SGD: largest change measured, and the bounds of Hardt et al. 2016",
        vec![
            Column::text("learner"),
            Column::text("labels"),
            Column::number("largest distance"),
            Column::number("bound"),
            Column::number("mean change"),
            Column::number("largest change"),
            Column::number("bound"),
        ],
    );
    let end = convex(findings);
    let floor = non_convex_floor(findings);
    let arms = [
        ("softmax, cross-entropy (nats)", &findings.linear, 2),
        ("network, ramp loss", &findings.network, 1),
    ];
    for (name, measured, loss) in arms {
        for (labels, measured) in ["true", "random"].into_iter().zip(measured) {
            let distance = |one: &super::replacements::One| one.distances.last().copied();
            let (distance_bound, bound) = match loss {
                2 => (upper_bound(end.distance), upper_bound(end.stability)),
                _ => (
                    Cell::missing(),
                    floor.map_or_else(Cell::missing, |floor| {
                        Cell::number(floor, format!("vacuous: > {}", significant(floor, 2)))
                    }),
                ),
            };
            table.rows.push(vec![
                Cell::text(name),
                Cell::text(labels),
                lower_bound(largest(measured, |one| distance(one).unwrap_or(0.0))),
                distance_bound,
                mean_of_positive(&per_seed(measured, |one| one.changes[loss].mean)),
                lower_bound(largest(measured, |one| one.changes[loss].largest)),
                bound,
            ]);
        }
    }
    table.note = "Largest: over seeds, replacements and z, a lower bound of the supremum. Mean: estimate with \
                  95 % t interval over seeds. Bounds: Theorem 3.8 for convex losses, (2 L²/n) Σ η, with \
                  exact L and a step size of 1/β, valid for every order of batches (for batches derived \
                  here), so no measured value may lie above it; for the network Theorem 3.12, whose value \
                  exceeds T/(n − 1) for every smoothness β once 2 η L² ≥ 1 (derived here; L is at least the \
                  largest gradient of a training example at the initial weights). It is for smooth losses \
                  in [0, 1], which that of a ReLU network is not. No bound sees the labels."
        .to_owned();
    table
}

pub fn ridge(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let mut table = Table::new(
        "kernel-ridge-regression",
        format!(
            "Kernel ridge regression, one of n = {} examples removed: exact, with its bound",
            settings.train
        ),
        vec![
            Column::number("λ n"),
            Column::text("labels"),
            Column::number("mean change"),
            Column::number("largest change"),
            Column::number("bound"),
            Column::number("left-out gap"),
            Column::number("gap"),
            Column::number("bound"),
        ],
    );
    for row in &findings.ridge {
        let average = |of: fn(&ridge::Measured) -> f64| {
            let values: Vec<f64> = row.seeds.iter().map(of).collect();
            cell_or_missing(mean(&values).ok().as_ref())
        };
        let most = |of: fn(&ridge::Measured) -> f64| row.seeds.iter().map(of).fold(0.0, f64::max);
        let bound = bounds::ridge_regression(1.0, row.ridge);
        // The theorem takes 2 for the slope of the loss.
        let bound = bound * (most(|m| m.admissibility) / 2.0).max(1.0);
        let gap = bounds::generalization(bound, settings.train, settings.delta);
        table.rows.push(vec![
            Cell::significant(row.ridge, 3),
            Cell::text(match row.labels {
                Treatment::TrueLabels => "true",
                _ => "random",
            }),
            average(|m| m.mean),
            lower_bound(most(|m| m.largest)),
            upper_bound_of_one(bound),
            average(|m| m.left_out_gap),
            average(|m| m.gap),
            upper_bound_of_one(gap),
        ]);
    }
    table.note = format!(
        "Squared loss of one output per class, in [0, 1]. Change: over all removals, outputs, and {} \
         unseen images, exact for these; largest over seeds. Bound of the change: Bousquet and Elisseeff \
         2002, Theorem 22 with σ = 2, 2/(λ n). Left-out gap: leave-one-out loss minus training loss, \
         in closed form; gap: loss on unseen images minus training loss; its bound: Theorem 12 with δ = {}. \
         Means with 95 % t interval over seeds.",
        settings.compared, settings.delta
    );
    table
}
