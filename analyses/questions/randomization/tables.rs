//! The tables: one row per treatment, one per corruption level.

use rethink::published::Quantity;
use rethink::report::{Cell, Table};
use rethink::treatment::Treatment;

use super::{Findings, TREATMENTS, name, order, published};

pub fn tables(findings: &Findings) -> Vec<Table> {
    let mut tables = vec![treatments(findings), sweep(findings)];
    let of_images = findings.images.iter();
    tables.extend(of_images.flat_map(|images| order::tables(findings, images)));
    tables
}

fn treatments(findings: &Findings) -> Table {
    let runs = &findings.runs;
    let published = |quantity, treatment: &Treatment| {
        let accuracy = published::value(findings, quantity, &treatment.to_string());
        accuracy.map(|accuracy| Cell::fixed(100.0 * accuracy, 2))
    };
    Table::of(
        "treatments",
        "Final accuracy and steps to fit, by treatment",
        TREATMENTS,
    )
    .text("treatment", |&treatment| name(treatment))
    .percent("training accuracy", |t| runs.train_accuracy(t))
    .number("published training", |t| {
        published(Quantity::TrainingAccuracy, t)
    })
    .unit("%")
    .percent("test accuracy", |t| runs.test_accuracy(t))
    .number("published test", |t| published(Quantity::TestAccuracy, t))
    .unit("%")
    .number("steps to fit", |t| runs.steps(t))
    .number("relative", |&t| findings.relative_steps(t))
    .number("reached", |t| {
        let (reached, all) = runs.reached(t);
        format!("{reached} of {all}")
    })
    .note(
        "Mean over seeds with 95 % interval. Steps to fit: updates until the mean training \
         cross-entropy is at most 0.01 nats, checked after each epoch; missing when a run did not \
         get there. Published: CIFAR-10, n = 50,000. Gaussian and random pixels are tested on \
         real images.",
    )
}

fn sweep(findings: &Findings) -> Table {
    let runs = &findings.runs;
    let published = |quantity, p, decimals| {
        let value = published::at_level(findings, quantity, p);
        value.map(|value| Cell::fixed(value, decimals))
    };
    Table::of(
        "corruption",
        "Steps to fit and test error, by corruption level",
        findings.sweep.iter().copied(),
    )
    .number("p", |&(p, _)| Cell::fixed(p, 1))
    .percent("labels replaced", |(_, t)| runs.replaced(t))
    .percent("labels wrong", |(_, t)| runs.differing(t))
    .number("relative steps to fit", |&(_, t)| {
        findings.relative_steps(t)
    })
    .number("published steps", |&(p, _)| {
        published(Quantity::RelativeSteps, p, 2)
    })
    .number("test error", |(_, t)| runs.test_error(t))
    .number("published error", |&(p, _)| {
        published(Quantity::TestError, p, 3)
    })
    .note(
        "Mean over seeds with 95 % interval; ratios: geometric mean within seeds. Labels wrong: \
         replaced by another class than the true one. Published: MLP 1x512 on CIFAR-10, read off \
         Figures 1b and 1c.",
    )
}
