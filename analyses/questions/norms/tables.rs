//! The tables: ratios, growth, layers, and the runs themselves.

use rethink::experiment::run::StoredRun;
use rethink::report::{Cell, Column, Table};

use super::pairs::{Form, LABELINGS, cells, growth, ratio, value};
use super::{Findings, pairs, ranking};
use crate::show::{cell_or_missing, fraction, percent};

pub fn tables(findings: &Findings) -> Vec<Table> {
    vec![
        ratios(findings),
        separation(findings),
        exponents(findings),
        ranking::table(&findings.compared, findings.largest()),
        ranking::against_error(&findings.compared, &findings.measured),
        layers(findings),
        runs(findings),
    ]
}

fn ratios(findings: &Findings) -> Table {
    let largest = findings.largest();
    let [clean, random] = cells(largest);
    let mut table = Table::new(
        "ratios",
        format!("Random against true labels at n = {largest}"),
        vec![
            Column::text("norm of the network"),
            Column::number("true labels"),
            Column::number("random labels"),
            Column::number("ratio"),
            Column::number("ratio, over margin"),
            Column::number("ratio, scale-free"),
        ],
    );
    for (id, name) in findings.network_measures() {
        let raw = |run: &StoredRun| value(run, id, Form::Raw);
        let over = |run: &StoredRun| value(run, id, Form::OverMargin);
        let free = |run: &StoredRun| value(run, id, Form::ScaleFree);
        table.rows.push(vec![
            Cell::text(name),
            cell_or_missing(findings.runs.geometric_mean(&clean, raw).as_ref()),
            cell_or_missing(findings.runs.geometric_mean(&random, raw).as_ref()),
            cell_or_missing(ratio(&findings.runs, largest, raw).as_ref()),
            cell_or_missing(ratio(&findings.runs, largest, over).as_ref()),
            cell_or_missing(ratio(&findings.runs, largest, free).as_ref()),
        ]);
    }
    table.note = "Norms: geometric mean over seeds. Ratio: random / true within a pair, geometric \
                  mean over seeds; each with 95 % interval. Scale-free: norm / margin^(1/d) for \
                  norms of one layer's degree, norm / margin for those of the network's."
        .to_owned();
    table
}

fn separation(findings: &Findings) -> Table {
    let largest = findings.largest();
    let mut table = Table::new(
        "separation",
        format!("How well a norm tells random from true labels at n = {largest}"),
        vec![
            Column::text("norm of the network"),
            Column::number("AUC"),
            Column::number("AUC, over margin"),
        ],
    );
    for (id, name) in findings.network_measures() {
        let auc = |form| pairs::separation(&findings.runs, largest, |run| value(run, id, form));
        table.rows.push(vec![
            Cell::text(name),
            cell_or_missing(auc(Form::Raw).as_ref()),
            cell_or_missing(auc(Form::OverMargin).as_ref()),
        ]);
    }
    table.note = "AUC: probability that a random-label network has the larger value than a \
                  true-label network, with an interval that holds at any number of seeds."
        .to_owned();
    table
}

fn exponents(findings: &Findings) -> Table {
    let mut table = Table::new(
        "growth",
        "Growth with the number of training images: norm ∝ n^exponent",
        vec![
            Column::text("norm of the network"),
            Column::text("form"),
            Column::number("true labels"),
            Column::number("random labels"),
            Column::number("difference"),
        ],
    );
    for (id, name) in findings.network_measures() {
        for (form, shown) in [(Form::Raw, "raw"), (Form::OverMargin, "over margin")] {
            let growth = growth(&findings.runs, |run| value(run, id, form));
            let growth = growth.as_ref();
            table.rows.push(vec![
                Cell::text(name),
                Cell::text(shown),
                cell_or_missing(growth.map(|g| &g.true_labels)),
                cell_or_missing(growth.map(|g| &g.random_labels)),
                cell_or_missing(growth.map(|g| &g.difference)),
            ]);
        }
    }
    table.note = "Slope of ln norm on ln n within each seed; mean over seeds with 95 % interval; \
                  difference (random minus true) paired by seed."
        .to_owned();
    table
}

fn layers(findings: &Findings) -> Table {
    let largest = findings.largest();
    let [clean, random] = cells(largest);
    let mut table = Table::new(
        "layer-norms",
        format!("Layer by layer at n = {largest}"),
        vec![
            Column::text("layer"),
            Column::text("norm"),
            Column::number("true labels"),
            Column::number("random labels"),
            Column::number("ratio"),
            Column::number("ratio, over margin"),
        ],
    );
    for (index, shape) in findings.shapes().into_iter().enumerate() {
        for (id, name) in findings.layer_measures() {
            let number = |run: &StoredRun| layer_value(run, index, id);
            let over_margin = |run: &StoredRun| {
                let margin = run.measures.margin.as_ref()?.tenth_percentile;
                Some(number(run)? / margin.filter(|&margin| margin > 0.0)?)
            };
            table.rows.push(vec![
                Cell::text(layer_name(index, shape)),
                Cell::text(name),
                cell_or_missing(findings.runs.geometric_mean(&clean, number).as_ref()),
                cell_or_missing(findings.runs.geometric_mean(&random, number).as_ref()),
                cell_or_missing(ratio(&findings.runs, largest, number).as_ref()),
                cell_or_missing(ratio(&findings.runs, largest, over_margin).as_ref()),
            ]);
        }
    }
    table.note = "Geometric means over seeds with 95 % interval. The margin is that of the whole \
                  network."
        .to_owned();
    table
}

/// A layer's value of a measure.
pub fn layer_value(run: &StoredRun, layer: usize, id: &str) -> Option<f64> {
    *run.measures.layers.get(layer)?.measures.get(id)?
}

/// How a layer is called: its place, and its shape from inputs to outputs.
pub fn layer_name(index: usize, shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().rev().map(usize::to_string).collect();
    format!("{} ({})", index + 1, lengths.join(" → "))
}

fn runs(findings: &Findings) -> Table {
    let mut table = Table::new(
        "runs",
        "The networks compared",
        vec![
            Column::number("n"),
            Column::text("labels"),
            Column::number("reached"),
            Column::number("steps"),
            Column::number("margin, 10th percentile").unit("logits"),
            Column::number("misclassified").unit("% of training"),
            Column::number("test accuracy").unit("%"),
        ],
    );
    for &size in &findings.settings.sizes {
        for (labels, name) in LABELINGS {
            let cell = (size, labels);
            let average =
                |number: &dyn Fn(&StoredRun) -> Option<f64>| findings.runs.mean(&cell, number);
            let margin = |run: &StoredRun| run.measures.margin.as_ref()?.tenth_percentile;
            let wrong = |run: &StoredRun| Some(run.measures.margin.as_ref()?.misclassified);
            let runs = || findings.runs.outputs(&cell);
            let reached = runs().filter(|r| r.summary.stop.reached_target()).count();
            table.rows.push(vec![
                Cell::count(size),
                Cell::text(name),
                Cell::text(format!("{reached} of {}", runs().count())),
                cell_or_missing(average(&|run| run.steps_to_target().map(|s| s as f64)).as_ref()),
                cell_or_missing(average(&margin).as_ref()),
                cell_or_missing(average(&wrong).map(fraction).map(percent).as_ref()),
                cell_or_missing(
                    average(&|run| Some(1.0 - run.test_error()?))
                        .map(fraction)
                        .map(percent)
                        .as_ref(),
                ),
            ]);
        }
    }
    table.note = "Means over seeds with 95 % interval. Reached: runs whose training cross-entropy \
                  came to 0.01 nats."
        .to_owned();
    table
}
