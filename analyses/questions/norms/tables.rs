//! The tables: ratios, growth, layers, and the runs themselves.

use rethink::experiment::random_labels::{Cell, Form, LABELINGS, pair};
use rethink::experiment::run::StoredRun;
use rethink::report::Table;

use super::of_images::OfImages;
use super::{Findings, ranking};

pub fn tables(findings: &Findings) -> Vec<Table> {
    let mut tables = vec![
        ratios(findings),
        separation(findings),
        exponents(findings),
        ranking::table(&findings.compared, findings.largest()),
        ranking::against_error(&findings.compared, &findings.measured),
        layers(findings),
        runs(findings),
    ];
    tables.extend(findings.images.iter().flat_map(OfImages::tables));
    tables
}

fn ratios(findings: &Findings) -> Table {
    let n = findings.largest();
    let [clean, random] = pair(n);
    let mean = |cell: Cell, id: &str| {
        (findings.runs).geometric_mean(&cell, |run| Form::Raw.value(run, id))
    };
    let title = format!("Random against true labels at n = {n}");
    Table::of("ratios", title, findings.network_norms())
        .text("norm of the network", |norm| norm.name)
        .number("true labels", |norm| mean(clean, norm.id))
        .number("random labels", |norm| mean(random, norm.id))
        .number("ratio", |norm| findings.ratio(norm.id, Form::Raw))
        .number("ratio, over margin", |norm| {
            findings.ratio(norm.id, Form::OverMargin)
        })
        .number("ratio, scale-free", |norm| {
            findings.ratio(norm.id, Form::ScaleFree)
        })
        .note(
            "Norms: geometric mean over seeds. Ratio: random / true within a pair, geometric \
             mean. Intervals are 95 %. Scale-free: norm / margin^(1/d) for norms that scale like \
             one layer's weights, norm / margin for those that scale like the outputs.",
        )
}

fn separation(findings: &Findings) -> Table {
    let n = findings.largest();
    let auc = |id: &str, form: Form| findings.runs.separation(n, |run| form.value(run, id));
    let title = format!("How well a norm tells random from true labels at n = {n}");
    Table::of("separation", title, findings.network_norms())
        .text("norm of the network", |norm| norm.name)
        .number("AUC", |norm| auc(norm.id, Form::Raw))
        .number("AUC, over margin", |norm| auc(norm.id, Form::OverMargin))
        .note(
            "AUC: probability that a random-label network has the larger value than a true-label \
             network, 0 or 1 without overlap. Its interval holds at any number of seeds and is wide \
             at few: without overlap it is 1.00 [0.48, 1.00] at five.",
        )
}

fn exponents(findings: &Findings) -> Table {
    let norms = findings.network_norms().into_iter().flat_map(|norm| {
        [(Form::Raw, "raw"), (Form::OverMargin, "over margin")].map(|(form, shown)| {
            let growth = findings.runs.growth(|run| form.value(run, norm.id));
            (norm.name, shown, growth)
        })
    });
    Table::of(
        "growth",
        "Growth with the number of training images: norm ∝ n^exponent",
        norms,
    )
    .text("norm of the network", |row| row.0)
    .text("form", |row| row.1)
    .number("true labels", |row| row.2.map(|g| g.true_labels))
    .number("random labels", |row| row.2.map(|g| g.random_labels))
    .number("difference", |row| row.2.map(|g| g.difference))
    .note(
        "Slope of ln norm on ln n within each seed; mean over seeds with 95 % interval; difference \
         (random minus true) paired by seed.",
    )
}

fn layers(findings: &Findings) -> Table {
    let (runs, n) = (&findings.runs, findings.largest());
    let [clean, random] = pair(n);
    let norms = findings.layer_norms();
    let rows = (findings.layers().into_iter().enumerate())
        .flat_map(|(place, layer)| norms.iter().map(move |&norm| (place, layer.clone(), norm)));
    let mean = |cell: Cell, layer: usize, id: &str| {
        runs.geometric_mean(&cell, |run| Form::Raw.of_layer(run, layer, id))
    };
    let ratio = |form: Form, layer: usize, id: &str| {
        runs.random_over_true(n, |run| form.of_layer(run, layer, id))
    };
    Table::of("layer-norms", format!("Layer by layer at n = {n}"), rows)
        .text("layer", |(_, layer, _)| layer.clone())
        .text("norm", |(_, _, norm)| norm.name)
        .number("true labels", |(at, _, norm)| mean(clean, *at, norm.id))
        .number("random labels", |(at, _, norm)| mean(random, *at, norm.id))
        .number("ratio", |(at, _, norm)| ratio(Form::Raw, *at, norm.id))
        .number("ratio, over margin", |(at, _, norm)| {
            ratio(Form::OverMargin, *at, norm.id)
        })
        .note(
            "Geometric means over seeds with 95 % interval. The margin is that of the whole \
             network.",
        )
}

fn runs(findings: &Findings) -> Table {
    let runs = &findings.runs;
    let sizes = findings.settings.sizes.iter();
    let rows = sizes.flat_map(|&size| LABELINGS.map(|(labels, name)| ((size, labels), name)));
    let margin = |run: &StoredRun| run.measures.margin.as_ref()?.tenth_percentile;
    let wrong = |run: &StoredRun| Some(run.measures.margin.as_ref()?.misclassified);
    Table::of("runs", "The networks compared", rows)
        .number("n", |(cell, _)| cell.0)
        .text("labels", |(_, name)| *name)
        .number("reached", |(cell, _)| {
            let (reached, all) = runs.reached(cell);
            format!("{reached} of {all}")
        })
        .number("steps", |(cell, _)| runs.steps(cell))
        .number("margin, 10th percentile", |(cell, _)| {
            runs.mean(cell, margin)
        })
        .unit("logits")
        .percent("misclassified", |(cell, _)| runs.mean(cell, wrong))
        .unit("% of training")
        .percent("test accuracy", |(cell, _)| runs.test_accuracy(cell))
        .note(
            "Means over seeds with 95 % interval. Reached: runs whose training cross-entropy fell \
             to 0.01 nats.",
        )
}
