//! The tables: true labels, random labels, early stopping, weight decay, and the pilot.

use rethink::experiment::regularization::{Cell, Measure, Regularizer};
use rethink::experiment::run::StoredRun;
use rethink::report::Table;
use rethink::report::table::Cell as Shown;
use rethink::statistics::Estimate;
use rethink::treatment::Treatment::{RandomLabels, TrueLabels};

use super::optimization::words;
use super::published::{counterpart, difference, gain, line};
use super::settings::TARGET;
use super::verdicts::architectures;
use super::{Findings, pilot};

pub fn tables(findings: &Findings) -> Vec<Table> {
    vec![
        true_labels(findings),
        random_labels(findings),
        architecture(findings),
        stopping(findings),
        weight_decay(findings),
        pilot::table(findings),
    ]
}

/// A published fraction in per cent, as the paper prints it.
fn percent(fraction: Option<f64>) -> Option<Shown> {
    fraction.map(|fraction| Shown::fixed(100.0 * fraction, 2))
}

fn true_labels(findings: &Findings) -> Table {
    let runs = &findings.grid.cells;
    let paper = |cell: &Cell| line(counterpart(cell.network), cell);
    Table::of(
        "true-labels",
        "True labels: test accuracy with each regularizer",
        findings.cells(TrueLabels),
    )
    .text("network", |cell| cell.network.name())
    .text("regularizer", |cell| cell.regularizer.name())
    .percent("training accuracy", |cell| runs.train_accuracy(cell))
    .number("published training", |cell| {
        percent(paper(cell).map(|line| line.training_accuracy))
    })
    .unit("%")
    .percent("test accuracy", |cell| runs.test_accuracy(cell))
    .number("published test", |cell| {
        percent(paper(cell).and_then(|line| line.test_accuracy))
    })
    .unit("%")
    .number("gain", |cell| {
        let regularized = cell.regularizer != Regularizer::None;
        let gain = regularized.then(|| runs.gain(cell)).flatten();
        gain.map(Estimate::percent)
    })
    .unit("points")
    .number("published gain", |cell| {
        let regularized = cell.regularizer != Regularizer::None;
        let gain = regularized.then(|| gain(counterpart(cell.network), cell));
        gain.flatten().map(|points| Shown::fixed(points, 2))
    })
    .unit("points")
    .note(
        "Mean over seeds with 95 % interval, after the same number of updates for all rows of a \
         network, but for early stopping. Training accuracy is on images as they are, without \
         dropout; with early stopping it is on what was not held out. Gain: test accuracy minus \
         that of the same network without regularization, within seeds. Published: CIFAR-10, n = \
         50,000, one training each, of the network that the remarks name.",
    )
}

fn random_labels(findings: &Findings) -> Table {
    let runs = &findings.grid.cells;
    let paper = |cell: &Cell| line(counterpart(cell.network), cell);
    Table::of(
        "random-labels",
        "Random labels: are they fitted with each regularizer?",
        findings.cells(RandomLabels),
    )
    .text("network", |cell| cell.network.name())
    .text("regularizer", |cell| cell.regularizer.name())
    .text("fitted", |cell| match runs.fitted(cell) {
        Some(true) => "yes",
        _ => "no",
    })
    .percent("training accuracy", |cell| runs.train_accuracy(cell))
    .number("published training", |cell| {
        percent(paper(cell).map(|line| line.training_accuracy))
    })
    .unit("%")
    .percent("test accuracy", |cell| runs.test_accuracy(cell))
    .number("zero error", |cell| {
        let (reached, all) = runs.reached(cell);
        format!("{reached} of {all}")
    })
    .unit("seeds")
    .number("updates to zero error", |cell| runs.steps(cell))
    .note(
        "Mean over seeds with 95 % interval. Fitted: a training accuracy of at least 99 % for \
         every seed, on images as they are and without dropout, when no label was missed or the \
         pilot's limit of epochs was over. Updates are missing when a training did not get to zero \
         training error. All regularizers together are exploratory.",
    )
}

fn architecture(findings: &Findings) -> Table {
    let runs = &findings.grid.cells;
    Table::of(
        "architecture",
        "What a change of the architecture gains, without regularization",
        architectures(findings),
    )
    .text("from", |(from, _)| from.network.name())
    .text("to", |(_, to)| to.network.name())
    .number("gain", |(from, to)| {
        runs.accuracy_difference(to, from).map(Estimate::percent)
    })
    .unit("points")
    .number("published gain", |(from, to)| {
        difference(to, from).map(|points| Shown::fixed(points, 2))
    })
    .unit("points")
    .note(
        "Test accuracy of the second network minus that of the first, within seeds, on the same \
         images, with 95 % interval; each network with the updates that its pilot fixed.",
    )
}

fn stopping(findings: &Findings) -> Table {
    let runs = &findings.grid.cells;
    let plain = |cell: &Cell| cell.regularizer == Regularizer::None;
    let early = |cell: &Cell| Cell {
        regularizer: Regularizer::EarlyStopping,
        ..*cell
    };
    Table::of(
        "early-stopping",
        "What stopping early could gain, and what it does",
        findings.cells(TrueLabels).filter(plain),
    )
    .text("network", |cell| cell.network.name())
    .percent("test accuracy at the end", |cell| runs.test_accuracy(cell))
    .number("best epoch", |cell| {
        runs.best_over_last(cell).map(Estimate::percent)
    })
    .unit("points")
    .percent("stopped early", |cell| runs.test_accuracy(&early(cell)))
    .number("gain", |cell| {
        runs.gain(&early(cell)).map(Estimate::percent)
    })
    .unit("points")
    .number("stopped after", |cell| {
        let epoch = |run: &StoredRun| Some(run.summary.last?.step as f64);
        let updates = runs.mean(&early(cell), epoch);
        updates.map(|updates| updates.within(0.0, f64::INFINITY))
    })
    .unit("updates")
    .note(
        "Best epoch: highest test accuracy after any epoch minus that at the end. That epoch is \
         chosen on the test set, so nobody can have this gain; it bounds that of stopping early. \
         Stopped early: a fifth of the training images is held out, and the weights are those \
         with the least error on it; so the network learns from four fifths of the images.",
    )
}

fn weight_decay(findings: &Findings) -> Table {
    Table::of(
        "weight-decay",
        "Weight decay and optimization on true labels",
        &findings.optimized,
    )
    .text("network", |row| row.with.network.name())
    .number("λ", |row| Shown::significant(row.with.weight_decay, 1))
    .text("measure", |row| words(row.measure))
    .number("with / without", |row| row.ratio)
    .number("p", |row| Shown::significant(row.p_value, 2))
    .number("p, adjusted", |row| Shown::significant(row.adjusted, 2))
    .note(format!(
        "Geometric mean over seeds of the ratio within a seed, with 95 % interval; below 1 weight \
         decay helps. {}: cross-entropy without the penalty, after the updates that the pilot \
         needed to {TARGET} nats. {}: to {TARGET} nats; missing when a training did not get \
         there. p: one-sided t test on the logarithms; adjusted by Holm's method over all rows.",
        capital(words(Measure::Loss)),
        capital(words(Measure::Updates)),
    ))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
