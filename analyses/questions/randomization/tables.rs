//! The tables: one row per treatment, one per corruption level.

use rethink::report::{Cell, Column, Table};

use super::{Findings, published};
use crate::show::cell_or_missing;

pub fn tables(findings: &Findings) -> Vec<Table> {
    vec![treatments(findings), sweep(findings)]
}

fn treatments(findings: &Findings) -> Table {
    let mut table = Table::new(
        "treatments",
        "Final accuracy and steps to fit, by treatment",
        vec![
            Column::text("treatment"),
            Column::number("training accuracy").unit("%"),
            Column::number("published training").unit("%"),
            Column::number("test accuracy").unit("%"),
            Column::number("published test").unit("%"),
            Column::number("steps to fit"),
            Column::number("relative"),
            Column::number("reached"),
        ],
    );
    for condition in &findings.treatments {
        let published = published::accuracy(findings.settings.architecture, condition.treatment);
        let accuracy = |value: Option<f64>| {
            value.map_or_else(Cell::missing, |accuracy| Cell::fixed(accuracy, 2))
        };
        table.rows.push(vec![
            Cell::text(condition.name()),
            cell_or_missing(condition.train_accuracy().as_ref()),
            accuracy(published.map(|p| p.0)),
            cell_or_missing(condition.test_accuracy().as_ref()),
            accuracy(published.map(|p| p.1)),
            cell_or_missing(condition.steps().as_ref()),
            cell_or_missing(condition.relative_steps(findings.true_labels()).as_ref()),
            Cell::text(format!(
                "{} of {}",
                condition.reached(),
                condition.runs.len()
            )),
        ]);
    }
    table.note = "Estimates: mean over seeds with 95 % interval. Steps to fit: updates until the \
                  mean training cross-entropy is at most 0.01 nats, checked after each epoch; not \
                  given when a run did not reach it. Published: CIFAR-10, n = 50,000. Under random and Gaussian pixels the test \
                  images are real ones."
        .to_owned();
    table
}

fn sweep(findings: &Findings) -> Table {
    let mut table = Table::new(
        "corruption",
        "Steps to fit and test error, by corruption level",
        vec![
            Column::number("p"),
            Column::number("labels replaced").unit("%"),
            Column::number("labels wrong").unit("%"),
            Column::number("relative steps to fit"),
            Column::number("published steps"),
            Column::number("test error"),
            Column::number("published error"),
        ],
    );
    let architecture = findings.settings.architecture;
    let published_at = |values, p, decimals| {
        published::at_level(values, architecture, p)
            .map_or_else(Cell::missing, |value| Cell::fixed(value, decimals))
    };
    for (p, condition) in &findings.sweep {
        table.rows.push(vec![
            Cell::fixed(*p, 1),
            cell_or_missing(condition.replaced().as_ref()),
            cell_or_missing(condition.differing().as_ref()),
            cell_or_missing(condition.relative_steps(findings.true_labels()).as_ref()),
            published_at(&published::RELATIVE_TIME, *p, 2),
            cell_or_missing(condition.test_error().as_ref()),
            published_at(&published::TEST_ERROR, *p, 3),
        ]);
    }
    table.note = "Estimates: mean over seeds with 95 % interval; ratios are geometric means of \
                  ratios within a seed. Published: MLP 1x512 on CIFAR-10, read off Figures 1b and \
                  1c. Labels wrong: replaced and different from the truth."
        .to_owned();
    table
}
