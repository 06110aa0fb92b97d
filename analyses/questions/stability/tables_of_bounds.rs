//! What theory allows, beside what was measured.

use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::stability::{RidgeStability, largest_change, largest_gradient};
use rethink::report::{Cell, Table};
use rethink::stability::bounds::{
    SgdBound, SoftmaxRegression, convex_sgd, generalization, non_convex_at_least,
};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use super::Findings;
use super::settings::{Learner, RIDGES};
use super::tables::lower_bound;
use crate::show::{at_least, at_most, correlation};

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
/// does not.
pub fn non_convex_floor(findings: &Findings) -> Option<f64> {
    let settings = &findings.settings;
    let (_, recipe) = settings.learner(Learner::Network);
    non_convex_at_least(
        largest_gradient(&findings.network),
        recipe.learning_rate,
        settings.steps(Learner::Network),
        settings.train,
    )
}

pub fn sgd(findings: &Findings) -> Table {
    let end = convex(findings);
    let floor = non_convex_floor(findings).map(|floor| Cell::Number {
        shown: format!("does not apply (> {})", at_least(floor, 2)),
        // No bound, so none for a machine to read.
        value: None,
        low: None,
        high: None,
    });
    // The ramp loss has its values in [0, 1], cross-entropy only a lower limit.
    let arms = [
        (
            ("softmax, cross-entropy (nats)", &findings.linear, 2),
            f64::INFINITY,
            [end.map(|end| end.distance), end.map(|end| end.stability)]
                .map(|bound| bound.map(upper_bound)),
        ),
        (
            ("network, ramp loss", &findings.network, 1),
            1.0,
            [None, floor],
        ),
    ];
    let rows = arms
        .into_iter()
        .flat_map(|((name, study, loss), limit, bounds)| {
            LABELINGS.map(|(labels, name_of_labels)| {
                let distance = largest_change(study, labels, |one| {
                    one.distances.last().copied().unwrap_or(0.0)
                });
                let change = largest_change(study, labels, |one| one.changes[loss].largest);
                let mean = study.mean(&labels, |seed| {
                    Some(seed.mean(|one| one.changes[loss].mean))
                });
                let mean = mean.map(|mean| mean.within(0.0, limit));
                let names = [name, name_of_labels];
                (
                    names,
                    [distance, change].map(lower_bound),
                    mean,
                    bounds.clone(),
                )
            })
        });
    Table::of(
        "bounds-of-sgd",
        "Uniform stability of SGD: largest change measured, and the bounds of Hardt et al. 2016",
        rows,
    )
    .text("learner", |row| row.0[0])
    .text("labels", |row| row.0[1])
    .number("largest distance", |row| row.1[0].clone())
    .number("bound", |row| row.3[0].clone())
    .number("mean change", |row| row.2)
    .number("largest change", |row| row.1[1].clone())
    .number("bound", |row| row.3[1].clone())
    .note(
        "Largest: over seeds, replacements and z, a lower bound of the supremum. Mean: over seeds \
         with 95 % interval. Softmax: Theorem 3.8 for convex losses, (2 L²/n) Σ η, with L and β \
         of all images used and η ≤ 2/β, for every order of batches (batches: derived here); no \
         measured value may exceed it. Network: Theorem 3.12, for losses in [0, 1] that are \
         smooth, does not apply, since ReLU is not smooth and the cross-entropy trained on is not \
         bounded. In brackets what it would exceed, T/(n − 1) for every smoothness β once 2 η L² \
         ≥ 1 (derived here; L is at least the largest gradient of a training example at the \
         initial weights); from 1 on it says nothing. No bound depends on the labels.",
    )
}

pub fn ridge(findings: &Findings) -> Table {
    let (settings, removed) = (&findings.settings, &findings.removed);
    let cells = RIDGES
        .into_iter()
        .flat_map(|ridge| LABELINGS.map(|labeling| (ridge, labeling)));
    let mean = |ridge: f64, labels: Treatment, of: fn(&RidgeStability) -> f64| {
        removed.mean(&(ridge, labels), |measured| Some(of(measured)))
    };
    let gap = |ridge| generalization(removed.uniform_bound(ridge), settings.train, settings.delta);
    let title = format!(
        "Kernel ridge regression, one of n = {} examples removed: exact, with its bound",
        settings.train
    );
    Table::of("kernel-ridge-regression", title, cells)
        .number("λ n", |row| Cell::significant(row.0, 3))
        .text("labels", |row| row.1.1)
        .number("mean change", |&(ridge, (labels, _))| {
            mean(ridge, labels, |m| m.mean).map(Estimate::fraction)
        })
        .number("largest change", |&(ridge, (labels, _))| {
            lower_bound(removed.largest((ridge, labels)))
        })
        .number("bound", |row| upper_bound_of_one(removed.uniform_bound(row.0)))
        .number("left-out gap", |&(ridge, (labels, _))| {
            mean(ridge, labels, |m| m.left_out_gap).map(correlation)
        })
        .number("gap", |&(ridge, (labels, _))| {
            mean(ridge, labels, |m| m.gap).map(correlation)
        })
        .number("bound", |row| upper_bound_of_one(gap(row.0)))
        .note(format!(
        "Squared loss of one output per class, in [0, 1]. Change: over all removals, outputs and \
         {} unseen images, exact for these; largest over seeds. Its bound: Bousquet and Elisseeff \
         2002, β = 2/(λ n), times half the slope of the loss at a removed example where that \
         exceeds 2. Left-out gap: leave-one-out loss minus training loss, in closed form. Gap: \
         loss on unseen images minus training loss; its bound: theirs, 2 β + (4 n β + 1) \
         √(ln(1/δ)/(2 n)) with δ = {}. Means over seeds with 95 % interval.",
        settings.compared, settings.delta
    ))
}
