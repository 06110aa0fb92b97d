//! The tables.

use rethink::experiment::expressivity::{Norms, Theorem1Fit};
use rethink::measure::is_vacuous;
use rethink::report::{Cell, Column, Table};
use rethink::statistics::Estimate;
use rethink::text::number::fixed;
use rethink::treatment::Treatment;

use super::memorization::thresholds;
use super::norms::QUANTITIES;
use super::{Findings, LABELS, ORIGINS};
use crate::session::Session;
use crate::show::{at_most_cell, cell_or_missing, fraction, percent};

pub fn tables(findings: &Findings, session: &Session) -> Vec<Table> {
    vec![
        reachable(findings),
        theorem(findings),
        depths(findings),
        memorization(findings),
        threshold(findings),
        zoo(findings, session.dataset.train().len()),
        published(findings),
    ]
}

fn deviation(value: f64) -> Cell {
    Cell::significant(value, 2)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn reachable(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let mut table = Table::new(
        "reachable",
        format!(
            "Theorem 1 and SGD on the same {} images",
            settings.train_size
        ),
        vec![
            Column::text("labels"),
            Column::text("quantity"),
            Column::number("Theorem 1"),
            Column::number(format!("SGD, {}", settings.compared)),
            Column::number("ratio"),
        ],
    );
    for (labels, name) in LABELS {
        let cells = ORIGINS.map(|(origin, _)| (labels, origin));
        let row = |quantity: &str, [constructed, trained]: [Option<Estimate>; 2], ratio| {
            vec![
                Cell::text(name),
                Cell::text(quantity),
                cell_or_missing(constructed.as_ref()),
                cell_or_missing(trained.as_ref()),
                cell_or_missing(Option::<Estimate>::as_ref(&ratio)),
            ]
        };
        let mean = |number: fn(&Norms) -> f64| {
            cells.map(|cell| findings.compared.mean(&cell, |n| Some(number(&n.norms))))
        };
        let train = mean(|n| n.train_error).map(|error| error.map(fraction).map(percent));
        table.rows.push(row("training error (%)", train, None));
        let test = cells.map(|cell| findings.test_error(cell).map(percent));
        table.rows.push(row("test error (%)", test, None));
        // Those of Theorem 1 are 1 but for rounding, which is no spread to show.
        let margins = mean(|n| (n.margin * 1e6).round() / 1e6);
        table
            .rows
            .push(row("margin, 10th percentile", margins, None));
        for (name, number) in QUANTITIES {
            let means = cells
                .map(|cell| (findings.compared).geometric_mean(&cell, |n| Some(number(&n.norms))));
            table
                .rows
                .push(row(name, means, findings.ratio(labels, number)));
        }
    }
    table.note = format!(
        "Errors and margins: mean over seeds with 95 % t interval. Norms over the margin: geometric \
         mean; ratio Theorem 1 / SGD within a seed. Σ ‖w_in‖‖w_out‖ is half of the smallest sum of \
         squared weights over all rescalings of the hidden units. Guessing has a test error of {:.0} %.",
        100.0 * findings.chance()
    );
    table
}

fn theorem(findings: &Findings) -> Table {
    let mut table = Table::new(
        "theorem-1",
        "The network of Theorem 1 on random labels",
        vec![
            Column::number("n"),
            Column::number("free numbers"),
            Column::number("as dense layers"),
            Column::number("largest weight"),
            Column::number("deviation"),
            Column::number("f32 numbers"),
            Column::number("error in f32").unit("%"),
        ],
    );
    for &size in &findings.settings.sizes {
        let cell = (Treatment::RandomLabels, size);
        let networks = || findings.theorem1.outputs(&cell);
        let worst = |number: fn(&Theorem1Fit) -> Option<f64>| {
            let values = findings.theorem1.values(&cell, number);
            values.map(|values| largest(values.into_iter()))
        };
        let Some(first) = networks().next() else {
            continue;
        };
        let single_error = worst(|f| f.single_train_error);
        table.rows.push(vec![
            Cell::count(size),
            Cell::count(first.free_numbers),
            Cell::count(first.dense_parameters),
            Cell::significant(largest(networks().map(|f| f.largest_weight)), 2),
            deviation(largest(networks().map(|f| f.deviation))),
            worst(|f| f.single_deviation).map_or_else(Cell::missing, deviation),
            single_error.map_or_else(Cell::missing, |e| Cell::fixed(100.0 * e, 1)),
        ]);
    }
    table.note = format!(
        "Exact; the worst seed. Free numbers: n(K + 1) + d for K = {} outputs and d = {} inputs \
         (2n + d for one output): all hidden units share their d input weights. As dense layers: \
         n(d + 1) + nK. Deviation: largest |output − target| over training images and outputs, by \
         summing over the hidden units, all in f64; f32 numbers: the same deviation where each number is f32 and each weight makes up for the \
         rounding of those before it. Error in f32: training images misclassified when the \
         arithmetic is f32 too.",
        findings.classes, findings.features
    );
    table
}

fn depths(findings: &Findings) -> Table {
    let mut table = Table::new(
        "depths",
        format!(
            "Corollary 1: the same function at other depths, n = {}",
            findings.settings.train_size
        ),
        vec![
            Column::number("depth k"),
            Column::number("width"),
            Column::number("of it hinges"),
            Column::number("free numbers"),
            Column::number("as dense layers"),
            Column::number("deviation, f64"),
        ],
    );
    for deep in &findings.deep {
        table.rows.push(vec![
            Cell::count(deep.depth),
            Cell::count(deep.width),
            Cell::count(deep.hinges),
            Cell::count(deep.free_numbers),
            Cell::count(deep.dense_parameters),
            deviation(deep.deviation),
        ]);
    }
    table.note = "Exact, first seed, random labels. Depth: layers of weights. Hinges: ⌈n/(k−1)⌉; beside \
                  them a layer carries ± the coordinate and ± each output's sum, so the width is at \
                  most ⌈n/(k−1)⌉ + 2 + 2K. Deviation: largest |output − target|, \
                  by dense matrix products in f64."
        .to_owned();
    table
}

fn memorization(findings: &Findings) -> Table {
    let mut columns = vec![Column::number("n")];
    for architecture in findings.settings.widths {
        columns.push(Column::text(architecture.name()));
    }
    let mut table = Table::new(
        "memorization-runs",
        "Runs of SGD that memorized random labels",
        columns,
    );
    for cells in findings.cells.chunk_by(|a, b| a.size == b.size) {
        let mut row = vec![Cell::count(cells[0].size)];
        for cell in cells {
            let last = cell.runs.iter().filter_map(|run| run.train_error());
            row.push(Cell::text(match cell.fitted() {
                all if all == cell.runs.len() => format!("{all} of {all}"),
                some => format!(
                    "{some} of {} (left {:.0} %)",
                    cell.runs.len(),
                    100.0 * largest(last)
                ),
            }));
        }
        table.rows.push(row);
    }
    table.note = format!(
        "Memorized: no training image misclassified within about {} updates. Left: training error of \
         the worst run at the end. A failure is evidence about SGD and its recipe, not about what \
         the network can represent.",
        findings.settings.steps
    );
    table
}

fn threshold(findings: &Findings) -> Table {
    let mut table = Table::new(
        "memorization-threshold",
        "The narrowest network that SGD makes memorize",
        vec![
            Column::number("n"),
            Column::text("width"),
            Column::text("parameters p"),
            Column::number("2n + d"),
            Column::number("n(K + 1) + d"),
            Column::number("p / n, at most"),
        ],
    );
    for t in thresholds(&findings.cells) {
        let interval = |number: &dyn Fn(&super::Cell) -> usize| {
            let shown = |cell: Option<&super::Cell>| cell.map(number);
            let say = |count: usize| fixed(count as f64, 0);
            match (shown(t.fails), shown(t.fits)) {
                (None, Some(fits)) => format!("up to {}", say(fits)),
                (Some(fails), Some(fits)) => format!("above {}, up to {}", say(fails), say(fits)),
                (fails, None) => format!("above {}", say(fails.unwrap_or(0))),
            }
        };
        let ratio = t.fits.map(|cell| cell.parameters as f64 / t.size as f64);
        table.rows.push(vec![
            Cell::count(t.size),
            Cell::text(interval(&|cell| cell.architecture.hidden().iter().sum())),
            Cell::text(interval(&|cell| cell.parameters)),
            Cell::count(2 * t.size + findings.features),
            Cell::count(t.size * (findings.classes + 1) + findings.features),
            ratio.map_or_else(Cell::missing, |r| at_most_cell(r, 3)),
        ]);
    }
    table.note = "Interval-censored over the widths tried, above a, up to b: at a some seed failed, and from b on \
                  every seed of every width memorized. Theorem 1 needs 2n + d free numbers for one \
                  output, n(K + 1) + d for K."
        .to_owned();
    table
}

fn zoo(findings: &Findings, n: usize) -> Table {
    let mut table = Table::new(
        "zoo",
        format!("Counting the networks of the zoo, n = {n}"),
        vec![
            Column::text("network"),
            Column::number("parameters p"),
            Column::number("p / n"),
            Column::number("VC dimension, at least"),
            Column::number("VC dimension, at most"),
            Column::number("error bound"),
            Column::text("says"),
        ],
    );
    for counted in &findings.zoo {
        let vacuous = is_vacuous(counted.error_bound);
        table.rows.push(vec![
            Cell::text(counted.architecture.name()),
            Cell::count(counted.parameters),
            Cell::significant(counted.parameters as f64 / n as f64, 3),
            counted.memorizes.map_or_else(Cell::missing, Cell::count),
            at_most_cell(counted.vc_dimension, 3),
            at_most_cell(counted.error_bound, 3),
            Cell::text(if vacuous { "vacuous" } else { "something" }),
        ]);
    }
    table.note = "VC dimension of the errors on labelled images. At least: the different points that the \
                  network fits whatever their labels, by Theorem 1 and the deeper form here. At most, and \
                  the bound on the test error of a network that fits all n images (confidence 0.99): \
                  measure vc-bound, after Harvey, Liaw, Mehrabian 2017. A bound of 1 or more says nothing."
        .to_owned();
    table
}

fn published(findings: &Findings) -> Table {
    let mut table = Table::new(
        "published-networks",
        "Parameters and training examples of published networks",
        vec![
            Column::text("network"),
            Column::text("kind"),
            Column::number("parameters p"),
            Column::number("examples n"),
            Column::text("counted in"),
            Column::number("p / n"),
            Column::text("dataset"),
            Column::text("source"),
        ],
    );
    for network in &findings.published {
        table.rows.push(vec![
            Cell::text(&network.name),
            Cell::text(&network.kind),
            Cell::significant(network.parameters, 3),
            Cell::significant(network.examples, 3),
            Cell::text(&network.unit),
            Cell::significant(network.ratio(), 2),
            Cell::text(&network.dataset),
            Cell::text(&network.source),
        ]);
    }
    table.note =
        "As published, rounded as there; data/networks.csv. A selection of well-known networks, \
                  small ones included, not a sample of all."
            .to_owned();
    table
}
