//! What theory allows, beside what was measured.

use rethink::report::{Cell, Column, Table};
use rethink::stability::bounds::{
    SgdBound, SoftmaxRegression, convex_sgd, generalization, non_convex_at_least,
};
use rethink::statistics::{Estimate, Interval};

use super::replacements::Learner;
use super::settings::RIDGES;
use super::tables::lower_bound;
use super::{Findings, LABELINGS, ridge};
use crate::show::{at_least, at_most, cell_or_missing, correlation, fraction};
use rethink::experiment::stability::{One, RidgeStability, largest_change};

fn upper_bound(value: f64) -> Cell {
    Cell::number(value, format!("\u{2264} {}", at_most(value, 3)))
}

/// Of a loss in [0, 1], for which a bound from 1 says nothing.
fn upper_bound_of_one(value: f64) -> Cell {
    match value >= 1.0 {
        true => Cell::number(value, format!("vacuous: {}", at_most(value, 2))),
        false => upper_bound(value),
    }
}

/// The estimate of a number that cannot be negative.
fn at_least_zero(estimate: Estimate) -> Estimate {
    Estimate {
        interval: estimate
            .interval
            .map(|i| Interval::new(i.low.max(0.0), i.high)),
        ..estimate
    }
}

/// What Theorem 3.8 allows after so many epochs of softmax regression; none if the
/// learning rate exceeds 2/β.
pub fn convex_after(findings: &Findings, epochs: usize) -> Option<SgdBound> {
    let (_, recipe) = findings.settings.learner(Learner::Linear);
    let batch = findings.settings.smallest_batch();
    let SoftmaxRegression {
        lipschitz,
        smoothness,
    } = findings.constants;
    convex_sgd(lipschitz, smoothness, recipe.learning_rate, epochs, batch)
}

/// What Theorem 3.8 allows at the end.
pub fn convex(findings: &Findings) -> Option<SgdBound> {
    let (_, recipe) = findings.settings.learner(Learner::Linear);
    convex_after(findings, recipe.stopping.max_epochs)
}

/// What Theorem 3.12 could not fall below for the network if it applied, which it
/// does not: L is at least the largest gradient of a training example at the initial
/// weights.
pub fn non_convex_floor(findings: &Findings) -> Option<f64> {
    let settings = &findings.settings;
    let (_, recipe) = settings.learner(Learner::Network);
    let seeds = (findings.network.cells()).flat_map(|labels| findings.network.outputs(labels));
    let gradients = seeds.filter_map(|seed| seed.base.gradient);
    non_convex_at_least(
        gradients.fold(0.0, f64::max),
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
    for (name, study, loss) in arms {
        for (labels, name_of_labels) in LABELINGS {
            let distance = |one: &One| one.distances.last().copied().unwrap_or(0.0);
            let change = |one: &One| one.changes[loss].largest;
            let (distance_bound, bound) = match loss {
                2 => (
                    end.map_or_else(Cell::missing, |end| upper_bound(end.distance)),
                    end.map_or_else(Cell::missing, |end| upper_bound(end.stability)),
                ),
                _ => (
                    Cell::missing(),
                    floor.map_or_else(Cell::missing, |floor| Cell::Number {
                        shown: format!("does not apply (> {})", at_least(floor, 2)),
                        // No bound, so none for a machine to read.
                        value: None,
                        low: None,
                        high: None,
                    }),
                ),
            };
            // The ramp loss has its values in [0, 1], cross-entropy only a lower limit.
            let cut = |estimate: Estimate| match loss {
                2 => at_least_zero(estimate),
                _ => fraction(estimate),
            };
            let changes = study.mean(&labels, |seed| {
                Some(seed.mean(|one| one.changes[loss].mean))
            });
            table.rows.push(vec![
                Cell::text(name),
                Cell::text(name_of_labels),
                lower_bound(largest_change(study, labels, distance)),
                distance_bound,
                cell_or_missing(changes.map(cut).as_ref()),
                lower_bound(largest_change(study, labels, change)),
                bound,
            ]);
        }
    }
    table.note = "Largest: over seeds, replacements and z, a lower bound of the supremum. Mean: estimate with \
                  95 % t interval over seeds. Bounds: Theorem 3.8 for convex losses, (2 L²/n) Σ η, with L \
                  and β of all images used and η ≤ 2/β, valid for every order of batches (for batches \
                  derived here), so no measured value may lie above it. Theorem 3.12, for losses in [0, 1] \
                  that are smooth but not convex, does not apply to the network: ReLU is not smooth, and the \
                  cross-entropy it is trained on is not bounded. In brackets what its value would exceed, \
                  T/(n − 1) for every smoothness β once 2 η L² ≥ 1 (derived here; L is at least the largest \
                  gradient of a training example at the initial weights): from 1 it says nothing. No bound \
                  sees the labels."
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
    for ridge in RIDGES {
        let bound = ridge::bound(&findings.ridge, ridge);
        let gap = generalization(bound, settings.train, settings.delta);
        for (labels, name) in LABELINGS {
            let cell = (ridge, labels);
            let average = |of: fn(&RidgeStability) -> f64, cut: fn(Estimate) -> Estimate| {
                let mean = findings.ridge.mean(&cell, |m| Some(of(m)));
                cell_or_missing(mean.map(cut).as_ref())
            };
            table.rows.push(vec![
                Cell::significant(ridge, 3),
                Cell::text(name),
                average(|m| m.mean, fraction),
                lower_bound(ridge::largest(&findings.ridge, cell)),
                upper_bound_of_one(bound),
                average(|m| m.left_out_gap, correlation),
                average(|m| m.gap, correlation),
                upper_bound_of_one(gap),
            ]);
        }
    }
    table.note = format!(
        "Squared loss of one output per class, in [0, 1]. Change: over all removals, outputs, and {} \
         unseen images, exact for these; largest over seeds. Bound of the change: Bousquet and Elisseeff \
         2002, β = 2/(λ n), times half the slope of the loss at a removed example where that exceeds 2. \
         Left-out gap: leave-one-out loss minus training loss, in closed form; gap: loss on unseen images \
         minus training loss; its bound: theirs, 2 β + (4 n β + 1) √(ln(1/δ)/(2 n)) with δ = {}. \
         Means with 95 % t interval over seeds.",
        settings.compared, settings.delta
    );
    table
}
